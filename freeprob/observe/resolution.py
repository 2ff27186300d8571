r"""Densities seen at finite resolution: the Poisson integral of a spectrum, at points of the upper half plane.

The density of a law blurred by a Cauchy law of width eta is ``Im m(x + i eta) / pi`` at x. It is positive and smooth:
atoms, edges and eigenvalues outside of the support need no special treatment, and for eigenvalues it is
``(1/N) sum_k Im 1 / (x_k - x - i eta) / pi``.

The points are ``x + i eta = c + s (tan phi + i kappa / cos^2 phi)`` with phi in equal steps: the resolution is kappa
times the half-width s of the bulk in its middle, and gets coarser away from it like the distance between the points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .eigenvalues import Eigenvalues

__all__ = ["Resolution"]

_MOST = 600
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
        phi = (np.arange(count) + 0.5) * np.pi / count - np.pi / 2
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

    def deviance(self, observed: np.ndarray, theory: np.ndarray) -> np.ndarray:
        """Return residuals whose half sum of squares is the Kullback-Leibler divergence of the two densities.

        They are ``sign(r - e) sqrt(2 w (e log(e / r) - e + r))``, the deviance residuals of Poisson regression
        (P. McCullagh and J. A. Nelder, Generalized Linear Models, 1989, section 2.4).
        """
        ratio = theory / observed - 1.0
        small = np.abs(ratio) < 1e-3
        near = np.where(small, ratio, 0.0)
        far = np.where(small, 1.0, np.maximum(ratio, -1.0 + 1e-300))
        series = near**2 * (1 / 2 - near * (1 / 3 - near * (1 / 4 - near * (1 / 5 - near / 6))))
        with np.errstate(divide="ignore"):
            loss = np.where(small, series, far - np.log1p(far))
        return np.sign(ratio) * np.sqrt(2.0 * self.weights * observed * loss)
