"""Densities to 40 digits and distances from them."""

from __future__ import annotations

import numpy as np

from freeprob.solve.bound_law import BoundLaw

__all__ = ["distance", "midpoints", "true_density"]


def midpoints(law: BoundLaw, count: int) -> np.ndarray:
    """Return the midpoints of equal cells of the hull of the support."""
    low, high = law.edges()[[0, -1]]
    return low + (high - low) * (np.arange(count) + 0.5) / count


def true_density(law: BoundLaw, points: np.ndarray) -> np.ndarray:
    """Return the density by Newton's method with 40 digits."""
    precise = law.precise(40)
    return np.array([float(precise.density(float(x))) for x in points])


def distance(density: np.ndarray, truth: np.ndarray, width: float) -> tuple[float, float]:
    """Return the largest error and the integral of the error."""
    gap = np.abs(density - truth)
    return float(gap.max()), float(gap.mean() * width)
