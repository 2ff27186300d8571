"""Which sides of the matrices of a model share a basis.

Every matrix maps from one basis to another. A sum, an entrywise structure or a product ties the bases of the sides
that meet in it; a self-adjoint family has the same basis on both sides; a matrix whose law is invariant under
rotations from the left and from the right ties nothing: it may be multiplied by independent Haar matrices on both
sides, which puts the bases that it joins in generic position to each other. So two diagonal matrices on one space are
free when all paths between their bases go through such matrices (Hiai and Petz 2000, Chapter 4: independent Haar
matrices free the rest), and commute when they share a basis.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable
from functools import singledispatchmethod

from networkx.utils import UnionFind

from ..language.expression import ONE, Expression, walk
from ..language.nodes import (
    Block,
    Diagonal,
    Hadamard,
    Identity,
    Inverse,
    Leaf,
    Product,
    SpectralFunction,
    Sum,
    Transpose,
)

__all__ = ["Bases"]

Sides = tuple[tuple[Hashable, ...], tuple[Hashable, ...]]
"""The bases of the row spaces and of the column spaces of a node."""


class Bases:
    """The classes of bases in an expression without entrywise functions.

    Parameters
    ----------
    expression : Expression

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.equivalents.bases import Bases
    >>> n = fp.sizes("n")
    >>> C, D, O = fp.diagonal(n, fp.laws.uniform(0, 1)), fp.diagonal(n, fp.laws.uniform(1, 2)), fp.haar(n)
    >>> Bases(C + D).shared(C, D), Bases(C + O @ D @ O.T).shared(C, D)
    (True, False)
    """

    def __init__(self, expression: Expression):
        self.classes = UnionFind()
        self.sides: dict[Expression, Sides] = {}
        for node in walk(expression):
            self.sides[node] = self.read(node)

    def of(self, leaf: Leaf) -> Hashable:
        """Return the class of the basis of the rows of a leaf."""
        return self.classes[self.sides[leaf][0][0]]

    def shared(self, one: Leaf, other: Leaf) -> bool:
        """Return whether two square leaves have the same basis."""
        return self.of(one) == self.of(other)

    def tie(self, some: tuple[Hashable, ...], others: tuple[Hashable, ...]) -> None:
        """Identify the bases of two sides."""
        for one, other in zip(some, others, strict=True):
            self.classes.union(one, other)

    def place(self, part: Expression, rows: tuple[Hashable, ...], columns: tuple[Hashable, ...]) -> None:
        """Tie the sides of a term or block to those of the whole; an identity, shared by many places, ties those."""
        left, right = (columns, rows) if isinstance(part, Identity) else self.sides[part]
        self.tie(rows, left)
        self.tie(columns, right)

    def fresh(self, node: Expression) -> Sides:
        """Return new bases for a node."""
        return (
            tuple((node, "rows", k) for k in range(len(node.rows))),
            tuple((node, "columns", k) for k in range(len(node.columns))),
        )

    @singledispatchmethod
    def read(self, node: Expression) -> Sides:
        """Return the bases of a node, after those that meet in it are tied."""
        return self.fresh(node)

    @read.register
    def _(self, node: Leaf) -> Sides:
        rows, columns = self.fresh(node)
        tied = node.ensemble.is_family or node.ensemble.self_covariance != 0
        if tied and node.rows == node.columns:
            self.tie(rows, columns)
        return rows, columns

    @read.register(Transpose)
    @read.register(Inverse)
    def _(self, node: Expression) -> Sides:
        rows, columns = self.sides[node.arguments[0]]
        return columns, rows

    @read.register
    def _(self, node: Diagonal) -> Sides:
        rows, columns = self.fresh(node)
        self.tie(rows, columns)
        return rows, columns

    @read.register
    def _(self, node: SpectralFunction) -> Sides:
        return self.sides[node.leaf]

    @read.register(Sum)
    @read.register(Hadamard)
    def _(self, node: Expression) -> Sides:
        rows, columns = self.fresh(node)
        for part in node.arguments:
            self.place(part, rows, columns)
        return rows, columns

    @read.register
    def _(self, node: Product) -> Sides:
        factors = [self.sides[factor] for factor in node.arguments if factor.rows != (ONE,) or factor.columns != (ONE,)]
        if not factors:
            return self.fresh(node)
        for left, right in itertools.pairwise(factors):
            if len(left[1]) == len(right[0]):
                self.tie(left[1], right[0])
        return factors[0][0], factors[-1][1]

    @read.register
    def _(self, node: Block) -> Sides:
        rows = tuple(((node, "rows", i, k)) for i, line in enumerate(node.grid) for k in range(len(line[0].rows)))
        columns = tuple(
            (node, "columns", j, k) for j, part in enumerate(node.grid[0]) for k in range(len(part.columns))
        )
        for i, line in enumerate(node.grid):
            for j, part in enumerate(line):
                down = tuple((node, "rows", i, k) for k in range(len(part.rows)))
                across = tuple((node, "columns", j, k) for k in range(len(part.columns)))
                self.place(part, down, across)
        return rows, columns
