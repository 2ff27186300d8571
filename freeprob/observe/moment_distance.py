"""Moments of eigenvalues against those of a law, weighted by their covariance.

The generalised method of moments (L. P. Hansen, Econometrica 50 (1982)) with the covariance of the moments of
independent draws. Values are first shifted and scaled to mean 0 and variance 1, for the sake of rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb
from typing import Any

import numpy as np

__all__ = ["MomentDistance"]

_FLOOR = 1e-10


@dataclass(frozen=True, eq=False)
class MomentDistance:
    """The whitened differences of the first moments.

    Attributes
    ----------
    centre, scale : float
    observed : ndarray
        Moments of ``(x - centre) / scale``.
    whiten : ndarray
        The inverse square root of their covariance for one draw.
    """

    centre: float
    scale: float
    observed: np.ndarray
    whiten: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, count: int) -> MomentDistance:
        """Return the moments of eigenvalues."""
        centre, scale = float(values.mean()), float(values.std())
        scale = scale if scale > 1e-12 * abs(centre) + 1e-300 else max(abs(centre), 1.0)
        powers = ((values - centre) / scale) ** np.arange(1, count + 1)[:, None]
        spectrum, vectors = np.linalg.eigh(np.atleast_2d(np.cov(powers, bias=True)))
        spectrum = np.maximum(spectrum, _FLOOR * max(float(spectrum[-1]), 1.0))
        return cls(centre, scale, powers.mean(axis=1), (vectors / np.sqrt(spectrum)).T)

    @property
    def size(self) -> int:
        """The number of residuals."""
        return len(self.observed)

    def against(self, values: np.ndarray) -> MomentDistance:
        """Return the moments of another spectrum in the same terms."""
        powers = ((values - self.centre) / self.scale) ** np.arange(1, self.size + 1)[:, None]
        return replace(self, observed=powers.mean(axis=1))

    def residuals(self, law: Any) -> np.ndarray:
        """Return the whitened differences."""
        raw = [1.0, *(float(m) for m in law.moments(len(self.observed)))]
        theory = [
            sum(comb(k, j) * raw[j] * (-self.centre) ** (k - j) for j in range(k + 1)) / self.scale**k
            for k in range(1, len(raw))
        ]
        return self.whiten @ (np.array(theory) - self.observed)
