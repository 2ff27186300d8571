"""Gradient flow of random features in time: the errors descend twice, in the width and in the time.

Paper: Bodin and Macris, "Model, sample, and epoch-wise descents: exact solution of gradient flow in the random feature
model", NeurIPS 2021: the whole time evolution of both errors, by Cauchy integrals and linear pencils. Its end is the
ridge predictor of Mei and Montanari, "The generalization error of random features regression", Communications on Pure
and Applied Mathematics 75 (2022), Theorem 2 (Definition 1 for the equations).

======================================  =================================================================
the papers                              here
======================================  =================================================================
d; N = psi_1 d; n = psi_2 d             d; p; n
Theta (N x d), rows of norm sqrt(d)     ``W`` (p x d), iid entries of variance 1
sigma(Theta x / sqrt(d))                ``Phi``
penalty (N lambda / d) |a|^2            ``penalty = p / d * lambda``, with the squared loss divided by n
initial weights                         ``s * start / sqrt(p)``
time                                    ``t``: the loss is |y - Phi^T a|^2 / (2 n) + penalty |a|^2 / 2
F_1, F_*, tau                           ``F``, ``G``, ``sigma``: linear part, nonlinear part and noise of the labels
======================================  =================================================================
"""

import freeprob as fp

n, d, p = fp.sizes("n d p")
t, lam = fp.parameters("t lambda", nonnegative=True)
F, G, sigma, s = fp.parameters("F G sigma s", nonnegative=True)

W, X, x = fp.gaussian(p, d), fp.gaussian(d, n), fp.gaussian(d)
beta, start = fp.gaussian(d), fp.gaussian(p)
eps, noise = fp.gaussian(n), fp.gaussian(1)
nonlinear, nonlinear_x = fp.gaussian(n), fp.gaussian(1)

y = F * X.T @ beta / fp.sqrt(d) + G * nonlinear + sigma * eps
y_x = F * beta.T @ x / fp.sqrt(d) + G * nonlinear_x + sigma * noise

Phi = fp.tanh(W @ X / fp.sqrt(d))
a = fp.gradient_flow(Phi, y, t, penalty=p / d * lam, start=s * start / fp.sqrt(p))
test = fp.limit(fp.test_error(a, Phi.subs({X: x}), y_x))
train = fp.limit(fp.train_error(a, Phi, y))

AT = dict(d=1, p=1.9, n=3.1, t=700, lambda_=0.021, s=0.5, sigma=0.3, G=0.4, F=1)

# The end of the training: Definition 1 at xi = i sqrt(psi1 psi2 lam) / mu_*, nu_k = i v_k with v_k > 0, so that
# chi = nu_1 nu_2 = -v_1 v_2.
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

FACTS = [{"kind": "number", "model": "test", "activation": "tanh", **_EQUATIONS}]
