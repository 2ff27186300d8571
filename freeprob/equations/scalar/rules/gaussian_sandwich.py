"""Z K Z^T -> R(g) = n E_K[b/(1 - p g b)], Z p x n: compound free Poisson.

``Z K Z^T`` with independent entries of unit variance has free cumulants ``n p^(k-1) tr K^k``, for any self-adjoint K
that does not depend on Z (Marchenko and Pastur 1967; Speicher 1998; Nica and Speicher 2006, Proposition 12.15).
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from ....derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from ....language.expression import Expression
from ..node import Node, Unknowns
from ..part import Part, Reading
from ..sandwich import is_gaussian, letter_of, sandwich
from .point import Point

__all__ = ["CompoundPoisson", "gaussian_sandwich"]


@dataclass(frozen=True)
class CompoundPoisson(Node):
    """The law of ``Z K Z^T``, Z of shape rows x columns with unit variance."""

    rows: sympy.Expr
    columns: sympy.Expr
    inner: Node

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return n E[b/(1 - p g b)]."""
        return self.columns * self.inner.moment_transform(self.rows * g, unknowns)

    def at_level(self, t: sympy.Expr) -> sympy.Expr | None:
        """Return n a (1 + p t/n) where K is a point mass at a."""
        if not isinstance(self.inner, Point):
            return None
        return self.inner.place * (self.columns + self.rows * t)

    @property
    def is_nonnegative(self) -> bool | None:
        """As the law of K."""
        return self.inner.is_nonnegative

    @property
    def is_infinitely_divisible(self) -> bool:
        """It is: R is multiplied when the number of columns is."""
        return True

    def described(self) -> str:
        """Return the law in words."""
        inner = "" if isinstance(self.inner, Point) else f" of {self.inner}"
        return f"the free Poisson law{inner} with {self.columns} columns and {self.rows} rows"


def gaussian_sandwich(expression: Expression, reader: Reading) -> Part | Refusal:
    """Read Z K Z^T with a matrix Z of independent entries."""
    found = sandwich(expression)
    letter = letter_of(found.outer) if found is not None else None
    if found is None or letter is None or not is_gaussian(letter[0]):
        return Refusal(
            "gaussian_sandwich", f"{reader.text(expression)} is not Z K Z^T with a matrix Z of independent entries"
        )
    inner = reader.read(found.inner)
    if isinstance(inner, Refusal):
        return inner
    leaf = letter[0]
    if leaf in inner.leaves:
        return Refusal(
            "gaussian_sandwich",
            f"{reader.text(leaf)} occurs inside {reader.text(found.inner)} too, so the two are not free.",
        )
    (rows,), (columns,) = found.outer.rows, found.outer.columns
    step = Step(
        rule="gaussian_sandwich",
        statement="Z K Z^T, Z p x n -> R(g) = n E[b/(1 - p g b)], b of the law of K (compound free Poisson)",
        status="asymptotic",
        before=(Formula(None, expression),),
        after=(Formula(None, found.inner),),
        hypotheses=(
            Hypothesis(
                f"{reader.text(leaf)} does not occur in {reader.text(found.inner)}",
                "proved on the graph",
            ),
            Hypothesis("all sizes grow in proportion", "asserted by the user"),
        ),
        references=(Citation("MarchenkoPastur1967"), Citation("NicaSpeicher2006", "Proposition 12.15")),
    )
    node = CompoundPoisson(rows, columns, inner.node)
    return Part(expression, node, frozenset({leaf}), (step, *inner.steps))
