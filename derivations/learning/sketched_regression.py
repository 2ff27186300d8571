"""Least squares on a sketch of the samples: Gaussian, orthogonal and sub-sampled; and ensembles of such learners.

Papers: Dobriban and Liu, "Asymptotics for sketching in least squares regression", NeurIPS 32 (2019): the error of
out-of-sample prediction grows by a factor that depends on the sketch and the ratios alone. LeJeune, Javadi and
Baraniuk, "The implicit regularization of ordinary least squares ensembles", AISTATS 2020: infinitely many least-squares
learners, each on its own part of the inputs, and the best size of the parts, make the best ridge regression.

==========================================  ================================================================
the papers                                  here
==========================================  ================================================================
n, p, r; gamma = p/n, xi = r/n              n, d, m
S (r x n): argmin |S y - S X b|^2           ``G.T / sqrt(n)`` or ``Q.T`` (n x m), or the mask ``P`` of n samples
OE = E (y - x b_sketch)^2 / E (y - x b)^2   the ratio of ``gaussian_sketch`` and so on to ``full``
subset of the features, |S|/p = alpha       the mask ``D`` of d inputs, with the fraction ``keep`` = 3/5
R of infinitely many learners               ``all_members``: the overlap of two members with their own masks
==========================================  ================================================================
"""

import freeprob as fp

n, d, m = fp.sizes("n d m")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)

X, beta, eps = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n)
x, noise = fp.gaussian(d), fp.gaussian(1)
G, Q, P, D = fp.gaussian(n, m), fp.haar(n, m), fp.mask(n, keep="3/5"), fp.mask(d, keep="3/5")

y = X.T @ beta / fp.sqrt(d) + sigma * eps
y_x = beta.T @ x / fp.sqrt(d) + sigma * noise

full = fp.limit(fp.test_error(fp.ridge(X, y, penalty=lam), x, y_x))
gaussian_sketch = fp.limit(fp.test_error(fp.ridge(X @ G / fp.sqrt(n), G.T @ y / fp.sqrt(n), penalty=lam), x, y_x))
orthogonal_sketch = fp.limit(fp.test_error(fp.ridge(X @ Q, Q.T @ y, penalty=lam), x, y_x))
subsampled = fp.limit(fp.test_error(fp.ridge(X @ P, P @ y, penalty=lam), x, y_x))

error = fp.test_error(fp.ridge(D @ X, y, penalty=lam), D @ x, y_x)
one = fp.limit(error)
all_members = fp.limit(fp.overlap(error, [D]))

AT = dict(n=2.7, d=1, m=1.9, lambda_=0, sigma=0.3)

_SKETCH = {"gamma": "d/n", "xi": "m/n", "whole": "sigma**2/(1 - gamma)"}
_ORTHOGONAL = "whole*xi*(1 - gamma)/(xi - gamma)"
_SKETCHING = "DobribanLiu2019: out-of-sample efficiency"
_ENSEMBLE = "LeJeuneJavadiBaraniuk2020: the limit of the risk, the masks of the samples whole"

FACTS = [
    {
        "kind": "number",
        "model": "full",
        "let": _SKETCH,
        "value": "whole",
        "source": "HastieEtAl2022, isotropic features",
    },
    {
        "kind": "number",
        "model": "gaussian_sketch",
        "let": _SKETCH,
        "value": "whole*(1 + gamma*(1 - gamma)/(xi - gamma))",
        "source": _SKETCHING,
    },
    {
        "kind": "number",
        "model": "orthogonal_sketch",
        "let": _SKETCH,
        "value": _ORTHOGONAL,
        "source": _SKETCHING,
    },
    {
        "kind": "number",
        "model": "subsampled",
        "let": _SKETCH | {"xi": "3/5"},
        "value": _ORTHOGONAL,
        "source": _SKETCHING + ", as orthogonal",
    },
    {"kind": "number", "model": "gaussian_sketch", "at": {"m": 1}, "value": "oo", "source": _SKETCHING},
    {"kind": "number", "model": "orthogonal_sketch", "at": {"m": 1}, "value": "oo", "source": _SKETCHING},
    {
        "kind": "number",
        "model": "one",
        "let": {"a": "3/5"},
        "value": "(1 - a + sigma**2)/(1 - a*d/n)",
        "source": "HastieEtAl2022, misspecified model with isotropic features",
    },
    {
        "kind": "number",
        "model": "all_members",
        "let": {"a": "3/5"},
        "value": "((1 - a)**2 + sigma**2)/(1 - a**2*d/n)",
        "source": _ENSEMBLE,
    },
    {
        "kind": "number",
        "model": "all_members",
        "at": {"n": 2.1, "sigma": 1},  # where parts of 3/5 are the best
        "let": {
            "gamma": "d/n",
            "penalty": "gamma*sigma**2",
            "m": "(-(1 - gamma + penalty) + sqrt((1 - gamma + penalty)**2 + 4*gamma*penalty))/(2*gamma*penalty)",
        },
        "value": "sigma**2*(1 + gamma*m)",
        "source": "LeJeuneJavadiBaraniuk2020: the best ensemble errs as the best ridge; DobribanWager2018, Theorem 2.1",
    },
]
