"""The linear pencil: a block matrix, affine in the letters, whose inverse holds the wanted expressions."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import sympy
from networkx.utils import UnionFind

from ..language.expression import Dimension, Expression
from ..language.nodes import Leaf, Transpose
from ..language.operations import spectral_function

__all__ = ["FamilyEntry", "LetterEntry", "LinearPencil", "Readout"]


@dataclass(frozen=True)
class LetterEntry:
    """A random letter (or its transpose) with a coefficient at one entry of the pencil."""

    row: int
    column: int
    scalar: sympy.Expr
    transposed: bool


@dataclass(frozen=True)
class FamilyEntry:
    """A function of a deterministic family with a coefficient at one entry of the pencil."""

    row: int
    column: int
    scalar: sympy.Expr
    formula: sympy.Expr


@dataclass(frozen=True)
class Readout:
    """A linear functional of the inverse: sum of ``weight * tr (L^-1)[variable, row]``."""

    entries: tuple[tuple[int, int, sympy.Expr], ...]


@dataclass(frozen=True)
class LinearPencil:
    """``L = constant + sum of letters``, square over every space; row i is the equation that defines variable i.

    Attributes
    ----------
    spaces : tuple of Size
        The space of each variable and of its row.
    constant : dict of (row, variable) to scalar
    letters : dict of Leaf to tuple of LetterEntry
        Gaussian letters, which enter through their covariance.
    bi_invariant : dict of Leaf to tuple of LetterEntry
        Rectangular matrices between generic bases: signals, Haar matrices, isometries.
    families : dict of Leaf to tuple of FamilyEntry
    given : dict of Leaf to tuple of LetterEntry
        Matrices that are known entry by entry, without a law.
    resolvents : dict of int to Expression
        For a variable that was introduced by an inverse: the expression that is inverted (one entry for each
        space of a block matrix).
    readouts : tuple of Readout
        One for each trace that was asked for.
    """

    spaces: tuple[Dimension, ...]
    constant: dict[tuple[int, int], sympy.Expr]
    letters: dict[Leaf, tuple[LetterEntry, ...]]
    bi_invariant: dict[Leaf, tuple[LetterEntry, ...]]
    families: dict[Leaf, tuple[FamilyEntry, ...]]
    resolvents: dict[int, Expression]
    readouts: tuple[Readout, ...]
    given: dict[Leaf, tuple[LetterEntry, ...]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of variables."""
        return len(self.spaces)

    @property
    def matrices(self) -> Iterator[tuple[int, int, sympy.Expr, Expression]]:
        """The entries (row, column, coefficient, matrix) of all letters."""
        for leaf, entries in (self.letters | self.bi_invariant | self.given).items():
            for entry in entries:
                yield entry.row, entry.column, entry.scalar, Transpose.intern(leaf) if entry.transposed else leaf
        for leaf, members in self.families.items():
            for member in members:
                yield member.row, member.column, member.scalar, spectral_function(leaf, member.formula)

    @cached_property
    def bases(self) -> tuple[int, ...]:
        """The basis of each variable and of its row, as a number.

        Matrices of one size need not share a basis: a random matrix with independent rows and columns, or one between
        generic bases, maps from one basis to another that has nothing to do with it. Entries of ``L^-1`` between two
        bases vanish in the limit, and so each basis is a space of its own in the equations.
        """
        classes: UnionFind = UnionFind(range(self.size))
        for row, column in self.constant:
            classes.union(row, column)
        for leaf, members in self.families.items():
            for member in members:
                classes.union(member.row, member.column, leaf)
        for leaf, entries in self.given.items():
            for entry in entries:
                start, end = self._ends(entry)
                classes.union(start, ("rows", leaf))
                classes.union(end, ("columns", leaf))
            if leaf.rows == leaf.columns:
                classes.union(("rows", leaf), ("columns", leaf))
        for leaf, entries in (self.letters | self.bi_invariant).items():
            for entry in entries:
                start, end = self._ends(entry)
                classes.union(start, ("rows", leaf))
                classes.union(end, ("columns", leaf))
            if leaf.ensemble.self_covariance != 0:
                classes.union(("rows", leaf), ("columns", leaf))
        number: dict[Hashable, int] = {}
        return tuple(number.setdefault(classes[v], len(number)) for v in range(self.size))

    @staticmethod
    def _ends(entry: LetterEntry) -> tuple[int, int]:
        """Return a row or variable on the side of the rows of a letter, and one on the side of its columns."""
        return (entry.column, entry.row) if entry.transposed else (entry.row, entry.column)

    def sides(self, leaf: Leaf) -> tuple[int, int]:
        """Return the bases of the rows and of the columns of a letter."""
        if leaf in self.families:
            basis = self.bases[self.families[leaf][0].row]
            return basis, basis
        row, column = self._ends((self.letters | self.bi_invariant)[leaf][0])
        return self.bases[row], self.bases[column]

    def variables(self, basis: int) -> list[int]:
        """Return the variables that live on a basis."""
        return [v for v, own in enumerate(self.bases) if own == basis]
