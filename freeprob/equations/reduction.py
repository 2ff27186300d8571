"""Reduction: fewer and simpler equations with the same solution."""

from __future__ import annotations

from functools import lru_cache

import networkx as nx
import sympy

from ..algebra.derivative import derivative
from ..derivation.average import Average
from ..derivation.inverse_entry import InverseEntry
from .system import Component

__all__ = ["eliminate_simple", "strongly_connected"]

_SIMPLE = 6
"""An unknown is substituted when its right-hand side has at most this many operations."""

Equations = dict[sympy.Symbol, sympy.Expr]


def eliminate_simple(equations: Equations, keep: set[sympy.Symbol]) -> tuple[Equations, Equations]:
    """Substitute unknowns that are constants, copies or short functions of others.

    Parameters
    ----------
    equations : dict of unknown to right-hand side
    keep : set of unknowns that must stay

    Returns
    -------
    (equations, eliminated)
        Right-hand sides of eliminated unknowns are in terms of the unknowns that stay.
    """
    work = _Elimination(equations, keep)
    while work.short:
        work.eliminate(min(work.short, key=work.short.__getitem__))
    return work.equations, work.eliminated


class _Elimination:
    """Equations while unknowns are substituted; what each step changes is kept up to date, and nothing else is read.

    Attributes
    ----------
    short : dict of unknown to (int, int)
        The unknowns to substitute, with the number of operations and the place of their equations.
    """

    def __init__(self, equations: Equations, keep: set[sympy.Symbol]):
        self.equations, self.keep = dict(equations), keep
        self.eliminated: Equations = {}
        self.place = {u: k for k, u in enumerate(equations)}
        self.inside: dict[sympy.Symbol, set[sympy.Symbol]] = {}
        self.holders: dict[sympy.Symbol, set[sympy.Symbol]] = {u: set() for u in equations}
        self.short: dict[sympy.Symbol, tuple[int, int]] = {}
        for u, right in self.equations.items():
            self._read(u, right)
        for u in self.equations:
            self._judge(u)

    def _read(self, u: sympy.Symbol, right: sympy.Expr) -> set[sympy.Symbol]:
        """Note the unknowns in a right-hand side; return those that came or went."""
        old, new = self.inside.get(u, set()), right.free_symbols & self.equations.keys()
        self.inside[u] = new
        for symbol in old - new:
            self.holders[symbol].discard(u)
        for symbol in new - old:
            self.holders[symbol].add(u)
        return old ^ new

    def _judge(self, u: sympy.Symbol) -> None:
        """See whether an unknown is to be substituted."""
        right = self.equations[u]
        self.short.pop(u, None)
        if u in self.keep or u in self.inside[u] or _has_average(right):
            return
        size = _operations(right)
        uses = sum(holder in self.equations for holder in self.holders[u])
        if not self.inside[u] or right.is_Symbol or (size <= _SIMPLE and (right.is_Mul or uses <= 1)):
            self.short[u] = size, self.place[u]

    def eliminate(self, u: sympy.Symbol) -> None:
        """Substitute an unknown."""
        value = self.equations.pop(u)
        del self.short[u]
        touched = self.inside[u] & self.equations.keys()
        for holder in sorted(self.holders.pop(u), key=self.place.__getitem__):
            where = self.equations if holder in self.equations else self.eliminated
            where[holder] = where[holder].xreplace({u: value})
            self.inside[holder].discard(u)
            touched |= self._read(holder, where[holder]) | {holder}
        self.eliminated[u] = value
        for symbol in touched & self.equations.keys():
            self._judge(symbol)


@lru_cache(maxsize=4096)
def _has_average(expression: sympy.Expr) -> bool:
    return expression.has(Average, InverseEntry)


@lru_cache(maxsize=4096)
def _operations(expression: sympy.Expr) -> int:
    return sympy.count_ops(expression)


def strongly_connected(equations: Equations) -> tuple[Component, ...]:
    """Split equations into strongly connected components, in order of solution."""
    order = {u: k for k, u in enumerate(equations)}
    graph = nx.DiGraph()
    graph.add_nodes_from(equations)
    for u, right in equations.items():
        graph.add_edges_from((v, u) for v in sorted(right.free_symbols & set(equations), key=order.__getitem__))
    condensed = nx.condensation(graph)
    first = {c: min(order[u] for u in data["members"]) for c, data in condensed.nodes(data=True)}
    components = []
    for c in nx.lexicographical_topological_sort(condensed, key=first.__getitem__):
        unknowns = tuple(sorted(condensed.nodes[c]["members"], key=order.__getitem__))
        rights = tuple(equations[u] for u in unknowns)
        components.append(Component(unknowns, rights, _is_linear(unknowns, rights)))
    return tuple(components)


def _is_linear(unknowns: tuple[sympy.Symbol, ...], rights: tuple[sympy.Expr, ...]) -> bool:
    own = set(unknowns)
    held = ((right, right.free_symbols) for right in rights)
    return all(
        not (derivative(right, u).free_symbols & own) for right, symbols in held for u in unknowns if u in symbols
    )
