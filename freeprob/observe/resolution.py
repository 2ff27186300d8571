r"""Densities seen at finite resolution: the Poisson integral of a spectrum, at points of the upper half plane.

The density of a law blurred by a Cauchy law of width eta is ``Im m(x + i eta) / pi`` at x. It is positive and smooth:
atoms, edges and eigenvalues outside of the support need no special treatment, and for eigenvalues it is
``(1/N) sum_k Im 1 / (x_k - x - i eta) / pi``.

The points are ``x + i eta = c + s (tan phi + i kappa / cos^2 phi)`` with phi in equal steps: the resolution is kappa
times the half-width s of the bulk in its middle, and gets coarser away from it like the distance between the points.
They end at twice the distance of the farthest eigenvalue, or at 10 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .eigenvalues import Eigenvalues

__all__ = ["Resolution"]

_MOST = 600
_REACH = 10.0
_CHUNK = 1 << 22


@dataclass(frozen=True, eq=False)
class Resolution:
    """Points of the upper half plane at which densities are compared.

    Attributes
    ----------
    points : ndarray of complex
    weights : ndarray
        Of the rule on the real line to which the points belong.
    """

    points: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, eigenvalues: Eigenvalues, kappa: float | None = None) -> Resolution:
        """Return the points for a spectrum; by default kappa = N^(-2/3), the scale of fluctuations of edges."""
        centre, half = eigenvalues.spread()
        kappa = max(len(eigenvalues) ** (-2 / 3) if kappa is None else kappa, np.pi / _MOST)
        count = int(np.ceil(np.pi / min(kappa, 0.3)))
        reach = max(2.0 * float(np.abs(eigenvalues.values - centre).max()) / half, _REACH)
        phi = (np.arange(count) + 0.5) * np.pi / count - np.pi / 2
        phi = phi[np.abs(np.tan(phi)) <= reach]
        stretch = half / np.cos(phi) ** 2
        return cls(centre + half * np.tan(phi) + 1j * kappa * stretch, stretch * np.pi / count)

    def observed(self, values: np.ndarray) -> np.ndarray:
        """Return the blurred density of eigenvalues."""
        total = np.zeros(len(self.points))
        step = max(_CHUNK // len(self.points), 1)
        for start in range(0, len(values), step):
            gap = values[start : start + step, None] - self.points.real
            total += (self.points.imag / (gap**2 + self.points.imag**2)).sum(axis=0)
        return total / (np.pi * len(values))

    def theory(self, law: Any) -> np.ndarray:
        """Return the blurred density of a law."""
        return np.maximum(law.stieltjes(self.points).imag, 0.0) / np.pi
