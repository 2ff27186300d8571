"""The symbols that the Gaussian equivalence brings in, with definitions and values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import sympy
from sympy.core.function import AppliedUndef

from ..derivation.average import Average
from ..derivation.coefficient import Coefficient
from ..derivation.deferred import deferred
from ..derivation.table import Table
from ..errors import UnsupportedModel
from .normal_means import NormalMean

__all__ = ["Coefficients", "upper_triangle", "variance_coefficient"]

_PROBES = ("0.731", "1.37")
"""Two generic values of a scalar that is not known."""


def variance_coefficient(
    symbol: sympy.Symbol, value: sympy.Expr, words: str = "variance of the entries of the pre-activation"
) -> Coefficient:
    """Return the coefficient that stands for a variance."""
    return Coefficient(
        symbol,
        deferred(_variance_definition, value, words),
        deferred("{}, {}".format, words, value),
        (value,),
        _identity,
        value,
        value,
    )


def _variance_definition(value: sympy.Expr, words: str) -> str:
    return rf"{sympy.latex(value)} \quad\text{{({words})}}"


def _identity(value: Any, digits: int = 15) -> Any:
    return value


class Coefficients:
    """Collects coefficients and tables, one for each value."""

    def __init__(self) -> None:
        self.found: list[Coefficient] = []
        self.tables: dict[tuple, Table] = {}
        self._values: dict[sympy.Symbol, sympy.Float | None] = {}
        self._variances: dict[sympy.Expr, sympy.Expr] = {}
        self._means: dict[sympy.Expr, sympy.Symbol] = {}
        self._moments: dict[tuple, sympy.Expr] = {}
        self._counts: dict[str, int] = {}

    # -- values ------------------------------------------------------------------------------------
    def number(self, value: sympy.Expr) -> mpmath.mpf | None:
        """Return the value of a scalar that depends on coefficients alone, else None."""
        values = {symbol: self._value_of(symbol) for symbol in value.free_symbols}
        if any(v is None for v in values.values()):
            return None
        return mpmath.mpf(value.xreplace(values).evalf(20))

    def _value_of(self, symbol: sympy.Symbol) -> sympy.Float | None:
        if symbol not in self._values:
            coefficient = next((c for c in self.found if c.symbol == symbol), None)
            arguments = [None] if coefficient is None else [self.number(a) for a in coefficient.arguments]
            self._values[symbol] = (
                None
                if coefficient is None or any(a is None for a in arguments)
                else sympy.Float(str(coefficient.evaluate(*arguments, digits=15)), 20)
            )
        return self._values[symbol]

    def probes(self, value: sympy.Expr) -> list[mpmath.mpf]:
        """Return values at which to test whether a moment vanishes: the true one, or two generic ones."""
        number = self.number(value)
        return [number] if number is not None else [mpmath.mpf(p) for p in _PROBES]

    # -- symbols -----------------------------------------------------------------------------------
    def settled(self, value: sympy.Expr) -> sympy.Expr:
        """Return a scalar in which averages over the shifts of neurons are symbols of their own."""
        value = sympy.expand(value)
        averages = [a for a in value.atoms(Average) if a.args[0].atoms(AppliedUndef)]
        return value.xreplace({a: self._normal_mean(a) for a in sorted(averages, key=sympy.default_sort_key)})

    def _normal_mean(self, average: Average) -> sympy.Symbol:
        integrand, variable, _ = average.args
        if integrand not in self._means:
            names = {f.func.__name__ for f in integrand.atoms(AppliedUndef)}
            tables = tuple(t for t in self.tables.values() if t.name in names)
            if len(tables) < len(names):
                raise UnsupportedModel(
                    "gaussian_equivalence: features between diagonal matrices of functions of a vector, fp.diag(v), "
                    "inside a further function or an entrywise product, and this rule averages over shifts of neurons "
                    "only. Remedy: a diagonal matrix with the law of the entries, fp.diagonal(p, law)"
                )
            free = {s for s in integrand.free_symbols if s != variable}
            arguments = tuple(dict.fromkeys([a for t in tables for a in t.arguments] + sorted(free, key=str)))
            symbol = sympy.Symbol(f"a_{self.next_number('a')}", real=True)
            self._means[integrand] = symbol
            self.found.append(
                Coefficient(
                    symbol,
                    rf"\mathbb{{E}}_{{{sympy.latex(variable)}}}\left[{sympy.latex(integrand)}\right]",
                    f"mean of {integrand} over the neurons, {variable} standard normal",
                    arguments,
                    NormalMean(integrand, variable, tables, arguments),
                    is_nested=True,
                )
            )
        return self._means[integrand]

    def variance(self, value: sympy.Expr, letter: str, words: str) -> sympy.Expr:
        """Return a variance or covariance: a number as it is, else a symbol, one for each value."""
        value = self.settled(value)
        if value in (sympy.S.Zero, sympy.S.One) or (value.is_Symbol and value in self._variances.values()):
            return value
        if value not in self._variances:
            symbol = sympy.Symbol(
                f"{letter}_{self.next_number(letter)}", positive=True if letter != "w" else None, real=True
            )
            self._variances[value] = symbol
            self.found.append(variance_coefficient(symbol, value, words))
        return self._variances[value]

    def moment(self, key: tuple, make: Callable[[], Coefficient | sympy.Expr]) -> sympy.Expr:
        """Return the symbol of a moment, which is made when it is new; or a number that needs no symbol."""
        if key not in self._moments:
            made = make()
            if isinstance(made, Coefficient):
                self.found.append(made)
                made = made.symbol
            self._moments[key] = made
        return self._moments[key]

    def table(self, key: tuple, letter: str, make: Callable[[str], Table]) -> Table:
        """Return the table of a moment that depends on the neuron."""
        if key not in self.tables:
            self.tables[key] = make(f"{letter}_{self.next_number(letter)}")
        return self.tables[key]

    def next_number(self, letter: str) -> int:
        """Return the number of the next symbol of a letter."""
        self._counts[letter] = self._counts.get(letter, 0) + 1
        return self._counts[letter]


def upper_triangle(rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Return the upper triangle of a symmetric matrix, row by row."""
    return [rows[i][j] for i in range(len(rows)) for j in range(i, len(rows))]
