"""Models whose spectra are observed in the tests."""

import numpy as np

import freeprob as fp

n, d, k = fp.sizes("n d k")
s, w, a = fp.parameters("s w a", positive=True)
X = fp.gaussian(d, n)
COVARIANCE = s * X @ X.T / n
T = fp.population(d, fp.laws.atoms({1: w, 3: 1 - w}))
MIXTURE = T**0.5 @ X @ X.T @ T**0.5 / n
DEFORMED = s * fp.wigner(n) / fp.sqrt(n) + fp.population(n, fp.laws.atoms({-1: w, 1: 1 - w}))
WIGNER = s * fp.wigner(n) / fp.sqrt(n)

covariance, mixture, deformed, wigner = (fp.spectrum(m) for m in (COVARIANCE, MIXTURE, DEFORMED, WIGNER))


def eigenvalues(matrix, sizes, seed=0, **parameters):
    """Return the spectrum of a sample."""
    return np.linalg.eigvalsh(matrix.simulate(sizes=sizes, parameters=parameters, seed=seed))
