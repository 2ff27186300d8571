r"""Rules on arcs for a function of a variable that enters through this function alone.

An average over x of a rational function of v = f(x) has its poles where f(x) is a pole w of the rational function.
Those poles come to the real axis of v from one side when the spectral parameter does, so that v must pass them on the
other side: on arcs of x on which the imaginary part of v has one sign. Where f increases, v moves below the axis with
x; where it decreases, v moves above it, and x must go to the other side. So the line is cut where f kinks and where it
has an extreme, and each part has an arc on its own side, as deep as the argument of v allows. All arcs have their ends
on the axis: poles that come close to the value of f at a cut are as well resolved as all others. Where the matrix
depends on v^2 alone (a Jacobian's J^T J), the same holds with f^2 in place of f.

A rule of real nodes has the poles on its nodes wherever the randomness that is added is weak: where the density of
eigenvalues is small, as near 0 in products of orthogonal matrices and derivatives of activations.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np

from ..language.activations.analytic import Piece
from ..language.laws import Law
from ..language.laws.contour import complex_logistic

__all__ = ["function_arcs", "function_ends"]

_GRID = 2001
"""Places of a piece at which the slope of f or f^2 is evaluated to find its extremes."""

_PARTS = 40
"""Largest number of arcs."""


_ANGLE, _DIGITS, _ENDS, _NO_MASS = np.pi / 4, 30.0, 37.0, 1e-16
"""Angle to the axis at the ends; the rule errs by exp(-_DIGITS); logit and relative weight below which is no mass."""

_WIDTHS = 16.0
"""Twice the depth of the deepest arc beside a whole law goes so often into the law's width, over the angle."""

_HALVES = 0.5 ** np.arange(7)
_SHAPES = sorted(product(_HALVES, _HALVES), key=lambda shape: (_ENDS + _WIDTHS / shape[1]) / shape[0])
"""Factors of the angle at the ends and of the depth far from them, which fall until v or v^2 stays on one side of the
axis: shapes with few nodes come first.
"""

_TURN = np.pi / 2
"""Largest argument of v^2 on an arc."""

_STEP = 1e-30
_FLAT, _LEVEL, _ROUNDING, _SAME_VALUE = 1e-14, 1e-9, 1e-12, 1e-15

_OUTWARD, _LAST, _STEADY = 1.25 ** np.arange(100), 4, 0.05
"""Multiples of the ends at which limits are read off; the last steps between values that are compared, and how closely
their ratios agree.
"""

_MOMENTS, _SAME = 4, 1e-12
"""Moments of the values that are compared with integrals over the axis, and how closely they agree."""

Rule = tuple[np.ndarray, np.ndarray]


def function_arcs(law: Law, pieces: Sequence[Piece], power: int = 1) -> Rule | None:
    """Return the values of a function on arcs where they, or their squares, do not rise above the axis, and weights.

    Parameters
    ----------
    law : law on the line
        Of the variable.
    pieces : sequence of Piece
        The function.
    power : int
        1 for the values, 2 for their squares.

    Returns
    -------
    (values, weights) or None
        Complex arrays; the weights have sum 1. None where the function or the density is not known to be analytic.

    Examples
    --------
    >>> import numpy as np
    >>> import sympy
    >>> from freeprob.language import laws
    >>> from freeprob.language.activations.analytic import Piece
    >>> x = sympy.Symbol("x")
    >>> law = laws.density(3 * x**2 / 2, (-1, 1))
    >>> values, weights = function_arcs(law, [Piece(-1, 1, lambda x: x**2)])
    >>> w = 0.25 + 1e-12j  # x^2 has the density 3 sqrt(v)/2 on (0, 1), and its mean of 1/(v - w) is
    >>> exact = 3 + 3 * np.sqrt(w) / 2 * (np.log((1 - np.sqrt(w)) / (1 + np.sqrt(w))) + 1j * np.pi)
    >>> bool(abs(weights @ (1 / (values - w)) - exact) < 1e-10)
    True
    """
    low, high = law.density_ends
    arcs: list[Rule] = []
    for piece in pieces:
        ends = max(piece.left, low), min(piece.right, high)
        if ends[0] >= ends[1]:
            continue
        for a, b in pairwise(_cuts(piece, *ends, power)):
            arc = _arc(law, piece, a, b, power)
            if arc is None or len(arcs) == _PARTS:
                return None
            _join(arcs, arc)
    values, weights = (np.concatenate(columns) for columns in zip(*arcs, strict=True))
    return values, weights / weights.sum()


def function_ends(law: Law, pieces: Sequence[Piece]) -> list[float]:
    """Return the values of a function at the ends of a law, or its limits where the law is that of the whole line.

    Parameters
    ----------
    law : law on the line
        With a density, of the variable.
    pieces : sequence of Piece
        The function.

    Returns
    -------
    list of float
        At most two values, infinite ones included; none where a limit is not seen.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language import laws
    >>> from freeprob.language.activations.analytic import Piece
    >>> x = sympy.Symbol("x")
    >>> function_ends(laws.density(3 * x**2 / 2, (-1, 1)), [Piece(-1, 1, lambda x: x**3)])
    [-1.0, 1.0]
    """
    ends = zip((pieces[0], pieces[-1]), law.density_ends, strict=True)
    if not law.is_cut_off:
        return sorted({float(piece.function(np.array([end])).real[0]) for piece, end in ends})
    limits = [_limit(piece.function(end * _OUTWARD).real) for piece, end in ends]
    return sorted({limit + 0.0 for limit in limits if limit is not None})


def _limit(values: np.ndarray) -> float | None:
    """Return the limit of a function from its values ever farther out, up to the first that is not finite."""
    values = values[: np.argmin(np.isfinite(values)) if not np.isfinite(values).all() else None]
    steps = np.diff(values)
    if len(steps) < _LAST or not np.abs(steps[-_LAST:]).max() > _ROUNDING * np.abs(values).max():
        settled = abs(values[-1]) > _ROUNDING * np.abs(values).max()
        return float(values[-1] if settled else 0.0) if len(steps) >= _LAST else None
    ratios = (steps[1:] / steps[:-1])[1 - _LAST :]
    if (ratios >= 1.0 - _STEADY).all():
        return float(np.copysign(np.inf, steps[-1]))
    ratio = ratios[-1]
    steady = np.abs(ratios - ratio).max() <= _STEADY * abs(ratio) and abs(ratio) <= 1.0 - _STEADY
    return float(values[-1] + steps[-1] * ratio / (1.0 - ratio)) if steady else None


def _cuts(piece: Piece, low: float, high: float, power: int) -> list[float]:
    """Return the ends of an interval and between them the extremes and level inflections of f, or of f^2."""
    from scipy.optimize import brentq, minimize_scalar  # deriving does without SciPy

    def slope(x: np.ndarray) -> np.ndarray:
        value = piece.function(np.asarray(x) + 1j * _STEP)
        return value.real ** (power - 1) * value.imag / _STEP

    def at(x: float) -> float:
        return float(slope(np.array([x]))[0])

    grid = np.linspace(low, high, _GRID)[1:-1]
    slopes = slope(grid)
    scale = np.abs(slopes).max()
    slopes[np.abs(slopes) <= _FLAT * scale] = 0.0
    seen = np.flatnonzero(slopes)
    inner = [brentq(at, grid[i], grid[j]) for i, j in pairwise(seen) if slopes[i] * slopes[j] < 0]
    sizes = np.abs(slopes)
    for i in np.flatnonzero((sizes[1:-1] < sizes[:-2]) & (sizes[1:-1] < sizes[2:])) + 1:
        if slopes[i - 1] * slopes[i + 1] > 0:  # an inflection, if the slope is 0 there
            lowest = minimize_scalar(lambda x: at(x) ** 2, bounds=grid[[i - 1, i + 1]], method="bounded")
            if lowest.fun <= (_LEVEL * scale) ** 2:
                inner.append(float(lowest.x))
    return [low, *sorted(inner), high]


def _arc(law: Law, piece: Piece, low: float, high: float, power: int) -> Rule | None:
    """Return values and weights on the deepest arc between two places on which v, or v^2, stays below the axis."""
    first, last = ends = piece.function(np.array([low, high])).real
    for flatness, depth in _SHAPES:
        places, steps = _between(law, low, high, flatness, depth)
        if last**power < first**power:
            places, steps = places.conj(), steps.conj()
        density, values = law.analytic_density(places), piece.function(places)
        if density is None or not np.isfinite(values).all():
            return None
        weights = density * steps
        kept = np.abs(weights) > _NO_MASS * np.abs(weights).max()
        values, weights = values[kept], weights[kept]
        if np.ptp(values.real) == 0.0 and not values.imag.any():
            return values[:1], weights.sum(keepdims=True)
        image = values**power
        image = image[np.abs(image) > _ROUNDING * np.abs(image).max()]  # below, rounding turns it
        if (image.imag <= _ROUNDING * np.abs(image)).all() and (power == 1 or (np.angle(image) >= -_TURN).all()):
            if _has_moments(law, piece, (low, high), values, weights):
                return _lumped(values, weights, ends)
    return None


def _between(law: Law, low: float, high: float, flatness: float, depth: float) -> Rule:
    """Return places on an arc in the lower half plane, and the steps between them.

    The arc is a straight line in a variable l: the place is ``low + (high - low)/(1 + exp(-l))`` between two ends, at
    an angle to the axis, and ``low + scale log(1 + exp(l))`` where the law has no mass at the other one: at a constant
    depth far from its end, however long the interval is.
    """
    first, last = law.density_ends
    scale, angle = depth * (last - first) / _WIDTHS, flatness * _ANGLE
    step = 2 * np.pi * angle / _DIGITS
    empty_low, empty_high = law.is_cut_off and low == first, law.is_cut_off and high == last
    if empty_low and empty_high:
        line = np.arange(low, high, scale * step)
        return line - 1j * scale * angle, np.full(len(line), scale * step)
    if empty_low or empty_high:
        logit = np.arange(-_ENDS, (high - low) / scale, step) - 1j * angle
        away = scale * np.where(logit.real < 0, np.log1p(np.exp(logit)), logit + np.log1p(np.exp(-logit)))
        slope = scale * step * complex_logistic(logit)[0]
        return (low + away, slope) if empty_high else (high - away.conj(), slope.conj())
    logit = np.arange(-_ENDS, _ENDS, step) - 1j * angle
    share, rest = complex_logistic(logit)
    place = np.where(logit.real < 0, low + (high - low) * share, high - (high - low) * rest)
    return place, step * (high - low) * share * rest


def _lumped(values: np.ndarray, weights: np.ndarray, ends: np.ndarray) -> Rule:
    """Return a rule with one node in place of all whose values are those at an end of the arc to rounding."""
    for end in ends:
        same = np.abs(values - end) <= _SAME_VALUE * abs(end)
        if same.any():
            values = np.append(values[~same], end)
            weights = np.append(weights[~same], weights[same].sum())
    return values, weights


def _join(arcs: list[Rule], arc: Rule) -> None:
    """Add an arc, or its weights to those of an arc with the same values: even functions have each value twice."""
    values, weights = arc
    for k, (known, masses) in enumerate(arcs):
        for step in (1, -1):
            turned = values[::step]
            if len(known) == len(turned) and np.allclose(known, turned, rtol=_ROUNDING, atol=0.0):
                arcs[k] = known, masses + weights[::step]
                return
    arcs.append(arc)


def _has_moments(law: Law, piece: Piece, ends: tuple[float, float], values: np.ndarray, weights: np.ndarray) -> bool:
    """Return whether the moments of the values are those of the part of the axis: poles of f may be in between."""
    from scipy.integrate import quad_vec

    powers = np.arange(_MOMENTS + 1)[:, None]
    scale = np.abs(values).max() or 1.0

    def moments(x: float) -> np.ndarray:
        place = np.array([x])
        return law.density(place) * (piece.function(place).real / scale)[None, :] ** powers

    known, _ = quad_vec(moments, *ends, epsabs=_SAME / 10, epsrel=_SAME / 10)
    found = (values / scale) ** powers @ weights
    return bool(np.abs(found - known[:, 0]).max() <= _SAME)
