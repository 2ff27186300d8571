"""Distance of eigenvalues from a law with atoms and a few outliers."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["RIGID", "Reference", "kolmogorov_smirnov", "split_outliers", "wasserstein"]

RIGID = 6.0
"""Eigenvalues are rigid: the Kolmogorov-Smirnov distance is a few units of 1/N (2 to 4 in all classical models)."""

_SNAP = 1e-8
_NODES = 2000
_MARGIN = 0.3


class Reference:
    """What eigenvalues are compared with: support, atoms and distribution function of a bound law.

    Parameters
    ----------
    law : BoundLaw
    rounding : float
        Size of rounding errors of the eigenvalues, if it is known.
    """

    def __init__(self, law: Any, rounding: float = 0.0):
        self.law = law
        self.atoms: dict[float, float] = law.atoms()
        ends = [*np.ravel(law.visible_support()), *self.atoms]
        self.low, self.high = float(min(ends)), float(max(ends))
        self.scale = max(self.high - self.low, abs(self.high), abs(self.low))
        self.tolerance = max(_SNAP * self.scale, rounding)

    def snap(self, values: np.ndarray) -> np.ndarray:
        """Return eigenvalues with those that rounding moved off an atom put back on it."""
        values = np.sort(values)
        for place in self.atoms:
            values[np.abs(values - place) < self.tolerance] = place
        return values

    def jump(self, values: np.ndarray) -> np.ndarray:
        """Return the mass at each value."""
        return np.array([self.atoms.get(float(v), 0.0) for v in values])


def kolmogorov_smirnov(values: np.ndarray, reference: Reference) -> float:
    """Return the largest difference of the distribution functions of eigenvalues and a law."""
    places, counts = np.unique(values, return_counts=True)
    upper = np.cumsum(counts) / len(values)
    theory = reference.law.cdf(places)
    before = np.abs(upper - counts / len(values) - (theory - reference.jump(places)))
    return float(max(np.abs(upper - theory).max(), before.max()))


def wasserstein(values: np.ndarray, law: Any) -> float:
    """Return the Wasserstein-1 distance: the integral of the difference of the quantile functions over (0, 1).

    The quantiles of the eigenvalues are constant between multiples of 1/N; there Gauss-Legendre nodes are used.
    """
    count = len(values)
    order = max(4, -(-_NODES // count))
    nodes, weights = np.polynomial.legendre.leggauss(min(order, 200))
    levels = (np.arange(count)[:, None] + 0.5 * (1.0 + nodes)) / count
    gap = np.abs(np.sort(values)[:, None] - law.quantile(levels))
    return float((gap @ weights).sum() / (2 * count))


def split_outliers(values: np.ndarray, reference: Reference) -> np.ndarray:
    """Return the eigenvalues within three tenths of the width from the support; the others are outliers."""
    margin = _MARGIN * max(reference.high - reference.low, 0.1 * reference.scale)
    return values[(values >= reference.low - margin) & (values <= reference.high + margin)]
