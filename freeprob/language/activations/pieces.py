"""Smooth pieces of a real function of x: where it kinks or jumps, and what it is in between."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import sympy
from sympy.core.relational import Relational

from freeprob.algebra.symbols import parameters

__all__ = ["X", "breakpoints", "has_choice", "parity", "smooth_pieces"]

X = parameters("x")
"""The real argument of every activation."""

_CHOICES = (sympy.Abs, sympy.sign, sympy.Heaviside, sympy.Max, sympy.Min, sympy.Piecewise)


_INVERSES = {
    sympy.tanh: (-1, 1, sympy.atanh),
    sympy.erf: (-1, 1, sympy.erfinv),
    sympy.exp: (0, sympy.oo, sympy.log),
    sympy.log: (-sympy.oo, sympy.oo, sympy.exp),
    sympy.sinh: (-sympy.oo, sympy.oo, sympy.asinh),
    sympy.asinh: (-sympy.oo, sympy.oo, sympy.sinh),
    sympy.atan: (-sympy.pi / 2, sympy.pi / 2, sympy.tan),
}
"""Increasing functions: infimum, supremum, inverse."""


def _depends(node: sympy.Basic) -> bool:
    return X in node.free_symbols


def has_choice(node: sympy.Expr) -> bool:
    """Return whether an expression may kink or jump as a function of x.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations.pieces import X, has_choice
    >>> has_choice(sympy.Max(0, X)), has_choice(sympy.tanh(X))
    (True, False)
    """
    return any(_depends(choice) for choice in node.atoms(*_CHOICES))


def _switches(node: sympy.Basic) -> list[sympy.Expr]:
    """Return the functions of x at whose zeros ``node`` may fail to be smooth."""
    if isinstance(node, (sympy.Abs, sympy.sign, sympy.Heaviside)):
        found = [node.args[0]]
    elif isinstance(node, (sympy.Max, sympy.Min)):
        args = sorted(node.args, key=sympy.default_sort_key)
        found = [a - b for i, a in enumerate(args) for b in args[i + 1 :]]
    elif isinstance(node, sympy.Piecewise):
        relations = {r for _, condition in node.args for r in condition.atoms(Relational)}
        found = [r.lhs - r.rhs for r in sorted(relations, key=sympy.default_sort_key)]
    elif isinstance(node, sympy.log) or (isinstance(node, sympy.Pow) and not node.exp.is_nonnegative):
        found = [node.args[0]]
    elif isinstance(node, sympy.Pow) and not node.exp.is_integer:
        found = [node.base]
    else:
        found = []
    return [switch for switch in found if _depends(switch)]


@lru_cache(maxsize=1024)
def _zeros(function: sympy.Expr) -> list[sympy.Expr] | None:
    """Return points among which are all places where a function of x changes sign; None where they are not known.

    Known are those of polynomials (with rational coefficients, or of degree at most two), of monotone functions of
    these, as tanh(u) - c, and of products of both.
    """
    if function.is_positive or function.is_negative:
        return []
    numerator, denominator = sympy.together(function).as_numer_denom()
    found: list[sympy.Expr] = []
    for part in (numerator, denominator):
        for factor in sympy.Mul.make_args(part if part.is_polynomial(X) else sympy.factor(part)):
            base = factor.as_base_exp()[0]
            if not _depends(base) or base.is_positive or base.is_negative:
                continue
            zeros = _zeros_of_polynomial(base) if base.is_polynomial(X) else _zeros_of_monotone(base)
            if zeros is None:
                return None
            found += zeros
    return found


def _zeros_of_polynomial(function: sympy.Expr) -> list[sympy.Expr] | None:
    polynomial = sympy.Poly(function, X).monic()
    if polynomial.degree() == 1:
        return [-polynomial.coeff_monomial(1)]
    if all(c.is_rational for c in polynomial.all_coeffs()):
        return list(dict.fromkeys(sympy.real_roots(polynomial)))
    if polynomial.degree() == 2:
        _, linear, constant = polynomial.all_coeffs()
        discriminant = linear**2 / 4 - constant
        if discriminant.evalf(30) < 0:
            return []
        return [-linear / 2 - sympy.sqrt(discriminant), -linear / 2 + sympy.sqrt(discriminant)]
    return None


def _zeros_of_monotone(function: sympy.Expr) -> list[sympy.Expr] | None:
    """Return the zeros of a F(u) + b for an increasing function F that has an inverse."""
    constant, rest = function.as_independent(X, as_Add=True)
    factor, rest = rest.as_independent(X, as_Add=False)
    if rest.func not in _INVERSES:
        return None
    low, high, inverse = _INVERSES[rest.func]
    level = -constant / factor
    return _zeros(rest.args[0] - inverse(level)) if low < level and level < high else []


def _inside(left: sympy.Expr, right: sympy.Expr) -> sympy.Expr:
    """Return a point strictly between two points, of which one or both may be infinite."""
    if left.is_infinite and right.is_infinite:
        return sympy.S.Zero
    if left.is_infinite:
        return right - 1
    if right.is_infinite:
        return left + 1
    return (left + right) / 2


def _branch(node: sympy.Expr, point: sympy.Expr) -> sympy.Expr:
    """Return the smooth expression that equals ``node`` near ``point``."""
    if not has_choice(node):
        return node
    if isinstance(node, sympy.Piecewise):
        if any(_zeros(_branch(switch, point)) is None for switch in _switches(node)):
            return node
        for value, condition in node.args:
            if condition.subs(X, point) == sympy.true:
                return _branch(value, point)
        return sympy.nan
    args = [_branch(arg, point) for arg in node.args]
    if isinstance(node, _CHOICES) and any(_zeros(switch) is None for switch in _switches(node.func(*args))):
        return node.func(*args)
    values = [arg.subs(X, point) for arg in args]
    if isinstance(node, (sympy.Max, sympy.Min)):
        best = (max if isinstance(node, sympy.Max) else min)(range(len(args)), key=lambda i: values[i].evalf(30))
        return args[best]
    if isinstance(node, (sympy.Abs, sympy.sign, sympy.Heaviside)):
        positive = values[0].evalf(30) > 0
        if isinstance(node, sympy.Abs):
            return args[0] if positive else -args[0]
        if isinstance(node, sympy.sign):
            return sympy.S.One if positive else sympy.S.NegativeOne
        return sympy.S.One if positive else sympy.S.Zero
    return node.func(*args)


def _intervals(points: list[sympy.Expr]) -> list[tuple[sympy.Expr, sympy.Expr]]:
    edges = [sympy.S.NegativeInfinity, *points, sympy.S.Infinity]
    return list(pairwise(edges))


def _increasing(points: list[sympy.Expr]) -> list[sympy.Expr]:
    """Return the points sorted, each value once whatever its spelling."""
    values = {point.evalf(30): point for point in points}
    return [values[value] for value in sorted(values)]


@lru_cache(maxsize=1024)
def breakpoints(function: sympy.Expr) -> tuple[sympy.Expr, ...]:
    """Return the points where a function of x may kink, jump or be singular, in increasing order.

    They are the zeros of the arguments of ``Abs``, ``sign``, ``Heaviside``, ``Max``, ``Min``, ``Piecewise``, ``log``
    and of powers that are not natural, as far as these arguments are piecewise polynomials, monotone functions of
    such, as ``tanh(u) - c``, or products of these.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations.pieces import X, breakpoints
    >>> breakpoints(sympy.Max(-1, sympy.Min(1, X)))
    (-1, 1)
    """
    points: list[sympy.Expr] = []
    for node in sympy.postorder_traversal(function):  # inner nodes first: their points split the outer ones
        for switch in _switches(node):
            found = []
            for left, right in _intervals(points):
                zeros = _zeros(_branch(switch, _inside(left, right))) or []
                found += [zero for zero in zeros if left < zero and zero < right]
            points = _increasing([*points, *found])
    return tuple(points)


@lru_cache(maxsize=1024)
def smooth_pieces(
    function: sympy.Expr, extra: tuple[sympy.Expr, ...] = ()
) -> tuple[tuple[sympy.Expr, sympy.Expr, sympy.Expr], ...]:
    """Return (left, right, expression) on each interval between breakpoints, in increasing order.

    A choice, as ``Abs(sin(x))``, whose changes of sign are not known stays as it is in the expressions.
    Neighbours with the same expression are merged unless ``extra``, more points at which to split, keeps them apart.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations.pieces import X, smooth_pieces
    >>> smooth_pieces(sympy.Max(0, X))
    ((-oo, 0, 0), (0, oo, x))
    """
    points = _increasing([*breakpoints(function), *extra])
    pieces: list[tuple[sympy.Expr, sympy.Expr, sympy.Expr]] = []
    for left, right in _intervals(points):
        body = _branch(function, _inside(left, right))
        if pieces and pieces[-1][2] == body and left not in extra:
            left = pieces.pop()[0]
        pieces.append((left, right, body))
    return tuple(pieces)


@lru_cache(maxsize=1024)
def parity(function: sympy.Expr) -> int:
    """Return 1 if a function is seen to be even, -1 if odd, else 0; values at breakpoints do not count.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations.pieces import X, parity
    >>> parity(sympy.Heaviside(X + 1) - sympy.Heaviside(X - 1)), parity(X**3 - X), parity(sympy.exp(X))
    (1, -1, 0)
    """
    pieces = smooth_pieces(function)
    mirrored = [(-right, -left, body.subs(X, -X)) for left, right, body in reversed(pieces)]
    if [piece[:2] for piece in pieces] != [piece[:2] for piece in mirrored]:
        return 0
    for sign in (1, -1):
        if all(sympy.expand(f[2] - sign * g[2]) == 0 for f, g in zip(pieces, mirrored)):
            return sign
    return 0
