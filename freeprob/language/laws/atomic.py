"""Laws that are finite sums of point masses."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import mpmath
import numpy as np

from .base import Law

__all__ = ["AtomicLaw"]


class AtomicLaw(Law):
    """A finite sum of point masses; a subclass gives them as floats and as mpmath numbers."""

    __slots__ = ()

    @property
    def is_atomic(self) -> bool:
        """True: the law is a finite sum of point masses."""
        return True

    @abstractmethod
    def _float_atoms(self) -> tuple[np.ndarray, np.ndarray]:
        """Return distinct increasing locations and their masses."""

    @abstractmethod
    def _precise_atoms(self) -> tuple[list[mpmath.mpf], list[mpmath.mpf]]:
        """Return the same at the present mpmath precision, masses of sum 1."""

    def _support(self) -> tuple[float, float]:
        points, _ = self._float_atoms()
        return float(points[0]), float(points[-1])

    def _integral(self, function: Callable[[mpmath.mpf], mpmath.mpf], digits: int) -> mpmath.mpf:
        points, weights = self._precise_atoms()
        return mpmath.fsum(w * function(x) for x, w in zip(points, weights, strict=True))

    def _quantile(self, q: np.ndarray) -> np.ndarray:
        points, weights = self._float_atoms()
        below = np.cumsum(weights)
        return points[np.minimum(np.searchsorted(below, q, side="right"), len(points) - 1)]

    def _cauchy(self, z: np.ndarray) -> np.ndarray:
        points, weights = self._float_atoms()
        out = np.empty(len(z), dtype=complex)
        block = max(1, 100_000 // len(points))  # of the size of a processor's cache
        with np.errstate(all="ignore"):
            for start in range(0, len(z), block):
                part = z[start : start + block]
                distance = part.real[:, None] - points
                inverse = 1 / (distance**2 + part.imag[:, None] ** 2)
                distance *= inverse
                out[start : start + block] = distance @ weights - 1j * part.imag * (inverse @ weights)
            for k in np.flatnonzero(~np.isfinite(out) | (out == 0)):  # a square beyond the range of floats, or a pole
                out[k] = (1 / (z[k] - points)) @ weights
        return out

    def _density(self, x: np.ndarray) -> np.ndarray:
        return np.zeros_like(x)
