"""The exponent of neural scaling laws, its prefactor, and the best ridge: as many parameters as samples.

Papers: Maloney, Roberts and Sully, "A solvable model of neural scaling laws" (arXiv 2210.16859): without a ridge the
error falls like the smaller one of samples T and parameters N to the power -alpha, is infinite at N = T, and with the
best ridge equal numbers are optimal; Zhang, "Neural scaling laws from large-N field theory: solvable model beyond the
ridgeless limit" (arXiv 2405.19398): the error at any ridge gamma.

==============================  ==========================================================================
the papers                      here
==============================  ==========================================================================
M, T, N                         d, n, p
lambda_I ~ I^-(1 + alpha)       eigenvalues of ``S``, the law ``H``: ``fp.laws.empirical(d * k**-(1 + alpha))``
phi = u x, u Gaussian           ``Phi = W @ X / sqrt(d)``
y = w x, w of variance 1        ``X.T @ beta / sqrt(d)``: the eigenvalues of S are d times the paper's
gamma                           ``n * lambda``, with the loss divided by n
==============================  ==========================================================================

With many modes the sum over modes is an integral: f = sum_I lambda_I / (lambda_I + Delta) = C Delta^(-1/(1 + alpha))
with C = (pi / (1 + alpha)) / sin(pi / (1 + alpha)), and sum lambda_I^2 / (lambda_I + Delta)^2 = f alpha / (1 + alpha).
Zhang's error is then a function of f alone, which the ridge chooses by gamma = Delta (n - f)(p - f),

    error = Delta n p f / ((1 + alpha)(n - f)(p - f) + f (n + p - 2 f)),      Delta = (C / f)^(1 + alpha).

Without a ridge f = N = min(n, p), and the error is C^(1 + alpha) N^-alpha / (1 - N / max(n, p)). It is stationary in f
where

    alpha n p - alpha (n + p) f + (alpha + 2)(alpha - 1) / (alpha + 1) f^2 = 0,

so that at n = p the best f is a fixed part of n, and the error falls like n^-alpha there, too.
"""

import numpy as np

import freeprob as fp

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)

S = fp.population(d, fp.laws.symbolic("H"))
Z, z, W, beta = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(p, d), fp.gaussian(d)

X, x = S**0.5 @ Z, S**0.5 @ z
w = fp.ridge(W @ X / fp.sqrt(d), X.T @ beta / fp.sqrt(d), penalty=lam)
test = fp.limit(fp.test_error(w, W @ x / fp.sqrt(d), beta.T @ x / fp.sqrt(d)))

AT = dict(n=24, p=24, d=400, lambda_=0.01, H=fp.laws.empirical(400 * np.arange(1, 401) ** -2.0))

_RIDGELESS = {"kind": "number", "model": "test", "published": "ridgeless_power_laws", "tolerance": 1e-8}
FACTS = [
    {"at": {"lambda_": 0, "p": 8}, "source": "MaloneyRobertsSully2022: N < T", **_RIDGELESS},
    {"at": {"lambda_": 0, "n": 6}, "source": "MaloneyRobertsSully2022: T < N", **_RIDGELESS},
    {
        "kind": "number",
        "model": "test",
        "at": {"lambda_": 0},
        "value": "oo",
        "source": "MaloneyRobertsSully2022: N = T",
    },
    {"kind": "number", "model": "test", "published": "noiseless_power_laws", "source": "Zhang2024"},
]
