"""What a fit knows: derivatives of the residuals, the information matrix, and combinations that it does not see."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import NotIdentified
from .coordinates import Coordinates

__all__ = ["covariance_matrix", "jacobian"]

_STEP = 1e-5
_SINGULAR = 1e-5


def jacobian(residuals: Callable[[np.ndarray], np.ndarray], coordinates: Coordinates, x: np.ndarray) -> np.ndarray:
    """Return the derivatives of residuals by one-sided differences, to the side where the law exists."""
    base = residuals(x)
    columns = []
    for k in range(len(coordinates)):
        step = _STEP * (1.0 if coordinates.logarithmic[k] else max(abs(x[k]), 1.0))
        for signed in (step, -step):
            moved = x.copy()
            moved[k] += signed
            if not coordinates.lower[k] <= moved[k] <= coordinates.upper[k]:
                continue
            column = (residuals(moved) - base) / signed
            if np.isfinite(column).all():
                break
        else:
            column = np.zeros(len(base))
        columns.append(column)
    return np.stack(columns, axis=1)


def covariance_matrix(slopes: np.ndarray, coordinates: Coordinates, count: int) -> np.ndarray:
    """Return the inverse of N times the information matrix ``J^T J``, in the coordinates.

    Raises
    ------
    NotIdentified
        If a combination of the coordinates does not change the law.
    """
    norms = np.linalg.norm(slopes, axis=0)
    _, singular, directions = np.linalg.svd(slopes)
    singular = np.append(singular, np.zeros(len(norms) - len(singular)))
    if singular[-1] <= _SINGULAR * max(1.0, singular[0]):
        blind = norms <= _SINGULAR
        if blind.any():
            names = ", ".join(name for name, b in zip(coordinates.names, blind) if b)
            raise NotIdentified(f"the law does not depend on {names} here; give a value and leave it out of free")
        words = coordinates.combination(directions[-1])
        raise NotIdentified(
            f"the law does not change along {words}, so that only the other combinations of "
            f"{', '.join(coordinates.names)} can be estimated; give a value to one of them and leave it out of free"
        )
    return np.linalg.inv(slopes.T @ slopes) / count
