r"""The probability that all coordinates of a Gaussian vector are positive.

With ``X = m + L t``, L the Cholesky factor of the covariance and t standard normal, coordinate k is positive where
``t_k > -(m_k + sum_{j<k} L_kj t_j) / L_kk``, so that the probability is an integral over one coordinate after the other
(A. Genz, J. Comput. Graph. Stat. 1, 141, 1992), of analytic functions: Gauss-Legendre rules converge geometrically.
"""

from __future__ import annotations

import numpy as np

from ..errors import SolveError, UnsupportedModel
from ..language.laws.quadrature import legendre

__all__ = ["LARGEST", "orthant_probability"]

LARGEST = 4
"""Largest number of coordinates."""

_REACH = 9.0
_COUNTS = (24, 40, 64, 100)
_SAME = 1e-10


def orthant_probability(mean: np.ndarray, covariance: np.ndarray) -> float:
    """Return P(X_1 > 0, ..., X_d > 0) of a Gaussian vector.

    Parameters
    ----------
    mean : array of shape (d,)
    covariance : array of shape (d, d)

    Raises
    ------
    UnsupportedModel
        If there are more than four coordinates.
    SolveError
        If the covariance is singular, or the integral does not settle to 1e-10.

    Examples
    --------
    Two centred coordinates: ``1/4 + arcsin(correlation)/(2 pi)`` (Sheppard 1899).

    >>> import numpy as np
    >>> from freeprob.learning.orthant import orthant_probability
    >>> round(orthant_probability(np.zeros(2), np.array([[1, 0.5], [0.5, 1]])), 12) == round(1 / 3, 12)
    True
    """
    if len(mean) > LARGEST:
        raise UnsupportedModel(
            f"the probability that {len(mean)} Gaussian numbers are positive at once is an integral over "
            f"{len(mean) - 1} variables, and at most {LARGEST - 1} are resolved. Remedy: {LARGEST + 1} classes or fewer"
        )
    try:
        factor = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError as error:
        raise SolveError(
            "the scores of the classes do not fluctuate independently: their covariance is singular"
        ) from (error)
    previous = None
    for count in _COUNTS:
        value = float(_integral(mean, factor, count))
        if len(mean) == 1 or (previous is not None and abs(value - previous) <= _SAME):
            return value
        previous = value
    raise SolveError(
        "the probability that one score is above all others does not settle: the scores are too correlated"
    )


def _integral(mean: np.ndarray, factor: np.ndarray, count: int) -> np.ndarray:
    from scipy.special import ndtr  # loaded when it is needed

    points, weights = legendre(count)
    density = np.ones(1)
    chosen = np.zeros((0, 1))  # the coordinates t_1, t_2, ... at the nodes so far
    for k in range(len(mean) - 1):
        least = np.clip(-(mean[k] + factor[k, :k] @ chosen) / factor[k, k], -_REACH, _REACH)
        half = (_REACH - least) / 2
        new = least[:, None] + half[:, None] * (1 + points)
        gaussian = np.exp(-(new**2) / 2) / np.sqrt(2 * np.pi)
        density = (density[:, None] * half[:, None] * weights * gaussian).ravel()
        chosen = np.vstack([np.repeat(chosen, count, axis=1), new.reshape(1, -1)])
    last = (mean[-1] + factor[-1, :-1] @ chosen) / factor[-1, -1]
    return density @ ndtr(last)
