"""Lowering of averages along a path: a statement, names for its targets, and the chain rule through it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import sympy
from sympy.core.function import AppliedUndef

from ..algebra.coordinate import column_name, coordinates_in
from ..algebra.derivative import derivative
from ..derivation.average import Average
from ..derivation.inverse_entry import InverseEntry, SquareMatrix
from ..errors import UnsupportedModel
from . import ir
from .paths import IN_FLOATS, Path, Site, correlation_name
from .procedures import tree

__all__ = ["PathStatements"]


class PathStatements:
    """The averages along paths in some expressions, by name.

    Parameters
    ----------
    expressions : iterable of SymPy expressions
    paths : dict of (law, entries of the matrix) to Path
    unknowns : set of Symbol
        What the derivatives are taken in.
    names : mapping of Symbol to str
        The identifiers of all symbols.

    Attributes
    ----------
    named : dict of Average to Symbol
    names : dict of Symbol to str
        The identifiers of all symbols, those of the targets too.
    statements : list of ir.PathAverages

    Raises
    ------
    UnsupportedModel
        If an average over a law whose averages are taken along a path is no entry of a matrix with one.
    """

    def __init__(
        self,
        expressions: Iterable[sympy.Expr],
        paths: Mapping[tuple[sympy.Symbol, SquareMatrix], Path],
        unknowns: Iterable[sympy.Symbol],
        names: Mapping[sympy.Symbol, str],
    ):
        self.named: dict[sympy.Expr, sympy.Symbol] = {}
        self.names = dict(names)
        self.statements: list[ir.PathAverages] = []
        self._targets: list[list[sympy.Symbol]] = []
        self._inner: list[list[tuple[int, sympy.Symbol, ir.Tree]]] = []
        laws = {law for law, _ in paths}
        found = set().union(*(e.atoms(Average) for e in expressions)) if paths else set()
        groups: dict[tuple[sympy.Symbol, SquareMatrix], list[Average]] = {}
        own = [a for a in found if a.args[2] in laws]
        if not all(isinstance(a.args[0], InverseEntry) for a in own):
            raise UnsupportedModel(IN_FLOATS)
        for average in sorted(own, key=lambda a: (*a.args[0].args[:2], sympy.default_sort_key(a))):
            groups.setdefault((average.args[2], average.args[0].matrix), []).append(average)
        if not groups.keys() <= paths.keys():
            raise UnsupportedModel(IN_FLOATS)
        for key in sorted(groups, key=lambda key: (str(key[0]), groups[key][0].args[0].args[:2])):
            self._add(key[0], paths[key], groups[key], set(unknowns))

    def _add(self, law: sympy.Symbol, path: Path, averages: Sequence[Average], unknowns: set[sympy.Symbol]) -> None:
        number = len(self.statements)
        wanted: list[dict[tuple[int, int], Average]] = [{} for _ in path.sites]
        for average in averages:
            place = path.place(average.args[0].row, average.args[0].column)
            if place is None:
                raise UnsupportedModel(IN_FLOATS)
            wanted[place[0]][place[1:]] = average
        sites: list[ir.PathSite] = []
        targets: list[sympy.Symbol] = []
        inner: list[tuple[int, sympy.Symbol, ir.Tree]] = []
        parameters = 0
        before: Site | None = None
        for k, (site, entries, own) in enumerate(zip(path.sites, path.entries, wanted, strict=True)):
            varied = [(i, j, e) for i, j, e in entries if e.free_symbols & unknowns]
            for _, _, entry in varied:
                moved = sorted(entry.free_symbols & unknowns, key=str)
                inner += [(parameters, u, tree(derivative(entry, u), self.names)) for u in moved]
                parameters += 1
            for average in own.values():
                self.named[average] = symbol = sympy.Symbol(f"_p{number}_{len(targets)}")
                targets.append(symbol)
                self.names[symbol] = symbol.name
            made = self._site(law, site, entries, f"_p{number}_t{k}", tuple(own), [(i, j) for i, j, _ in varied])
            sites.append(replace(made, link=None if before is None else _link(law, before, site)))
            before = site
        self.statements.append(
            ir.PathAverages(law.name, tuple(sites), tuple(t.name for t in targets), f"_p{number}_slopes")
        )
        self._targets.append(targets)
        self._inner.append(inner)

    def _site(
        self,
        law: sympy.Symbol,
        site: Site,
        entries: Sequence[tuple[int, int, sympy.Expr]],
        prefix: str,
        places: tuple[tuple[int, int], ...],
        parameters: Sequence[tuple[int, int]],
    ) -> ir.PathSite:
        functions = sorted({f for _, _, e in entries for f in e.atoms(AppliedUndef)}, key=sympy.default_sort_key)
        tables = {f: sympy.Symbol(f"{prefix}_{f.func.__name__}") for f in functions}
        plain = [(i, j, e.xreplace(tables)) for i, j, e in entries]
        points = {c: sympy.Symbol(f"{prefix}_{c.index}") for _, _, e in plain for c in coordinates_in(e)}
        read = [(symbol.name, f.func.__name__, site.coordinates.index(f.args[0])) for f, symbol in tables.items()]
        read += [
            (symbol.name, column_name(law.name, c.index), site.coordinates.index(c)) for c, symbol in points.items()
        ]
        names = {**self.names, **{symbol: symbol.name for symbol in (*tables.values(), *points.values())}}
        return ir.PathSite(
            len(site.indices),
            tuple((i, j, tree(e.xreplace(points), names)) for i, j, e in plain),
            tuple(next(table for _, table, place in read if place == k) for k in range(len(site.coordinates))),
            tuple(read),
            site.left,
            site.right,
            tree(site.coupling, self.names),
            places,
            tuple(parameters),
        )

    def chained(self, residuals: Sequence[sympy.Expr], local: Mapping[sympy.Symbol, int]) -> tuple[ir.Chained, ...]:
        """Return what the averages add to the Jacobian of residuals in which they have names.

        Parameters
        ----------
        residuals : sequence of SymPy expression
        local : dict of unknown to int
            The columns of the Jacobian.
        """
        found = []
        for statement, targets, inner in zip(self.statements, self._targets, self._inner, strict=True):
            outer = tuple(
                (row, k, tree(derivative(residual, target), self.names))
                for row, residual in enumerate(residuals)
                for k, target in enumerate(targets)
                if target in residual.free_symbols
            )
            columns = tuple((k, local[u], slope) for k, u, slope in inner)
            found.append(ir.Chained(statement.slopes, outer, columns))
        return tuple(found)


def _link(law: sympy.Symbol, before: Site, site: Site) -> ir.Link | None:
    if site.link is None:
        return None
    one, other = site.link
    return ir.Link(
        (column_name(law.name, one.index), before.coordinates.index(one)),
        (column_name(law.name, other.index), site.coordinates.index(other)),
        correlation_name(law.name, min(one.index, other.index)),
    )
