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

from ..algebra.symbols import Size
from ..equations.system import SelfConsistentSystem
from .binding import Binding, law_names
from .dependence import all_symbols
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

    def name(self, symbol: sympy.Symbol) -> str | None:
        """Return the name under which the grid has a symbol, which Python may have forced to end with ``_``."""
        return next((name for name in (symbol.name, f"{symbol.name}_") if name in self.grid.values), None)

    def _is_swept(self, symbol: sympy.Symbol) -> bool:
        return self.name(symbol) in self.grid.swept

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
        name = self.name(symbol)
        if name is None:  # a size that a given array fixes
            return np.full(self.grid.count, float(self.system.given_sizes[symbol]))
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
            if not any(map(self._is_swept, symbols)) or None in map(self.name, symbols):
                continue
            value = sympy.lambdify(symbols, condition, "numpy")
            with np.errstate(all="ignore"):
                heights = np.broadcast_to(value(*(self._column(s) for s in symbols)), self.grid.count)
            doubtful |= ~(np.asarray(heights, dtype=float) > _NEAR)
        for number in np.flatnonzero(doubtful):
            self.bind(self.grid.point(int(number)))

    # ---- what depends on what -------------------------------------------------------------------------------------

    def all_symbols(self, expressions: Iterable[sympy.Expr]) -> set[sympy.Symbol]:
        """Return all symbols on which expressions depend, directly or not."""
        given = {s: self.grid.values[n] for s in law_names(self.system) if (n := self.name(s)) is not None}
        return all_symbols(self.system, expressions, given)

    def _varying(self, expressions: Iterable[sympy.Expr]) -> list[sympy.Symbol]:
        """Return the sizes and parameters that vary over the grid and on which expressions depend."""
        seen = self.all_symbols(expressions)
        return [s for s in sorted(self._columns, key=str) if s in seen and np.ptp(self._columns[s]) > 0]

    def _groups(self, symbols: list[sympy.Symbol]) -> tuple[np.ndarray, np.ndarray]:
        """Return one point of each group of points with equal values of some symbols, and the group of each point."""
        if not symbols:
            return np.zeros(1, dtype=int), np.zeros(self.grid.count, dtype=int)
        keys = np.array([self._columns[s] for s in symbols])
        _, first, group = np.unique(keys, axis=1, return_index=True, return_inverse=True)
        return first, group.ravel()

    def alike(self, expressions: Iterable[sympy.Expr]) -> tuple[np.ndarray, np.ndarray]:
        """Return one point for each value of what expressions depend on, and for each point the place of its own."""
        return self._groups(self._varying(expressions))

    @cached_property
    def scale(self) -> np.ndarray:
        """The largest size, by which sizes are divided, at each point."""
        sizes = [s for s in self._columns if isinstance(s, Size)]
        return np.max([self._column(s) for s in sizes], axis=0) if sizes else np.ones(self.grid.count)

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
