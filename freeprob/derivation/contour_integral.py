"""Contour integral of a resolvent's response, as a SymPy node."""

from __future__ import annotations

from collections.abc import Iterable

import sympy

__all__ = ["ContourIntegral"]


class ContourIntegral(sympy.Function):
    """``ContourIntegral(c, (z_1, f_1), ...)`` is ``(-1/2 pi i)^k oint ... oint f_1 ... f_k c dz_1 ... dz_k``.

    Each contour runs once, counter-clockwise, around the spectrum of the matrix of its point; ``f_j`` depends on
    ``z_j`` alone, and ``c`` on all of them. The points are bound.
    """

    @classmethod
    def of(cls, coefficient: sympy.Expr, densities: Iterable[tuple[sympy.Symbol, sympy.Expr]]) -> sympy.Expr:
        """Return the integral of a coefficient times densities; the coefficient itself where there is none."""
        pairs = [sympy.Tuple(point, density) for point, density in densities]
        return cls(coefficient, *pairs) if pairs else coefficient

    @property
    def coefficient(self) -> sympy.Expr:
        """What the equations give, at one value of each point."""
        return self.args[0]

    @property
    def densities(self) -> tuple[tuple[sympy.Symbol, sympy.Expr], ...]:
        """The points and the functions of the matrices."""
        return tuple((pair[0], pair[1]) for pair in self.args[1:])

    @property
    def free_symbols(self):
        """All symbols but the points."""
        inside = self.coefficient.free_symbols.union(*(density.free_symbols for _, density in self.densities))
        return inside - {point for point, _ in self.densities}

    def _sympystr(self, printer):
        body = "*".join(f"({printer._print(part)})" for part in (*(f for _, f in self.densities), self.coefficient))
        points = ", ".join(printer._print(point) for point, _ in self.densities)
        return f"oint[{body}; {points}]"

    def _latex(self, printer, exp=None):
        count = len(self.densities)
        integrand = sympy.Mul(*(density for _, density in self.densities), self.coefficient)
        negative = integrand.could_extract_minus_sign()
        integrand = -integrand if negative else integrand
        body = printer._print(integrand)
        if integrand.is_Add:
            body = rf"\left({body}\right)"
        power = "" if count == 1 else f"^{{{count}}}"
        sign = "-" if bool(count % 2) != negative else ""
        measure = r"\, ".join(rf"d{printer._print(point)}" for point, _ in self.densities)
        circles = r"\oint " * count
        text = rf"{sign}\frac{{1}}{{(2\pi i){power}}} {circles}{body}\, {measure}"
        return rf"\left({text}\right)" + (f"^{{{exp}}}" if exp is not None else "")
