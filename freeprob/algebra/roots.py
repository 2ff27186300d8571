"""Certified roots and discriminants of rational polynomials."""

from __future__ import annotations

from typing import Any

import flint
import mpmath
import sympy

from .polynomials import PolynomialRing

__all__ = ["complex_roots", "discriminant", "real_roots"]


def _univariate(polynomial: sympy.Expr, symbol: sympy.Symbol) -> flint.fmpq_poly:
    ring = PolynomialRing.of([polynomial], first=[symbol])
    if len(ring.generators) != 1:
        names = ", ".join(str(g) for g in ring.generators[1:])
        raise ValueError(f"roots in {symbol} need a polynomial with rational coefficients; {names} have no value")
    coefficients: dict[int, flint.fmpq] = {int(e[0]): c for e, c in ring.polynomial(polynomial).terms()}
    if not coefficients:
        raise ValueError("every number is a root of the zero polynomial")
    return flint.fmpq_poly([coefficients.get(k, 0) for k in range(max(coefficients) + 1)])


def complex_roots(polynomial: sympy.Expr, symbol: sympy.Symbol, digits: int = 30) -> list[tuple[mpmath.mpc, int]]:
    """Return all complex roots of a rational univariate polynomial with multiplicities.

    The roots are isolated by FLINT in ball arithmetic; a returned number is the midpoint of an enclosure with a
    relative radius below ``10**-digits``. A real root has an imaginary part that is exactly 0.

    Parameters
    ----------
    polynomial : SymPy expression
        With rational coefficients.
    symbol : Symbol
    digits : int

    Returns
    -------
    list of (mpc, int)
        Sorted by real, then imaginary part.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.algebra.roots import complex_roots
    >>> x = sympy.Symbol("x")
    >>> [(complex(r), k) for r, k in complex_roots((x**2 + 1) * (x - 2)**2, x)]
    [(-1j, 1), (1j, 1), ((2+0j), 2)]
    """
    roots = []
    old, flint.ctx.dps = flint.ctx.dps, digits + 10
    try:
        found: Any = _univariate(polynomial, symbol).complex_roots()
        for ball, multiplicity in found:
            with mpmath.workdps(digits + 10):
                roots.append((mpmath.mpc(_midpoint(ball.real), _midpoint(ball.imag)), int(multiplicity)))
    finally:
        flint.ctx.dps = old
    return sorted(roots, key=lambda root: (root[0].real, root[0].imag))


def real_roots(polynomial: sympy.Expr, symbol: sympy.Symbol, digits: int = 30) -> list[tuple[mpmath.mpf, int]]:
    """Return the real roots of a rational univariate polynomial with multiplicities, in increasing order.

    Reality is certified (see `complex_roots`).

    Examples
    --------
    >>> import sympy
    >>> from freeprob.algebra.roots import real_roots
    >>> x = sympy.Symbol("x")
    >>> [(float(r), k) for r, k in real_roots(x**3 - 2*x, x)]
    [(-1.4142135623730951, 1), (0.0, 1), (1.4142135623730951, 1)]
    """
    return [(root.real, k) for root, k in complex_roots(polynomial, symbol, digits) if root.imag == 0]


def _midpoint(ball: flint.arb) -> mpmath.mpf:
    mantissa, exponent = ball.mid().man_exp()
    return mpmath.ldexp(mpmath.mpf(int(mantissa)), int(exponent))


def discriminant(polynomial: sympy.Expr, symbol: sympy.Symbol) -> list[sympy.Expr]:
    """Return the distinct irreducible factors of the discriminant in one symbol.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.algebra.roots import discriminant
    >>> m, z, c = sympy.symbols("m z c")
    >>> discriminant(c*z*m**2 + (z + c - 1)*m + 1, m)
    [c**2 - 2*c*z - 2*c + z**2 - 2*z + 1]
    """
    ring = PolynomialRing.of([polynomial], first=[symbol])
    value = ring.polynomial(polynomial).discriminant(ring.index(symbol))
    if value.is_zero():
        raise ValueError(f"the discriminant in {symbol} vanishes: the polynomial has a repeated factor")
    return [ring.expression(ring.primitive(factor)) for factor in ring.factors(value)]
