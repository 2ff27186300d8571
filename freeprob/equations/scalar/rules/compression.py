"""V^T K V -> R(g) = R_K(alpha g), alpha = p/n: compression by a free projection, seen in the small space.

V is an n x p isometry of the Haar distribution (Nica and Speicher 1996, Theorem 5.1; 2006, Corollary 14.11).
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from ....derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from ....language.expression import Expression
from ..node import Node, Unknowns
from ..part import Part, Reading
from ..sandwich import letter_of, sandwich

__all__ = ["Compression", "compression"]


@dataclass(frozen=True)
class Compression(Node):
    """The law of a corner of relative size ``ratio`` of a matrix in generic position."""

    ratio: sympy.Expr
    inner: Node

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return R_K(alpha g)."""
        return self.inner.r_transform(self.ratio * g, unknowns)

    @property
    def is_nonnegative(self) -> bool | None:
        """True when the matrix is; otherwise not known."""
        return True if self.inner.is_nonnegative else None

    @property
    def is_infinitely_divisible(self) -> bool:
        """When the matrix is."""
        return self.inner.is_infinitely_divisible

    def described(self) -> str:
        """Return the law in words."""
        return f"the compression of {self.inner} to the fraction {self.ratio}"


def compression(expression: Expression, reader: Reading) -> Part | Refusal:
    """Read V^T K V with a Haar isometry V."""
    found = sandwich(expression)
    letter = letter_of(found.outer) if found is not None else None
    if found is None or letter is None or not letter[0].ensemble.is_isometry or not letter[1]:
        return Refusal("compression", f"{reader.text(expression)} is not V^T K V with a Haar isometry V")
    leaf = letter[0]
    inner = reader.read(found.inner)
    if isinstance(inner, Refusal):
        return inner
    if leaf in inner.leaves:
        return Refusal("compression", f"{reader.text(leaf)} occurs inside {reader.text(found.inner)} too.")
    ratio = leaf.columns[0] / leaf.rows[0]
    step = Step(
        rule="compression",
        statement="V^T K V, V n x p isometry -> R(g) = R_K(alpha g), alpha = p/n",
        status="asymptotic",
        before=(Formula(None, expression),),
        after=(Formula(None, found.inner), Formula(None, ratio, "the fraction is")),
        hypotheses=(
            Hypothesis(f"{reader.text(leaf)} does not occur in {reader.text(found.inner)}", "proved on the graph"),
        ),
        references=(Citation("NicaSpeicher1996"), Citation("NicaSpeicher2006", "Corollary 14.11")),
    )
    return Part(expression, Compression(ratio, inner.node), frozenset({leaf}), (step, *inner.steps))
