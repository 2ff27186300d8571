"""Ridge regression on random subsets of the digits: the learning curve of a data set from its covariance.

Papers: Loureiro, Gerbelot, Cui, Goldt, Krzakala, Mezard and Zdeborova, "Learning curves of generic features maps for
realistic datasets with a teacher-student model", NeurIPS 34 (2021), section 4: square losses see a data set through its
second moments alone, that of the samples and that with the labels. The equations are those of ridge regression on a
Gaussian model with these moments (Hastie, Montanari, Rosset and Tibshirani 2022, Theorem 5; Canatar, Bordelon and
Pehlevan 2021).

==============================  ==========================================================================
the papers                      here
==============================  ==========================================================================
Sigma                           ``S``, the second moment of the 1797 digits of scikit-learn (``data/digits.py``)
theta_0                         ``beta``, the least-squares fit of the labels of all of them
sigma^2                         ``_noise**2``, the mean squared residual of that fit
n samples                       ``n`` columns of ``X``; real ones are drawn from the 1797
==============================  ==========================================================================
"""

from pathlib import Path

import numpy as np

import freeprob as fp

_digits = np.load(Path(__file__).parent / "data" / "digits.npz")
_pixels = _digits["pixels"].astype(float)
_pixels = ((_pixels - _pixels.mean(axis=0)) / _pixels.std()).T
_parity = np.where(_digits["labels"] % 2 == 0, 1.0, -1.0)
_fit = np.linalg.lstsq(_pixels.T, _parity, rcond=None)[0]
_noise = float(np.sqrt(np.mean((_parity - _pixels.T @ _fit) ** 2)))

n, d = fp.sizes("n d")
lam = fp.parameters("lambda", positive=True)

S = fp.population(d, _pixels @ _pixels.T / 1797)
beta = fp.signal(d, 1, 8 * _fit)
Z, z, eps, noise = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n), fp.gaussian(1)

X, x = S**0.5 @ Z, S**0.5 @ z
w = fp.ridge(X, X.T @ beta / fp.sqrt(d) + _noise * eps, penalty=lam)
test = fp.limit(fp.test_error(w, x, x.T @ beta / fp.sqrt(d) + _noise * noise))

AT = dict(n=150, lambda_=0.05)

FACTS = [
    {"kind": "number", "model": "test", "published": "ridge_on_moments", "source": "HastieEtAl2022, Theorem 5"},
]
