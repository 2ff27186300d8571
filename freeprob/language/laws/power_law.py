"""Power-law spectra."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import mpmath
import numpy as np
import sympy

from .base import Law
from .continuous import ContinuousLaw
from .quadrature import cauchy_integral
from .scalars import precise, require_positive, scalar

__all__ = ["PowerLaw"]


class PowerLaw(ContinuousLaw):
    """Law of density proportional to x^(-exponent) on [a, b], ``power_law(exponent, a, b)``.

    Normalised in closed form, with a logarithm when the exponent is 1.

    Parameters
    ----------
    exponent : scalar
        Of any sign.
    a, b : scalar
        With 0 < a < b.

    Raises
    ------
    UnsupportedModel
        If not 0 < a < b, or a scalar is not finite and real.

    Examples
    --------
    >>> from freeprob.language import laws
    >>> laws.power_law(2, 1, 4).moment(2)
    4
    """

    __slots__ = ()
    name = "power_law"

    def __init__(self, exponent: Any, a: Any, b: Any) -> None:
        s, lower, upper = (scalar(v, f"the {w} of power_law") for v, w in zip((exponent, a, b), ("exponent", "a", "b")))
        require_positive(
            lower, f"power_law on [{lower}, {upper}] needs a > 0: the density is cut off at a; give a small positive a"
        )
        require_positive(upper - lower, f"power_law on [{lower}, {upper}] needs a < b; swap the ends")
        super().__init__(s, lower, upper)

    @classmethod
    def examples(cls) -> tuple[Law, ...]:
        """Exponents 1, 2, a fraction, and a float over three decades."""
        return cls(1, 1, 3), cls(2, 1, 4), cls("3/2", "1/10", 2), cls(-0.5, 0.5, 2.0), cls(1.8, 0.01, 10)

    def _support(self) -> tuple[float, float]:
        _, a, b = self._numbers(np)
        return a, b

    def _moment(self, k: int) -> sympy.Expr:
        if self.free_symbols or not any(v.has(sympy.Float) for v in self.arguments):
            return _power_integral(k, *self.arguments) / _power_integral(0, *self.arguments)
        with mpmath.workdps(50):
            s, a, b = map(precise, self.arguments)
            ratio = _stable_integral(k + 1 - s, a, b) / _stable_integral(1 - s, a, b)
        return sympy.Float(ratio, 15)

    def _interval(self, ops: ModuleType) -> tuple[Any, Any]:
        _, a, b = self._numbers(ops)
        return ops.log(a), ops.log(b)

    def _push(self, parameter: Any, ops: ModuleType) -> tuple[Any, Any]:
        x = ops.exp(parameter)
        return x, x * self._at(x, ops)

    def _at(self, x: Any, ops: ModuleType) -> Any:
        s, a, b = self._numbers(ops)
        power, length = 1 - s, ops.log(b / a)
        if power == 0:
            return 1 / (x * length)
        if power > 0:
            return (x / b) ** power * power / -ops.expm1(-power * length) / x
        return (x / a) ** power * power / ops.expm1(power * length) / x

    def _rule(self, count: int, digits: int):
        return self._legendre_rule(count, digits)

    def _cauchy(self, z: np.ndarray) -> np.ndarray:
        _, a, b = self._numbers(np)
        return cauchy_integral(lambda left, right: self._at(a + left, np), a, b, z)

    def _density(self, x: np.ndarray) -> np.ndarray:
        _, a, b = self._numbers(np)
        return np.where((x >= a) & (x <= b), self._at(np.clip(x, a, b), np), 0.0)


def _power_integral(k: int, s: sympy.Expr, a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
    """Return the integral of x^(k - s) over (a, b)."""
    q = k + 1 - s
    return sympy.Piecewise((sympy.log(b / a), sympy.Eq(q, 0)), ((b**q - a**q) / q, True))


def _stable_integral(q: mpmath.mpf, a: mpmath.mpf, b: mpmath.mpf) -> mpmath.mpf:
    length = mpmath.log(b / a)
    return length if q == 0 else a**q * mpmath.expm1(q * length) / q
