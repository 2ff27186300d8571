"""Edges of the support at which the Stieltjes transform diverges.

Where the density is unbounded at an edge e, m diverges like a power of ``x - e`` on the outer side as well. The curve
of solutions is then followed in m instead of x: with the value of m given, (u, x) solve as many equations as there are
unknowns, and x is a smooth function of 1/m that is extrapolated to its value e at 0. Newton's method works with
relative corrections, because other unknowns may vanish or diverge together with m.
"""

from __future__ import annotations

import numpy as np

from ..targets import numpy_runtime as runtime

__all__ = ["diverging_edge"]

_FIRST, _LEAST, _FACTOR = 1.1, 1.001, 2.0
"""The first, the smallest and the largest factor by which m grows in a step."""

_STEPS, _DEGREE = 40, 8
_SETTLED, _ACCURACY = 1e-15, 1e-11
_DIFFERENCE = 1e-6


def diverging_edge(
    model: runtime.Model, p: np.ndarray, u: np.ndarray, x: float, bracket: tuple[float, float]
) -> float | None:
    """Return the edge towards which m diverges, or None if the solution does not lead to one.

    Parameters
    ----------
    model : Model
    p : ndarray
        Inputs of the model, a column.
    u : ndarray, shape (unknowns,)
        The real solution at x, outside the support and next to the edge.
    x : float
    bracket : (float, float)
        Where the edge must lie.
    """
    curve = _Curve(model, p)
    low, high = bracket
    slack = 0.1 * (high - low)
    points = [np.append(u.real, x)]
    values = [curve.value(points[0])]
    factor, best = _FIRST, (np.inf, x)
    estimates = [x]
    for _ in range(_STEPS):
        value = values[-1] * factor
        reach = abs(points[-1][-1] - points[-2][-1]) if len(points) > 1 else high - low
        found = curve.solve(_predicted(points, values, value), value, reach)
        if found is None:
            factor = factor**0.5
            if factor < _LEAST:
                break
            continue
        points, values = [*points, found], [*values, value]
        if not low - slack <= found[-1] <= high + slack:
            return None
        estimates.append(_extrapolated([point[-1] for point in points[-_DEGREE:]], values[-_DEGREE:]))
        best = min(best, (abs(estimates[-1] - estimates[-2]), estimates[-1]))
        if best[0] <= _SETTLED * max(abs(best[1]), high - low):
            break
        factor = min(factor**1.5, _FACTOR)
    scale = max(abs(best[1]), high - low)
    return best[1] if best[0] <= _ACCURACY * scale and low <= best[1] <= high else None


def _extrapolated(places: list[float], values: list[float]) -> float:
    """Return the limit for m = infinity of places that are a smooth function of 1/m (Neville's scheme)."""
    nodes = [1.0 / value for value in values]
    table = list(places)
    for order in range(1, len(table)):
        table = [
            (nodes[k] * table[k + 1] - nodes[k + order] * table[k]) / (nodes[k] - nodes[k + order])
            for k in range(len(table) - 1)
        ]
    return table[0]


def _predicted(points: list[np.ndarray], values: list[float], value: float) -> np.ndarray:
    """Return the next point when each unknown follows a power of m, and x approaches its limit like m^-2."""
    if len(points) == 1:
        return points[0]
    older, newer = points[-2:]
    values = values[-2:]
    with np.errstate(all="ignore"):
        power = np.log(value / values[1]) / np.log(values[1] / values[0])
        ratio = newer / older
        guess = np.where(np.isfinite(ratio) & (ratio > 0), newer * ratio**power, newer)
    slope = (newer[-1] - older[-1]) / (values[1] ** -2 - values[0] ** -2)
    guess[-1] = newer[-1] + slope * (value**-2 - values[1] ** -2)
    return guess


class _Curve:
    """The equations ``(F(u, x), m(u, x) - value) = 0``."""

    def __init__(self, model: runtime.Model, p: np.ndarray):
        self.model, self.p = model, p

    def value(self, point: np.ndarray) -> float:
        """Return m at a point."""
        z = point[-1:].astype(complex)
        return float(self.model.readout(point[:-1, None].astype(complex), self.p, z)[0].real)

    def residuals(self, points: np.ndarray, value: float) -> np.ndarray:
        """Return the residuals at points, given and returned as columns."""
        u, z = points[:-1].astype(complex), points[-1].astype(complex)
        result = np.empty(points.shape)
        for component in self.model.components:
            result[component.unknowns] = component.evaluate(u, self.p, z, np.ones(points.shape[1]))[0].real
        result[-1] = self.model.readout(u, self.p, z).real / value - 1.0
        return result

    def solve(self, point: np.ndarray, value: float, reach: float) -> np.ndarray | None:
        """Return the solution with a given m near a point; ``reach`` is the scale on which x matters."""
        size = len(point)
        previous = np.inf
        with np.errstate(all="ignore"):
            for _ in range(40):
                size_of = np.append(np.where(point[:-1] == 0.0, 1.0, np.abs(point[:-1])), reach)
                steps = _DIFFERENCE * size_of
                columns = np.concatenate(
                    [point[:, None], point[:, None] + np.diag(steps), point[:, None] - np.diag(steps)], axis=1
                )
                values = self.residuals(columns, value)
                matrix = (values[:, 1 : size + 1] - values[:, size + 1 :]) / (2 * _DIFFERENCE)
                scale = np.abs(matrix).max(axis=1) + 1e-300
                if not np.isfinite(matrix).all():
                    return None
                try:
                    relative = np.linalg.solve(matrix / scale[:, None], values[:, 0] / scale)
                except np.linalg.LinAlgError:
                    return None
                largest = float(np.abs(relative).max())
                if not np.isfinite(largest):
                    return None
                damping = min(1.0, 0.5 / (largest + 1e-300))
                point = point - damping * relative * size_of
                if largest < 1e-14 or (largest < 1e-8 and largest > 0.3 * previous):
                    return point
                previous = largest
        return None
