"""Real zeros of an analytic function with real values on the axis, counted by the argument principle.

An interval is cut into windows that shrink towards its singular ends. On the circle over each window the winding number
of f is the number of zeros inside, and the Fourier coefficients of ``log(f / w^k)`` are their power sums: with zeros
w_1, ..., w_k, ``mean of log(f / w^k) w^j = -(w_1^j + ... + w_k^j) / j``. Circles are then centred at the zeros, where
the trapezoidal rule converges fast, so that no derivative is needed, no zero is missed, and multiplicity is a count.

References
----------
.. [1] L. M. Delves and J. N. Lyness, *A numerical method for locating the zeros of an analytic function*, Mathematics
   of Computation 21 (1967), 543-560.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..errors import SolveError
from ..targets import numpy_runtime as runtime

__all__ = ["Zero", "circle", "real_zeros"]

Function = Callable[[np.ndarray], np.ndarray]

_POINTS = 32
_FINEST = 2048
_TURN = 1.0
"""Largest accepted change of the phase, in radians, between neighbours on a circle."""

_RATIO = 4.0
_FAR_RATIO = 16.0
_NEAREST, _FARTHEST = 1e-8, 1e9
"""Distances to a singular end, in units of the scale, between which zeros are sought."""

_SAME = 1e-6
"""Zeros this close, relative to the circle around them, are one multiple zero."""


_DEPTH = 20


class _Unresolved(ArithmeticError):
    """The phase turns too fast: a zero lies next to the circle."""


@dataclass(frozen=True)
class Zero:
    """A zero, its multiplicity, and the radius of a circle around it that holds no other zero or singularity."""

    place: float
    multiplicity: int
    radius: float


def circle(center: float, radius: float, points: int) -> np.ndarray:
    """Return the upper half of a circle; the lower half follows by symmetry."""
    return center + radius * np.exp(1j * (np.arange(points) + 0.5) * np.pi / points)


def real_zeros(function: Function, low: float, high: float, scale: float) -> list[Zero]:
    """Return the zeros between two singular points.

    Parameters
    ----------
    function : callable
        Of an array of points of the upper half plane; analytic off the axis and between the ends.
    low, high : float
        Singular points, or infinite.
    scale : float
        A length for an interval with an infinite end.

    Raises
    ------
    SolveError
        If a window cannot be resolved.
    """
    reason = ""
    for attempt in range(5):
        nearest = _NEAREST * _RATIO ** (0.23 * attempt) * (1.0 if attempt < 3 else 1e3)
        try:
            return _Search(function, low, high).run(_windows(low, high, scale, nearest))
        except (_Unresolved, SolveError, runtime.SolveError) as error:
            reason = str(error)
    raise SolveError(f"the zeros between {low:.6g} and {high:.6g} could not be counted: {reason}")


def _windows(low: float, high: float, scale: float, nearest: float) -> list[tuple[float, float]]:
    """Return intervals that cover (low, high) but for the closest neighbourhoods of its ends."""
    if np.isinf(low) and np.isinf(high):
        middle = [(-scale, scale)]
        return [*_windows(-np.inf, -scale, scale, 1e-3), *middle, *_windows(scale, np.inf, scale, 1e-3)]
    if np.isinf(low):
        return [(-b, -a) for a, b in reversed(_windows(-high, np.inf, scale, nearest))]
    if np.isinf(high):
        steps = [nearest * scale]
        while steps[-1] < _FARTHEST * scale:
            steps.append(steps[-1] * (_RATIO if steps[-1] < 100.0 * scale else _FAR_RATIO))
        ends = low + np.array(steps)
    else:
        half = 0.5 * (high - low)
        steps = list(half * nearest * _RATIO ** np.arange(0.0, np.ceil(np.log(1 / nearest) / np.log(_RATIO))))
        near = [s for s in steps if s < 0.75 * half]
        ends = np.array([*(low + s for s in near), *(high - s for s in reversed(near))])
    return list(pairwise(ends))


class _Search:
    def __init__(self, function: Function, low: float, high: float):
        self.function, self.low, self.high = function, low, high

    def run(self, windows: list[tuple[float, float]]) -> list[Zero]:
        """Return the zeros in all windows, whose circles are evaluated in one call."""
        discs = [(0.5 * (a + b), 0.5 * (b - a)) for a, b in windows]
        values = self.function(np.concatenate([circle(*disc, _POINTS) for disc in discs]))
        found: list[Zero] = []
        for disc, half in zip(discs, values.reshape(len(discs), _POINTS), strict=True):
            found += self.disc(*disc, 0, half)
        return found

    def disc(self, center: float, radius: float, depth: int, half: np.ndarray | None = None) -> list[Zero]:
        """Return the zeros in a disc around a point of the axis; ``half`` are values on a half circle, if known."""
        count, shift, spread, roots = self.power_sums(center, radius, half)
        if count == 0:
            return []
        if count < 0:
            raise SolveError(f"there is a pole near {center:.6g}")
        mean = center + shift
        if spread <= _SAME * radius and abs(shift) <= 0.05 * radius:
            return [Zero(mean, count, radius)]
        if depth > _DEPTH:
            raise _Unresolved(f"the zeros near {mean:.6g} could not be separated")
        if spread <= _SAME * radius:
            return self.disc(mean, self.room(mean, radius), depth + 1)
        found: list[Zero] = []
        for place, gap in _clusters(roots, radius):
            found += self.disc(center + place, self.room(center + place, min(gap, radius)), depth + 1)
        return found

    def room(self, place: float, radius: float) -> float:
        """Return a radius that keeps away from the singular ends."""
        return min(0.5 * radius, 0.3 * (place - self.low), 0.3 * (self.high - place))

    def power_sums(self, center: float, radius: float, half: np.ndarray | None) -> tuple[int, float, float, np.ndarray]:
        """Return number, mean and spread of the zeros in a disc, and estimates of them, relative to the centre."""
        points = _POINTS
        while points <= _FINEST:
            if half is None:
                half = self.function(circle(center, radius, points))
            if not np.isfinite(half).all() or (half == 0).any():
                raise _Unresolved(f"the function is singular near {center:.6g}")
            loop = np.concatenate([half, half[::-1].conj()])
            turns = np.angle(np.roll(loop, -1) / loop)
            if np.abs(turns).max() < _TURN:
                count = round(float(turns.sum() / (2 * np.pi)))
                return count, *self._from_logarithm(loop, turns, count, radius)
            points, half = 2 * points, None
        raise _Unresolved(f"a zero lies next to a circle around {center:.6g}")

    @staticmethod
    def _from_logarithm(
        loop: np.ndarray, turns: np.ndarray, count: int, radius: float
    ) -> tuple[float, float, np.ndarray]:
        if count <= 0:
            return 0.0, 0.0, np.zeros(0)
        angle = (np.arange(len(loop)) + 0.5) * 2 * np.pi / len(loop)
        phase = np.angle(loop[0]) + np.concatenate([[0.0], np.cumsum(turns[:-1])])
        log = np.log(np.abs(loop)) + 1j * (phase - count * angle)
        sums = [float(-j * np.mean(log * np.exp(1j * j * angle)).real) for j in range(1, max(count, 2) + 1)]
        mean = sums[0] / count
        spread = np.sqrt(abs(sums[1] / count - mean**2))
        elementary = [1.0]
        for j in range(1, count + 1):  # Newton's identities
            elementary.append(sum((-1) ** (i - 1) * elementary[j - i] * sums[i - 1] for i in range(1, j + 1)) / j)
        roots = np.roots([(-1) ** j * e for j, e in enumerate(elementary)])
        return mean * radius, (0.0 if count == 1 else float(spread)) * radius, roots * radius


def _clusters(roots: np.ndarray, radius: float) -> list[tuple[float, float]]:
    """Return the places of groups of roots on the axis, with the distance to the nearest other root."""
    close = 0.02 * radius
    real = np.sort_complex(roots[np.abs(roots.imag) <= close])
    if not len(real):
        return []
    found = []
    for group in np.split(real, np.flatnonzero(np.diff(real.real) > close) + 1):
        place = float(group.real.mean())
        others = [abs(root - place) for root in roots if root not in group]
        own = max(float(np.ptp(group.real)), float(np.abs(group.imag).max()), 1e-3 * radius)
        found.append((place, float(min(others)) if others else 8.0 * own))
    return found
