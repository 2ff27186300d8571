"""Derivatives, sums, products and compositions of activations; importing this module attaches them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from numbers import Real
from typing import Any

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X
from freeprob.language.activations.callable import CallableActivation
from freeprob.language.activations.decimals import exact_number
from freeprob.language.activations.moments import real_number
from freeprob.language.activations.pieces import smooth_pieces
from freeprob.language.activations.registry import REGISTRY, as_activation

__all__ = ["centred", "compose", "derivative", "standardised"]


def derivative(self: Activation) -> Activation:
    """Return f' as an activation: it equals the derivative of f except where f kinks.

    Returns
    -------
    Activation
        A registered one where there is one.

    Raises
    ------
    UnsupportedModel
        If f jumps (f' is a distribution), if f' is one number (``constant_slope`` gives it), if E f'(h)^2 is infinite,
        or if f is a Python function without ``prime``.

    Examples
    --------
    >>> from freeprob.language.activations import as_activation
    >>> [str(as_activation(f).derivative()) for f in ("relu", "abs", "softplus", "sin", "tanh", "leaky_relu")]
    ['step', 'sign', 'sigmoid', 'cos', '1 - tanh(x)**2', '99*Heaviside(x)/100 + 1/100']
    >>> as_activation("hard_tanh").derivative().second_moment(2)
    erf(1/2)
    """
    if isinstance(self, CallableActivation):
        self.require(
            self.prime is not None,
            "the derivative of a Python function is not known; give f as a SymPy expression, or "
            "CallableActivation(f, prime=g) with its derivative g",
        )
        return self.prime
    slope = self.constant_slope
    self.require(slope is None, f"its derivative is the number {slope} (constant_slope), not an activation")
    formula = self._derivative()
    return _by_pieces().get(smooth_pieces(formula)) or as_activation(formula)


@cache
def _by_pieces() -> dict[tuple, Activation]:
    return {smooth_pieces(f.formula): f for f in REGISTRY.values()}


@dataclass(frozen=True)
class _Pointwise:
    """``operation`` of the values of two functions, of which one may be a number."""

    operation: Callable
    left: Activation | float
    right: Activation | float

    def __call__(self, h: np.ndarray) -> np.ndarray:
        left, right = (f(h) if isinstance(f, Activation) else f for f in (self.left, self.right))
        return self.operation(left, right)


@dataclass(frozen=True)
class _Composition:
    outer: Activation
    inner: Activation

    def __call__(self, h: np.ndarray) -> np.ndarray:
        return self.outer(self.inner(h))


def _operand(value: Any) -> Activation | sympy.Expr | None:
    """Return an activation, or an exact number; None for what is neither."""
    if isinstance(value, Activation):
        return value
    if isinstance(value, (Real, sympy.Expr)):
        number = exact_number(value)
        return as_activation(number) if number.free_symbols else number
    return None


def _combine(operation: Callable, sign: str, left: Any, right: Any) -> Activation:
    operands = [f for f in map(_operand, (left, right)) if f is not None]
    if len(operands) < 2:
        return NotImplemented
    formulas = [f.formula if isinstance(f, Activation) else f for f in operands]
    if None not in formulas:
        return as_activation(operation(*formulas))
    values = [f if isinstance(f, Activation) else float(f) for f in operands]
    return CallableActivation(_Pointwise(operation, *values), f"({values[0]} {sign} {values[1]})")


def compose(self: Activation, inner: Any) -> Activation:
    """Return the function x -> f(g(x)).

    Parameters
    ----------
    inner : activation, name, SymPy expression or callable
        g.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> x = sympy.Symbol("x", real=True)
    >>> print(as_activation("erf").compose(x / 2), "|", as_activation("abs").compose("tanh"))
    erf(x/2) | Abs(tanh(x))
    """
    g = as_activation(inner)
    if self.formula is not None and g.formula is not None:
        return as_activation(self.formula.subs(X, g.formula))
    return CallableActivation(_Composition(self, g), f"{self}({g})")


def centred(self: Activation, q: Any, digits: int = 30) -> Activation:
    """Return f - E f(h), h ~ N(0, q).

    Parameters
    ----------
    q : number
        Variance.
    digits : int
        Decimal digits of the mean, where it has no closed form.

    Examples
    --------
    >>> from freeprob.language.activations import as_activation
    >>> f = as_activation("relu").centred(1)
    >>> print(f, f.mean(1))
    Max(0, x) - sqrt(2)/(2*sqrt(pi)) 0
    """
    mean = _moment(self, "mean", q, digits)
    return self - mean if mean != 0 else self


def standardised(self: Activation, q: Any, digits: int = 30) -> Activation:
    """Return (f - E f(h))/sd f(h), h ~ N(0, q): mean 0 and variance 1.

    Parameters
    ----------
    q : number
        Variance.
    digits : int
        Decimal digits of the moments, where they have no closed form.

    Examples
    --------
    >>> from freeprob.language.activations import as_activation
    >>> print(as_activation("abs").standardised(1), "|", as_activation("sign").standardised(1))
    (Abs(x) - sqrt(2)/sqrt(pi))/sqrt(1 - 2/pi) | sign
    """
    variance = _moment(self, "second_moment", q, digits) - _moment(self, "mean", q, digits) ** 2
    if variance == 1:
        return self.centred(q, digits)
    return self.centred(q, digits) / sympy.sqrt(variance)


def _moment(f: Activation, kind: str, q: Any, digits: int) -> sympy.Expr:
    """Return a moment as an exact number: in closed form, or rounded to digits."""
    real_number(f, q)
    exact = getattr(f, kind)(exact_number(q))
    if exact is not None:
        return exact
    return exact_number(
        sympy.Float(getattr(f, f"numeric_{kind}")(q, digits), min(digits, int(min(f.precise_digits, 99))))
    )


_OPERATIONS = {
    "add": (operator.add, "+"),
    "sub": (operator.sub, "-"),
    "mul": (operator.mul, "*"),
    "truediv": (operator.truediv, "/"),
    "pow": (operator.pow, "**"),
}


def _attach(name: str, operation: Callable, sign: str) -> None:
    setattr(Activation, f"__{name}__", lambda self, other: _combine(operation, sign, self, other))
    if name != "pow":
        setattr(Activation, f"__r{name}__", lambda self, other: _combine(operation, sign, other, self))


for _name, (_operation, _sign) in _OPERATIONS.items():
    _attach(_name, _operation, _sign)
setattr(Activation, "__neg__", lambda self: -1 * self)  # noqa: B010
for _method in (derivative, compose, centred, standardised):
    setattr(Activation, _method.__name__, _method)
