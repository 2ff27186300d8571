r"""Expressions at random places of a finite field, where equality is decided without rounding.

An identity between rational functions with rational coefficients holds at every place of the field of integers modulo a
prime p; of two different functions of degree d a random place gives equal values with a probability of about d/p
(Schwartz 1980). So equality and rank are decided by numbers that have no size, and no rounding: a number as small as
``10^-40`` is as different from 0 as any other.

The prime is -1 modulo 4 and modulo all primes up to 43, so these primes are squares, and -1 is none: of x and -x one is
a square. The squares take the part of the positive numbers: their group has odd order (p - 1)/2 without small factors,
hence a root of a square is one square, and the laws of rational powers hold. Symbols that are positive are drawn from
the squares.

Exponentials turn sums into products. Of all other functions nothing is used but that equal arguments give equal values:
a relation that is left out, as ``sin^2 + cos^2 = 1``, can make two equal expressions look different, never the reverse.

J. T. Schwartz, *Fast probabilistic algorithms for verification of polynomial identities*, J. ACM 27 (1980) 701-717.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, TypeVar

import sympy
from flint import nmod_mat

from .coordinate import Coordinate
from .rationals import rationalised

__all__ = ["PRIME", "NoRoot", "Residues", "residue_matrix", "weighted"]

PRIME = 82 * 4 * (2 * 3 * 5 * 7 * 11 * 13 * 17 * 19 * 23 * 29 * 31 * 37 * 41 * 43) - 1
"""A prime of 62 bits."""

_SQUARES = (PRIME - 1) // 2
_DRAWS = 64
Place = int | tuple[int, ...]
T = TypeVar("T")


class NoRoot(ArithmeticError):
    """A root of a number that has none in the field; half of all places have it."""


class Residues:
    """Values of expressions at a random place.

    Parameters
    ----------
    seed : int
    strict : bool
        Whether a root that does not exist raises NoRoot; if not, any number stands for it.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.algebra.residues import PRIME, Residues
    >>> x, y = sympy.symbols("x y", positive=True)
    >>> at = Residues(1)
    >>> at.number(sympy.sqrt(x * y) / sympy.sqrt(x)) == at.number(sympy.sqrt(y))
    True
    >>> at.number((x + y) ** 2 - x**2 - 2 * x * y - y**2), at.number(sympy.Rational(1, 2)) * 2 % PRIME
    (0, 1)
    >>> at.number(x**2 + x * y) == at.number(x * y + y**2)
    False
    """

    def __init__(self, seed: int, strict: bool = True):
        self.seed, self.strict = seed, strict
        self._random = random.Random(seed)
        self._symbols: dict[sympy.Symbol, int] = {}
        self._known: dict[sympy.Expr, int] = {}

    # -- random numbers ------------------------------------------------------------------------------
    def draw(self) -> int:
        """Return a random number that is not 0."""
        return self._random.randrange(1, PRIME)

    def draw_positive(self) -> int:
        """Return a random square that is not 0."""
        return pow(self.draw(), 2, PRIME)

    def weights(self, count: int) -> list[int]:
        """Return random numbers whose sum is 1."""
        first = [self.draw() for _ in range(count - 1)]
        return [*first, (1 - sum(first)) % PRIME]

    def chosen(self, draw: Callable[[], Place], evaluate: Callable[[Place], T]) -> T:
        """Return the value of a function at a random place where all its roots exist."""
        strict, self.strict = self.strict, True
        try:
            for _ in range(_DRAWS):
                try:
                    return evaluate(draw())
                except NoRoot:
                    continue
        finally:
            self.strict = strict
        return evaluate(draw())

    # -- values --------------------------------------------------------------------------------------
    def number(self, expr: sympy.Expr, extra: Mapping[sympy.Symbol, Any] | None = None) -> int:
        """Return the value of an expression; ``extra`` has the values of variables that are not to be kept."""
        if extra:
            return self._number(expr, extra)
        if expr not in self._known:
            self._known[expr] = self._number(expr, {})
        return self._known[expr]

    def _number(self, expr: sympy.Expr, extra: Mapping[sympy.Symbol, Any]) -> int:
        if expr.is_Symbol:
            return extra[expr] if expr in extra else self._symbol(expr)
        if expr.is_Float:
            expr = rationalised(expr)
        if expr.is_Rational:
            return expr.p * pow(expr.q, -1, PRIME) % PRIME
        if isinstance(expr, Coordinate) and expr.args[0] in extra:
            return extra[expr.args[0]][expr.index - 1]
        if expr.is_Add:
            return sum(self.number(part, extra) for part in expr.args) % PRIME
        if expr.is_Mul:
            product = 1
            for part in expr.args:
                product = product * self.number(part, extra) % PRIME
            return product
        if expr.is_Pow:
            exponent = rationalised(expr.exp)
            if exponent.is_Integer:
                return pow(self.number(expr.base, extra), int(exponent), PRIME)
            if exponent.is_Rational:
                return self._root(expr, self.number(expr.base, extra), exponent)
        if isinstance(expr, sympy.exp) or expr is sympy.E:
            return self._exponential(expr.as_base_exp()[1], extra)
        return self._generic((expr.func.__name__, *(self._part(a, extra) for a in expr.args)) if expr.args else expr)

    def _symbol(self, symbol: sympy.Symbol) -> int:
        if symbol not in self._symbols:
            self._symbols[symbol] = self.draw_positive() if symbol.is_positive else self.draw()
        return self._symbols[symbol]

    def _root(self, expr: sympy.Expr, base: int, exponent: sympy.Rational) -> int:
        if pow(base, _SQUARES, PRIME) == 1:
            return pow(base, int(exponent.p) * pow(int(exponent.q), -1, _SQUARES) % _SQUARES, PRIME)
        if self.strict and expr.base.free_symbols | expr.base.atoms(sympy.NumberSymbol):
            raise NoRoot(f"{expr} has no value at this place")
        return self._generic(("root", base, str(exponent)))

    def _exponential(self, argument: sympy.Expr, extra: Mapping[sympy.Symbol, Any]) -> int:
        """Return a product over the terms of the argument: ``exp(a + b/2)`` is ``exp(a)`` times a root."""
        product = 1
        for term, factor in rationalised(sympy.expand(argument)).as_coefficients_dict().items():
            power = int(factor.p) * pow(int(factor.q), -1, _SQUARES) % _SQUARES
            product = product * pow(self._generic(("exp", self.number(term, extra))), power, PRIME) % PRIME
        return product

    def _part(self, part: sympy.Basic, extra: Mapping[sympy.Symbol, Any]) -> Any:
        if isinstance(part, sympy.Expr):
            return self.number(part, extra)
        return (part.func.__name__, *(self._part(a, extra) for a in part.args)) if part.args else str(part)

    def _generic(self, key: object) -> int:
        """Return any number, a square, that depends on the key alone."""
        digest = blake2b(repr((self.seed, key)).encode(), digest_size=16).digest()
        return pow(int.from_bytes(digest, "big") % PRIME, 2, PRIME)


def residue_matrix(
    rows: Sequence[Any], columns: Sequence[Any], parts: Iterable[Mapping[tuple[Any, Any], int]]
) -> nmod_mat:
    """Return the sum of sparse matrices over the field, given by labels of rows and columns.

    Examples
    --------
    >>> from freeprob.algebra.residues import residue_matrix
    >>> residue_matrix("ab", "ab", [{("a", "a"): 2, ("b", "b"): 3}, {("a", "b"): 1}]).tolist()
    [[2, 1], [0, 3]]
    """
    of_row, of_column = ({label: k for k, label in enumerate(labels)} for labels in (rows, columns))
    table = [[0] * len(of_column) for _ in of_row]
    for part in parts:
        for (i, j), value in part.items():
            table[of_row[i]][of_column[j]] += value
    return nmod_mat(len(of_row), len(of_column), [value for row in table for value in row], PRIME)


def weighted(weights: Sequence[int], matrices: Sequence[nmod_mat]) -> nmod_mat:
    """Return a linear combination of matrices over the field.

    Examples
    --------
    >>> from freeprob.algebra.residues import residue_matrix, weighted
    >>> one = residue_matrix("a", "a", [{("a", "a"): 1}])
    >>> weighted([2, 3], [one, one]).tolist()
    [[5]]
    """
    total = matrices[0] * weights[0]
    for weight, matrix in zip(weights[1:], matrices[1:], strict=True):
        total += matrix * weight
    return total
