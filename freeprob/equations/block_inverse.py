"""Entries of the inverse of a sparse symbolic matrix, block by block.

The graph of the entries is split into strongly connected blocks. Entries inside a small block come from its cofactors,
those inside a large one stay entries of an inverse (:class:`~freeprob.derivation.inverse_entry.InverseEntry`); entries
between blocks from block back-substitution. Nothing is computed before it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import networkx as nx
import sympy

from ..algebra.symbols import Eigenvalue
from ..derivation.inverse_entry import InverseEntry, SquareMatrix

__all__ = ["BlockInverse"]

_EXPANDED = 6
"""Entries of the inverses of larger blocks are not written as quotients of determinants."""


class BlockInverse:
    """The inverse of a square matrix.

    Parameters
    ----------
    indices : sequence of hashable
        Labels of rows and columns.
    entry : callable
        ``entry(i, j)`` returns the entry of the matrix.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.equations.block_inverse import BlockInverse
    >>> a, b, c = sympy.symbols("a b c")
    >>> matrix = sympy.Matrix([[a, b], [0, c]])
    >>> BlockInverse(range(2), lambda i, j: matrix[i, j])(0, 1)
    -b/(a*c)
    """

    def __init__(self, indices: Iterable[Any], entry: Callable[..., sympy.Expr]):
        self.indices = list(indices)
        self.entry = entry
        self.couplings = nx.DiGraph()
        self.couplings.add_nodes_from(self.indices)
        self.couplings.add_edges_from((i, j) for i in self.indices for j in self.indices if i != j and entry(i, j) != 0)
        self.block_of: dict[Any, tuple[Any, ...]] = {}
        order = {index: k for k, index in enumerate(self.indices)}
        for component in nx.strongly_connected_components(self.couplings):
            block = tuple(sorted(component, key=order.__getitem__))
            self.block_of.update(dict.fromkeys(block, block))
        self._reach: dict[Any, set] = {}
        self._known: dict[tuple, sympy.Expr] = {}
        self._matrices: dict[tuple, SquareMatrix] = {}

    def reaches(self, row: Any, column: Any) -> bool:
        """Return whether an entry of the inverse can be nonzero."""
        if row not in self._reach:
            self._reach[row] = {row} | nx.descendants(self.couplings, row)
        return column in self._reach[row]

    def inside(self, row: Any, column: Any) -> sympy.Expr:
        """Return an entry of the inverse of the block that holds both indices."""
        block = self.block_of[row]
        if len(block) == 1:
            return 1 / self.entry(row, row)
        i, j = block.index(row), block.index(column)
        if len(block) > _EXPANDED:
            return InverseEntry(i, j, self._large(block))
        matrix = sympy.Matrix(len(block), len(block), lambda i, j: self.entry(block[i], block[j]))
        names = _stand_ins(matrix)
        value = _explicit(sympy.ImmutableMatrix(matrix.xreplace(names)), i, j)
        return value.xreplace({new: old for old, new in names.items()})

    def _large(self, block: tuple[Any, ...]) -> SquareMatrix:
        """Return the matrix of a large block, the same for all entries."""
        if block not in self._matrices:
            place = {index: k for k, index in enumerate(block)}
            coupled = [(i, j) for i, j in self.couplings.subgraph(block).edges] + [(i, i) for i in block]
            entries = {(place[i], place[j]): self.entry(i, j) for i, j in coupled}
            self._matrices[block] = SquareMatrix.of(len(block), entries)
        return self._matrices[block]

    def __call__(self, row: Any, column: Any) -> sympy.Expr:
        """Return an entry of the inverse."""
        place = (row, column)
        if place not in self._known:
            self._known[place] = self._entry(row, column)
        return self._known[place]

    def _entry(self, row: Any, column: Any) -> sympy.Expr:
        block = self.block_of[row]
        if column in block:
            return self.inside(row, column)
        total = sympy.S.Zero
        for inner in block:
            coupling = sympy.S.Zero
            for k in self.indices:
                link = self.entry(inner, k) if k not in block else sympy.S.Zero
                if link != 0 and self.reaches(k, column):
                    coupling += link * self(k, column)
            if coupling != 0:
                total -= self.inside(row, inner) * coupling
        return total


def _stand_ins(matrix: sympy.Matrix) -> dict[sympy.Symbol, sympy.Symbol]:
    """Return symbols, in the same order, that the blocks of all equal layers share."""
    found = {}
    for k, symbol in enumerate(sorted(matrix.free_symbols, key=lambda s: s.name)):
        if type(symbol) is sympy.Symbol:
            found[symbol] = sympy.Symbol(f"v_{k:04}", **symbol.assumptions0)
        elif isinstance(symbol, Eigenvalue):
            found[symbol] = Eigenvalue(f"v_{k:04}")
    return found


@lru_cache(maxsize=1024)
def _explicit(matrix: sympy.ImmutableMatrix, i: int, j: int) -> sympy.Expr:
    """Return an entry of an inverse as a quotient of determinants."""
    return matrix.cofactor(j, i, method="berkowitz") / matrix.det(method="berkowitz")
