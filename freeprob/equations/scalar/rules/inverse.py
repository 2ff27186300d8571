"""A^-1 -> S(t) = 1/S_A(-1 - t): the inverse of a positive matrix (Haagerup and Schultz 2007, Proposition 3.13).

With ``S = 1/r`` this is ``r = 1/r_A`` at ``t_A = -1 - g r``, that is ``g_A = -(1 + g r) r``.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from ....algebra.symbols import TAU
from ....derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from ....equivalents.positivity import is_positive_semidefinite
from ....language.expression import Expression
from ....language.nodes import Inverse
from ..node import Node, Unknowns
from ..part import Part, Reading

__all__ = ["InverseNode", "inverse"]


@dataclass(frozen=True)
class InverseNode(Node):
    """The law of the inverse of a positive matrix."""

    inner: Node

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return r = 1/R_A(-(1 + g r) r); the randomness of A is switched on along the way, like that of the whole."""
        r = unknowns.new("r", f"R-transform of {self} at its own argument")
        return unknowns.equate(r, 1 / self.inner.r_transform(-TAU * (1 + g * r) * r, unknowns))

    @property
    def is_nonnegative(self) -> bool | None:
        """It is."""
        return self.inner.is_nonnegative

    def described(self) -> str:
        """Return the law in words."""
        return f"the inverse of {self.inner}"


def inverse(expression: Expression, reader: Reading) -> Part | Refusal:
    """Read the inverse of a matrix that is positive by construction."""
    if not isinstance(expression, Inverse):
        return Refusal("inverse", f"{reader.text(expression)} is not an inverse")
    matrix = expression.arguments[0]
    if not is_positive_semidefinite(matrix):
        return Refusal(
            "inverse",
            f"{reader.text(matrix)} is not positive by construction, and S(t) = 1/S_A(-1 - t) needs that.",
        )
    inner = reader.read(matrix)
    if isinstance(inner, Refusal):
        return inner
    step = Step(
        rule="inverse",
        statement="A^-1 -> S(t) = 1/S_A(-1 - t)",
        status="exact",
        before=(Formula(None, expression),),
        after=(Formula(None, matrix),),
        hypotheses=(
            Hypothesis(f"{reader.text(matrix)} is positive semi-definite", "proved on the graph"),
            Hypothesis("it has a bounded inverse in the limit", "assumed"),
        ),
        references=(Citation("HaagerupSchultz2007", "Proposition 3.13"),),
    )
    return Part(expression, InverseNode(inner.node), inner.shield, (step, *inner.steps))
