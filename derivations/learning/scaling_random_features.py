"""Neural scaling laws of random features of data with a power-law spectrum.

Papers: Maloney, Roberts and Sully, "A solvable model of neural scaling laws" (arXiv 2210.16859): the ridgeless limit
and its exponent, the same in samples and in parameters; Zhang, "Neural scaling laws from large-N field theory: solvable
model beyond the ridgeless limit" (arXiv 2405.19398): any ridge parameter, and the duality between model and data.

==============================  ==========================================================================
the papers                      here
==============================  ==========================================================================
M, T, N                         d, n, p
lambda_I ~ I^-(1 + alpha)       eigenvalues of ``S``, the law ``H``: ``fp.laws.empirical(k**-(1 + alpha))``
x (M x T)                       columns of ``X``
phi = u x, u Gaussian           ``Phi = W @ X / sqrt(d)``
y = w x, w Gaussian             ``X.T @ beta / sqrt(d)``; the label noise epsilon is ``sigma * eps``
gamma                           ``n * lambda``, with the loss divided by n
==============================  ==========================================================================
"""

import numpy as np

import freeprob as fp

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)

S = fp.population(d, fp.laws.symbolic("H"))
Z, z, W = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(p, d)
beta, eps = fp.gaussian(d), fp.gaussian(n)

X, x = S**0.5 @ Z, S**0.5 @ z
Phi = W @ X / fp.sqrt(d)
w = fp.ridge(Phi, X.T @ beta / fp.sqrt(d) + sigma * eps, penalty=lam)
test = fp.limit(fp.test_error(w, W @ x / fp.sqrt(d), beta.T @ x / fp.sqrt(d)))

AT = dict(n=60, p=35, d=400, lambda_=0.01, sigma=0.3, H=fp.laws.empirical(400 * np.arange(1, 401) ** -1.5))

FACTS = [
    {
        "kind": "number",
        "model": "test",
        "published": "random_features_of_power_laws",
        "source": "Zhang2024; AtanasovZavatoneVethPehlevan2024; without penalty and noise MaloneyRobertsSully2022",
    },
]
