"""R(g) = R_1(g) - R_2(g) and S(t) = S_1(t)/S_2(t): what is left when a free part is taken away.

Not every difference of R-transforms belongs to a probability law; that it does has to be checked.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from ..node import Node, Unknowns

__all__ = ["FreeDifference", "FreeQuotient"]


@dataclass(frozen=True)
class FreeDifference(Node):
    """The law whose free sum with ``removed`` is ``whole``."""

    whole: Node
    removed: Node

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return the difference, both at the same argument."""
        return self.whole.r_transform(g, unknowns) - self.removed.r_transform(g, unknowns)

    @property
    def is_nonnegative(self) -> bool | None:
        """Not known."""
        return None

    def described(self) -> str:
        """Return the law in words."""
        return f"what is left of {self.whole} without {self.removed}"


@dataclass(frozen=True)
class FreeQuotient(Node):
    """The law whose free product with ``removed`` is ``whole``."""

    whole: Node
    removed: Node

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return r = r_1/r_2 at one t: ``g_1 = g/r_2`` and ``g_2 = g r_1/r_2^2``, with the unknown 1/r_2."""
        first = unknowns.new("r", f"R-transform of {self.whole} at its own argument")
        second = unknowns.new("s", f"1/R-transform of {self.removed} at its own argument")
        unknowns.equate(first, self.whole.r_transform(g * second, unknowns))
        unknowns.equate(second, 1 / self.removed.r_transform(g * first * second**2, unknowns))
        return first * second

    @property
    def is_nonnegative(self) -> bool | None:
        """As the whole."""
        return self.whole.is_nonnegative

    def described(self) -> str:
        """Return the law in words."""
        return f"the factor of {self.whole} beside {self.removed}"
