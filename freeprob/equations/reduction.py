"""Reduction: fewer and simpler equations with the same solution."""

from __future__ import annotations

from collections import Counter
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
    equations = dict(equations)
    eliminated: Equations = {}
    own = {u: right.free_symbols & equations.keys() for u, right in equations.items()}
    while True:
        candidate = _next(equations, own, keep)
        if candidate is None:
            return equations, eliminated
        value, inside = equations.pop(candidate), own.pop(candidate)
        for found in (equations, eliminated):
            for u, right in found.items():
                if candidate in right.free_symbols:
                    found[u] = right.xreplace({candidate: value})
                    if u in own:
                        own[u] = found[u].free_symbols & equations.keys() if inside else own[u] - {candidate}
        eliminated[candidate] = value


def _next(
    equations: Equations, own: dict[sympy.Symbol, set[sympy.Symbol]], keep: set[sympy.Symbol]
) -> sympy.Symbol | None:
    """Return the unknown with the shortest right-hand side, if it is short; ``own`` holds the unknowns of each."""
    uses = Counter(symbol for symbols in own.values() for symbol in symbols)
    best: tuple[int, int] | None = None
    chosen = None
    for position, (u, right) in enumerate(equations.items()):
        if u in keep or u in own[u] or _has_average(right):
            continue
        size = _operations(right)
        short = not own[u] or right.is_Symbol or (size <= _SIMPLE and (right.is_Mul or uses[u] <= 1))
        if short and (best is None or (size, position) < best):
            best, chosen = (size, position), u
    return chosen


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
    return all(
        not (derivative(right, u).free_symbols & own) for right in rights for u in unknowns if u in right.free_symbols
    )
