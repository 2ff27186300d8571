"""V K V^T -> the law of K and an atom at 0: the same nonzero eigenvalues on a larger space.

If matrices on spaces of sizes p and n have the same nonzero eigenvalues, then ``p psi_p = n psi_n`` at one point. With
``alpha = n/p`` and ``t_n = g_n r_n`` the pairs are ``g_n = g (1 + t_n)/(1 + alpha t_n)`` and
``r = alpha r_n (1 + t_n)/(1 + alpha t_n)`` (Couillet and Liao 2022, section 2.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from ....derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from ....language.expression import Expression
from ..node import Node, Unknowns
from ..part import Part, Reading
from ..sandwich import letter_of, sandwich

__all__ = ["OtherSide", "other_side"]


@dataclass(frozen=True)
class OtherSide(Node):
    """The law of a matrix with the nonzero eigenvalues of another, whose space is ``ratio`` times as large."""

    ratio: sympy.Expr
    inner: Node

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return r by the pair (a, b) of the other space."""
        a = unknowns.new("g", f"argument of the R-transform of {self.inner}")
        b = unknowns.new("r", f"R-transform of {self.inner} at its own argument")
        change = (1 + a * b) / (1 + self.ratio * a * b)
        unknowns.equate(a, g * change)
        unknowns.equate(b, self.inner.r_transform(a, unknowns))
        return self.ratio * b * change

    def moment_transform(self, h: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return alpha times that of the other space."""
        return self.ratio * self.inner.moment_transform(h, unknowns)

    @property
    def is_nonnegative(self) -> bool | None:
        """As on the other space."""
        return self.inner.is_nonnegative

    def described(self) -> str:
        """Return the law in words."""
        return f"{self.inner} on another space, {1 / self.ratio} times as large"


def other_side(expression: Expression, reader: Reading) -> Part | Refusal:
    """Read V K V^T with a Haar isometry V."""
    found = sandwich(expression)
    letter = letter_of(found.outer) if found is not None else None
    if found is None or letter is None or not letter[0].ensemble.is_isometry or letter[1]:
        return Refusal("other_side", f"{reader.text(expression)} is not V K V^T with a Haar isometry V")
    leaf = letter[0]
    inner = reader.read(found.inner)
    if isinstance(inner, Refusal):
        return inner
    shield = frozenset({leaf}) if leaf not in inner.leaves else inner.leaves  # the law does not need independence
    ratio = leaf.columns[0] / leaf.rows[0]
    step = Step(
        rule="other_side",
        statement="V K V^T -> the nonzero eigenvalues of K, on a space of another size",
        status="exact",
        before=(Formula(None, expression),),
        after=(Formula(None, found.inner), Formula(None, ratio, "the fraction of nonzero eigenvalues is at most")),
        hypotheses=(Hypothesis(f"the columns of {reader.text(leaf)} are orthonormal", "proved on the graph"),),
        references=(Citation("CouilletLiao2022", "section 2.1"),),
    )
    return Part(expression, OtherSide(ratio, inner.node), shield, (step, *inner.steps))
