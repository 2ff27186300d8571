"""The inputs of a program at many points at once.

Binding one point is exact and slow (SymPy). Over a grid the sizes and parameters are columns of float64 numbers, and
what follows from them (coefficients, laws, tables) is computed once for each value of what it depends on. Whatever
looks like a value at which the model does not exist is bound exactly, which raises the error that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import mpmath
import numpy as np
import sympy
from sympy.core.function import AppliedUndef

from ..algebra.symbols import Size
from ..derivation.average import Average
from ..equations.system import SelfConsistentSystem
from ..language.laws.measure import Measure
from .binding import Binding
from .grid import Grid

__all__ = ["BoundPoints"]

_NEAR = 1e-9
"""Conditions below this are decided with exact numbers."""


@dataclass
class BoundPoints:
    """A system with values at every point of a grid.

    Parameters
    ----------
    system : SelfConsistentSystem
    grid : Grid
    bind : callable
        ``bind(values)`` binds one point exactly and raises where the model does not exist.
    conditions : iterable of SymPy expressions
        Scalars that must not be negative.
    """

    system: SelfConsistentSystem
    grid: Grid
    bind: Callable[[dict], Binding]
    conditions: Iterable[sympy.Expr] = ()

    def __post_init__(self) -> None:
        self._known: dict[int, Binding] = {}
        if self.grid.count:
            self.binding(0)  # names and what does not vary are checked here
            self._check()

    def binding(self, number: int) -> Binding:
        """Return the exact binding of one point."""
        if number not in self._known:
            self._known[number] = self.bind(self.grid.point(number))
        return self._known[number]

    def _name(self, symbol: sympy.Symbol) -> str | None:
        """Return the name under which the grid has a symbol, which Python may have forced to end with ``_``."""
        return next((name for name in (symbol.name, f"{symbol.name}_") if name in self.grid.values), None)

    def _is_swept(self, symbol: sympy.Symbol) -> bool:
        return self._name(symbol) in self.grid.swept

    @cached_property
    def _columns(self) -> dict[sympy.Symbol, np.ndarray]:
        """Sizes, scaled so that the largest is 1, and parameters."""
        first = self.binding(0)
        sizes = [s for s in first.values if isinstance(s, Size)]
        moved = any(self._is_swept(s) for s in sizes)
        found = {}
        for symbol, value in first.values.items():
            varies = self._is_swept(symbol) or (moved and isinstance(symbol, Size))
            found[symbol] = self._column(symbol) if varies else np.full(self.grid.count, float(value))
        if moved:
            top = np.max([found[s] for s in sizes], axis=0)
            with np.errstate(all="ignore"):
                found.update({s: found[s] / top for s in sizes})
        return found

    def _column(self, symbol: sympy.Symbol) -> np.ndarray:
        name = self._name(symbol)
        assert name is not None, "the exact binding of a point has found every symbol"
        return self.grid.column(name)

    def _check(self) -> None:
        """Bind exactly the points at which a value may be out of the domain."""
        doubtful = np.zeros(self.grid.count, dtype=bool)
        for symbol in self._columns:
            if self._is_swept(symbol):
                raw = self._column(symbol)
                doubtful |= ~np.isfinite(raw)
                if isinstance(symbol, Size) or symbol.is_positive:
                    doubtful |= ~(raw > 0)
        for condition in (*self.conditions, *(c.value for c in self.system.conditions)):
            symbols = sorted(condition.free_symbols, key=str)
            if not any(map(self._is_swept, symbols)) or None in map(self._name, symbols):
                continue
            value = sympy.lambdify(symbols, condition, "numpy")
            with np.errstate(all="ignore"):
                heights = np.broadcast_to(value(*(self._column(s) for s in symbols)), self.grid.count)
            doubtful |= ~(np.asarray(heights, dtype=float) > _NEAR)
        for number in np.flatnonzero(doubtful):
            self.bind(self.grid.point(int(number)))

    # ---- what depends on what -------------------------------------------------------------------------------------

    def _varying(self, expressions: Iterable[sympy.Expr]) -> list[sympy.Symbol]:
        """Return the sizes and parameters that vary over the grid and on which expressions depend."""
        coefficients = {c.symbol: c.arguments for c in self.system.coefficients}
        laws = self.system.laws
        tables = {table.name: table.arguments for _, table in self.system.tables}
        pending, seen = list(expressions), set()
        while pending:
            expression = pending.pop()
            functions = {f.func.__name__ for f in expression.atoms(AppliedUndef)}
            for name in functions & tables.keys():
                pending += [a for a in tables[name] if a not in seen]
                seen |= set(tables[name])
            named = {average.args[2] for average in expression.atoms(Average)}
            for symbol in (expression.free_symbols | named) - seen:
                seen.add(symbol)
                pending += coefficients.get(symbol, ())
                if symbol in laws:
                    pending += laws[symbol].free_symbols | self._given_law_symbols
        return [s for s in sorted(self._columns, key=str) if s in seen and np.ptp(self._columns[s]) > 0]

    @cached_property
    def _given_law_symbols(self) -> set[sympy.Symbol]:
        """The symbols in laws that were given as values."""
        laws = [value for value in self.grid.values.values() if isinstance(value, Measure)]
        return set().union(*(law.free_symbols for law in laws))

    def _groups(self, symbols: list[sympy.Symbol]) -> tuple[np.ndarray, np.ndarray]:
        """Return one point of each group of points with equal values of some symbols, and the group of each point."""
        if not symbols:
            return np.zeros(1, dtype=int), np.zeros(self.grid.count, dtype=int)
        keys = np.array([self._columns[s] for s in symbols])
        _, first, group = np.unique(keys, axis=1, return_index=True, return_inverse=True)
        return first, group.ravel()

    @cached_property
    def inputs(self) -> np.ndarray:
        """The inputs of the program, shape (inputs, points): sizes, parameters and coefficients."""
        rows = [self._columns[s] for s in (*self.system.sizes, *self.system.parameters)]
        found: dict[sympy.Symbol, np.ndarray] = {}
        for coefficient in self.system.coefficients:
            varying = self._varying(coefficient.arguments)
            if not varying:
                value = float(self.binding(0).coefficients()[coefficient.symbol])
                found[coefficient.symbol] = np.full(self.grid.count, value)
                continue
            first, group = self._groups(varying)
            values = np.empty(len(first))
            for k, number in enumerate(first):
                earlier = {s: mpmath.mpf(column[number]) for s, column in found.items()}
                binding = self.bind(self.grid.point(int(number)))
                with mpmath.workdps(20):
                    arguments = [binding.number(a, earlier, 15) for a in coefficient.arguments]
                    values[k] = float(mpmath.mpf(coefficient.evaluate(*arguments, digits=15)))
            found[coefficient.symbol] = values[group]
        rows += [found[c.symbol] for c in self.system.coefficients]
        return np.array(rows).reshape(len(rows), self.grid.count)

    @cached_property
    def groups(self) -> list[np.ndarray]:
        """The points with equal quadrature rules and tables, in order of their first point."""
        expressions = list(self.system.laws)
        expressions += [a for _, table in self.system.tables for a in table.arguments]
        first, group = self._groups(self._varying(expressions))
        members = [np.flatnonzero(group == k) for k in range(len(first))]
        return sorted(members, key=lambda numbers: int(numbers[0]))
