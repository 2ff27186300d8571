"""Random features with a teacher that is a nonlinear function: what is not linear acts as noise; the peak at p = n.

Papers: Mei and Montanari, "The generalization error of random features regression: precise asymptotics and the double
descent curve", Communications on Pure and Applied Mathematics 75 (2022), Theorem 2 and Definition 1; Goldt, Loureiro,
Reeves, Krzakala, Mezard and Zdeborova, "The Gaussian equivalence of generative models for learning with shallow neural
networks", 2022. Here the nonlinear part is no noise put in by hand: the labels are tanh and sign of the teacher's
output u, so that F = E u f(u) and F_*^2 = E f(u)^2 - F^2 are derived.

======================================  =================================================================
the paper                               here
======================================  =================================================================
d; N = psi_1 d; n = psi_2 d             d; p; n
sigma(Theta x / sqrt(d))                ``Phi``; not centred, no intercept
penalty (N lambda / d) |a|^2            ``penalty = p / d * lambda``, with the squared loss divided by n
f_d(x)                                  ``f(u)``, u = beta.x / sqrt(d)
tau                                     ``sigma``, noise of the labels
R_RF + tau^2                            the error, with the noise of the new label
======================================  =================================================================
"""

import freeprob as fp

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)

W, X, x, beta = fp.gaussian(p, d), fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(d)
eps, noise = fp.gaussian(n), fp.gaussian(1)
u, u_x = X.T @ beta / fp.sqrt(d), beta.T @ x / fp.sqrt(d)
Phi = fp.relu(W @ X / fp.sqrt(d))
Phi_x = Phi.subs({X: x})

a = fp.ridge(Phi, fp.tanh(2 * u) + sigma * eps, penalty=p / d * lam)
test = fp.limit(fp.test_error(a, Phi_x, fp.tanh(2 * u_x) + sigma * noise))
a_sign = fp.ridge(Phi, fp.sign(u) + sigma * eps, penalty=p / d * lam)
test_sign = fp.limit(fp.test_error(a_sign, Phi_x, fp.sign(u_x) + sigma * noise))

AT = dict(d=1, p=1.9, n=3.1, lambda_=0.021, sigma=0.3)

# Definition 1 at xi = i sqrt(psi1 psi2 lam) / mu_*: nu_k = i v_k with v_k > 0, so that chi = nu_1 nu_2 = -v_1 v_2.
# F and G are E u f(u) and sqrt(E f(u)^2 - F^2) of the teacher.
_RATIOS = {"psi1": "p/d", "psi2": "n/d", "zeta": "slope/star"}
_ERRORS = {
    "E0": "-chi**5*zeta**6 + 3*chi**4*zeta**4 + (psi1*psi2 - psi2 - psi1 + 1)*chi**3*zeta**6"
    " - 2*chi**3*zeta**4 - 3*chi**3*zeta**2 + (psi1 + psi2 - 3*psi1*psi2 + 1)*chi**2*zeta**4"
    " + 2*chi**2*zeta**2 + chi**2 + 3*psi1*psi2*chi*zeta**2 - psi1*psi2",
    "E1": "psi2*chi**3*zeta**4 - psi2*chi**2*zeta**2 + psi1*psi2*chi*zeta**2 - psi1*psi2",
    "E2": "chi**5*zeta**6 - 3*chi**4*zeta**4 + (psi1 - 1)*chi**3*zeta**6 + 2*chi**3*zeta**4 + 3*chi**3*zeta**2"
    " + (-psi1 - 1)*chi**2*zeta**4 - 2*chi**2*zeta**2 - chi**2",
}
_VALUE = "F**2*E1/E0 + (sigma**2 + G**2)*E2/E0 + G**2 + sigma**2"
_RIDGE = {
    "kind": "number",
    "activation": "relu",
    "let": {**_RATIOS, "xi": "sqrt(psi1*psi2*lam)/star", "chi": "-v1*v2", **_ERRORS},
    "solve": {
        "v1": "v1*(xi + v2 + zeta**2*v2/(1 + zeta**2*v1*v2)) - psi1",
        "v2": "v2*(xi + v1 + zeta**2*v1/(1 + zeta**2*v1*v2)) - psi2",
    },
    "value": _VALUE,
    "source": "MeiMontanari2022, Theorem 2 and Definition 1",
}
_RIDGELESS = {
    "kind": "number",
    "activation": "relu",
    "let": {
        **_RATIOS,
        "psi": "Min(psi1, psi2)",
        "b": "psi*zeta**2 - zeta**2 - 1",
        "chi": "-(sqrt(b**2 + 4*zeta**2*psi) + b)/(2*zeta**2)",
        **_ERRORS,
    },
    "value": _VALUE,
    "source": "MeiMontanari2022, the limit lambda -> 0 of Theorem 2",
}
_PEAK = {"kind": "number", "at": {"lambda_": 0, "p": 3.1}, "value": "oo", "source": "MeiMontanari2022: N = n"}

FACTS = [
    {"model": "test", "teacher": "tanh2", **_RIDGE},
    {"model": "test_sign", "teacher": "sign", **_RIDGE},
    {"model": "test_sign", "teacher": "sign", "at": {"lambda_": 0.4, "p": 0.7, "n": 1.3}, **_RIDGE},
    {"model": "test", "teacher": "tanh2", "at": {"lambda_": 0}, **_RIDGELESS},
    {"model": "test", "teacher": "tanh2", "at": {"lambda_": 0, "p": 6}, **_RIDGELESS},
    {"model": "test_sign", "teacher": "sign", "at": {"lambda_": 0, "p": 9.3, "n": 0.6}, **_RIDGELESS},
    {"model": "test", **_PEAK},
    {"model": "test_sign", **_PEAK},
]
