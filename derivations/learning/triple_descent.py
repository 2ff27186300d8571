"""Triple descent: the test error of noisy random features peaks at n = d and again at n = p.

Papers: d'Ascoli, Sagun and Biroli, "Triple descent and the two kinds of overfitting: where and why do they appear?",
NeurIPS 33 (2020): the peak at n = p is due to the random weights, that at n = d to the noise of the labels, and the
second needs features that are nearly linear; Adlam and Pennington, "The neural tangent kernel in high dimensions:
triple descent and a multi-scale theory of generalization", ICML 2020. The error of each point of the curve is that of
Mei and Montanari 2022.

==================================  ====================================================================
the papers                          here
==================================  ====================================================================
D; P; N                             d; p; n
sigma = Id, tanh                    ``linear``, ``nonlinear``
ridge gamma                         ``lambda``, with the squared loss divided by n
y = beta.x + noise                  ``F beta.x / sqrt(d) + sigma eps``
==================================  ====================================================================
"""

import freeprob as fp

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
F, sigma = fp.parameters("F sigma", nonnegative=True)

W, X, x, beta = fp.gaussian(p, d), fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(d)
eps, noise = fp.gaussian(n), fp.gaussian(1)
y, y_x = F * X.T @ beta / fp.sqrt(d) + sigma * eps, F * beta.T @ x / fp.sqrt(d) + sigma * noise

Phi = fp.tanh(W @ X / fp.sqrt(d))
nonlinear = fp.limit(fp.test_error(fp.ridge(Phi, y, penalty=p / d * lam), Phi.subs({X: x}), y_x))
flat = W @ X / fp.sqrt(d)
linear = fp.limit(fp.test_error(fp.ridge(flat, y, penalty=p / d * lam), W @ x / fp.sqrt(d), y_x))

AT = dict(d=1, p=10, n=1, lambda_=1e-5, sigma=2, F=1)

# Definition 1 at xi = i sqrt(psi1 psi2 lam) / mu_*: nu_k = i v_k with v_k > 0, so that chi = nu_1 nu_2 = -v_1 v_2.
_TANH = {
    "kind": "number",
    "model": "nonlinear",
    "activation": "tanh",
    "let": {
        "psi1": "p/d",
        "psi2": "n/d",
        "zeta": "slope/star",
        "xi": "sqrt(psi1*psi2*lam)/star",
        "chi": "-v1*v2",
        "E0": "-chi**5*zeta**6 + 3*chi**4*zeta**4 + (psi1*psi2 - psi2 - psi1 + 1)*chi**3*zeta**6"
        " - 2*chi**3*zeta**4 - 3*chi**3*zeta**2 + (psi1 + psi2 - 3*psi1*psi2 + 1)*chi**2*zeta**4"
        " + 2*chi**2*zeta**2 + chi**2 + 3*psi1*psi2*chi*zeta**2 - psi1*psi2",
        "E1": "psi2*chi**3*zeta**4 - psi2*chi**2*zeta**2 + psi1*psi2*chi*zeta**2 - psi1*psi2",
        "E2": "chi**5*zeta**6 - 3*chi**4*zeta**4 + (psi1 - 1)*chi**3*zeta**6 + 2*chi**3*zeta**4 + 3*chi**3*zeta**2"
        " + (-psi1 - 1)*chi**2*zeta**4 - 2*chi**2*zeta**2 - chi**2",
    },
    "solve": {
        "v1": "v1*(xi + v2 + zeta**2*v2/(1 + zeta**2*v1*v2)) - psi1",
        "v2": "v2*(xi + v1 + zeta**2*v1/(1 + zeta**2*v1*v2)) - psi2",
    },
    "value": "F**2*E1/E0 + sigma**2*E2/E0 + sigma**2",
    "source": "MeiMontanari2022, Theorem 2 and Definition 1",
}
_DF = "d/(1 + kappa)"
_LINEAR = {
    "kind": "number",
    "model": "linear",
    "let": {
        "kappa_1": f"kappa*(1 - ({_DF})/p)",
        "ratio": f"1 - ({_DF})/n",
        "J": "(F**2*kappa/(1 + kappa) + sigma**2)/kappa_1",
    },
    "solve": {"kappa": f"kappa*(1 - ({_DF})/n)*(1 - ({_DF})/p) - lam"},
    "value": "-kappa_1**2*diff(J, kappa)/diff(kappa_1*ratio, kappa)",
    "source": "AtanasovZavatoneVethPehlevan2024: linear random features",
}
_PEAKS = "DAscoliSagunBiroli2020: the peak of the {} at {} grows without bound, lambda -> 0"

FACTS = [
    *({**_TANH, "at": {"n": n}} for n in (0.3, 1, 3, 10, 30)),
    *({**_LINEAR, "at": {"n": n}} for n in (0.3, 1, 3, 10, 30)),
    {
        "kind": "number",
        "model": "nonlinear",
        "at": {"lambda_": 0, "n": 10},
        "value": "oo",
        "source": _PEAKS.format("nonlinearity", "N = P"),
    },
    {
        "kind": "number",
        "model": "linear",
        "at": {"lambda_": 0, "n": 1},
        "value": "oo",
        "source": _PEAKS.format("noise", "N = D"),
    },
]
