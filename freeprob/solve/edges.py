"""The support of a spectral law: where the density on the axis is positive, and the poles outside.

A grid on the axis is refined where something could hide: in valleys of the density (a gap), and between two points
outside the support where m decreases (it increases in every gap, so there is spectrum in between). Changes between
outside and inside bracket the edges, which Newton's method on an extended system then finds to rounding error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import SolveError
from ..targets import numpy_runtime as runtime
from .branch_points import branch_point, branch_solution
from .diverging_edge import diverging_edge
from .hard_edges import approach
from .islands import LongLists, island_places, surroundings
from .law_end_edges import LawEnds, law_end_edge, reaches_zero

__all__ = ["Support", "circle_moments", "find_support"]

_POSITIVE = 1e-7
"""A boundary value counts as inside the support when Im m > _POSITIVE |m|: rounding next to an edge is smaller."""

_SECTIONS = 8
_CIRCLE = 32
_RATIO = 1.5
_ROUNDED = 1e-13
"""A hard edge this close to 0, relative to the width, is 0: its density is then followed down to tiny distances."""

_NEXT, _STEEP = 1e-5, 300.0
"""At this distance, relative to the width, from where the density is first seen it must have grown by this factor: it
grows more with a root of the distance to the edge, and less where it vanishes linearly or faster.
"""

_ISLANDS = 100.0
"""Islands are sought within this distance from the mean, relative to the width."""

_ZERO = 1e-9
"""Points this close to 0, relative to the width of the law, are not solved."""


@dataclass(frozen=True)
class Support:
    """Where a law lives.

    Attributes
    ----------
    intervals : list of (float, float)
        The support of the continuous part, in order.
    poles : dict of float to float
        Atoms outside these intervals, location -> mass.
    hard : frozenset of float
        Edges that are not square-root branch points (the density may be unbounded there).
    tails : dict of float to float
        Ends of intervals that are no edges: the density goes on to the infinity that is given, too small to be seen.
    """

    intervals: list[tuple[float, float]]
    poles: dict[float, float]
    hard: frozenset[float]
    tails: dict[float, float]


def find_support(
    model: runtime.Model,
    p: np.ndarray,
    anchor: runtime.Anchor,
    points: int = 400,
    ends: Callable[[], LawEnds] = LawEnds,
    lists: LongLists | None = None,
) -> Support:
    """Return the support of a law.

    Parameters
    ----------
    model : Model
    p : ndarray
    anchor : Anchor
    points : int
        Size of the first grid.
    ends : callable
        Returns what is known of the ends of laws; called where an edge cannot be seen.
    lists : LongLists, optional
        Laws of many atoms: single ones may make islands, and edges are those of the model with all atoms.

    Raises
    ------
    SolveError
        If edges do not pair up to intervals, or the density is too small next to an edge to locate it.
    """
    return _Search(model, p, anchor, ends, lists).run(points)


class _Search:
    def __init__(
        self,
        model: runtime.Model,
        p: np.ndarray,
        anchor: runtime.Anchor,
        ends: Callable[[], LawEnds] = LawEnds,
        lists: LongLists | None = None,
    ):
        self.model, self.p, self.anchor, self.ends, self.lists = model, p, anchor, ends, lists
        self.mean, self.width = self.moments()
        self.x = np.zeros(0)
        self.m = np.zeros(0, dtype=complex)
        self.hard: set[float] = set()
        self.poles: dict[float, float] = {}
        self.tails: dict[float, float] = {}

    def moments(self) -> tuple[float, float]:
        """Return mean and deviation from m high above the axis; the anchor's are those of the bulk."""
        height = self.anchor.width * 10.0 ** np.arange(0.0, 6.5, 0.5)
        w = -1j * height * self.values(1j * height + self.anchor.mean)
        shift = -w.imag * height
        square = (1.0 - w.real) * height**2
        near = 1.0 - w.real < 1e-6
        if not near.any() or not square[np.argmax(near)] > 0:
            return self.anchor.mean, self.anchor.width
        k = int(np.argmax(near))
        variance = square[k] - shift[k] ** 2
        return self.anchor.mean + float(shift[k]), float(max(np.sqrt(max(variance, 0.0)), self.anchor.width))

    def values(self, z: np.ndarray) -> np.ndarray:
        """Return m at points of the closed upper half plane."""
        z = np.asarray(z, dtype=complex)
        return self.model.readout(runtime.solve_points(self.model, self.p, self.anchor, z), self.p, z)

    def add(self, x: np.ndarray) -> None:
        """Solve at new points of the axis and sort them in."""
        x = np.setdiff1d(self.off_zero(x), self.x)
        if len(x):
            m = self.values_or_nan(x)
            x, m = x[np.isfinite(m)], m[np.isfinite(m)]
            self.x, self.m = np.concatenate([self.x, x]), np.concatenate([self.m, m])
            order = np.argsort(self.x)
            self.x, self.m = self.x[order], self.m[order]

    def values_or_nan(self, x: np.ndarray) -> np.ndarray:
        """Return m at points of the axis, nan where it cannot be solved (next to a singular point)."""
        _, m, good = runtime.branch_values(self.model, self.p, self.anchor, x.astype(complex))
        return np.where(good, m, complex(np.nan))

    def off_zero(self, x: np.ndarray) -> np.ndarray:
        """Return points moved away from 0, where a pole or a singular density is common."""
        tiny = _ZERO * self.width
        return np.where(np.abs(x) < tiny, np.where(x < 0, -tiny, tiny), x)

    @property
    def inside(self) -> np.ndarray:
        return self.is_inside(self.m)

    def is_inside(self, m: np.ndarray) -> np.ndarray:
        """Return where boundary values belong to the inside of the support (next to a pole inside, m is large)."""
        return m.imag > _POSITIVE * np.minimum(np.abs(m), 1e4 / self.width)

    def run(self, points: int) -> Support:
        self.add(self.first_grid(points))
        if self.inside[-1] or (self.inside[0] and not self.model.positive):
            raise SolveError("the support does not seem to be bounded")
        self.look_for_islands()
        self.look_into_valleys()
        self.poles = self.look_between_outside_points()
        edges = [self.edge(float(a), float(b)) for a, b in self.narrow(self.brackets()).T]
        if len(edges) % 2:
            raise SolveError("an odd number of edges was found; the support could not be resolved")
        return Support(list(zip(edges[::2], edges[1::2], strict=True)), self.poles, frozenset(self.hard), self.tails)

    def first_grid(self, points: int) -> np.ndarray:
        """Return abscissae: dense around the mean, sparse far out, just below 0 for laws on [0, infinity)."""
        far = np.geomspace(5.0, 2000.0, points // 5)
        shape = np.concatenate([-far, np.linspace(-5.0, 5.0, points + 1), far])
        x = self.mean + self.width * shape
        if self.model.positive:
            x = np.append(x[x > 1e-4 * self.width], [-0.01 * self.width])
        return x[np.abs(x) > 1e-5 * self.width]  # a pole or a singular density at 0 would be met at once

    def look_for_islands(self) -> None:
        """Add points where single atoms of long lists make islands."""
        if self.lists is None:
            return
        for _ in range(3):  # each pass interpolates between the places of the one before
            x = self.x[np.abs(self.x - self.mean) < _ISLANDS * self.width]
            u, good = runtime.descend(self.model, self.p, self.anchor, x.astype(complex))
            places = island_places(self.model, self.lists, self.p, x[good], u[:, good])
            self.add(places)
        self.add(surroundings(places, float(x[0]), float(x[-1])))

    def look_into_valleys(self) -> None:
        """Refine minima of the density inside the support as long as they get deeper: a gap could hide there."""
        rho, inside = self.m.imag, self.inside
        found = np.flatnonzero((rho[1:-1] < rho[:-2]) & (rho[1:-1] <= rho[2:]) & inside[1:-1]) + 1
        left, right, depth = self.x[found - 1], self.x[found + 1], rho[found]
        for _ in range(16):
            if not len(depth):
                return
            new = self.off_zero(left + (right - left) * (np.arange(1, _SECTIONS) / _SECTIONS)[:, None])
            self.add(new.ravel())
            at = np.minimum(np.searchsorted(self.x, new), len(self.x) - 2)
            lowest = np.take_along_axis(at, np.argmin(self.m.imag[at], axis=0)[None], axis=0)[0]
            rho = self.m.imag
            around = np.maximum(rho[np.maximum(lowest - 1, 0)], rho[np.minimum(lowest + 1, len(rho) - 1)])
            # a smooth minimum gets flat; a cusp or a gap stays deep, even where a point has hit it by chance
            deeper = self.inside[lowest] & ((rho[lowest] < 0.8 * depth) | (rho[lowest] < 0.8 * around))
            lowest = lowest[deeper]
            left, right, depth = self.x[lowest - 1], self.x[lowest + 1], self.m.imag[lowest]

    def look_between_outside_points(self) -> dict[float, float]:
        """Find bands and poles between neighbours outside the support where m decreases; return the poles."""
        poles: dict[float, float] = {}
        for _ in range(6):
            inside, real = self.inside, self.m.real
            drop = ~inside[1:] & ~inside[:-1] & (real[1:] < real[:-1] - 1e-7 * np.abs(self.m[1:]))
            brackets = [(float(self.x[i]), float(self.x[i + 1])) for i in np.flatnonzero(drop)]
            brackets = [(a, b) for a, b in brackets if not any(a <= pole <= b for pole in poles)]
            if not brackets:
                break
            for a, b in brackets:
                mass, mean, deviation = self.hidden(a, b)
                if mass > 1e-10 and deviation < 1e-6 * (b - a):
                    poles[mean] = mass
                else:
                    new = mean + deviation * np.linspace(-3.0, 3.0, 2 * _SECTIONS + 1)
                    new = np.append(new, np.linspace(a, b, _SECTIONS + 1))
                    self.add(new[(a < new) & (new < b)])
        return dict(sorted(poles.items()))

    def hidden(self, a: float, b: float) -> tuple[float, float, float]:
        """Return mass, mean and deviation of the part of the law between two points outside the support."""
        center, radius = 0.5 * (a + b), 0.5 * (b - a)
        for _ in range(4):
            mass, first, second = circle_moments(self.values, center, radius)
            if not mass > 0.0:
                break
            shift = first / mass
            deviation = np.sqrt(max(second / mass - shift**2, 0.0))
            place = center + shift
            if not a < place < b:
                break
            if abs(shift) <= 1e-3 * radius:
                return mass, 0.0 if abs(place) <= 1e-13 * self.width else place, float(deviation)
            center, radius = place, 0.9 * min(place - a, b - place)
            if a < 0.0 < b and abs(center) < 1e-6 * self.width:
                center, radius = 0.0, 0.9 * min(-a, b)
        return 0.0, 0.5 * (a + b), 0.25 * (b - a)

    def brackets(self) -> np.ndarray:
        """Return the pairs of neighbouring points of which one is inside, as columns."""
        change = np.flatnonzero(self.inside[1:] != self.inside[:-1])
        return np.array([self.x[change], self.x[change + 1]])

    def narrow(self, brackets: np.ndarray) -> np.ndarray:
        """Cut each bracket to an eighth of its width."""
        left, right = brackets
        if self.model.positive and len(left):
            left = np.where(left < 0, 0.0, left)
        new = left + (right - left) * (np.arange(1, _SECTIONS) / _SECTIONS)[:, None]
        self.add(new.ravel())
        return self.brackets()

    def edge(self, a: float, b: float) -> float:
        """Return the edge in a bracket."""
        if self.model.positive and a <= 0.0:
            lowest = self.lowest_edge(b)
            if lowest is None:
                self.hard.add(0.0)
            return lowest or 0.0
        first = (a, b)
        for _ in range(6):
            i, j = np.searchsorted(self.x, (a, b))
            start = i if self.inside[i] else j
            u = runtime.solve_points(self.model, self.p, self.anchor, self.x[[start]].astype(complex))[:, 0]
            soft = branch_solution(self.model, self.p, u, float(self.x[start]), (a, b))
            if soft is not None:
                return self.exact(soft, b - a)
            outer = self.x[[j if start == i else i]]
            u = runtime.solve_points(self.model, self.p, self.anchor, outer.astype(complex))[:, 0]
            found = diverging_edge(self.model, self.p, u, float(outer[0]), (a, b))
            if found is not None:
                found = 0.0 if abs(found) <= _ROUNDED * self.width else found
                self.hard.add(found)
                return found
            a, b = self.cut(a, b)
        end = self.faint_edge(*first)
        if end is not None:
            self.hard.add(end)
            return end
        for _ in range(12):
            a, b = self.cut(a, b)
        place = 0.5 * (a + b)
        if self.is_steep(a, b):
            self.hard.add(place)
        else:
            self.tails[place] = self.infinite_end(*first)
        return place

    def exact(self, point: np.ndarray, reach: float) -> float:
        """Return the edge of the model with all atoms next to the branch point (u, x) of the model with few nodes."""
        x = float(point[-1])
        if self.lists is None:
            return x
        found = branch_point(self.lists.exact, self.p, point[:-1], x, (x - reach, x + reach))
        if found is None:
            raise SolveError(
                f"the edge near {x:.6g} depends on single values of a long list: use more quadrature nodes"
            )
        return found

    def faint_edge(self, a: float, b: float) -> float | None:
        """Return an edge towards which the density vanishes before it can no longer be seen."""
        inner, outer = (b, a) if self.inside[np.searchsorted(self.x, b)] else (a, b)
        side = np.sign(outer - inner)
        beyond = [*self.x[self.inside], *self.poles]
        beyond = [abs(x - outer) for x in beyond if side * (x - outer) > 0]
        reach = outer + side * min([self.width, *(0.9 * distance for distance in beyond)])
        ends = self.ends()
        if self.model.positive and side < 0 and reaches_zero(ends.shared, self.p):
            return 0.0
        found = law_end_edge(self.model, ends.models, self.p, self.anchor, inner, outer, reach)
        return 0.0 if found is not None and abs(found) <= _ROUNDED * self.width else found

    def is_steep(self, a: float, b: float) -> bool:
        """Return whether the density next to a bracket is not so flat that an edge must lie beyond it."""
        outer, side = (a, 1.0) if self.inside[np.searchsorted(self.x, b)] else (b, -1.0)
        m = self.values_or_nan(np.array([outer + side * _NEXT * self.width]))[0]
        return not (np.isfinite(m) and 0.0 < m.imag < _STEEP * _POSITIVE * abs(m))

    def infinite_end(self, a: float, b: float) -> float:
        """Return the infinity on the outer side of a bracket; raise SolveError where the support must end before."""
        seen = self.x[self.inside]
        side = np.inf if (seen <= a).any() and not (seen > b).any() else -np.inf
        last = side > 0 or not (seen < a).any()
        if not last or not self.ends().unbounded or (self.model.positive and side < 0):
            raise SolveError(f"the density vanishes so fast at an edge near {a:.6g} that the edge could not be located")
        return side

    def lowest_edge(self, b: float) -> float | None:
        """Return the lowest edge above 0, below a point inside the support; None when the support reaches down to 0."""
        x = b * _RATIO ** -np.arange(0.0, 70.0)
        m, solved, u = approach(self.model, self.p, self.anchor, 0.0, b, x)
        inside = solved & self.is_inside(m)
        if inside.all():
            return None
        k = int(np.argmin(inside))
        return branch_point(self.model, self.p, u[:, k - 1], x[k - 1], (x[k], x[k - 1])) if k else None

    def cut(self, a: float, b: float) -> tuple[float, float]:
        """Return the eighth of a bracket in which the edge is."""
        if b - a <= 2e-15 * max(abs(a), abs(b)):
            return a, b
        self.add(np.linspace(a, b, _SECTIONS + 1)[1:-1])
        i, j = np.searchsorted(self.x, (a, b))
        k = i + int(np.flatnonzero(self.inside[i:j] != self.inside[i + 1 : j + 1])[0])
        return float(self.x[k]), float(self.x[k + 1])


def circle_moments(
    values: Callable[[np.ndarray], np.ndarray], center: float, radius: float, count: int = _CIRCLE
) -> tuple[float, float, float]:
    """Return mass, first and second moment about the centre of the part of a law inside a circle (Cauchy's formula).

    The circle must cross the axis outside the support; the trapezoidal rule then converges exponentially.
    """
    offset = radius * np.exp(1j * (np.arange(count) + 0.5) * np.pi / count)
    m = values(center + offset)
    mass, first, second = (float(-np.mean((offset ** (k + 1) * m).real)) for k in range(3))
    return mass, first, second
