"""mu -> R(g) = s R_mu(g), s >= 1: free additive powers (Nica and Speicher 1996; 2006, Corollary 14.13)."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from ..node import Node, Unknowns

__all__ = ["FreePower"]


@dataclass(frozen=True)
class FreePower(Node):
    """The law whose free cumulants are ``exponent`` times those of another."""

    exponent: sympy.Expr
    inner: Node

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return s R(g)."""
        return self.exponent * self.inner.r_transform(g, unknowns)

    @property
    def is_nonnegative(self) -> bool | None:
        """True when the law is; otherwise not known."""
        return True if self.inner.is_nonnegative else None

    @property
    def is_infinitely_divisible(self) -> bool:
        """As the law."""
        return self.inner.is_infinitely_divisible

    def described(self) -> str:
        """Return the law in words."""
        return f"the free power {self.exponent} of {self.inner}"
