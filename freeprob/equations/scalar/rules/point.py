"""a I -> R(g) = a: a multiple of the identity is a point mass."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from ..node import Node, Unknowns

__all__ = ["Point"]


@dataclass(frozen=True)
class Point(Node):
    """The point mass at ``place``: all free cumulants but the mean vanish."""

    place: sympy.Expr

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return the mean."""
        return self.place

    def moment_transform(self, h: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return a/(1 - h a)."""
        return self.place / (1 - h * self.place)

    def at_level(self, t: sympy.Expr) -> sympy.Expr:
        """Return the mean."""
        return self.place

    @property
    def is_nonnegative(self) -> bool | None:
        """The sign of the place."""
        return self.place.is_nonnegative

    @property
    def is_infinitely_divisible(self) -> bool:
        """A point mass is."""
        return True

    def described(self) -> str:
        """Return the law in words."""
        return f"the point mass at {self.place}"
