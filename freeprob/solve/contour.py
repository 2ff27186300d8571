"""Moments of a law by Cauchy's formula on a circle around its support."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["contour_moments"]

_POINTS = 64


def contour_moments(stieltjes: Callable[[np.ndarray], np.ndarray], radius: float, count: int) -> list[float]:
    """Return m_1 .. m_count of a law whose support lies inside half the radius.

    ``m_k = -(1/2 pi i) oint z^k m(z) dz``; the trapezoidal rule converges like 2^(-128), and rounding is amplified
    by at most 2^k relative to the largest moment (Trefethen and Weideman 2014).
    """
    angle = (np.arange(_POINTS) + 0.5) * np.pi / _POINTS
    z = radius * np.exp(1j * angle)
    m = stieltjes(z)
    return [float(-np.mean((z ** (k + 1) * m).real)) for k in range(1, count + 1)]
