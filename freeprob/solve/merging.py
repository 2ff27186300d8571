"""Critical parameters at which two intervals of the support merge.

Just before two edges meet, the gap between them closes like the power 3/2 of the distance to the critical value, so
that counting intervals locates it poorly. At the critical value the two branch points become one, of third order: the
equations F(u, x) = 0 hold, their Jacobian J is singular, with null vectors v on the right and w on the left, and
``w . (dJ/dv) v = 0``. With x and the parameter as unknowns these are as many equations as unknowns, and they are
regular there.

References
----------
.. [1] W. J. F. Govaerts, *Numerical Methods for Bifurcations of Dynamical Equilibria*, SIAM 2000, section 8.4 (cusps).
.. [2] P. Biane, *On the free convolution with a semi-circular distribution*, Indiana Univ. Math. J. 46 (1997).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

import numpy as np

from ..errors import SolveError
from ..targets import numpy_runtime as runtime
from .bound_law import BoundLaw
from .branch_points import bordered, singular_border
from .edges import Support, find_support

__all__ = ["merging_value"]

_CLOSE = 1e-2
"""Counting stops when the bracket is this small, relative to the parameter."""

_FAR = 0.1
"""How far from there the critical value may be: narrow gaps are not counted."""

_STEP, _TINY = 1e-6, 1e-8
"""Steps of the differences for Newton's matrix (relative), and of the complex differences of J."""

_INSIDE, _NEAR = 0.45, 0.1
"""Where in a gap Newton's method starts (in the middle of a symmetric model unknowns may be singular), and how far, in
widths of the law, it may end."""

_SETTLED, _ROUNDED = 1e-13, 1e-9


def merging_value(at: Callable[[float], BoundLaw], low: float, high: float) -> float:
    """Return the value of a parameter between two at which the number of intervals differs.

    Parameters
    ----------
    at : callable
        The law at a value of the parameter.
    low, high : float

    Raises
    ------
    SolveError
        If the number of intervals is the same at both, or the intervals do not merge at a critical point.
    """
    at = lru_cache(maxsize=None)(at)
    counts = {value: len(_support(at(value)).intervals) for value in (low, high)}
    if counts[low] == counts[high]:
        raise SolveError(f"the support has {counts[low]} intervals at both ends of the bracket")
    for _ in range(60):
        if abs(high - low) <= _CLOSE * max(abs(low), abs(high)):
            break
        middle = 0.5 * (low + high)
        counts[middle] = len(_support(at(middle)).intervals)
        low, high = (middle, high) if counts[middle] == counts[low] else (low, middle)
    apart = max((low, high), key=lambda value: counts[value])
    intervals = _support(at(apart)).intervals
    gaps = [(b, c) for (_, b), (c, _) in pairwise(intervals)]
    for b, c in sorted(gaps, key=lambda gap: gap[1] - gap[0]):
        found = _critical(at, apart, b, c)
        if found is not None and abs(found - apart) <= _FAR * abs(apart):
            return found
    raise SolveError(f"no two intervals merge at a critical point between {low:.6g} and {high:.6g}")


def _support(bound: BoundLaw) -> Support:
    return find_support(bound.model, bound.inputs, bound.anchor)


def _critical(at: Callable[[float], BoundLaw], value: float, b: float, c: float) -> float | None:
    """Return the critical value at which a gap closes, by Newton's method from the inside of the gap."""
    bound = at(value)
    x = b + _INSIDE * (c - b)
    u = runtime.solve_points(bound.model, bound.inputs, bound.anchor, np.array([x], dtype=complex))[:, 0].real
    for number, component in enumerate(bound.model.components):
        if not component.linear:
            found = _newton(_Cusp(at, number), np.concatenate([u, [x, value]]))
            if found is not None and abs(found[-2] - x) <= _NEAR * bound.anchor.width:
                return float(found[-1])
    return None


def _newton(system: _Cusp, point: np.ndarray) -> np.ndarray | None:
    """Return the solution of the extended system near a point."""
    previous = np.inf
    with np.errstate(all="ignore"):
        for _ in range(30):
            scale = np.abs(point) + 1e-6 * np.abs(point).max()
            residual = system(point)
            columns = []
            for k in range(len(point)):
                moved = np.zeros(len(point))
                moved[k] = _STEP * scale[k]
                columns.append((system(point + moved) - system(point - moved)) / (2 * moved[k]))
            matrix = np.stack(columns, axis=1)
            if not (np.isfinite(matrix).all() and np.isfinite(residual).all()):
                return None
            try:
                delta = np.linalg.solve(matrix, residual)
            except np.linalg.LinAlgError:
                return None
            point = point - delta
            size = float(np.max(np.abs(delta) / scale))
            if size < _SETTLED or (size < _ROUNDED and size > 0.3 * previous):
                return point
            previous = size
    return None


class _Cusp:
    """``(F, g, h)`` at (u, x, parameter): g = 0 where J is singular, h the second-order coefficient of the fold."""

    def __init__(self, at: Callable[[float], BoundLaw], number: int):
        self.at, self.number = at, number
        self.border: tuple[np.ndarray, np.ndarray] | None = None

    def __call__(self, point: np.ndarray) -> np.ndarray:
        bound = self.at(float(point[-1]))
        u, z = point[:-2, None].astype(complex), point[-2:-1].astype(complex)
        result = np.empty(len(point))
        for component in bound.model.components:
            result[component.unknowns] = component.evaluate(u, bound.inputs, z, np.ones(1))[0][:, 0].real
        component = bound.model.components[self.number]
        rows = component.unknowns

        def jacobian(shift: np.ndarray | None = None) -> np.ndarray:
            moved = u.copy()
            if shift is not None:
                moved[rows, 0] += shift
            return component.evaluate(moved, bound.inputs, z, np.ones(1))[1][:, :, 0]

        matrix = jacobian().real
        if self.border is None:
            self.border = singular_border(matrix)
        size = len(rows)
        whole = bordered(matrix[None], self.border)[0]
        unit = np.zeros(size + 1)
        unit[size] = 1.0
        right, left = np.linalg.solve(whole, unit), np.linalg.solve(whole.T, unit)
        v, w = right[:size], left[:size]
        step = 1j * _TINY * np.abs(u[rows]).max()
        change = (jacobian(step * v) - jacobian(-step * v)).imag / (2 * step.imag)
        result[-2], result[-1] = right[size], w @ change @ v
        return result
