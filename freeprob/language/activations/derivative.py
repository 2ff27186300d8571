"""Derivatives of piecewise smooth functions of x, almost everywhere."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import sympy

from freeprob.errors import UnsupportedModel
from freeprob.language.activations.pieces import X, has_choice, smooth_pieces

__all__ = ["derivative_formula"]


@lru_cache(maxsize=1024)
def derivative_formula(function: sympy.Expr) -> sympy.Expr:
    """Return f' as an expression, which holds except where f kinks; refuse an f that jumps.

    Parameters
    ----------
    function : Expr
        Expression in ``X``.

    Returns
    -------
    Expr
        The derivative of the one smooth piece; a combination of steps, where f is piecewise linear; else a Piecewise.

    Raises
    ------
    UnsupportedModel
        If f jumps, so that f' is a distribution, or if it is not known whether it does.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations.derivative import derivative_formula
    >>> from freeprob.language.activations.pieces import X
    >>> derivative_formula(sympy.Max(-1, sympy.Min(1, X)))
    -Heaviside(x - 1) + Heaviside(x + 1)
    >>> derivative_formula(sympy.Max(X, X**3))
    Piecewise((1, x < -1), (3*x**2, x < 0), (1, x < 1), (3*x**2, True))
    """
    pieces = smooth_pieces(function)
    if any(has_choice(body) for _, _, body in pieces):
        return _without_pieces(function)
    for (_, point, before), (_, _, after) in pairwise(pieces):
        gap = _value(after, point, "+") - _value(before, point, "-")
        if gap.is_finite is False or gap is sympy.nan or abs(gap.evalf(30)) > 1e-20:
            verb = "is infinite" if gap.is_finite is False or gap is sympy.nan else "jumps"
            raise UnsupportedModel(
                f"activation {function}: it {verb} at x = {point}, so that its derivative is a distribution and E f'^2 "
                "is infinite; E f' is its slope(q). Remedy: use a continuous function, for example a clipped line"
            )
    parts: list[tuple[sympy.Expr, sympy.Expr]] = []
    for _, right, body in pieces:
        slope = body.diff(X)
        if parts and parts[-1][0] == slope:
            parts.pop()
        parts.append((slope, right))
    if all(slope.is_number for slope, _ in parts):
        steps = [(after - before) * sympy.Heaviside(X - point) for (before, point), (after, _) in pairwise(parts)]
        return parts[0][0] + sympy.Add(*steps)
    return sympy.Piecewise(*((slope, X < right) for slope, right in parts[:-1]), (parts[-1][0], True))


def _value(body: sympy.Expr, point: sympy.Expr, side: str) -> sympy.Expr:
    value = body.subs(X, point)
    return value if value.is_finite else sympy.limit(body, X, point, side)


def _without_pieces(function: sympy.Expr) -> sympy.Expr:
    """Return SymPy's derivative, for functions whose breakpoints are not known, as ``Abs(sin(x))``."""
    formula = function.diff(X)
    if function.has(sympy.Piecewise) or formula.has(sympy.DiracDelta, sympy.Derivative, sympy.Subs):
        raise UnsupportedModel(
            f"activation {function}: it is not known whether it jumps, and then its derivative is a distribution. "
            "Remedy: write its choices with linear arguments, or use a smooth function"
        )
    return formula
