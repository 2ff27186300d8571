"""Spectrum of the covariance matrix of a first-order autoregressive process."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import mpmath
import numpy as np
import sympy

from .base import Law
from .bernstein_szego import distance, gauss_angles
from .continuous import ContinuousLaw
from .scalars import precise, require_positive, scalar

__all__ = ["AR1"]


class AR1(ContinuousLaw):
    """Limiting spectral law of the Toeplitz matrix variance rho^|i - j|, ``ar1(rho, variance=1)``.

    By Szego's theorem it is the law of the symbol v (1 - rho^2)/(1 - 2 rho cos t + rho^2) at t uniform (U. Grenander
    and G. Szego, Toeplitz Forms and Their Applications, 1958, section 5.2). In x it has the density
    v/(pi x sqrt((x - a)(b - x))) between a = v (1 - r)/(1 + r) and b = v (1 + r)/(1 - r), r = abs(rho), so that
    G(z) = (1 + v/(sqrt(z - a) sqrt(z - b)))/z. The moments are v^k times Legendre polynomials of order k - 1 at
    (1 + rho^2)/(1 - rho^2) (Laplace's second integral). For rho = 0 it is a point mass at v.

    Parameters
    ----------
    rho : scalar
        Correlation of neighbours, between -1 and 1; its sign does not matter.
    variance : scalar
        Of the process, positive; it is the mean of the law.

    Raises
    ------
    UnsupportedModel
        If not abs(rho) < 1, the variance is not positive, or a scalar is not finite and real.

    Examples
    --------
    >>> from freeprob.language import laws
    >>> law = laws.ar1("1/2")
    >>> law.moment(1), law.moment(2), laws.ar1(0).atoms
    (1, 5/3, {1: 1})
    """

    __slots__ = ()
    name = "ar1"

    def __init__(self, rho: Any, variance: Any = 1) -> None:
        r, v = scalar(rho, "the correlation of ar1"), scalar(variance, "the variance of ar1")
        require_positive(1 - r**2, f"ar1({r}) needs a correlation between -1 and 1: else the process is not stationary")
        require_positive(v, f"ar1 has the variance {v}; it must be positive")
        super().__init__(r, v)

    @classmethod
    def examples(cls) -> tuple[Law, ...]:
        """Return both signs, a float, and a strong correlation."""
        return cls("1/2"), cls("-1/3", 2), cls(0.25, 0.8), cls("9/10")

    @property
    def is_atomic(self) -> bool:
        """True without correlation."""
        return bool(self.arguments[0].is_zero)

    def _atoms(self) -> dict[sympy.Expr, sympy.Expr]:
        return {self.arguments[1]: sympy.Integer(1)} if self.is_atomic else {}

    def _ends(self, ops: ModuleType) -> tuple[Any, Any]:
        rho, v = self._numbers(ops)
        r = abs(rho)
        return v * (1 - r) / (1 + r), v * (1 + r) / (1 - r)

    def _support(self) -> tuple[float, float]:
        return self._ends(np)

    def _moment(self, k: int) -> sympy.Expr:
        rho, v = self.arguments
        terms = (sympy.binomial(k - 1, j) ** 2 * rho ** (2 * j) for j in range(k))
        return v**k * sympy.Add(*terms) / (1 - rho**2) ** (k - 1)

    def _interval(self, ops: ModuleType) -> tuple[Any, Any]:
        return 0 * ops.pi, +ops.pi

    def _push(self, parameter: Any, ops: ModuleType) -> tuple[Any, Any]:
        rho, v = self._numbers(ops)
        r = abs(rho)
        return v * (1 - r) * (1 + r) / distance(-r, parameter, ops), 0 * parameter + 1 / ops.pi

    def _rule(self, count: int, digits: int):
        """Gauss rule in x = v q, q = |1 - r exp(i t)|^2/(1 - r^2), where the density in t is 1/(pi q)."""
        ops = np if digits <= 15 else mpmath
        rho, v = self._numbers(ops)
        if self.is_atomic:
            return [v], [v / v]
        r = abs(rho)
        angles, steps = gauss_angles(count, (r,), 0, digits)
        if digits <= 15:
            square = distance(r, angles, np) / ((1 - r) * (1 + r))
            masses = steps / square
            return v * square, masses / masses.sum()
        squares = [distance(r, t, mpmath) / ((1 - r) * (1 + r)) for t in angles]
        return [v * q for q in squares], [step / (mpmath.pi * q) for q, step in zip(squares, steps, strict=True)]

    def _integral(self, function: Callable[[mpmath.mpf], mpmath.mpf], digits: int) -> mpmath.mpf:
        return function(precise(self.arguments[1])) if self.is_atomic else super()._integral(function, digits)

    def _cauchy(self, z: np.ndarray) -> np.ndarray:
        _, v = self._numbers(np)
        a, b = self._support()
        root = np.sqrt(z - a) * np.sqrt(z - b)
        plus, minus = root + v, root - v  # plus * minus = z (z - a - b)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(np.abs(plus) >= np.abs(minus), plus / (z * root), (z - a - b) / (root * minus))

    def _density(self, x: np.ndarray) -> np.ndarray:
        _, v = self._numbers(np)
        a, b = self._support()
        inside = (x > a) & (x < b)
        x = np.where(inside, x, (a + b) / 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(inside, v / (np.pi * x * np.sqrt((x - a) * (b - x))), 0.0)
