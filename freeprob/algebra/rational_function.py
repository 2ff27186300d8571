"""Quotients of two multivariate polynomials over the rationals, in lowest terms."""

from __future__ import annotations

from fractions import Fraction

import flint

__all__ = ["RationalFunction"]


class RationalFunction:
    """A quotient of two polynomials of one ring, in lowest terms, with ``+ - * /`` and integer ``**``.

    Attributes
    ----------
    numerator, denominator : flint.fmpq_mpoly
        Coprime; a constant denominator is 1.
    """

    __slots__ = ("denominator", "numerator")

    def __init__(self, numerator, denominator, reduced: bool = False):
        if not reduced and not denominator.is_constant():
            common = numerator.gcd(denominator)
            if not common.is_constant():
                numerator, denominator = numerator // common, denominator // common
        if not denominator.is_one() and denominator.is_constant():
            if denominator.is_zero():
                raise ZeroDivisionError("division by a rational function that is identically zero")
            numerator, denominator = numerator / denominator.leading_coefficient(), denominator.context().constant(1)
        self.numerator, self.denominator = numerator, denominator

    def _lift(self, other):
        if isinstance(other, RationalFunction):
            return other
        if isinstance(other, Fraction):
            other = flint.fmpq(other.numerator, other.denominator)
        if isinstance(other, int | flint.fmpz | flint.fmpq):
            context = self.numerator.context()
            return RationalFunction(context.constant(other), context.constant(1), reduced=True)
        return None

    def __bool__(self) -> bool:
        return not self.numerator.is_zero()

    def __eq__(self, other) -> bool:
        other = self._lift(other)
        if other is None:
            return NotImplemented
        return self.numerator * other.denominator == other.numerator * self.denominator

    __hash__ = None  # type: ignore[assignment] # flint polynomials are not hashable

    def __neg__(self) -> RationalFunction:
        return RationalFunction(-self.numerator, self.denominator, reduced=True)

    def __add__(self, other) -> RationalFunction:
        other = self._lift(other)
        if other is None:
            return NotImplemented
        (a, b), (c, d) = (self.numerator, self.denominator), (other.numerator, other.denominator)
        if b.is_one() and d.is_one():
            return RationalFunction(a + c, b, reduced=True)
        if b.is_one():
            return RationalFunction(a * d + c, d, reduced=True)
        if d.is_one():
            return RationalFunction(a + c * b, b, reduced=True)
        if b == d:
            return RationalFunction(a + c, b)
        common = b.gcd(d)
        b, rest = b // common, d // common
        return RationalFunction(a * rest + c * b, b * d)

    __radd__ = __add__

    def __sub__(self, other) -> RationalFunction:
        other = self._lift(other)
        return NotImplemented if other is None else self + (-other)

    def __rsub__(self, other) -> RationalFunction:
        return (-self) + other

    def __mul__(self, other) -> RationalFunction:
        other = self._lift(other)
        if other is None:
            return NotImplemented
        reduced = self.denominator.is_one() and other.denominator.is_one()
        return RationalFunction(self.numerator * other.numerator, self.denominator * other.denominator, reduced)

    __rmul__ = __mul__

    def inverse(self) -> RationalFunction:
        """Return the reciprocal."""
        if not self:
            raise ZeroDivisionError("division by a rational function that is identically zero")
        return RationalFunction(self.denominator, self.numerator, reduced=True)

    def __truediv__(self, other) -> RationalFunction:
        other = self._lift(other)
        return NotImplemented if other is None else self * other.inverse()

    def __rtruediv__(self, other) -> RationalFunction:
        return self.inverse() * other

    def __pow__(self, exponent: int) -> RationalFunction:
        if exponent < 0:
            return self.inverse() ** (-exponent)
        return RationalFunction(self.numerator**exponent, self.denominator**exponent, reduced=True)

    def __repr__(self) -> str:
        return f"({self.numerator})/({self.denominator})"
