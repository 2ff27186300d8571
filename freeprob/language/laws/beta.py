"""The beta law."""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType
from typing import Any

import mpmath
import numpy as np
import sympy

from .base import Law
from .continuous import ContinuousLaw
from .contour import arc_rule, complex_logistic
from .logit_integral import logistic, logit_cauchy
from .recurrence import gauss_of_recurrence
from .scalars import precise, require_positive, scalar

__all__ = ["Beta"]


class Beta(ContinuousLaw):
    """Beta law of a random variable, ``beta(a, b, low=0, high=1)``.

    Density y^(a-1) (1-y)^(b-1)/B(a, b) in y = (x - low)/(high - low); with w = 1/y the Cauchy transform in y is
    w 2F1(1, a; a + b; w), Euler's integral (NIST Digital Library of Mathematical Functions, 8.17 and 15.6.1). The limit
    of Jacobi matrices is another law, ``jacobi``.

    Parameters
    ----------
    a, b : scalar
        Exponents at the lower and the upper end, positive.
    low, high : scalar
        Ends of the support, low < high.

    Raises
    ------
    UnsupportedModel
        If an exponent is not positive, low >= high, or a scalar is not finite and real.

    Examples
    --------
    >>> from freeprob.language import laws
    >>> laws.beta(2, 3).moment(2), laws.beta("1/2", "1/2", -2, 2).moment(4)
    (1/5, 6)
    """

    __slots__ = ()
    name = "beta"

    def __init__(self, a: Any, b: Any, low: Any = 0, high: Any = 1) -> None:
        names = ("exponent a", "exponent b", "lower end", "upper end")
        p, q, lower, upper = (scalar(v, f"the {n} of beta") for v, n in zip((a, b, low, high), names, strict=True))
        for value, name in ((p, names[0]), (q, names[1])):
            require_positive(value, f"beta has the {name} = {value}; it must be positive, else the mass is infinite")
        require_positive(upper - lower, f"beta on [{lower}, {upper}] needs low < high; swap the ends")
        super().__init__(p, q, lower, upper)

    @classmethod
    def examples(cls) -> tuple[Law, ...]:
        """Return poles and roots at the ends, on [0, 1] and elsewhere, exact and float."""
        return cls(2, 3), cls("1/3", "1/2"), cls(1.5, 0.8, -1.0, 2.5), cls(4, "7/2", 1, 2)

    def _support(self) -> tuple[float, float]:
        return self._numbers(np)[2:]

    def _moment(self, k: int) -> sympy.Expr:
        a, b, low, high = self.arguments
        unit, terms = sympy.Integer(1), []
        for j in range(k + 1):
            terms.append(sympy.binomial(k, j) * (high - low) ** j * low ** (k - j) * unit)
            unit = unit * (a + j) / (a + b + j)
        return sympy.Add(*terms)

    def _scale(self, ops: ModuleType) -> tuple[Any, Any]:
        """Return the mode of the logit of y, and its width there."""
        a, b, _, _ = self._numbers(ops)
        return ops.log(a / b), ops.sqrt((a + b) / (a * b))

    def _reach(self, ops: ModuleType) -> tuple[Any, Any]:
        """Return logits relative to the mode beyond which the mass is below rounding."""
        a, b, _, _ = self._numbers(ops)
        drop = 45 if ops is np else mpmath.mp.dps * ops.log(10) + 10
        return -(drop + (a + b) * ops.log1p(a / b)) / a, (drop + (a + b) * ops.log1p(b / a)) / b

    def _logit_density(self, shift: Any, ops: ModuleType) -> Any:
        """Return the density of the logit of y at a distance from its mode, without cancellation."""
        a, b, _, _ = self._numbers(ops)
        sign = np.where(np.real(shift) < 0, -1.0, 1.0) if ops is np else 1 - 2 * (shift < 0)
        share = (np.where(sign < 0, a, b) if ops is np else a if sign < 0 else b) / (a + b)
        size = sign * shift
        fall = (a + b) * (share * size + ops.log1p(share * ops.expm1(-size)))  # of the logarithm
        return (_height(self, mpmath.mp.dps) if ops is mpmath else float(_height(self, 20))) * ops.exp(-fall)

    def _interval(self, ops: ModuleType) -> tuple[Any, Any]:
        _, width = self._scale(ops)
        inverse = mpmath.asinh if ops is mpmath else np.arcsinh
        left, right = self._reach(ops)
        return inverse(left / width), inverse(right / width)

    def _panels(self) -> tuple[Any, ...]:
        lower, upper = self._interval(mpmath)
        return lower, mpmath.mpf(0), upper

    def _push(self, parameter: Any, ops: ModuleType) -> tuple[Any, Any]:
        """Logit of y = mode + width sinh(t): a double-exponential map, whatever the exponents."""
        _, _, low, high = self._numbers(ops)
        mode, width = self._scale(ops)
        shift = width * ops.sinh(parameter)
        y = logistic(mode + shift) if ops is np else 1 / (1 + ops.exp(-mode - shift))
        return low + (high - low) * y, self._logit_density(shift, ops) * width * ops.cosh(parameter)

    @property
    def density_ends(self) -> tuple[float, ...]:
        """The two ends of the density."""
        return self._support()

    def _arc(self) -> tuple[Any, Any]:
        mode, width = self._scale(np)
        left, right = self._reach(np)
        return arc_rule(self._bent, mode + left, mode + right, width)

    def _bent(self, logit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return x and the density at complex logits of y."""
        _, _, low, high = self._numbers(np)
        y, rest = complex_logistic(logit)
        x = np.where(logit.real < 0, low + (high - low) * y, high - (high - low) * rest)
        return x, self._logit_density(logit - self._scale(np)[0], np)

    def _rule(self, count: int, digits: int):
        """Gauss-Jacobi rule."""
        ops = np if digits <= 15 else mpmath
        a, b, low, high = self._numbers(ops)
        diagonal, off_diagonal = [a / (a + b)], []
        for n in range(1, count + 1):
            s = 2 * n + a + b - 2
            square = n * (n + a - 1) * (n + b - 1) * ((n + a + b - 2) / (s - 1) if n > 1 else 1 / (n + 0 * a))
            off_diagonal.append(ops.sqrt(square / (s + 1)) / s)
            diagonal.append((1 + (a - b) * (a + b - 2) / (s * (s + 2))) / 2)
        points, weights = gauss_of_recurrence(diagonal[:count], off_diagonal, digits)
        return (low + (high - low) * points if ops is np else [low + (high - low) * y for y in points]), weights

    def _cauchy(self, z: np.ndarray) -> np.ndarray:
        a, b, low, high = self._numbers(np)
        mode, width = self._scale(np)
        out = np.empty(z.shape, dtype=complex)
        for first in range(0, len(z), 64):
            part = z[first : first + 64]
            left, right = (part - low) / (high - low), (high - part) / (high - low)
            out[first : first + 64] = logit_cauchy(
                lambda logit: self._logit_density(logit - mode, np), mode, width, self._reach(np), left, right
            )
        out /= high - low
        out[z == low] = -(a + b - 1) / (a - 1) / (high - low) if a > 1 else -np.inf
        out[z == high] = (a + b - 1) / (b - 1) / (high - low) if b > 1 else np.inf
        return out

    def _density(self, x: np.ndarray) -> np.ndarray:
        _, _, low, high = self._numbers(np)
        y = (x - low) / (high - low)
        inside = (y > 0) & (y < 1)
        y = np.where(inside, y, 0.5)
        shift = np.log(y) - np.log1p(-y) - self._scale(np)[0]
        return np.where(inside, self._logit_density(shift, np) / (y * (1 - y)), 0.0) / (high - low)


@lru_cache(maxsize=64)
def _height(law: Beta, digits: int) -> mpmath.mpf:
    """Return the density of the logit of y at its mode."""
    with mpmath.workdps(digits + 10):
        a, b = (precise(v) for v in law.arguments[:2])
        peak = -a * mpmath.log1p(b / a) - b * mpmath.log1p(a / b)
        return mpmath.exp(peak + mpmath.loggamma(a + b) - mpmath.loggamma(a) - mpmath.loggamma(b))
