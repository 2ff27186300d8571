"""Derivatives of sums, products, powers with constant exponents and integrals, shared parts differentiated once."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

__all__ = ["derivative"]


def derivative(
    expression: sympy.Expr, symbol: sympy.Symbol, inner: Mapping[sympy.Expr, sympy.Expr] | None = None
) -> sympy.Expr:
    """Return the derivative; the same as ``expression.diff(symbol)`` without its overhead at every node.

    Parameters
    ----------
    expression : SymPy expression
        An ``Average(f(t), t, H)`` is differentiated under the integral.
    symbol : Symbol
    inner : mapping of SymPy expression to SymPy expression, optional
        Derivatives of symbols and sub-expressions that are functions of ``symbol``, where not those of their form.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.algebra.derivative import derivative
    >>> x, y = sympy.symbols("x y")
    >>> derivative(y / (1 + x) ** 2, x)
    -2*y/(x + 1)**3
    >>> derivative(x * y, x, {y: 3 * x})
    3*x**2 + y
    """
    known: dict[sympy.Expr, sympy.Expr] = {**(inner or {}), symbol: sympy.S.One}
    return _derivative(expression, symbol, known)


def _derivative(expression: sympy.Expr, symbol: sympy.Symbol, known: dict[sympy.Expr, sympy.Expr]) -> sympy.Expr:
    if expression.is_Atom:
        return known.get(expression, sympy.S.Zero)
    value = known.get(expression)
    if value is None:
        arguments = expression.args
        if expression.is_Add:
            value = sympy.Add(*(_derivative(a, symbol, known) for a in arguments))
        elif expression.is_Mul:
            inner = [(i, _derivative(a, symbol, known)) for i, a in enumerate(arguments)]
            value = sympy.Add(*(sympy.Mul(*arguments[:i], d, *arguments[i + 1 :]) for i, d in inner if d != 0))
        elif expression.is_Pow and expression.exp.is_number:
            inside = _derivative(expression.base, symbol, known)
            value = (inside * expression.exp) * expression.base ** (expression.exp - 1)
        elif hasattr(expression, "integrand_map"):
            value = expression.integrand_map(lambda integrand: _derivative(integrand, symbol, known))
        else:
            value = expression.diff(symbol)
        known[expression] = value
    return value
