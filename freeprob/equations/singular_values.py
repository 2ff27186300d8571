"""How many directions of two spaces a rectangular matrix pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import mpmath
import sympy

from ..derivation.coefficient import Coefficient
from ..language.expression import Dimension
from ..language.nodes import Leaf
from .free_letter import Condition

__all__ = ["SingularValues"]


@dataclass(frozen=True)
class SingularValues:
    """The singular values of a leaf with rows on one space and columns on another.

    Attributes
    ----------
    leaf : Leaf
    index : int
        Tells the letters of one model apart.
    """

    leaf: Leaf
    index: int

    @property
    def rows(self) -> Dimension:
        """The space of the rows."""
        return self.leaf.rows[0]

    @property
    def columns(self) -> Dimension:
        """The space of the columns."""
        return self.leaf.columns[0]

    @property
    def is_named(self) -> bool:
        """Whether the count is the smaller of two sizes, which has a symbol of its own."""
        return not self.leaf.is_square and not self.leaf.ensemble.is_isometry

    @cached_property
    def count(self) -> sympy.Expr:
        """The number of singular values."""
        return sympy.Symbol(f"rank_{self.index + 1}", positive=True) if self.is_named else self.columns

    def fraction(self, space: Dimension) -> sympy.Expr:
        """Return the part of the directions of a space that have a singular value."""
        return self.count / space

    @property
    def coefficients(self) -> tuple[Coefficient, ...]:
        """The definition of the count where it has a symbol of its own."""
        if not self.is_named:
            return ()
        smaller = sympy.Min(self.rows, self.columns)
        return (
            Coefficient(
                symbol=self.count,
                definition=rf"\min\left({sympy.latex(self.rows)}, {sympy.latex(self.columns)}\right)",
                words=f"number of singular values, the smaller of {self.rows} and {self.columns}",
                arguments=(self.rows, self.columns),
                evaluate=_smaller,
                exact=smaller,
                formula=smaller,
            ),
        )

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """An isometry has at least as many rows as columns."""
        if not self.leaf.ensemble.is_isometry or self.leaf.is_square:
            return ()
        words = f"an isometry has at least as many rows as columns: {self.rows} >= {self.columns}"
        return (Condition(self.rows - self.columns, words),)


def _smaller(first: mpmath.mpf, second: mpmath.mpf, digits: int = 15) -> mpmath.mpf:
    return min(first, second)
