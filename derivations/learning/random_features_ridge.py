"""Ridge regression on random features: training and test error, with relu and with tanh.

Paper: Mei and Montanari, "The generalization error of random features regression: precise asymptotics and the double
descent curve", Communications on Pure and Applied Mathematics 75 (2022), Theorem 2 (Definition 1 for the equations).

======================================  =================================================================
the paper                               here
======================================  =================================================================
d; N = psi_1 d; n = psi_2 d             d; p; n
Theta (N x d), rows of norm sqrt(d)     ``W`` (p x d), iid entries of variance 1
sigma(Theta x / sqrt(d))                ``Phi``; not centred, no intercept
penalty (N lambda / d) |a|^2            ``penalty = p / d * lambda``, with the squared loss divided by n
F_1                                     ``F``, the norm of the linear part of the target
F_*                                     ``G``, the strength of the nonlinear part: in the limit it acts as label noise
tau                                     ``sigma``, noise of the labels
R_RF                                    the error without the noise of the new label: ``test - sigma^2``
======================================  =================================================================
"""

import freeprob as fp

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
F, G, sigma = fp.parameters("F G sigma", nonnegative=True)

W, X, x = fp.gaussian(p, d), fp.gaussian(d, n), fp.gaussian(d)
beta = fp.gaussian(d)
eps, noise = fp.gaussian(n), fp.gaussian(1)
nonlinear, nonlinear_x = fp.gaussian(n), fp.gaussian(1)

y = F * X.T @ beta / fp.sqrt(d) + G * nonlinear + sigma * eps
y_x = F * beta.T @ x / fp.sqrt(d) + G * nonlinear_x + sigma * noise

Phi_relu = fp.relu(W @ X / fp.sqrt(d))
a_relu = fp.ridge(Phi_relu, y, penalty=p / d * lam)
test_relu = fp.limit(fp.test_error(a_relu, Phi_relu.subs({X: x}), y_x))
train_relu = fp.limit(fp.train_error(a_relu, Phi_relu, y))

Phi_tanh = fp.tanh(W @ X / fp.sqrt(d))
a_tanh = fp.ridge(Phi_tanh, y, penalty=p / d * lam)
test_tanh = fp.limit(fp.test_error(a_tanh, Phi_tanh.subs({X: x}), y_x))
train_tanh = fp.limit(fp.train_error(a_tanh, Phi_tanh, y))

AT = dict(d=1, p=1.9, n=3.1, lambda_=0.021, sigma=0.3, G=0.4, F=1)

# Definition 1 at xi = i sqrt(psi1 psi2 lam) / mu_*: nu_k = i v_k with v_k > 0, so that chi = nu_1 nu_2 = -v_1 v_2.
_EQUATIONS = {
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
    "value": "F**2*E1/E0 + (sigma**2 + G**2)*E2/E0 + G**2 + sigma**2",
    "source": "MeiMontanari2022, Theorem 2 and Definition 1",
}

FACTS = [
    {"kind": "number", "model": "test_relu", "activation": "relu", **_EQUATIONS},
    {"kind": "number", "model": "test_tanh", "activation": "tanh", **_EQUATIONS},
]
