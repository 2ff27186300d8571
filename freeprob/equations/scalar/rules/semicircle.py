"""c H -> R(g) = c^2 N g: a Wigner matrix is semicircular (Wigner 1958; Voiculescu 1991, Theorem 2.2)."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from ....derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from ....language.expression import Expression
from ....language.nodes import Leaf
from ..node import Node, Unknowns
from ..part import Part, Reading

__all__ = ["Semicircular", "is_wigner", "semicircle"]


@dataclass(frozen=True)
class Semicircular(Node):
    """The centred semicircle law: its only free cumulant is the variance."""

    variance: sympy.Expr

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return v g."""
        return self.variance * g

    @property
    def is_nonnegative(self) -> bool:
        """It is not."""
        return False

    @property
    def is_infinitely_divisible(self) -> bool:
        """It is."""
        return True

    def described(self) -> str:
        """Return the law in words."""
        return f"semicircle({self.variance})"


def is_wigner(node: Expression) -> bool:
    """Return whether a node is a symmetric matrix with independent entries."""
    if not isinstance(node, Leaf) or node.ensemble.is_family:
        return False
    return node.ensemble.mirror == 1 and node.ensemble.self_covariance == 1 and node.ensemble.entry_mean == 0


def semicircle(expression: Expression, reader: Reading) -> Part | Refusal:
    """Read a Wigner matrix."""
    if not isinstance(expression, Leaf) or not is_wigner(expression):
        return Refusal("semicircle", f"{reader.text(expression)} is not a Wigner matrix")
    node = Semicircular(expression.rows[0])
    step = Step(
        rule="semicircle",
        statement="Wigner matrix of variance v -> R(g) = v g",
        status="asymptotic",
        before=(Formula(None, expression),),
        after=(Formula(None, node.variance, "the variance is"),),
        hypotheses=(Hypothesis("independent entries above the diagonal, with enough moments", "asserted by the user"),),
        references=(Citation("Wigner1958"), Citation("Voiculescu1991", "Theorem 2.2")),
    )
    return Part(expression, node, frozenset({expression}), (step,))
