"""Numeric Gaussian moments of an activation: closed form if there is one, else quadrature."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import sympy

from freeprob.errors import NotPrecise, UnsupportedModel
from freeprob.language.activations.closed_form import Q
from freeprob.language.activations.pieces import X, breakpoints, smooth_pieces
from freeprob.language.activations.quadrature import NotIntegrable, integrate_float, integrate_precise

__all__ = ["expectation", "numeric_moment", "numeric_product", "real_number"]

_KINDS = ("mean", "slope", "second_moment")
_GUARD = 20


def real_number(activation, q: Any, digits: int = 15) -> mpmath.mpf:
    """Return the variance q as an mpf; refuse what is no variance, or one at which E f(h)^2 is infinite."""
    exact = sympy.sympify(q)
    if not exact.is_number or exact.is_real is False:
        raise UnsupportedModel(f"activation {activation.name}: the variance q must be a real number, got {q}")
    with mpmath.workdps(digits + _GUARD):
        number = mpmath.mpf(q) if isinstance(q, (int, float, mpmath.mpf)) else _to_mpf(exact, digits + _GUARD)
        if not (mpmath.isfinite(number) and number > 0):
            raise UnsupportedModel(f"activation {activation.name}: the variance q must be positive and finite, got {q}")
        if number >= activation.variance_limit:
            raise _infinite(activation, number)
    return number


def _to_mpf(exact: sympy.Expr, digits: int) -> mpmath.mpf:
    return mpmath.mpf(exact.evalf(digits)._mpf_) if exact.is_Float is False else mpmath.mpf(exact._mpf_)


def _infinite(activation, q, reason: str = "") -> UnsupportedModel:
    limit = activation.variance_limit
    if 0 < limit < float("inf"):
        remedy = f"E f(h)^2 is finite only for q < {limit:.6g}: scale the pre-activation down"
    else:
        remedy = "use an activation that grows at most exponentially and has no pole, for example clip it"
    cause = f" ({reason})" if reason else ""
    return UnsupportedModel(
        f"activation {activation.name} has no Gaussian moments: E f(h)^2 is infinite for h ~ N(0, q) "
        f"at q = {mpmath.nstr(q, 6)}{cause}; {remedy}"
    )


def numeric_moment(activation, kind: str, q: Any, digits: int):
    """Return one of mean, slope, second_moment as a number."""
    return _delivered(_moment(activation, kind, real_number(activation, q, digits), digits), digits)


def numeric_product(f, g, closed: sympy.Expr | None, q: Any, digits: int):
    """E[f(h) g(h)] as a number."""
    real_number(g, q, digits)
    return _delivered(_product(f, g, closed, real_number(f, q, digits), digits), digits)


def _delivered(value: mpmath.mpf, digits: int):
    return float(value) if digits <= 15 else value


@lru_cache(maxsize=4096)
def _moment(activation, kind: str, q: mpmath.mpf, digits: int) -> mpmath.mpf:
    closed = _closed_form(activation, kind)
    if closed is not None:
        return _evaluate_closed(closed, q, digits)
    values = _float_moments(activation, float(q))
    if digits <= 15 or activation.formula is None:
        return mpmath.mpf(values[_KINDS.index(kind)])
    functionals = {"mean": lambda h, f: f, "slope": lambda h, f: h * f / q, "second_moment": lambda h, f: f * f}
    return _precise(activation, functionals[kind], q, digits)


@lru_cache(maxsize=4096)
def _product(f, g, closed: sympy.Expr | None, q: mpmath.mpf, digits: int) -> mpmath.mpf:
    if closed is not None:
        return _evaluate_closed(closed, q, digits)
    for activation in (f, g):
        _float_moments(activation, float(q))
    if digits <= 15 or f.formula is None or g.formula is None:
        points = sorted({*f.breakpoints, *g.breakpoints})
        return mpmath.mpf(integrate_float(lambda h: (f(h) * g(h))[None], float(q), points)[0])
    if f.formula == g.formula:
        return _precise(f, lambda h, value: value * value, q, digits)
    other = _Switch(g.formula)
    return _precise(f, lambda h, value: value * other(h), q, digits, breakpoints(g.formula))


def expectation(activation, functional: Callable, q: Any, digits: int):
    """E F(h, f(h)) as a number."""
    number = real_number(activation, q, digits)
    try:
        if digits <= 15 or activation.formula is None:
            points = activation.breakpoints
            values = integrate_float(lambda h: np.asarray(functional(h, activation(h)))[None], float(number), points)
            return float(values[0])
        return _precise(activation, functional, number, digits)
    except NotIntegrable as error:
        raise UnsupportedModel(f"activation {activation.name}: E F(h, f(h)) at q = {q}: {error}") from error


@lru_cache(maxsize=1024)
def _closed_form(activation, kind: str) -> sympy.Expr | None:
    return getattr(activation, kind)(Q)


@lru_cache(maxsize=1024)
def _compiled(closed: sympy.Expr) -> Callable:
    return sympy.lambdify(Q, closed, "mpmath")


def _evaluate_closed(closed: sympy.Expr, q: mpmath.mpf, digits: int) -> mpmath.mpf:
    """Evaluate with ever more digits until two precisions agree on a number, or all on 0: cancellation is noticed."""
    if closed.is_zero:
        return mpmath.mpf(0)
    f = _compiled(closed)
    with mpmath.workdps(digits + 10):
        value = f(q)
    for guard in (30, 100, 300, 1000):
        before = value
        with mpmath.workdps(digits + guard):
            value = mpmath.mpf(f(q))  # a constant comes as an int
            if value != 0 and abs(value - before) <= mpmath.mpf(10) ** (-digits - 2) * abs(value):
                break
    return value  # not rounded to the caller's precision


@lru_cache(maxsize=1024)
def _float_moments(activation, q: float) -> tuple[float, float, float]:
    """(E f, E[h f]/q, E f^2) in one pass; refuses an activation whose second moment is infinite."""

    def functional(h):
        f = activation(h)
        return np.stack([f, h * f / q, f * f])

    try:
        return tuple(integrate_float(functional, q, activation.breakpoints))
    except NotIntegrable as error:
        raise _infinite(activation, q, f"numerically: {error}") from error


class _Switch:
    """A function of x in mpmath, evaluated piece by piece."""

    def __init__(self, formula: sympy.Expr) -> None:
        self.pieces = [(right, function) for _, right, function in _mp_pieces(formula)]

    def __call__(self, h):
        return next(function(h) for right, function in self.pieces if h <= right())


@lru_cache(maxsize=1024)
def _mp_pieces(formula: sympy.Expr, extra: tuple[sympy.Expr, ...] = ()) -> tuple:
    """Return (left, right, f) with ends as functions that give an mpf at the working precision."""
    return tuple(
        (sympy.lambdify([], left, "mpmath"), sympy.lambdify([], right, "mpmath"), sympy.lambdify(X, body, "mpmath"))
        for left, right, body in smooth_pieces(formula, extra)
    )


def _precise(activation, functional: Callable, q, digits: int, extra: tuple[sympy.Expr, ...] = ()) -> mpmath.mpf:
    pieces = [
        (left, right, lambda h, f=f: functional(h, f(h))) for left, right, f in _mp_pieces(activation.formula, extra)
    ]
    try:
        return integrate_precise(pieces, q, digits)
    except NotIntegrable as error:
        raise NotPrecise(
            f"activation {activation.name}: {error} at q = {mpmath.nstr(q, 6)}; ask for fewer digits, or write its "
            "kinks and jumps with linear arguments, so that the quadrature can split there"
        ) from error
