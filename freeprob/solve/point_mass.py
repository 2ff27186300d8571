"""The mass of a law at a point of the axis."""

from __future__ import annotations

import numpy as np

from ..targets import numpy_runtime as runtime

__all__ = ["mass_at"]


def mass_at(model: runtime.Model, p: np.ndarray, anchor: runtime.Anchor, x: float) -> float:
    """Return the mass of an atom at x, 0 if there is none: the limit of ``eta Im m(x + i eta)``.

    With a gap around x the error is of order eta^2, with a bounded density of order eta, with a hard edge of order
    sqrt(eta); the last two are told from an atom by their decay. At 0 products of k matrices leave an error of order
    eta^(1/(k+1)), which Aitken's extrapolation takes off.
    """
    heights = anchor.width * np.array([1e-4, 1e-6, 1e-8])
    z = x + 1j * heights
    weights = heights * model.readout(runtime.solve_points(model, p, anchor, z), p, z).imag
    if weights[2] < 1e-9 or weights[2] < 0.7 * weights[1]:
        return 0.0
    first, second = np.diff(weights)
    if x == 0.0 and abs(second) > 1e-6 and 0.02 < second / first < 1.0:
        limit = float(weights[2] - second**2 / (second - first))
        return limit if limit > 0.01 * weights[2] else 0.0
    if abs(second) > 1e-9:
        return float(weights[2] + second / 99.0)
    return float(weights[1] if abs(first) < 1e-7 else weights[2])
