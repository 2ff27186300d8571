"""A dynamical model of neural scaling laws: gradient flow on random features of power-law data.

Paper: Bordelon, Atanasov and Pehlevan, "A dynamical model of neural scaling laws", ICML 2024 (arXiv 2402.01092). Its
dynamical mean field theory has response functions R_1 and R_3 of data and width, and a transfer function
H_k = 1 / (i omega + lambda_k R_1 R_3) of each mode.

==============================  ==========================================================================
the paper                       here
==============================  ==========================================================================
M, P, N                         d, n, p
psi, of variances lambda_k      columns of ``X``; lambda_k = k^-b are the eigenvalues of ``S``, the law ``H``
A psi / sqrt(N)                 ``W @ X / sqrt(p)``
w*_k^2 lambda_k ~ k^-a          ``teacher = S**s @ beta``, s = (a/b - 1)/2; here s = 1/4
y = w*.psi + sigma eps          the paper's y and sigma divided by sqrt(d)
t                               ``t``: the loss is |y - f|^2 / (2 n), and a mode of size lambda is learned at 1/lambda
test loss L(t, N, P)            d times ``test``, without the noise of the new label
==============================  ==========================================================================

What limits the learner alone sets the exponent: t^-((a - 1)/b) for the time, P^-min(a - 1, 2 b) and N^-min(a - 1, 2 b)
for data and width.
"""

import numpy as np

import freeprob as fp

n, d, p = fp.sizes("n d p")
t, sigma = fp.parameters("t sigma", nonnegative=True)

S = fp.population(d, fp.laws.symbolic("H"))
Z, z, W = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(p, d)
beta, eps = fp.gaussian(d), fp.gaussian(n)

X, x = S**0.5 @ Z, S**0.5 @ z
teacher = S**0.25 @ beta
w = fp.gradient_flow(W @ X / fp.sqrt(p), X.T @ teacher / fp.sqrt(d) + sigma * eps, t)
test = fp.limit(fp.test_error(w, W @ x / fp.sqrt(p), teacher.T @ x / fp.sqrt(d)))

AT = dict(n=40, p=70, d=100, t=5, sigma=0.03, H=fp.laws.empirical(np.arange(1, 101) ** -1.25))

_THEORY = {"kind": "number", "model": "test", "published": "gradient_flow_of_power_laws"}
FACTS = [
    {"source": "BordelonAtanasovPehlevan2024, the dynamical mean field theory", **_THEORY},
    {"at": {"t": 20, "n": 60, "p": 30, "sigma": 0}, "source": "BordelonAtanasovPehlevan2024", **_THEORY},
]
