"""Lowering of the equations of one component: residuals, their Jacobian, and what repeats."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import networkx as nx
import sympy

from ..algebra.derivative import derivative
from ..algebra.templates import Template, templates
from ..derivation.average import Average
from ..derivation.inverse_entry import SquareMatrix
from ..equations.system import Component
from . import ir
from .balance import balanced
from .inverses import NamedInverses
from .path_statements import PathStatements
from .paths import Path
from .procedures import SPECTRAL, SWITCH, procedure

__all__ = ["lower_component"]

_REPEATED = 6
"""Equations that occur at least as often are written once, for all of them."""

_ONCE = (SPECTRAL, SWITCH)

_LARGE = 32
"""Components that are at least as large may be solved as banded systems ..."""

_WIDE = 5
"""... when they are this much larger than the bandwidth and the border."""


def lower_component(
    component: Component,
    names: Mapping[sympy.Symbol, str],
    unknowns: Mapping[sympy.Symbol, int],
    paths: Mapping[tuple[sympy.Symbol, SquareMatrix], Path],
) -> ir.Component:
    """Return the numeric form of a component.

    Parameters
    ----------
    component : Component
    names : mapping of Symbol to str
        The identifiers of all symbols.
    unknowns : mapping of Symbol to int
        The number of each unknown of the system.
    paths : mapping of (law, entries of a matrix) to Path
        Averages that are taken along a path.
    """
    residuals = dict(zip(component.unknowns, _residuals(component.unknowns, component.right), strict=True))
    along = PathStatements(residuals.values(), paths, component.unknowns, names)
    if along.statements:
        residuals = {u: residual.xreplace(along.named) for u, residual in residuals.items()}
        names = along.names
    order, border = (list(residuals), None) if along.statements else _ordered(residuals)
    local = {u: k for k, u in enumerate(order)}
    inverses = NamedInverses(residuals.values())
    equations = [inverses.named(residuals[u]) for u in order]
    repeated = _templates(equations, names, local, inverses, set(along.named.values()))
    covered = {k for template in repeated for k in template.members}
    rows = [i for i in range(len(order)) if i not in covered]
    pattern, jacobian = [], []
    for i in rows:
        for u in sorted(inverses.unknowns(equations[i]) & local.keys(), key=local.__getitem__):
            pattern.append((i, local[u]))
            jacobian.append(inverses.derivative(equations[i], u))
    return ir.Component(
        tuple(unknowns[u] for u in order),
        tuple(rows),
        procedure([*(equations[i] for i in rows), *jacobian], names, inverses, along.statements),
        tuple(pattern),
        component.linear,
        tuple(_repeat(template, names, local) for template in repeated),
        border,
        along.chained(equations, local),
    )


def _residuals(unknowns: Sequence[sympy.Symbol], rights: Sequence[sympy.Expr]) -> list[sympy.Expr]:
    """Return ``u - right``, or ``u D - N`` for a quotient N/D in a component with R-transforms.

    R-transforms have poles where an entry of G vanishes. Next to these D vanishes too, and Newton's method converges
    in a far larger neighbourhood without the quotient.
    """
    transforms = any(u in sympy.Add.make_args(right) for u, right in zip(unknowns, rights, strict=True))
    residuals = []
    for u, right in zip(unknowns, rights, strict=True):
        scale, rest = balanced(right).as_coeff_Mul()  # a decimal stays one number: its integers are long
        numerator, denominator = sympy.fraction(rest) if transforms and (rest.is_Mul or rest.is_Pow) else (rest, 1)
        residuals.append(u * denominator - scale * numerator)
    return residuals


def _ordered(residuals: Mapping[sympy.Symbol, sympy.Expr]) -> tuple[list[sympy.Symbol], int | None]:
    """Return the unknowns in an order that makes the Jacobian banded, and the size of its border.

    An unknown that is coupled to many others, as one that all layers share, goes to the border. None in place of a
    size: the bandwidth of the others is not small.
    """
    names = list(residuals)
    if len(names) < _LARGE:
        return names, None
    graph = nx.Graph()
    graph.add_nodes_from(names)
    graph.add_edges_from((u, v) for u, r in residuals.items() for v in r.free_symbols & residuals.keys() if u != v)
    border = [u for u in names if _WIDE * graph.degree(u) > len(names)]
    graph.remove_nodes_from(border)
    order = list(nx.utils.reverse_cuthill_mckee_ordering(graph))
    place = {u: k for k, u in enumerate(order)}
    width = max((abs(place[u] - place[v]) for u, v in graph.edges), default=0)
    if _WIDE * max(width, len(border)) > len(names):
        return names, None
    return [*order, *border], len(border)


def _templates(
    equations: Sequence[sympy.Expr],
    names: Mapping[sympy.Symbol, str],
    local: Mapping[sympy.Symbol, int],
    inverses: NamedInverses,
    averages: Collection[sympy.Symbol],
) -> list[Template]:
    """Return the templates of equations that repeat; an average or an inverse is taken point by point and does not."""
    plain = [k for k, equation in enumerate(equations) if not equation.has(Average, *inverses.nodes, *averages)]
    kinds = {s: s in local for s in names if names[s] not in _ONCE and s not in averages}
    order = {s: k for k, s in enumerate([*local, *names])}
    found = templates([equations[k] for k in plain], kinds, order, _REPEATED, "_r")
    return [Template(tuple(plain[k] for k in t.members), t.expression, t.places) for t in found]


def _repeat(template: Template, names: Mapping[sympy.Symbol, str], local: Mapping[sympy.Symbol, int]) -> ir.Repeat:
    """Return a template with its derivatives; what is the same for all members needs no list."""
    same = {x: s[0] for x, s in template.places.items() if len(set(s)) == 1 and s[0] not in local}
    places = {x: symbols for x, symbols in template.places.items() if x not in same}
    expression = template.expression.xreplace(same)
    varied = [x for x, symbols in places.items() if symbols[0] in local]
    inside = {**names, **{x: x.name for x in places}}
    return ir.Repeat(
        template.members,
        tuple((x.name, tuple(names[s] for s in symbols)) for x, symbols in places.items()),
        procedure([expression, *(derivative(expression, x) for x in varied)], inside),
        tuple(tuple(local[s] for s in places[x]) for x in varied),
    )
