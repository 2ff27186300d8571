r"""Gaussian moments of functions F_i of jointly Gaussian pre-activations h, as numbers and as formulas.

With ``s = E h`` and V the covariance of h, the coefficients of a function are its mean ``m_i = E F_i``, its slopes
``c_i = V^-1 E[(h - s) F_i]`` (Stein) and the Cholesky factor of the covariance of the noises,
``E[F_i F_j] - m_i m_j - c_i^T V c_j``. Functions of uncorrelated pre-activations factorise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import mpmath
import networkx as nx
import numpy as np
import sympy

from ..derivation.coefficient import GaussianMean
from ..language.activations import Q, X, gaussian_product
from ..language.activations.closed_form import gaussian_expectation
from ..language.activations.quadrature import integrate_float
from ..language.scalars import as_scalar
from .activation_moment import is_for_floats
from .entry_function import EntryFunction, Factor
from .gaussian_integrals import gaussian_mean, precise_gaussian_mean
from .kinks import Curve, Kink
from .separable import separated_words

__all__ = [
    "JointMoment",
    "NeuronMoment",
    "closed_formula",
    "formula_vanishes",
    "is_nested",
    "joint_formula",
    "ratio_symbols",
]

_PLAIN = 15
_PIVOT = 1e-13
_MOST_NOISES = 3
"""Correlated noises of more functions have formulas of millions of terms."""

Word = tuple[tuple[Factor, ...], int | None]
"""A product of factors, times one pre-activation."""


def ratio_symbols(functions: Iterable[EntryFunction]) -> tuple[sympy.Symbol, ...]:
    """Return the symbols of the ratios, in order of name."""
    return tuple(sorted(set().union(*(f.symbols for f in functions)), key=lambda s: s.name))


def _groups(word: Word, correlated: Callable[[int, int], bool]) -> list[tuple[tuple[int, ...], Word]]:
    """Split a word into factors that are independent of each other: (pre-activations, word)."""
    factors, weight = word
    graph = nx.Graph()
    for k, factor in enumerate(factors):
        graph.add_edges_from((("f", k), v) for v in factor.variables)
    if weight is not None:
        graph.add_node(weight)
    variables = [node for node in graph if isinstance(node, int)]
    graph.add_edges_from((a, b) for a in variables for b in variables if a < b and correlated(a, b))
    found = []
    for component in nx.connected_components(graph):
        own = tuple(sorted(v for v in component if isinstance(v, int)))
        inside = tuple(f for k, f in enumerate(factors) if ("f", k) in component)
        found.append((own, (inside, weight if weight in own else None)))
    return found


def is_nested(functions: Sequence[EntryFunction], covariance: Sequence[Sequence[Any]]) -> bool:
    """Return whether moments of some functions, and of products of two, are integrals over several variables."""
    return any(
        len(own) > 1
        for f in functions
        for g in functions
        for _, word in separated_words((*f.factors, *g.factors))
        for own, _ in _groups((word, None), lambda a, b: covariance[a][b] != 0)
    )


class _Numbers:
    """Means of words for numbers: covariances, and shifts with one row for each neuron."""

    def __init__(self, covariance: Any, shifts: Any, bind: dict[sympy.Symbol, Any], digits: int):
        self.covariance, self.shifts, self.bind, self.digits = covariance, shifts, bind, digits
        self.precise = digits > _PLAIN
        self.known: dict[tuple, Any] = {}

    def mean(self, *factors: Factor, weight: int | None = None) -> Any:
        """Return the mean of a word, one number for each shift."""
        total: Any = 0
        for number, word in separated_words(factors):
            total = total + self._scalar(number) * self._word(word, weight)
        return total

    def _scalar(self, number: sympy.Expr) -> Any:
        return mpmath.mpf(number.evalf(self.digits + 5)) if self.precise else float(number)

    def _word(self, factors: tuple[Factor, ...], weight: int | None) -> Any:
        result: Any = np.ones(len(self.shifts), dtype=object if self.precise else float)
        for own, part in _groups((factors, weight), lambda a, b: self.covariance[a][b] != 0):
            if (own, part) not in self.known:
                self.known[own, part] = self._group(own, part)
            result = result * self.known[own, part]
        return result

    def _ratios(self, factor: Factor) -> tuple[Any, ...]:
        values = [as_scalar(r).subs(self.bind).evalf(self.digits + 5) for r in factor.ratios]
        return tuple(mpmath.mpf(v) if self.precise else float(v) for v in values)

    def _group(self, own: tuple[int, ...], word: Word) -> Any:
        factors, weight = word
        ratios = [self._ratios(f) for f in factors]
        shifted = any(row[v] != 0 for row in self.shifts for v in own)
        if len(own) == 1 and not shifted and self.covariance[own[0]][own[0]] > 0:
            value = self._closed(own[0], factors, ratios, weight)
            if value is not None:
                return value
        if self.precise and all(f.formula is not None for f in factors):
            return self._precise(own, factors, ratios, weight)
        kinks = _kinks(factors, ratios, own)
        covariance = np.array([[float(self.covariance[a][b]) for b in own] for a in own])
        shifts = np.array([[float(row[v]) for v in own] for row in self.shifts])

        def integrand(h: Sequence[np.ndarray]) -> np.ndarray:
            values = dict(zip(own, h, strict=True))
            total: Any = values[weight] if weight is not None else 1.0
            for factor, ratio in zip(factors, ratios, strict=True):
                total = total * factor(values, [float(r) for r in ratio])
            return total

        if len(own) == 1 and not shifted and covariance[0, 0] > 0:
            points = sorted(k[1] / k[0][0] for k in kinks if not isinstance(k, Curve) and k[0][0] != 0)
            return float(integrate_float(lambda h: integrand([h])[None], covariance[0, 0], points)[0])
        return gaussian_mean(integrand, covariance, shifts, kinks)

    def _closed(self, variable: int, factors: tuple[Factor, ...], ratios: list, weight: int | None) -> Any:
        """Return a mean that the activations know themselves."""
        q = self.covariance[variable][variable]
        if len(factors) == 1 and weight is not None:
            (f,), ((r,),) = factors, ratios
            return r * q * f.activation.numeric_slope(r**2 * q, self.digits)
        if len(factors) == 1:
            (f,), ((r,),) = factors, ratios
            return f.activation.numeric_mean(r**2 * q, self.digits)
        if len(factors) == 2 and weight is None and ratios[0] == ratios[1]:
            f, g = (factor.activation for factor in factors)
            at = ratios[0][0] ** 2 * q
            return f.numeric_second_moment(at, self.digits) if f == g else f.numeric_product(g, at, self.digits)
        return None

    def _precise(self, own: tuple[int, ...], factors: tuple[Factor, ...], ratios: list, weight: int | None) -> Any:
        compiled = [sympy.lambdify(f.arguments, f.formula, "mpmath") for f in factors]
        kinks = _kinks(factors, ratios, own)
        covariance = mpmath.matrix([[self.covariance[a][b] for b in own] for a in own])

        def integrand(h: Sequence[Any]) -> Any:
            values = dict(zip(own, h, strict=True))
            total = values[weight] if weight is not None else mpmath.mpf(1)
            for f, evaluate, ratio in zip(factors, compiled, ratios, strict=True):
                total *= evaluate(*(r * values[v] for v, r in zip(f.variables, ratio, strict=True)))
            return total

        found = [
            precise_gaussian_mean(integrand, covariance, [row[v] for v in own], kinks, self.digits)
            for row in self.shifts
        ]
        return np.array(found, dtype=object)

    # -- coefficients ------------------------------------------------------------------------------
    def sizes(self, function: EntryFunction, of_slopes: bool) -> dict[int, Any]:
        """Return ``sqrt(E f^2)``, or that over the deviation of each pre-activation."""
        square = np.asarray(self.mean(*function.factors, *function.factors), dtype=float)
        size = np.sqrt(np.maximum(square, 0.0))
        if not of_slopes:
            return {0: size}
        return {v: size / np.sqrt(float(q)) for v in function.variables if (q := self.covariance[v][v]) > 0}

    def slopes(self, function: EntryFunction) -> dict[int, Any]:
        """Return c with ``V c = E[(h - s) F]``, supported on pre-activations that determine the others."""
        own = self._independent(function.variables)
        mean = self.mean(*function.factors)
        right = [self.mean(*function.factors, weight=v) - np.array([row[v] for row in self.shifts]) * mean for v in own]
        if not own:
            return {}
        if self.precise:
            matrix = mpmath.matrix([[self.covariance[a][b] for b in own] for a in own])
            inverse = matrix**-1
            rows = [sum(inverse[i, j] * right[j] for j in range(len(own))) for i in range(len(own))]
        else:
            matrix = np.array([[float(self.covariance[a][b]) for b in own] for a in own])
            rows = list(np.linalg.solve(matrix, np.array(right)))
        return dict(zip(own, rows, strict=True))

    def _independent(self, variables: tuple[int, ...]) -> tuple[int, ...]:
        """Return pre-activations whose covariance is regular and which determine the others."""
        rest = np.array([[float(self.covariance[a][b]) for b in variables] for a in variables])
        scale = float(np.diag(rest).max(initial=0.0))
        kept = []
        for k, v in enumerate(variables):
            if rest[k, k] > _PIVOT * scale:
                kept.append(v)
                rest = rest - np.outer(rest[:, k], rest[k]) / rest[k, k]
        return tuple(kept)

    def covariance_of(self, first: EntryFunction, second: EntryFunction, slopes: Sequence[dict[int, Any]]) -> Any:
        """Return the covariance of the noises of two functions, given their slopes."""
        value = self.mean(*first.factors, *second.factors)
        value = value - self.mean(*first.factors) * self.mean(*second.factors)
        for a, left in slopes[0].items():
            for b, right in slopes[1].items():
                value = value - left * right * self.covariance[a][b]
        return value

    def noise_row(self, functions: tuple[EntryFunction, ...]) -> list[Any]:
        """Return the last row of the Cholesky factor of the covariance of the noises."""
        slopes = [self.slopes(f) for f in functions]
        factor: list[list[Any]] = []
        for i, f in enumerate(functions):
            factor.append([])
            for j in range(i + 1):
                rest = self.covariance_of(f, functions[j], (slopes[i], slopes[j]))
                for k in range(j):
                    rest = rest - factor[i][k] * factor[j][k]
                factor[i].append(_root(rest) if i == j else _quotient(rest, factor[j][j]))
        return factor[-1]


def _kinks(factors: Sequence[Factor], ratios: Sequence[tuple[Any, ...]], own: Sequence[int]) -> list[Kink]:
    """Return where a product may kink, each place once."""
    return list(
        dict.fromkeys(
            kink
            for factor, ratio in dict.fromkeys(zip(factors, ratios, strict=True))
            for kink in factor.kinks(ratio, own)
        )
    )


def _root(values: Any) -> Any:
    if values.dtype == object:
        return np.array([mpmath.sqrt(v) if v > 0 else mpmath.mpf(0) for v in values], dtype=object)
    return np.sqrt(np.maximum(values, 0.0))


def _quotient(values: Any, pivots: Any) -> Any:
    if values.dtype == object:
        return np.array([v / p if p != 0 else mpmath.mpf(0) for v, p in zip(values, pivots, strict=True)], dtype=object)
    return np.divide(values, pivots, out=np.zeros_like(values), where=pivots != 0)


def _matrix(values: Sequence[Any], size: int) -> list[list[Any]]:
    """Return the symmetric matrix whose upper triangle is given row by row."""
    found = [[values[0]] * size for _ in range(size)] if size else []
    places = [(i, j) for i in range(size) for j in range(i, size)]
    for (i, j), value in zip(places, values, strict=True):
        found[i][j] = found[j][i] = value
    return found


@dataclass(frozen=True)
class JointMoment:
    """Evaluates a coefficient of the last of several functions: its mean, a slope, or an entry of its noise.

    The kind "size" is ``sqrt(E f^2)``, and "slope size" the same over the deviation of the pre-activation: with what
    means and noises, and slopes, are compared where they may vanish.

    Attributes
    ----------
    functions : tuple of EntryFunction
        Of pre-activations 0, 1, ..., size - 1.
    size : int
    kind : {"mean", "slope", "noise", "size", "slope size"}
    index : int
        The pre-activation of a slope; the column of the Cholesky factor.
    """

    functions: tuple[EntryFunction, ...]
    size: int
    kind: str
    index: int = 0

    def __call__(self, *values: Any, digits: int = 15) -> Any:
        """Return the number at covariances (upper triangle, row by row) and values of the symbols in the ratios."""
        with mpmath.workdps(digits + 5):
            numbers = [mpmath.mpf(v) for v in values]
            row = _coefficients(self.functions, self.size, tuple(numbers), (), digits, self.kind)
            found = row.get(self.index)
            return mpmath.mpf(found[0]) if found is not None else mpmath.mpf(0)


@dataclass(frozen=True)
class NeuronMoment:
    """The same given the shifts of a neuron, which are combinations of standard normal coordinates t_1, ..., t_r.

    Attributes
    ----------
    functions, size, kind, index
        As for :class:`JointMoment`.
    rank : int
        The number r of coordinates.
    """

    functions: tuple[EntryFunction, ...]
    size: int
    rank: int
    kind: str
    index: int = 0

    def __call__(self, *columns_and_values: Any, digits: int = 15) -> Any:
        """Return the numbers at places: columns t_1, ..., t_r, then covariances, loads (row by row) and symbols."""
        columns, values = columns_and_values[: self.rank], columns_and_values[self.rank :]
        with mpmath.workdps(digits + 5):
            numbers = tuple(mpmath.mpf(v) for v in values)
            places = tuple(tuple(mpmath.mpf(t) if digits > _PLAIN else float(t) for t in column) for column in columns)
            row = _coefficients(self.functions, self.size, numbers, places, digits, self.kind)
        found = row.get(self.index)
        count = len(columns[0])
        if digits > _PLAIN:
            return list(found) if found is not None else [mpmath.mpf(0)] * count
        return np.asarray(found, dtype=float) if found is not None else np.zeros(count)


@lru_cache(maxsize=512)
def _coefficients(
    functions: tuple[EntryFunction, ...],
    size: int,
    values: tuple[Any, ...],
    places: tuple[tuple[Any, ...], ...],
    digits: int,
    kind: str,
) -> dict[int, Any]:
    numbers = _numbers(ratio_symbols(functions), size, values, places, digits)
    last = functions[-1]
    if kind == "mean":
        return {0: numbers.mean(*last.factors)}
    if kind == "slope":
        return numbers.slopes(last)
    if kind in ("size", "slope size"):
        return numbers.sizes(last, kind == "slope size")
    return dict(enumerate(numbers.noise_row(functions)))


@lru_cache(maxsize=64)
def _numbers(
    symbols: tuple[sympy.Symbol, ...],
    size: int,
    values: tuple[Any, ...],
    places: tuple[tuple[Any, ...], ...],
    digits: int,
) -> _Numbers:
    """Return the means of words at some values, which all coefficients of a function share."""
    triangle, rank = size * (size + 1) // 2, len(places)
    covariance = _matrix(values[:triangle], size)
    loads = values[triangle : triangle + size * rank]
    bind = dict(zip(symbols, (sympy.Float(v, digits + 5) for v in values[triangle + size * rank :]), strict=True))
    if digits <= _PLAIN:
        covariance = [[float(v) for v in row] for row in covariance]
        grid = np.array([[float(x) for x in loads[k * rank : (k + 1) * rank]] for k in range(size)])
        shifts: Any = np.array(places).T @ grid.T if rank else np.zeros((1, size))
    else:
        points = list(zip(*places, strict=True)) if rank else [()]
        shifts = [
            [mpmath.fsum(loads[k * rank + r] * t for r, t in enumerate(point)) for k in range(size)] for point in points
        ]
    return _Numbers(covariance, shifts, bind, digits)


# -- formulas ----------------------------------------------------------------------------------------
class _Formulas:
    """Means of words as SymPy expressions, with :class:`GaussianMean` where there is no closed form."""

    def __init__(self, covariance: Sequence[Sequence[sympy.Expr]], for_floats: bool):
        self.covariance, self.for_floats = covariance, for_floats

    def _usable(self, closed: sympy.Expr | None) -> bool:
        return closed is not None and (not self.for_floats or is_for_floats(closed))

    def mean(self, *factors: Factor, weight: int | None = None) -> sympy.Expr:
        """Return the mean of a word; raise _NoFormula where pre-activations are correlated."""
        return sympy.Add(*(number * self._word(word, weight) for number, word in separated_words(factors)))

    def _word(self, factors: tuple[Factor, ...], weight: int | None) -> sympy.Expr:
        result = sympy.S.One
        for own, (inside, inner) in _groups((factors, weight), lambda a, b: self.covariance[a][b] != 0):
            if len(own) > 1 or any(f.formula is None for f in inside):
                raise _NoFormula
            result *= self._single(self.covariance[own[0]][own[0]], inside, inner is not None)
        return result

    def _single(self, q: sympy.Expr, factors: tuple[Factor, ...], weighted: bool) -> sympy.Expr:
        ratios = [f.ratios[0] for f in factors]
        activations = [f.activation for f in factors]
        known: sympy.Expr | None = None
        if len(factors) == 1:
            at = ratios[0] ** 2 * q
            known = activations[0].slope(at) if weighted else activations[0].mean(at)
            known = ratios[0] * q * known if weighted and known is not None else known
        elif len(factors) == 2 and not weighted and ratios[0] == ratios[1]:
            known = gaussian_product(activations[0], activations[1], ratios[0] ** 2 * q)
        if known is not None and self._usable(known):
            return known
        formulas = [f.formula for f in factors if f.formula is not None]  # all of them, as the caller has seen to
        integrand = sympy.Mul(*(f.subs(X, r * X) for f, r in zip(formulas, ratios, strict=True)))
        integrand = X * integrand if weighted else integrand
        closed = gaussian_expectation(integrand) if integrand.free_symbols <= {X} else None
        if closed is not None and self._usable(closed):
            return closed.subs(Q, q)
        return GaussianMean(integrand, X, q)

    def slopes(self, function: EntryFunction) -> dict[int, sympy.Expr]:
        own = function.variables
        if any(self.covariance[a][b] != 0 for a in own for b in own if a < b):
            raise _NoFormula
        return {v: self.mean(*function.factors, weight=v) / self.covariance[v][v] for v in own}

    def noise(self, functions: tuple[EntryFunction, ...], column: int) -> sympy.Expr:
        if len(functions) > _MOST_NOISES:
            raise _NoFormula
        slopes = [self.slopes(f) for f in functions]
        factor: dict[tuple[int, int], sympy.Expr] = {}
        for i, f in enumerate(functions):
            for j in range(i + 1):
                g = functions[j]
                rest = self.mean(*f.factors, *g.factors) - self.mean(*f.factors) * self.mean(*g.factors)
                rest -= sum(
                    (c * e * self.covariance[a][b] for a, c in slopes[i].items() for b, e in slopes[j].items()),
                    sympy.S.Zero,
                )
                rest -= sum((factor[i, k] * factor[j, k] for k in range(j)), sympy.S.Zero)
                rest = sympy.factor_terms(sympy.expand(rest))
                if i == j:
                    factor[i, i] = sympy.sqrt(rest) if rest != 0 else sympy.S.Zero
                else:
                    factor[i, j] = rest / factor[j, j] if factor[j, j] != 0 else sympy.S.Zero
        return factor[len(functions) - 1, column]


class _NoFormula(Exception):
    """A mean is no one-dimensional integral, or a coefficient has no formula of a size that can be read."""


def joint_formula(
    functions: tuple[EntryFunction, ...],
    covariance: Sequence[Sequence[sympy.Expr]],
    kind: str,
    index: int = 0,
    *,
    for_floats: bool = False,
) -> sympy.Expr | None:
    """Return a coefficient of the last function as a formula, or None where it has no short one.

    Parameters
    ----------
    functions : tuple of EntryFunction
    covariance : sequence of sequences of SymPy expressions
        Of the pre-activations, which are centred.
    kind, index
        As for :class:`JointMoment`.
    for_floats : bool
        Whether to keep integrals in place of closed forms that lose digits in float64.
    """
    formula, names = _canonical(functions, covariance, kind, index, for_floats)
    return formula if formula is None else formula.xreplace(names)


def closed_formula(
    functions: tuple[EntryFunction, ...], covariance: Sequence[Sequence[sympy.Expr]], kind: str, index: int = 0
) -> sympy.Expr | None:
    """Return a coefficient in closed form, or None where it has none."""
    formula, names = _canonical(functions, covariance, kind, index, False)
    return None if formula is None or formula.atoms(GaussianMean) else formula.xreplace(names)


def formula_vanishes(
    functions: tuple[EntryFunction, ...], covariance: Sequence[Sequence[sympy.Expr]], kind: str, index: int = 0
) -> bool:
    """Return whether the formula of a coefficient is 0."""
    return _canonical(functions, covariance, kind, index, False)[0] == 0


def _canonical(
    functions: tuple[EntryFunction, ...],
    covariance: Sequence[Sequence[sympy.Expr]],
    kind: str,
    index: int,
    for_floats: bool,
) -> tuple[sympy.Expr | None, dict[sympy.Symbol, sympy.Symbol]]:
    """Return the formula in symbols that all equal layers share, and what these stand for."""
    symbols = dict.fromkeys(s for row in covariance for entry in row for s in sorted(entry.free_symbols, key=str))
    canonical = {s: _stand_in(k, frozenset(s.assumptions0.items())) for k, s in enumerate(symbols)}
    entries = tuple(tuple(entry.xreplace(canonical) for entry in row) for row in covariance)
    return _formula(functions, entries, kind, index, for_floats), {new: s for s, new in canonical.items()}


@lru_cache(maxsize=1024)
def _stand_in(number: int, assumptions: frozenset[tuple[str, bool]]) -> sympy.Symbol:
    return sympy.Symbol(f"v_{number}", **dict(assumptions))


@lru_cache(maxsize=1024)
def _formula(
    functions: tuple[EntryFunction, ...],
    covariance: tuple[tuple[sympy.Expr, ...], ...],
    kind: str,
    index: int,
    for_floats: bool,
) -> sympy.Expr | None:
    """Return the formula of a coefficient; equal layers ask for it with other names of their covariances."""
    formulas, last = _Formulas(covariance, for_floats), functions[-1]
    try:
        if kind == "mean":
            return formulas.mean(*last.factors)
        if kind == "slope":
            return formulas.slopes(last).get(index, sympy.S.Zero)
        return formulas.noise(functions, index)
    except _NoFormula:
        return None
