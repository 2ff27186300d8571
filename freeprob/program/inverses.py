"""Entries of inverses by name: each matrix is inverted once, and derivatives need its inverse alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sympy

from ..algebra.derivative import derivative
from ..derivation.average import Average
from ..derivation.inverse_entry import InverseEntry, SquareMatrix

__all__ = ["NamedEntry", "NamedInverses"]


class NamedEntry(sympy.Expr):
    """The symbol of an entry, with the variables of averages that its matrix depends on."""

    is_commutative = True

    @property
    def symbol(self) -> sympy.Symbol:
        """The symbol."""
        return self.args[0]

    def _sympystr(self, printer) -> str:
        return str(self.args[0])


class NamedInverses:
    """Symbols for the entries of the inverses that occur in some expressions.

    Parameters
    ----------
    expressions : iterable of SymPy expressions
        May hold `InverseEntry` nodes, in averages too. No matrix may hold an entry of another inverse.

    Attributes
    ----------
    nodes : dict of Symbol to InverseEntry
        What each symbol stands for.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.derivation.inverse_entry import InverseEntry, SquareMatrix
    >>> from freeprob.program.inverses import NamedInverses
    >>> a, b = sympy.symbols("a b")
    >>> expression = 1 + 2 * InverseEntry(0, 0, SquareMatrix.of(2, {(0, 0): a, (0, 1): 1, (1, 0): 1, (1, 1): b}))
    >>> inverses = NamedInverses([expression])
    >>> inverses.named(expression), inverses.derivative(inverses.named(expression), b)
    (2*_m0_0_0 + 1, -2*_m0_0_1*_m0_1_0)
    """

    def __init__(self, expressions: Iterable[sympy.Expr]):
        self.nodes: dict[sympy.Symbol, InverseEntry] = {}
        self._named: dict[InverseEntry, NamedEntry] = {}
        self._variables: set[sympy.Symbol] = set()
        self._numbers: dict[SquareMatrix, int] = {}
        self._slopes: dict[tuple[sympy.Symbol, sympy.Symbol], sympy.Expr] = {}
        expressions = list(expressions)
        found: set[InverseEntry] = set().union(*(e.atoms(InverseEntry) for e in expressions if e.has(InverseEntry)))
        if found:
            self._variables = {a.args[1] for e in expressions for a in e.atoms(Average)}
        for node in sorted(found, key=sympy.default_sort_key):
            self._name(node)

    def _name(self, node: InverseEntry) -> NamedEntry:
        named = self._named.get(node)
        if named is None:
            number = self._numbers.setdefault(node.matrix, len(self._numbers))
            symbol = sympy.Symbol(f"_m{number}_{node.row}_{node.column}")
            variables = sorted(self._variables & node.free_symbols, key=str)
            named = self._named[node] = NamedEntry(symbol, *variables)
            self.nodes[symbol] = node
        return named

    def named(self, expression: sympy.Expr) -> sympy.Expr:
        """Return an expression with the symbols in place of the nodes."""
        return expression.xreplace(self._named) if self._named else expression

    def derivative(self, named: sympy.Expr, symbol: sympy.Symbol) -> sympy.Expr:
        """Return the derivative of a named expression, with further symbols for the entries that it needs."""
        inside = [s for s in sorted(_symbols(named), key=str) if s in self.nodes]
        return derivative(named, symbol, {self._named[self.nodes[s]]: self._slope(s, symbol) for s in inside})

    def _slope(self, entry: sympy.Symbol, symbol: sympy.Symbol) -> sympy.Expr:
        if (entry, symbol) not in self._slopes:
            node = self.nodes[entry]
            known: dict[sympy.Expr, sympy.Expr] = {}
            for _, a in node.matrix.items():
                if a not in known:
                    known[a] = derivative(a, symbol) if symbol in a.free_symbols else sympy.S.Zero
            self._slopes[entry, symbol] = node.slope(known.__getitem__, lambda i, j: self._name(node.at(i, j)))
        return self._slopes[entry, symbol]

    def unknowns(self, named: sympy.Expr) -> set[sympy.Symbol]:
        """Return the symbols of a named expression and of the matrices behind it."""
        found = set(named.free_symbols)
        for matrix in self.matrices(found & self.nodes.keys()):
            found |= matrix.free_symbols
        return found

    def matrices(self, symbols: Iterable[sympy.Symbol]) -> Mapping[SquareMatrix, list[sympy.Symbol]]:
        """Return the matrices behind some of the symbols, each with those symbols, in order."""
        groups: dict[SquareMatrix, list[sympy.Symbol]] = {}
        for symbol in sorted(symbols, key=lambda s: (self._numbers[self.nodes[s].matrix], *self.nodes[s].args[:2])):
            groups.setdefault(self.nodes[symbol].matrix, []).append(symbol)
        return groups

    def number(self, matrix: SquareMatrix) -> int:
        """Return the number of a matrix."""
        return self._numbers[matrix]


def _symbols(expression: sympy.Expr) -> set[sympy.Symbol]:
    return expression.atoms(sympy.Symbol)
