"""Read floats as the decimals that they print as, so that formulas stay exact."""

from __future__ import annotations

from typing import Any

import sympy

__all__ = ["exact_number", "with_exact_numbers"]


def _rational(number: sympy.Float) -> sympy.Rational:
    text = repr(float(number)) if number._prec <= 53 else str(number)
    return sympy.Rational(text)


def with_exact_numbers(expression: sympy.Expr) -> sympy.Expr:
    """Return the expression with each Float replaced by the decimal that it prints as.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations.decimals import with_exact_numbers
    >>> with_exact_numbers(0.1 * sympy.Symbol("x"))
    x/10
    """
    return expression.xreplace({number: _rational(number) for number in expression.atoms(sympy.Float)})


def exact_number(value: Any) -> sympy.Expr:
    """Return a number, or the text of one, as an exact SymPy number.

    Examples
    --------
    >>> from freeprob.language.activations.decimals import exact_number
    >>> exact_number(0.2)
    1/5
    """
    return with_exact_numbers(sympy.sympify(float(value) if isinstance(value, float) else value))
