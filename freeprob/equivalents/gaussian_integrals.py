r"""E F(h) for jointly Gaussian h = s + L x, x standard normal, by nested quadrature that knows where F kinks.

The variables x_1, ..., x_r are integrated one inside the other. A kink ``a . h = b`` of F is a point of the last
variable that it depends on, given those before it; panels of a Gauss-Legendre rule meet there, so that every inner
integral is smooth, and Gaussian smoothing makes the outer ones smooth too. So are the places where a line along that
variable crosses a curve, which are found by secants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import mpmath
import numpy as np

from ..errors import NotPrecise, UnsupportedModel
from .kinks import Curve, Hyperplane, Kink, variables_in_order
from .product_rules import are_separate, product_means
from .surfaces import Surface, surfaces_of

__all__ = ["cholesky", "gaussian_mean", "precise_gaussian_mean"]


@dataclass(frozen=True)
class _Rule:
    """Panels and nodes of a panel, of each variable, by the number of variables.

    ``nodes`` holds those of the rule and of the one it is compared with.
    """

    reach: float
    panels: dict[int, int]
    nodes: dict[int, tuple[int, int]]

    def with_nodes(self, dimension: int, which: int) -> _Panels:
        return _Panels(self.reach, self.panels.get(dimension, 0), self.nodes.get(dimension, (1, 1))[which])


@dataclass(frozen=True)
class _Panels:
    reach: float
    count: int
    nodes: int


Means = Callable[[np.ndarray, _Panels], tuple[np.ndarray, np.ndarray]]
"""Of some shifts by panels, with the part that comes from the outermost ones."""

_RULES = (
    _Rule(9.0, {1: 8, 2: 7, 3: 6}, {1: (20, 16), 2: (16, 12), 3: (12, 10)}),
    _Rule(12.0, {1: 24, 2: 16, 3: 12}, {1: (20, 16), 2: (16, 12), 3: (10, 8)}),
    _Rule(12.0, {1: 72, 2: 48, 3: 16}, {1: (20, 16), 2: (20, 16), 3: (12, 10)}),
)
"""Few wide panels do for functions that are polynomials between their kinks; steep ones take the longer rules."""
_MOST_VARIABLES = 3
_CHUNK = 3_000_000
_AGREE = 1e-9
_SMALL = 1e-13
_SOME = 16
"""Number of shifts at which the size of a function is looked at."""

_HALVINGS = 6
"""Steps of trapezoids from 1/4 to 1/128."""


def cholesky(covariance: np.ndarray) -> np.ndarray:
    """Return L with ``L L^T = covariance``, one column for each direction that does not vanish."""
    size = len(covariance)
    columns: list[np.ndarray] = []
    rest = np.array(covariance, dtype=float)
    scale = max(1e-300, float(np.diag(rest).max(initial=0.0)))
    for k in range(size):
        if rest[k, k] > _SMALL * scale:
            column = rest[:, k] / np.sqrt(rest[k, k])
            column[:k] = 0.0
            columns.append(column)
            rest = rest - np.outer(column, column)
    return np.array(columns).T.reshape(size, len(columns))


def gaussian_mean(
    integrand: Callable[[Sequence[np.ndarray]], np.ndarray],
    covariance: np.ndarray,
    shifts: np.ndarray,
    kinks: Sequence[Kink] = (),
) -> np.ndarray:
    """Return E F(h), h ~ N(s, covariance), for each row of shifts.

    Parameters
    ----------
    integrand : callable
        F of a list of arrays, one for each variable.
    covariance : ndarray, shape (k, k)
    shifts : ndarray, shape (b, k)
    kinks : sequence of Kink
        Where F may fail to be smooth.

    Returns
    -------
    ndarray, shape (b,)

    Raises
    ------
    UnsupportedModel
        If two rules disagree, or the tails matter.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.equivalents.gaussian_integrals import gaussian_mean
    >>> both = gaussian_mean(lambda h: (h[0] > 0) & (h[1] > 0), np.array([[1, 0.5], [0.5, 1]]), np.zeros((1, 2)),
    ...                      [((1, 0), 0), ((0, 1), 0)])
    >>> round(float(both[0]), 12)  # 1/4 + arcsin(1/2) / (2 pi)
    0.333333333333
    """
    order = variables_in_order(len(covariance), kinks)
    if order != sorted(order):
        places = {v: k for k, v in enumerate(order)}
        return gaussian_mean(
            lambda h: integrand([h[places[v]] for v in range(len(order))]),
            covariance[np.ix_(order, order)],
            shifts[:, order],
            [_renumbered(kink, order) for kink in kinks],
        )
    loads = cholesky(covariance)
    dimension = loads.shape[1]
    if dimension > _MOST_VARIABLES:
        raise UnsupportedModel(
            f"gaussian_equivalence: a mean over {dimension} correlated pre-activations at once, and this rule "
            f"integrates over at most {_MOST_VARIABLES}. Remedy: use functions of fewer pre-activations"
        )
    shifts, rows = np.unique(shifts, axis=0, return_inverse=True)
    found = np.zeros(len(shifts))
    open_ = np.arange(len(shifts))
    plain = surfaces_of(kinks, loads, with_meetings=False)
    least = _typical_size(integrand, loads, shifts, plain) if dimension else 0.0
    for rule, means in _attempts(integrand, covariance, loads, kinks, len(shifts)):
        found[open_], settled = _settled(means, shifts[open_], rule, dimension, least)
        open_ = open_[~settled]
        if not len(open_):
            return found[rows]
    raise UnsupportedModel(
        "gaussian_equivalence: a Gaussian mean of a function of several pre-activations does not settle: it "
        "grows too fast, is too steep, or kinks along curves that fold or (a Python function) are not known. "
        "Remedy: clip it, or write it as a sum of products of SymPy expressions of one pre-activation"
    )


def _renumbered(kink: Kink, order: Sequence[int]) -> Kink:
    return kink.renumbered(order) if isinstance(kink, Curve) else (tuple(kink[0][v] for v in order), kink[1])


def _attempts(
    integrand: Callable, covariance: np.ndarray, loads: np.ndarray, kinks: Sequence[Kink], count: int
) -> Iterator[tuple[_Rule, Means]]:
    """Yield rules, and how means for some shifts are taken by them; the shorter ones first."""
    flat = [kink for kink in kinks if not isinstance(kink, Curve)]
    if loads.shape[1] > 1 and count > 1 and len(flat) == len(kinks) and are_separate(covariance, flat):
        yield from ((rule, partial(_on_one_grid, integrand, np.diag(loads), flat)) for rule in _RULES)
        return
    plain, all_ = (surfaces_of(kinks, loads, with_meetings) for with_meetings in (False, True))
    yield _RULES[0], partial(_nested, integrand, loads, plain)
    if len(all_) > len(plain):
        yield _RULES[0], partial(_nested, integrand, loads, all_)
    yield from ((rule, partial(_nested, integrand, loads, all_)) for rule in _RULES[1:])


def _typical_size(integrand: Callable, loads: np.ndarray, shifts: np.ndarray, surfaces: Sequence[Surface]) -> float:
    """Return the median of E|F| over some shifts: a mean far out that is tiny is not compared with itself."""
    some = shifts[:: max(1, len(shifts) // _SOME)]
    sizes, _ = _nested(lambda h: np.abs(integrand(h)), loads, surfaces, some, _RULES[0].with_nodes(loads.shape[1], 1))
    size = float(np.median(sizes))
    return size if np.isfinite(size) else 0.0


def _settled(
    means: Means, shifts: np.ndarray, rule: _Rule, dimension: int, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the means by a rule, and where they agree with those of fewer nodes, relative to a size or themselves."""
    fine, tail = means(shifts, rule.with_nodes(dimension, 0))
    if not dimension:
        return fine, np.ones(len(shifts), dtype=bool)
    coarse, _ = means(shifts, rule.with_nodes(dimension, 1))
    size = least + np.abs(fine)
    return fine, (np.abs(fine - coarse) <= _AGREE * size) & (np.abs(tail) <= _AGREE * size)


def _on_one_grid(
    integrand: Callable, deviations: np.ndarray, kinks: Sequence[Hyperplane], shifts: np.ndarray, panels: _Panels
) -> tuple[np.ndarray, np.ndarray]:
    """Return the means over independent variables, and the part from far out; F is evaluated once for all shifts."""
    width = 2 * panels.reach / panels.count
    return product_means(integrand, deviations, shifts, kinks, panels.reach, width, panels.nodes)


def _nested(
    integrand: Callable, loads: np.ndarray, surfaces: Sequence[Surface], shifts: np.ndarray, panels: _Panels
) -> tuple[np.ndarray, np.ndarray]:
    """Return the means, and the part that comes from the outermost panels."""
    points = ((panels.count + len(surfaces)) * panels.nodes) ** loads.shape[1]
    step = max(1, _CHUNK // max(1, points))
    parts = [_chunk(integrand, loads, surfaces, shifts[k : k + step], panels) for k in range(0, len(shifts), step)]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _chunk(
    integrand: Callable, loads: np.ndarray, surfaces: Sequence[Surface], shifts: np.ndarray, panels: _Panels
) -> tuple[np.ndarray, np.ndarray]:
    dimension = loads.shape[1]
    owner = np.arange(len(shifts))
    x: list[np.ndarray] = []
    weight = np.ones(len(shifts))
    outer = np.zeros(len(shifts), dtype=bool)
    base = np.linspace(-panels.reach, panels.reach, panels.count + 1)
    abscissae, weights = np.polynomial.legendre.leggauss(panels.nodes)
    for level in range(dimension):
        breaks = [
            place
            for s in surfaces
            if s.level == level
            for place in s.places(shifts[owner], x, panels.reach, panels.count)
        ]
        edges = np.broadcast_to(base, (len(owner), len(base)))
        if breaks:
            edges = np.sort(np.concatenate([edges, np.stack(breaks, axis=1)], axis=1), axis=1)
        half = np.diff(edges, axis=1)[:, :, None] / 2
        middle = (edges[:, 1:] + edges[:, :-1])[:, :, None] / 2
        place = middle + half * abscissae
        mass = half * weights * np.exp(-(place**2) / 2) / np.sqrt(2 * np.pi)
        count = place.shape[1] * place.shape[2]
        owner = np.repeat(owner, count)
        x = [np.repeat(old, count) for old in x] + [place.reshape(-1)]
        weight = np.repeat(weight, count) * mass.reshape(-1)
        outer = np.repeat(outer, count) | (np.abs(x[-1]) > panels.reach - 1.5)
    h = [shifts[owner, k] + sum((loads[k, j] * x[j] for j in range(dimension)), 0.0) for k in range(len(loads))]
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.asarray(integrand(h), dtype=float) * weight
    values = np.where(weight == 0, 0.0, values)
    total = np.bincount(owner, values, len(shifts))
    return total, np.bincount(owner, np.where(outer, np.abs(values), 0.0), len(shifts))


def precise_gaussian_mean(
    integrand: Callable[[Sequence[Any]], Any],
    covariance: Any,
    shift: Sequence[Any],
    kinks: Sequence[Kink],
    digits: int,
) -> Any:
    """Return E F(h) for h ~ N(shift, covariance) in mpmath, for an h that depends on one variable.

    Raises
    ------
    NotPrecise
        If h depends on several variables: a million values in mpmath take minutes. If F kinks along a curve.
    """
    if any(isinstance(kink, Curve) for kink in kinks):
        raise NotPrecise(
            f"gaussian_equivalence: a mean of a function that kinks along a curve is known to 15 digits, and {digits} "
            "are asked for. Remedy: ask for numbers in double precision, without .precise(...)"
        )
    with mpmath.workdps(digits + 10):
        loads = _precise_cholesky(covariance)
        dimension = loads.cols
        if dimension > 1:
            raise NotPrecise(
                f"gaussian_equivalence: a mean over {dimension} pre-activations at once is known to 15 digits, and "
                f"{digits} are asked for. Remedy: ask for numbers in double precision, without .precise(...)"
            )
        reach = mpmath.sqrt(2 * mpmath.log(10) * (digits + 12)) + 2
        slopes = [loads[i, 0] if dimension else mpmath.mpf(0) for i in range(loads.rows)]
        ends: list[Any] = []
        for normal, offset in (kink for kink in kinks if not isinstance(kink, Curve)):
            direction = mpmath.fsum(a * slope for a, slope in zip(normal, slopes, strict=True) if a)
            if abs(direction) >= _SMALL * max(map(abs, slopes)):
                place = offset - mpmath.fsum(a * s for a, s in zip(normal, shift, strict=True) if a)
                ends.append(place / direction)

        def value(x: Any) -> Any:
            return integrand([s + slope * x for s, slope in zip(shift, slopes, strict=True)])

        if not dimension:
            return value(mpmath.mpf(0))
        found = _by_trapezoids(value, reach, digits) if not ends else None
        if found is not None:
            return found
        ends = sorted([-reach, mpmath.mpf(0), reach, *(e for e in ends if -reach <= e <= reach)])
        return mpmath.quad(lambda x: mpmath.npdf(x) * value(x), ends)


def _by_trapezoids(value: Callable[[Any], Any], reach: Any, digits: int) -> Any | None:
    """Return E f(x), x standard normal, for an f without kinks; None where the sums do not settle.

    The error of a sum with steps h is ``exp(-2 pi a / h)`` for an f that is analytic up to a distance a of the axis:
    half the step squares it, so that sums that agree to more than half the digits have all of them in the finer one
    (Trefethen and Weideman 2014, theorem 5.1).
    """
    settled = mpmath.mpf(10) ** -mpmath.ceil(mpmath.mpf(6) * (digits + 5) / 10)
    step, last = mpmath.mpf(1) / 2, int(2 * reach)
    total = _density(0, step) * value(mpmath.mpf(0)) + _both_sides(value, step, range(1, last + 1))
    for _ in range(_HALVINGS):
        step, last = step / 2, 2 * last
        finer = total / 2 + _both_sides(value, step, range(1, last + 1, 2))
        if abs(finer - total) <= settled * (1 + abs(finer)):
            return finer
        total = finer
    return None


def _both_sides(value: Callable[[Any], Any], step: Any, numbers: range) -> Any:
    """Return the terms of a sum at plus and minus some multiples of the step."""
    return mpmath.fsum(_density(k, step) * (value(k * step) + value(-k * step)) for k in numbers)


@lru_cache(maxsize=20_000)
def _weight(number: int, step: Any, precision: int) -> Any:
    """Return the step times the normal density at a multiple of it, in so many bits."""
    return step * mpmath.npdf(number * step)


def _density(number: int, step: Any) -> Any:
    return _weight(number, step, mpmath.mp.prec)


def _precise_cholesky(covariance: Any) -> Any:
    size = covariance.rows
    rest = covariance.copy()
    columns = []
    for k in range(size):
        if rest[k, k] > mpmath.mpf(10) ** (-mpmath.mp.dps + 8):
            column = [rest[i, k] / mpmath.sqrt(rest[k, k]) if i >= k else mpmath.mpf(0) for i in range(size)]
            columns.append(column)
            rest = rest - mpmath.matrix([[a * b for b in column] for a in column])
    loads = mpmath.zeros(size, len(columns)) if columns else mpmath.matrix(size, 0)
    for j, column in enumerate(columns):
        for i in range(size):
            loads[i, j] = column[i]
    return loads
