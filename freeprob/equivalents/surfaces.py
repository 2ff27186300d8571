"""Kinks as surfaces in independent variables x, for h = s + L x: where lines along the last variable cross them.

A product that kinks on two surfaces has an integral over the last variable that kinks where they meet: that is a
surface in the variables before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from .kinks import Curve, Hyperplane, Kink

__all__ = ["Surface", "crossings", "surfaces_of"]

_SMALL = 1e-13
_SAMPLES = 6
"""Places of a panel at which signs are compared to find curves."""
_MOST = 40
_STEPS = 100
_SETTLED = 1e-14

Rows = Sequence[Any]
"""Arrays of one shape, or that broadcast: one for each variable."""


@dataclass(frozen=True)
class Surface:
    """The zeros of a function of x_0, ..., x_level.

    Attributes
    ----------
    depends : tuple of int
        The variables x on which the function depends; the last is the level.
    height : callable
        The function of the shifts and of x.
    is_straight : bool
        Whether it is a straight line in the last variable.
    hyperplane : tuple or None
        The kink ``a . h = b``, where it is one.
    """

    depends: tuple[int, ...]
    height: Callable[[Rows, Rows], Any]
    is_straight: bool
    hyperplane: Hyperplane | None = None

    @property
    def level(self) -> int:
        """The last variable."""
        return self.depends[-1]

    def root(self, shifts: Rows, x: Rows) -> Any:
        """Return the place of the last variable on a straight surface."""
        low, high = self.height(shifts, [*x, 0.0]), self.height(shifts, [*x, 1.0])
        return low / (low - high)

    def places(self, shifts: np.ndarray, x: Sequence[np.ndarray], reach: float, panels: int) -> list[np.ndarray]:
        """Return the places of the last variable on the surface, given those before: arrays with one entry a row."""
        columns, before = [s[:, None] for s in shifts.T], [one[:, None] for one in x]
        if self.is_straight:
            found = self.root(columns, before)
        else:
            found = crossings(
                lambda place: self.height(columns, [*before, place]), np.linspace(-reach, reach, _SAMPLES * panels + 1)
            )
        return list(np.clip(np.broadcast_to(found, (len(shifts), found.shape[1])), -reach, reach).T)


def surfaces_of(kinks: Sequence[Kink], loads: np.ndarray, with_meetings: bool) -> list[Surface]:
    """Return the surfaces of kinks, and those where two of them meet, as surfaces in the variables before.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.equivalents.surfaces import surfaces_of
    >>> found = surfaces_of([((0, 1), 0.0), ((1, 1), 2.0)], np.eye(2), with_meetings=True)
    >>> [(s.level, s.hyperplane) for s in found]  # both kinks are at x_1 = 0 where x_0 = 2
    [(1, ((0, 1), 0.0)), (1, ((1, 1), 2.0)), (0, ((1.0, 0.0), 2.0))]
    """
    found = [s for kink in kinks if (s := _surface(kink, loads)) is not None]
    for level in range(loads.shape[1] - 1, 0, -1) if with_meetings else ():
        straight = [s for s in found if s.level == level and s.is_straight]
        for one, other in combinations(straight, 2):
            met = _meeting(other, one, loads)
            if met is not None and len(found) < _MOST:
                found.append(met)
    return found


def _surface(kink: Kink, loads: np.ndarray) -> Surface | None:
    """Return a kink as a surface, None where it depends on no variable."""
    if isinstance(kink, Curve):
        depends = _columns(np.abs(loads[[*kink.straight, *kink.bent]]).max(axis=0), loads)
        straight = bool(depends) and not np.any(loads[list(kink.bent), depends[-1]])
        return Surface(depends, lambda s, x: kink.function(_entries(s, x, loads)), straight) if depends else None
    normal, offset = np.asarray(kink[0], dtype=float), kink[1]
    direction = normal @ loads
    depends = _columns(np.abs(direction), loads)

    def height(shifts: Rows, x: Rows) -> Any:
        fixed = sum((a * s for a, s in zip(normal, shifts, strict=True) if a), -offset)
        return fixed + sum(direction[k] * x[k] for k in depends)

    return Surface(depends, height, True, kink) if depends else None


def _columns(sizes: np.ndarray, loads: np.ndarray) -> tuple[int, ...]:
    return tuple(int(k) for k in np.flatnonzero(sizes > _SMALL * np.abs(loads).max(initial=0.0)))


def _entries(shifts: Rows, x: Rows, loads: np.ndarray) -> list[Any]:
    """Return h = s + L x."""
    return [
        s + sum((a * place for a, place in zip(load, x, strict=False) if a), 0.0)
        for s, load in zip(shifts, loads, strict=True)
    ]


def _meeting(one: Surface, other: Surface, loads: np.ndarray) -> Surface | None:
    """Return where two straight surfaces of one level meet, as a surface of a lower level."""
    if one.hyperplane is not None and other.hyperplane is not None:
        (a, b), (c, d) = one.hyperplane, other.hyperplane
        level = loads[:, one.level]
        left, right = float(np.dot(c, level)), float(np.dot(a, level))
        normal = left * np.asarray(a, dtype=float) - right * np.asarray(c, dtype=float)
        scale = float(np.abs(normal).max())
        if scale <= _SMALL * (abs(left) + abs(right)):
            return None
        return _surface((tuple((normal / scale).tolist()), (left * b - right * d) / scale), loads)
    depends = tuple(sorted({*one.depends, *other.depends} - {one.level}))
    if not depends:
        return None

    def height(shifts: Rows, x: Rows) -> Any:
        near = [*x, *[0.0] * (one.level - len(x))]
        gap = one.root(shifts, near) - other.root(shifts, near)
        return np.where(np.abs(gap) < _SMALL, 0.0, gap)

    return Surface(depends, height, False)


def crossings(function: Callable[[np.ndarray], np.ndarray], places: np.ndarray) -> np.ndarray:
    """Return where a function changes its sign along each of several lines.

    Parameters
    ----------
    function : callable
        Maps an array of places, of shape (lines, m), to the values there.
    places : ndarray
        Increasing places at which signs are compared.

    Returns
    -------
    ndarray, shape (lines, r)
        r is the largest number of crossings of one line; lines with fewer repeat the last place.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.equivalents.surfaces import crossings
    >>> levels = np.array([[0.5], [2.0]])
    >>> crossings(lambda x: x**2 - levels, np.linspace(-1, 1, 9)).round(6)
    array([[-0.707107,  0.707107],
           [ 1.      ,  1.      ]])
    """
    with np.errstate(over="ignore", invalid="ignore"):
        values = function(places[None, :])
        changes = (values[:, 1:] > 0) != (values[:, :-1] > 0)
        most = int(changes.sum(axis=1).max(initial=0))
        # the intervals of each line in which the sign changes come first, in their order
        chosen = np.argsort(~changes, axis=1, kind="stable")[:, :most]
        crossed = np.take_along_axis(changes, chosen, axis=1)
        ends = [places[chosen], places[chosen + 1]]
        heights = [np.take_along_axis(values, chosen + k, axis=1) for k in (0, 1)]
        found = _between(function, ends, heights, crossed)
    return np.where(crossed, found, places[-1])


def _between(
    function: Callable[[np.ndarray], np.ndarray],
    ends: list[np.ndarray],
    heights: list[np.ndarray],
    wanted: np.ndarray,
) -> np.ndarray:
    """Return a place of the change between ends: by secants, weighed such that both ends move (Illinois)."""
    (left, right), (low, high) = ends, heights
    place = left
    for _ in range(_STEPS):
        before = place
        slope = high - low
        place = np.divide(left * high - right * low, slope, out=(left + right) / 2, where=slope != 0)
        place = np.where((place >= left) & (place <= right), place, (left + right) / 2)
        value = function(place)
        is_right = (value > 0) == (high > 0)
        low = np.where(is_right, np.where((right == before) & (before != place), low / 2, low), value)
        high = np.where(is_right, value, np.where((left == before) & (before != place), high / 2, high))
        left, right = np.where(is_right, left, place), np.where(is_right, place, right)
        if np.all((np.abs(place - before) <= _SETTLED * (1 + np.abs(place))) | (value == 0) | ~wanted):
            break
    return place
