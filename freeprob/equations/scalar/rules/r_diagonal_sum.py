"""sum A_k, *-free and rotation-invariant but one -> t = sum t_k at one g (1 + t): singular values of a sum.

``U (A_1 + A_2)`` with a Haar matrix U has the singular values of ``A_1 + A_2``, and with A_2 of a law that is invariant
under rotations from both sides ``U A_1`` and ``U A_2`` are free R-diagonal matrices. Symmetrised laws of the singular
values then add by free convolution (Haagerup and Schultz 2007, Proposition 3.5). The symmetrised law of ``A`` has
``R(s^{1/2}) = t/s^{1/2}`` with ``s = g (1 + t)``, where (g, r) is the pair of ``A A^T`` and ``t = g r``. So at one s
the levels t add. Dozier and Silverstein 2007 have the case of a Gaussian matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from ..node import Node, Unknowns

__all__ = ["RDiagonalSum"]


@dataclass(frozen=True)
class RDiagonalSum(Node):
    """The law of ``A A^T`` for a sum A of free square matrices, by the laws of ``A_k A_k^T``."""

    parts: tuple[Node, ...]

    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return r = (1 + t) sum r_k/(1 + t_k), t = g r, with g_k = g (1 + t)/(1 + t_k)."""
        r = unknowns.new("r", f"R-transform of {self} at its own argument")
        shares = []
        for part in self.parts:
            argument = unknowns.new("g", f"argument of the R-transform of {part}")
            inner = unknowns.new("r", f"R-transform of {part} at its own argument")
            unknowns.equate(inner, part.r_transform(argument, unknowns))
            unknowns.equate(argument, g * (1 + g * r) / (1 + argument * inner))
            shares.append(inner / (1 + argument * inner))
        return unknowns.equate(r, (1 + g * r) * sympy.Add(*shares))

    @property
    def is_nonnegative(self) -> bool:
        """It is."""
        return True

    def described(self) -> str:
        """Return the law in words."""
        return f"the squared singular values of a sum of free matrices, of {' and '.join(map(str, self.parts))}"
