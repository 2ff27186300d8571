"""A law as a measure: its support, the density on each interval, and its atoms, together of mass 1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..targets import numpy_runtime as runtime
from .atoms import find_atoms
from .edges import Support, circle_moments, find_support
from .hard_edges import AxisDensity
from .interval_density import IntervalDensity
from .islands import LongLists
from .law_end_edges import LawEnds

__all__ = ["Measure", "find_measure"]

_EDGE = 1e-4
"""Distance to an edge, relative to the width of the law, below which the stored series may replace the equations."""

_SOFT, _HARD = 1e-8, 1e-62
"""How close to a soft edge (relative to what else is near) and to a hard one at 0 the equations are solved."""

_ULP = 1e-14
_MASS = 1e-6
"""Largest accepted deviation of the total mass from 1."""


@dataclass(frozen=True)
class Measure:
    """A probability measure on the axis.

    Attributes
    ----------
    support : Support
    parts : tuple of IntervalDensity
        The continuous part, interval by interval; an interval around 0 is cut there.
    atoms : dict of float to float
        Location -> mass.
    width : float
        The scale of the law.
    """

    support: Support
    parts: tuple[IntervalDensity, ...]
    atoms: dict[float, float]
    width: float
    resolved: bool = True

    @cached_property
    def mass(self) -> float:
        """The total mass, 1 up to quadrature error."""
        return sum(part.mass for part in self.parts) + sum(self.atoms.values())

    def integrate(self, function: Callable[[np.ndarray], np.ndarray]) -> float:
        """Return the integral of a vectorised function."""
        total = sum(weight * float(np.asarray(function(np.array([x])))[0]) for x, weight in self.atoms.items())
        return total + sum(part.integrate(function) for part in self.parts)

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """Return the mass of (-infinity, x]."""
        result = sum((part.cdf(x) for part in self.parts), np.zeros(x.shape))
        for place, weight in self.atoms.items():
            result = result + weight * (x >= place)
        return result

    def quantile(self, levels: np.ndarray) -> np.ndarray:
        """Return the smallest x with cdf(x) >= level."""
        if any(part.a < place < part.b for part in self.parts for place in self.atoms):
            return self._bisected(levels)
        pieces: list[tuple[float, float, IntervalDensity | None]] = [
            *(((part.a + part.b) / 2, part.mass, part) for part in self.parts),
            *((place, weight, None) for place, weight in self.atoms.items()),
        ]
        pieces.sort(key=lambda piece: piece[0])
        result, below = np.full(levels.shape, np.nan), 0.0
        for number, (place, mass, part) in enumerate(pieces):
            here = np.isnan(result) & ((levels <= below + mass) | (number == len(pieces) - 1))
            if here.any():
                result[here] = place if part is None else part.quantile(levels[here] - below)
            below += mass
        return result

    def _bisected(self, levels: np.ndarray) -> np.ndarray:
        """Return quantiles where an atom lies inside an interval of the continuous part."""
        ends = [*(end for part in self.parts for end in (part.a, part.b)), *self.atoms]
        low, high = np.full(levels.shape, min(ends)), np.full(levels.shape, max(ends))
        for _ in range(70):
            middle = 0.5 * (low + high)
            enough = self.cdf(middle) >= levels
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return high

    def near_edges(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the stored density at points close to an edge or to 0, and which points these are."""
        ends = np.array([end for part in self.parts for end in (part.a, part.b)])
        close = np.abs(points[:, None] - ends).min(axis=1, initial=np.inf) < _EDGE * self.width
        values = np.zeros(len(points))
        values[close] = sum(part.values(points[close]) for part in self.parts)
        return values, close

    def density_at_zero(self) -> float:
        """Return the mean of the one-sided limits of the density at 0."""
        return 0.5 * sum(float(part.values(np.zeros(1))[0]) for part in self.parts)


def find_measure(
    model: runtime.Model,
    p: np.ndarray,
    anchor: runtime.Anchor,
    ends: Callable[[], LawEnds] = LawEnds,
    lists: LongLists | None = None,
) -> Measure:
    """Return a law as a measure; when mass is missing, its support is searched again on a finer grid.

    Parameters
    ----------
    model : Model
    p : ndarray
    anchor : Anchor
    ends : callable
    lists : LongLists, optional
        As in :func:`find_support`.

    Raises
    ------
    SolveError
        If continuous part and atoms do not add up to mass 1, and the support is not seen to be complete either.
    """
    for points in (400, 4000):
        support = find_support(model, p, anchor, points, ends, lists)
        parts = tuple(part for a, b in support.intervals for part in _parts(model, p, anchor, support, a, b))
        atoms = find_atoms(model, p, anchor, support, sum(part.mass for part in parts))
        measure = Measure(support, parts, atoms, anchor.width)
        if abs(measure.mass - 1.0) < _MASS:
            return measure
        if any(0.0 in interval for interval in support.intervals) and _is_complete(model, p, anchor, support):
            return replace(measure, resolved=False)
    raise runtime.SolveError(
        f"the law has total mass {measure.mass:.8f} instead of 1: a part of the support or an atom was missed"
    )


def _is_complete(model: runtime.Model, p: np.ndarray, anchor: runtime.Anchor, support: Support) -> bool:
    """Return whether contours around the intervals of the support, and the atoms outside, hold mass 1."""

    def values(z: np.ndarray) -> np.ndarray:
        return runtime.stieltjes_values(model, p, anchor, z)

    ends = [-np.inf, *(end for interval in support.intervals for end in interval), np.inf]
    outside = sum(w for x, w in support.poles.items() if not any(a <= x <= b for a, b in support.intervals))
    total, previous = outside, np.inf
    for count in (128, 512, 2048):
        total = outside
        for k, (a, b) in enumerate(support.intervals):
            room = 0.5 * min(a - ends[2 * k], ends[2 * k + 3] - b, b - a)
            total += circle_moments(values, 0.5 * (a + b), 0.5 * (b - a) + room, count)[0]
        if abs(total - previous) < 0.1 * _MASS:
            break
        previous = total
    return abs(total - 1.0) < _MASS


def _parts(
    model: runtime.Model, p: np.ndarray, anchor: runtime.Anchor, support: Support, a: float, b: float
) -> list[IntervalDensity]:
    """Return the density on an interval, cut at 0, where densities of products are often singular."""
    made = []
    for low, high in [(a, 0.0), (0.0, b)] if a < 0.0 < b else [(a, b)]:
        hard = (low == 0.0 or low in support.hard, high == 0.0 or high in support.hard)
        reach = (_reach(low, low, high, hard[0], support), _reach(high, low, high, hard[1], support))
        made.append(IntervalDensity(AxisDensity(model, p, anchor, low, high, hard), low, high, reach))
    return made


def _reach(end: float, low: float, high: float, hard: bool, support: Support) -> float:
    """Return how close to an end the equations are solved, relative to the length of the interval."""
    if hard:
        return _HARD if end == 0.0 else _SOFT
    others = {edge for interval in support.intervals for edge in interval} | {*support.poles, 0.0}
    gap = min([abs(other - end) for other in others - {low, high}], default=np.inf)
    return max(_SOFT * min(gap, high - low), _ULP * abs(end)) / (high - low)
