"""The likelihood of a law at finite resolution.

The Kullback-Leibler divergence of the blurred density e of eigenvalues from the blurred density r of a law,
``int e log(e / r) - e + r``, is up to a constant minus the mean log-likelihood of eigenvalues that were measured with
Cauchy noise, averaged over the noise. It vanishes when the two densities are equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .resolution import Resolution

__all__ = ["Likelihood"]


@dataclass(frozen=True, eq=False)
class Likelihood:
    """A spectrum at finite resolution, to be compared with laws.

    Attributes
    ----------
    resolution : Resolution
    observed : ndarray
        The blurred density of the eigenvalues.
    """

    resolution: Resolution
    observed: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, resolution: Resolution) -> Likelihood:
        """Return the likelihood of a spectrum."""
        return cls(resolution, resolution.observed(values))

    @property
    def size(self) -> int:
        """The number of residuals."""
        return len(self.observed)

    def against(self, values: np.ndarray) -> Likelihood:
        """Return the likelihood of another spectrum in the same terms."""
        return Likelihood.of(values, self.resolution)

    def residuals(self, law: Any) -> np.ndarray:
        """Return residuals whose half sum of squares is the divergence.

        They are ``sign(r - e) sqrt(2 w (e log(e / r) - e + r))``, the deviance residuals of Poisson regression
        (P. McCullagh and J. A. Nelder, Generalized Linear Models, 1989, section 2.4); ``J^T J`` of their derivatives
        tends to the Fisher information.
        """
        ratio = self.resolution.theory(law) / self.observed - 1.0
        small = np.abs(ratio) < 1e-3
        near = np.where(small, ratio, 0.0)
        far = np.where(small, 1.0, np.maximum(ratio, -1.0 + 1e-15))
        series = near**2 * (1 / 2 - near * (1 / 3 - near * (1 / 4 - near * (1 / 5 - near / 6))))
        loss = np.where(small, series, far - np.log1p(far))
        return np.sign(ratio) * np.sqrt(2.0 * self.resolution.weights * self.observed * loss)
