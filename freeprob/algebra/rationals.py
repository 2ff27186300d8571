"""Floating-point constants as the rational numbers that were meant."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

__all__ = ["exact_atoms", "rationalised"]


def rationalised(expr: sympy.Expr) -> sympy.Expr:
    """Replace each floating-point number by the rational number of its shortest decimal form, so 0.3 becomes 3/10.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.algebra.rationals import rationalised
    >>> rationalised(0.3 * sympy.Symbol("x") + 2)
    3*x/10 + 2
    """
    floats = sorted(expr.atoms(sympy.Float), key=sympy.default_sort_key)
    return expr.xreplace({number: _shortest(number) for number in floats}) if floats else expr


def _shortest(number: sympy.Float) -> sympy.Rational:
    return sympy.Rational(repr(float(number)) if number._prec <= 53 else str(number))


def exact_atoms(atoms: Mapping[sympy.Expr, sympy.Expr]) -> list[tuple[sympy.Expr, sympy.Expr]]:
    """Return the locations and weights of a sum of point masses without floating-point numbers, of total mass 1.

    Examples
    --------
    >>> from freeprob.algebra.rationals import exact_atoms
    >>> exact_atoms({1: 0.3, 3: 0.7})
    [(1, 3/10), (3, 7/10)]
    """
    pairs = [(rationalised(sympy.sympify(x)), rationalised(sympy.sympify(w))) for x, w in atoms.items()]
    total = sympy.Add(*(w for _, w in pairs))
    return [(x, w / total) for x, w in pairs] if total.is_Rational and total != 1 else pairs
