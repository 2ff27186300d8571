"""Quotients with integers of hundreds of digits, written with numbers of moderate size.

A decimal in a model is an exact fraction, and equations that are polynomials in it over others have integers that no
float64 holds, although each quotient is moderate.
"""

from __future__ import annotations

import sympy

__all__ = ["balanced"]

_LARGE = 10**100


def balanced(expression: sympy.Expr) -> sympy.Expr:
    """Return an equal expression in which no sum in a denominator has numbers far larger than 1.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.program.balance import balanced
    >>> x = sympy.Symbol("x")
    >>> balanced((10**200 * x + 2 * 10**200) / (10**200 * x + 3 * 10**200))
    (x + 2)/(x + 3)
    """
    if expression.is_Atom or not any(max(abs(r.p), r.q) > _LARGE for r in expression.atoms(sympy.Rational)):
        return expression
    parts = [balanced(part) for part in expression.args]
    if not expression.is_Mul:
        return expression.func(*parts)
    scale, kept = sympy.S.One, []
    for part in parts:
        base, exponent = part.as_base_exp()
        if base.is_Add and exponent.is_Integer:
            size = _size(base)
            scale *= size**exponent
            part = sympy.Add(*(term / size for term in base.args)) ** exponent
        kept.append(part)
    return sympy.Mul(scale, *kept)


def _size(total: sympy.Add) -> sympy.Rational:
    """Return a power of 10 near the largest number in front of a term."""
    largest = max(abs(term.as_coeff_Mul()[0]) for term in total.args)
    return sympy.Integer(10) ** (len(str(largest.p)) - len(str(largest.q)))
