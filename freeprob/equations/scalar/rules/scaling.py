"""s A -> R(g) = s R_A(s g): a multiple."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy

from ..node import Node, Unknowns

__all__ = ["Scaled", "scaled"]


@dataclass(frozen=True)
class Scaled(Node):
    """The law of s A: the k-th free cumulant is multiplied by s^k (Nica and Speicher 2006, Remark 12.7)."""

    factor: sympy.Expr
    inner: Node

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return s R_A(s g)."""
        return self.factor * self.inner.r_transform(self.factor * g, unknowns)

    def moment_transform(self, h: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return the same relation for E[b/(1 - h b)]."""
        return self.factor * self.inner.moment_transform(self.factor * h, unknowns)

    def at_level(self, t: sympy.Expr) -> sympy.Expr | None:
        """Return s times that of A: t does not change."""
        inner = self.inner.at_level(t)
        return None if inner is None else self.factor * inner

    def stieltjes(self, w: sympy.Expr, s: sympy.Expr, unknowns: Unknowns) -> sympy.Expr | None:
        """Return that of A with both factors."""
        return self.inner.stieltjes(w, s * self.factor, unknowns)

    def level(self, w: sympy.Expr, s: sympy.Expr, unknowns: Unknowns) -> sympy.Expr | None:
        """Return that of A with both factors."""
        return self.inner.level(w, s * self.factor, unknowns)

    def along(
        self, argument: Callable[[sympy.Expr], sympy.Expr], unknowns: Unknowns
    ) -> tuple[sympy.Expr, sympy.Expr] | None:
        """Return the same relation for the pair."""
        found = self.inner.along(lambda t: self.factor * argument(t), unknowns)
        return None if found is None else (self.factor * found[0], found[1])

    @property
    def is_nonnegative(self) -> bool | None:
        """By the signs."""
        inner, positive = self.inner.is_nonnegative, self.factor.is_nonnegative
        if inner is None or positive is None:
            return None
        return bool(inner and positive)

    @property
    def is_infinitely_divisible(self) -> bool:
        """As the law of A."""
        return self.inner.is_infinitely_divisible

    def described(self) -> str:
        """Return the law in words."""
        return f"{self.inner} times {self.factor}"


def scaled(node: Node, factor: sympy.Expr) -> Node:
    """Return the law of a multiple, without a factor 1."""
    if factor == 1:
        return node
    return Scaled(factor * node.factor, node.inner) if isinstance(node, Scaled) else Scaled(factor, node)
