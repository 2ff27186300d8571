"""Learning curves of kernel ridge regression for power-law spectra and teachers: noiseless and noisy exponents.

Papers: Cui, Loureiro, Krzakala and Zdeborova, "Generalization error rates in kernel regression: the crossover from the
noiseless to noisy regime" (NeurIPS 2021; arXiv 2105.15004), whose table of rates extends those of Bordelon, Canatar and
Pehlevan (ICML 2020) and of Spigler, Geiger and Wyart (2020). The learning curve itself is that of Canatar, Bordelon and
Pehlevan, Nature Communications 12 (2021), equations (4) and (5).

==============================  ==========================================================================
the paper                       here
==============================  ==========================================================================
p modes, n samples              d, n
eigenvalues k^-alpha            ``S``, the law ``H``: ``fp.laws.empirical(k**-alpha)``
theta_k^2 ~ k^-(1+alpha(2r-1))  ``S**s @ beta``, s = r - 1/2 + 1/(2 alpha); alpha = 3/2, r = 11/12, s = 3/4
lambda                          ``lambda``, with the loss divided by n
sigma                           ``sigma``
excess error                    ``test``, without the noise of the new label
==============================  ==========================================================================

Without noise the error falls like n^(-2 alpha min(r, 1)) as long as lambda is below n^-alpha; with noise and the best
penalty like n^(-2 alpha min(r, 1) / (1 + 2 alpha min(r, 1))).
"""

import numpy as np

import freeprob as fp

n, d = fp.sizes("n d")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)

S = fp.population(d, fp.laws.symbolic("H"))
Z, z = fp.gaussian(d, n), fp.gaussian(d)
beta, eps = fp.gaussian(d), fp.gaussian(n)

X, x = S**0.5 @ Z, S**0.5 @ z
teacher = S**0.75 @ beta
w = fp.ridge(X, X.T @ teacher / fp.sqrt(d) + sigma * eps, penalty=lam)
test = fp.limit(fp.test_error(w, x, teacher.T @ x / fp.sqrt(d)))

AT = dict(n=50, d=2000, lambda_=1e-3, sigma=0.1, H=fp.laws.empirical(np.arange(1, 2001) ** -1.5))

FACTS = [
    {
        "kind": "number",
        "model": "test",
        "published": "kernel_ridge_of_power_laws",
        "source": "CanatarBordelonPehlevan2021, equations (4)-(5); CuiEtAl2021",
    },
]
