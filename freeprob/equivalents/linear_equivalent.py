"""The linear equivalent of a model: the same limit without entrywise functions."""

from __future__ import annotations

from dataclasses import dataclass

from ..derivation.coefficient import Coefficient
from ..derivation.record import Refusal, Step
from ..derivation.table import Table
from ..language.expression import Expression
from ..language.nodes import Leaf

__all__ = ["LinearEquivalent"]


@dataclass(frozen=True)
class LinearEquivalent:
    """An expression in which no entrywise function is left.

    Attributes
    ----------
    expression : Expression
    image : dict of Expression to Expression
        The linear equivalent of every node of the original graph.
    coefficients : tuple of Coefficient
        Symbols that the rule introduced.
    steps : tuple of Step
    tables : tuple of Table
        Functions of the eigenvalues of families that the rule introduced.
    curved : tuple of Expression
        Entrywise functions of matrices with E f = 0 but E f'' != 0: the fluctuations of the norms of the inputs then
        make a part of rank two, of the order of the bulk, that the equivalent leaves out unless it is asked for. It
        moves no bulk eigenvalue. And kernels whose entries off the diagonal have a mean of order 1/n alone.
    isometries : tuple of Leaf
        Isometries that became projections.
    refused : tuple of Refusal
        Why outliers are not given.
    """

    expression: Expression
    image: dict[Expression, Expression]
    coefficients: tuple[Coefficient, ...]
    steps: tuple[Step, ...]
    tables: tuple[Table, ...] = ()
    curved: tuple[Expression, ...] = ()
    isometries: tuple[Leaf, ...] = ()
    refused: tuple[Refusal, ...] = ()

    def then(self, second: LinearEquivalent) -> LinearEquivalent:
        """Return the equivalent that this one has by a further rule."""
        return LinearEquivalent(
            second.expression,
            second.image | {node: second.image.get(image, image) for node, image in self.image.items()},
            (*self.coefficients, *second.coefficients),
            (*self.steps, *second.steps),
            (*self.tables, *second.tables),
            (*self.curved, *second.curved),
            (*self.isometries, *second.isometries),
            (*self.refused, *second.refused),
        )
