r"""E F(t) over independent standard normal coordinates t_1, t_2, ..., for formulas in tables and coordinates.

A sum is averaged term by term, and a product falls apart into factors that share no coordinate: means over one
coordinate or two at a time, however many shifts the neurons have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import networkx as nx
import numpy as np
import sympy
from sympy.core.function import AppliedUndef

from ..algebra.coordinate import coordinates_in
from ..derivation.table import Table
from .neurons import normal_nodes

__all__ = ["NormalMean"]

_PLAIN = 15


@dataclass(frozen=True)
class NormalMean:
    """The mean of a formula.

    Attributes
    ----------
    integrand : SymPy expression
        In tables, coordinates of ``variable`` (or ``variable`` itself where there is one) and other symbols.
    variable : Symbol
    tables : tuple of Table
    arguments : tuple of SymPy expressions
        What stands for the values with which this is called: the arguments of the tables, and other symbols.
    """

    integrand: sympy.Expr
    variable: sympy.Symbol
    tables: tuple[Table, ...]
    arguments: tuple[sympy.Expr, ...]

    def __call__(self, *values: Any, digits: int = 15) -> mpmath.mpf:
        """Return the number at values of the arguments."""
        bind = dict(zip(self.arguments, values, strict=True))
        known: dict[sympy.Expr, Any] = {}
        total = []
        with mpmath.workdps(digits + 5):
            for term in sympy.Add.make_args(sympy.expand(self.integrand)):
                value = mpmath.mpf(1)
                for part in self._independent(term):
                    if part not in known:
                        known[part] = self._mean(part, bind, digits)
                    value *= known[part]
                total.append(value)
            return mpmath.fsum(total)

    def _coordinates(self, factor: sympy.Expr) -> tuple[sympy.Expr, ...]:
        """Return what a factor depends on."""
        found = coordinates_in(factor)
        return tuple(found) if found else ((self.variable,) if factor.has(self.variable) else ())

    def _independent(self, term: sympy.Expr) -> list[sympy.Expr]:
        """Return the factors of a product, with those together that share a coordinate."""
        graph = nx.Graph()
        factors = sympy.Mul.make_args(term)
        for k, factor in enumerate(factors):
            graph.add_node(k)
            graph.add_edges_from((k, c) for c in self._coordinates(factor))
        parts = [sorted(n for n in part if isinstance(n, int)) for part in nx.connected_components(graph)]
        return [sympy.Mul(*(factors[k] for k in part)) for part in sorted(parts)]

    def _mean(self, part: sympy.Expr, bind: dict[sympy.Expr, Any], digits: int) -> Any:
        coordinates = self._coordinates(part)
        columns, weights = normal_nodes(len(coordinates), digits) if coordinates else ([], [mpmath.mpf(1)])
        places = dict(zip(coordinates, columns, strict=True))
        by_name = {table.name: table for table in self.tables}
        functions = sorted(part.atoms(AppliedUndef), key=sympy.default_sort_key)
        found = []
        for f in functions:
            table = by_name[f.func.__name__]
            numbers = [bind[a] for a in table.arguments]
            found.append(table.evaluate(*(places[a] for a in f.args), *numbers, digits=digits))
        dummies = [sympy.Dummy() for _ in functions]
        body = part.xreplace(dict(zip(functions, dummies, strict=True)))
        stand_ins = {c: sympy.Dummy() for c in coordinates}
        body = body.xreplace(stand_ins)
        free = sorted(body.free_symbols - {*dummies, *stand_ins.values()}, key=lambda s: s.name)
        symbols = [*dummies, *stand_ins.values(), *free]
        return _weighted(symbols, body, [*found, *columns], [bind[s] for s in free], weights, digits)


def _weighted(
    symbols: Sequence[sympy.Symbol],
    body: sympy.Expr,
    columns: Sequence[Any],
    numbers: Sequence[Any],
    weights: Any,
    digits: int,
) -> Any:
    """Return the sum of a formula over the nodes of a rule."""
    if digits <= _PLAIN and columns:
        values = sympy.lambdify(symbols, body, "numpy")(*map(np.asarray, columns), *map(float, numbers))
        return mpmath.mpf(float(np.dot(weights, np.broadcast_to(values, np.shape(weights)))))
    evaluate = sympy.lambdify(symbols, body, "mpmath")
    if not columns:
        return mpmath.mpf(evaluate(*numbers))
    return mpmath.fsum(w * evaluate(*row, *numbers) for w, *row in zip(weights, *columns, strict=True))
