"""Closed forms of Gaussian expectations: E g(h) for h ~ N(0, q)."""

from __future__ import annotations

from functools import lru_cache

import sympy

from freeprob.algebra.symbols import parameters
from freeprob.language.activations.pieces import X, smooth_pieces

__all__ = ["Q", "gaussian_expectation"]

Q = parameters("q", positive=True)
"""The variance of the pre-activation."""

_ERFS = (sympy.erf, sympy.erfc)
_WAVES = (sympy.sin, sympy.cos, sympy.sinh, sympy.cosh)


@lru_cache(maxsize=2048)
def gaussian_expectation(integrand: sympy.Expr) -> sympy.Expr | None:
    """E g(h), h ~ N(0, q), as an expression in ``Q``; None when no rule applies.

    The rules cover sums of terms x^k exp(a x^2 + b x + c) (a <= 0; sin, cos, sinh, cosh included) on the whole line,
    without sin and cos on intervals between breakpoints, and with one of them on a half-line from 0; on the whole line
    also times erf(a x + b) or erf(a x) erf(c x), on a half-line from 0 times erf(a x). They complete the square, then
    apply Stein's recursion E[h g(h)] = q E[g'(h)] (Stein 1981, Ann. Stat. 9, 1135, Lemma 1).

    Other products have no closed form in these functions, erf and erfi: erf times a truncated exponential or a clipped
    line needs the bivariate normal law (Owen's T), sin times one of these the erf of a complex number.

    Parameters
    ----------
    integrand : Expr
        Expression in the symbol ``X`` with numbers as coefficients.

    Returns
    -------
    Expr or None

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations.closed_form import gaussian_expectation
    >>> from freeprob.language.activations.pieces import X
    >>> gaussian_expectation(X**4)
    3*q**2
    >>> gaussian_expectation(sympy.erf(X) ** 2)
    2*asin(2*q/(2*q + 1))/pi
    >>> gaussian_expectation(sympy.tanh(X) ** 2) is None
    True
    """
    total = sympy.S.Zero
    for term in sympy.Add.make_args(sympy.expand_mul(integrand)):
        for left, right, body in smooth_pieces(term):
            part = _on_interval(body, left, right)
            if part is None:
                return None
            total += part
    if total.has(sympy.I):
        total = sympy.expand(total.replace(_is_complex, _with_real_functions))
    return None if total.has(sympy.I, sympy.nan, sympy.zoo, sympy.oo) else total


def _is_complex(node: sympy.Basic) -> bool:
    return isinstance(node, (sympy.exp, sympy.erf)) and node.has(sympy.I)


def _with_real_functions(node: sympy.Expr) -> sympy.Expr:
    """Write exp(a + i b) with cos(b) and sin(b), and erf(i b) with erfi(b)."""
    argument = sympy.expand(node.args[0])
    if isinstance(node, sympy.erf):
        return sympy.I * sympy.erfi(-sympy.I * argument) if argument.is_imaginary else node
    real, imaginary = argument.as_real_imag()
    return sympy.exp(real) * (sympy.cos(imaginary) + sympy.I * sympy.sin(imaginary))


def _on_interval(body: sympy.Expr, left: sympy.Expr, right: sympy.Expr) -> sympy.Expr | None:
    whole = left.is_infinite and right.is_infinite
    half = (left == 0 and right.is_infinite) or (right == 0 and left.is_infinite)
    total = sympy.S.Zero
    for term in sympy.Add.make_args(_as_sum(body)):
        factors = _factors(term)
        if factors is None:
            return None
        coefficient, power, quadratic, linear, erfs = factors
        if coefficient == 0:
            continue
        if whole:
            value = _term(power, quadratic, linear, erfs)
        elif not erfs and (linear.is_real or (half and linear.is_imaginary)):
            value = _truncated(power, quadratic, linear, left, right)
        elif half and linear == 0 and all(offset == 0 for _, offset in erfs):
            mirrored = (power + len(erfs)) % 2 and right == 0
            value = _half_line(power, quadratic, tuple(slope for slope, _ in erfs), Q)
            coefficient *= -1 if mirrored else 1
        else:
            return None
        if value is None:
            return None
        total += coefficient * value
    return total


def _as_sum(body: sympy.Expr) -> sympy.Expr:
    """Write sin, cos, sinh, cosh of x by exponentials and erfc by erf; multiply out."""

    def is_wave(node):
        return isinstance(node, _WAVES) and X in node.free_symbols

    def to_exponentials(node):
        constant, rest = sympy.expand(node.args[0]).as_independent(X, as_Add=True)
        if constant == 0:
            return node.rewrite(sympy.exp)
        split = sympy.expand_trig(node.func(sympy.Symbol("c") + rest))
        return split.replace(is_wave, lambda wave: wave.rewrite(sympy.exp)).subs(sympy.Symbol("c"), constant)

    body = body.replace(lambda node: isinstance(node, sympy.erfc), lambda node: 1 - sympy.erf(node.args[0]))
    return sympy.expand(body.replace(is_wave, to_exponentials), power_exp=False, log=False)


def _factors(term: sympy.Expr):
    """Return (c, k, a, b, erfs) of the term c x^k exp(a x^2 + b x) prod erf(s x + t), or None."""
    coefficient, power, exponent, erfs = sympy.S.One, 0, sympy.S.Zero, []
    for factor in sympy.Mul.make_args(term):
        base, times = factor.as_base_exp()
        if X not in factor.free_symbols:
            coefficient *= factor
        elif base == X and times.is_Integer and times >= 0:
            power += int(times)
        elif isinstance(base, _ERFS) and times.is_Integer and times > 0:
            line = sympy.Poly(base.args[0], X) if base.args[0].is_polynomial(X) else None
            if line is None or line.degree() != 1:
                return None
            erfs += [tuple(line.all_coeffs())] * int(times)
        elif base == sympy.E or (base.is_number and base.is_positive):
            exponent += times * (1 if base == sympy.E else sympy.log(base))
        else:
            return None
    if not exponent.is_polynomial(X) or sympy.degree(exponent, X) > 2:
        return None
    quadratic, linear, constant = (sympy.Poly(exponent, X).coeff_monomial(X**k) for k in (2, 1, 0))
    if not (quadratic == 0 or quadratic.is_negative):  # finite only for small q: left to the numbers
        return None
    return coefficient * sympy.exp(constant), power, quadratic, linear, tuple(erfs)


def _tilt(quadratic: sympy.Expr, linear: sympy.Expr, q: sympy.Expr):
    """E[exp(a h^2 + b h) g(h)] = weight * E g(h' + shift), h' ~ N(0, variance): complete the square."""
    variance = q / (1 - 2 * quadratic * q)
    shift = variance * linear
    return sympy.sqrt(variance / q) * sympy.exp(shift * linear / 2), shift, variance


def _term(power: int, quadratic, linear, erfs: tuple, q: sympy.Expr = Q) -> sympy.Expr | None:
    """E[h^k exp(a h^2 + b h) prod erf(s h + t)] on the whole line."""
    weight, shift, variance = _tilt(quadratic, linear, q)
    waves = linear.is_imaginary and all(offset == 0 or offset.is_imaginary for _, offset in erfs)
    if erfs and not (linear.is_real or waves):
        return None
    moved = tuple((slope, offset + slope * shift) for slope, offset in erfs)
    total = sympy.S.Zero
    for k in range(power + 1):
        coefficient = sympy.binomial(power, k) * shift ** (power - k)
        if coefficient == 0:
            continue
        value = _recursion(k, moved, variance)
        if value is None:
            return None
        total += coefficient * value
    return weight * total


@lru_cache(maxsize=2048)
def _recursion(power: int, erfs: tuple, q: sympy.Expr) -> sympy.Expr | None:
    """E[h^k prod erf(s h + t)] = q E[(h^(k-1) prod erf(s h + t))'] (Stein)."""
    if not erfs:
        return sympy.factorial2(power - 1) * q ** (power // 2) if power % 2 == 0 else sympy.S.Zero
    if all(offset == 0 for _, offset in erfs) and (power + len(erfs)) % 2:
        return sympy.S.Zero
    if power == 0:
        return _erf_mean(erfs, q)
    total = sympy.S.Zero
    if power > 1:
        first = _recursion(power - 2, erfs, q)
        if first is None:
            return None
        total += (power - 1) * first
    for i, (slope, offset) in enumerate(erfs):
        rest = erfs[:i] + erfs[i + 1 :]
        part = _term(power - 1, -(slope**2), -2 * slope * offset, rest, q)
        if part is None:
            return None
        total += 2 * slope / sympy.sqrt(sympy.pi) * sympy.exp(-(offset**2)) * part
    return q * total


def _erf_mean(erfs: tuple, q: sympy.Expr) -> sympy.Expr | None:
    """E erf(s h + t) and E[erf(s h) erf(u h)] (Williams 1997, NIPS 9, 295: the arcsine kernel)."""
    if len(erfs) == 1:
        ((slope, offset),) = erfs
        return sympy.erf(offset / sympy.sqrt(1 + 2 * slope**2 * q))
    if len(erfs) == 2 and erfs[0][1] == erfs[1][1] == 0:
        s, u = erfs[0][0], erfs[1][0]
        radicand = (1 + 2 * s**2 * q) * (1 + 2 * u**2 * q)
        root = 1 + 2 * s**2 * q if s**2 == u**2 else sympy.sqrt(radicand)
        return 2 / sympy.pi * sympy.asin(2 * s * u * q / root)
    return None


def _half_line(power: int, quadratic: sympy.Expr, slopes: tuple, q: sympy.Expr) -> sympy.Expr | None:
    """E[h^k exp(a h^2) prod erf(s h); h > 0]: half of the whole if the product is even, else by parts."""
    weight, _, variance = _tilt(quadratic, sympy.S.Zero, q)
    if (power + len(slopes)) % 2 == 0:
        whole = _recursion(power, tuple((slope, sympy.S.Zero) for slope in slopes), variance)
        return None if whole is None else weight * whole / 2
    if not slopes:
        return weight * _truncated_moment(power, sympy.S.Zero, sympy.oo, variance)
    if power == 0:
        if len(slopes) > 1:
            return None
        ratio = slopes[0] * sympy.sqrt(2 * variance / (1 + 2 * slopes[0] ** 2 * variance))
        return weight * sympy.asin(ratio) / sympy.pi
    total = sympy.S.Zero
    if power > 1:
        first = _half_line(power - 2, sympy.S.Zero, slopes, variance)
        if first is None:
            return None
        total += (power - 1) * first
    for i, slope in enumerate(slopes):
        part = _half_line(power - 1, -(slope**2), slopes[:i] + slopes[i + 1 :], variance)
        if part is None:
            return None
        total += 2 * slope / sympy.sqrt(sympy.pi) * part
    return weight * variance * total


def _truncated(power: int, quadratic, linear, left, right) -> sympy.Expr:
    """E[h^k exp(a h^2 + b h) 1(left < h < right)]."""
    weight, shift, variance = _tilt(quadratic, linear, Q)
    low, high = (end if end.is_infinite else end - shift for end in (left, right))
    total = sum(
        sympy.binomial(power, k) * shift ** (power - k) * _truncated_moment(k, low, high, variance)
        for k in range(power + 1)
    )
    return weight * total


def _truncated_moment(power: int, low, high, q) -> sympy.Expr:
    """E[h^k 1(low < h < high)] by parts: (k - 1) q E[h^(k-2) 1] - q [h^(k-1) density]."""

    def distribution(point):
        if point.is_infinite:
            return sympy.S.One / 2 if point == sympy.oo else -sympy.S.One / 2
        return sympy.erf(point / sympy.sqrt(2 * q)) / 2

    def boundary(point):
        if point.is_infinite:
            return sympy.S.Zero
        return point ** (power - 1) * sympy.exp(-(point**2) / (2 * q)) / sympy.sqrt(2 * sympy.pi * q)

    if power == 0:
        return distribution(high) - distribution(low)
    start = (power - 1) * q * _truncated_moment(power - 2, low, high, q) if power > 1 else sympy.S.Zero
    return start - q * (boundary(high) - boundary(low))
