"""Scalars of the language: SymPy expressions in sizes and parameters, and their order in the sizes."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from numbers import Number

import sympy

from ..algebra.symbols import Size
from ..errors import ScalingError

__all__ = ["as_scalar", "degree", "is_scalar"]


def is_scalar(value: object) -> bool:
    """Return whether a value can serve as a commuting scalar."""
    return isinstance(value, (Number, sympy.Expr)) and not isinstance(value, bool)


def as_scalar(value: object) -> sympy.Expr:
    """Return a scalar as an exact SymPy expression; a float is read as the decimal that it prints.

    Raises
    ------
    TypeError
        If the value is not a finite commuting scalar.
    """
    if isinstance(value, sympy.Expr):
        if not value.is_commutative:
            raise TypeError(f"{value} does not commute; scalars are commuting SymPy expressions")
        if value.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
            raise TypeError(f"{value} is not a finite scalar")
        return value
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    if isinstance(value, Number) and not isinstance(value, bool):
        if isinstance(value, complex) or getattr(value, "imag", 0) != 0:
            raise TypeError(f"the complex scalar {value} is not supported: all matrices of the language are real")
        number = value.item() if hasattr(value, "item") else value
        if isinstance(number, int):
            return sympy.Integer(number)
        if number != number or number in (float("inf"), float("-inf")):
            raise TypeError(f"{value} is not a finite scalar")
        return sympy.Rational(str(number))
    raise TypeError(f"a scalar was expected, not {type(value).__name__}: {value!r}")


@lru_cache(maxsize=16384)
def degree(scalar: sympy.Expr) -> sympy.Rational:
    """Return k such that the scalar grows like N^k when every size grows like N.

    Raises
    ------
    ScalingError
        If the scalar mixes orders, for example ``n + 1``.
    """
    if isinstance(scalar, Size):
        return sympy.S.One
    if not any(isinstance(s, Size) for s in scalar.free_symbols):
        return sympy.S.Zero
    if scalar.is_Mul:
        return sum((degree(a) for a in scalar.args), sympy.S.Zero)
    if scalar.is_Pow:
        if degree(scalar.exp) != 0 or any(isinstance(s, Size) for s in scalar.exp.free_symbols):
            raise ScalingError(f"the exponent of {scalar} contains a size; sizes go to infinity")
        if degree(scalar.base) != 0 and not scalar.exp.is_Rational:
            raise ScalingError(f"the exponent of {scalar} is not a rational number, so its order is unknown")
        return degree(scalar.base) * scalar.exp
    orders = {degree(a) for a in scalar.args}
    if len(orders) != 1:
        raise ScalingError(f"the scalar {scalar} mixes orders in the sizes; keep only its leading term")
    if scalar.is_Add:
        return orders.pop()
    if orders != {sympy.S.Zero}:
        raise ScalingError(f"{scalar} is a function of a size, not of a ratio of sizes")
    return sympy.S.Zero
