"""Moments of a law by Cauchy's formula on a circle around its support."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import SolveError

__all__ = ["contour_moments"]

_POINTS = 64
_INSIDE = 1e-12
"""Largest part of m that does not fall off, and error of the mass, on a circle around the whole law."""
_GROWTH = 1.6
_STEPS = 40


def contour_moments(stieltjes: Callable[[np.ndarray], np.ndarray], radius: float, count: int) -> list[float]:
    """Return m_1 .. m_count of a law by Cauchy's formula on a circle around its support.

    ``m_k = -(1/2 pi i) oint z^k m(z) dz``; the trapezoidal rule converges like ``(support/radius)^128``, and rounding
    is amplified by ``(radius/support)^k`` (Trefethen and Weideman 2014). The circle grows until the mass inside is 1
    and m has no powers ``z^j``, ``j >= 0``, on it: then the whole law is inside.

    Parameters
    ----------
    stieltjes : callable
        m at points of the upper half plane.
    radius : float
        To begin with.
    count : int

    Raises
    ------
    SolveError
        If no circle holds the whole law.
    """
    angle = (np.arange(_POINTS) + 0.5) * np.pi / _POINTS
    for _ in range(_STEPS):
        z = radius * np.exp(1j * angle)
        m = stieltjes(z)
        growing = [np.mean((radius * m * (radius / z) ** j).real) for j in range(8)]
        mass = -np.mean((z * m).real)
        if abs(mass - 1) <= _INSIDE and np.abs(growing).max() <= _INSIDE:
            return [float(-np.mean((z ** (k + 1) * m).real)) for k in range(1, count + 1)]
        radius *= _GROWTH
    raise SolveError("no circle around the law was found on which its moments could be integrated")
