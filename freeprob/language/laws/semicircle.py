"""Wigner's semicircle law."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import mpmath
import numpy as np
import sympy

from .base import Law
from .continuous import ContinuousLaw
from .scalars import precise, require_positive, scalar

__all__ = ["Semicircle"]


class Semicircle(ContinuousLaw):
    """Wigner's semicircle law, ``semicircle(variance=1, mean=0)``.

    Density sqrt(4 v - (x - m)^2)/(2 pi v) on [m - 2 sqrt(v), m + 2 sqrt(v)]; even central moments v^j Catalan(j)
    (J. A. Mingo and R. Speicher, Free Probability and Random Matrices, 2017, chapter 1).

    Parameters
    ----------
    variance : scalar
        Positive.
    mean : scalar

    Raises
    ------
    UnsupportedModel
        If the variance is not positive, or a scalar is not finite and real.

    Examples
    --------
    >>> from freeprob.language import laws
    >>> [laws.semicircle(2).moment(k) for k in (2, 4)]
    [2, 8]
    """

    __slots__ = ()
    name = "semicircle"

    def __init__(self, variance: Any = 1, mean: Any = 0) -> None:
        v, m = scalar(variance, "the variance of semicircle"), scalar(mean, "the mean of semicircle")
        require_positive(
            v, f"semicircle has the negative variance {v}; it must be positive; atoms({{{m}: 1}}) has none"
        )
        super().__init__(v, m)

    @classmethod
    def examples(cls) -> tuple[Law, ...]:
        """Return the standard one, and shifted with floats."""
        return cls(1), cls(0.3, -0.7), cls(2, "1/3")

    def _support(self) -> tuple[float, float]:
        v, m = self._numbers(np)
        return m - 2 * v**0.5, m + 2 * v**0.5

    def _moment(self, k: int) -> sympy.Expr:
        v, m = self.arguments
        terms = (sympy.binomial(k, 2 * j) * sympy.catalan(j) * v**j * m ** (k - 2 * j) for j in range(k // 2 + 1))
        return sympy.Add(*terms)

    def r_transform(self, g: sympy.Expr) -> sympy.Expr:
        """Return m + v g: the free cumulants beyond the variance vanish."""
        v, m = self.arguments
        return m + v * g

    def _interval(self, ops: ModuleType) -> tuple[Any, Any]:
        return 0 * ops.pi, +ops.pi

    def _push(self, parameter: Any, ops: ModuleType) -> tuple[Any, Any]:
        v, m = self._numbers(ops)
        return m - 2 * ops.sqrt(v) * ops.cos(parameter), 2 / ops.pi * ops.sin(parameter) ** 2

    def _rule(self, count: int, digits: int):
        """Gauss-Chebyshev rule of the second kind."""
        if digits <= 15:
            v, m = self._numbers(np)
            angle = np.pi * np.arange(1, count + 1) / (count + 1)
            return m - 2 * np.sqrt(v) * np.cos(angle), 2 / (count + 1) * np.sin(angle) ** 2
        v, m = map(precise, self.arguments)
        angles = [mpmath.pi * i / (count + 1) for i in range(1, count + 1)]
        reach = 2 * mpmath.sqrt(v)
        return [m - reach * mpmath.cos(t) for t in angles], [2 * mpmath.sin(t) ** 2 / (count + 1) for t in angles]

    def _cauchy(self, z: np.ndarray) -> np.ndarray:
        _, m = self._numbers(np)
        a, b = self._support()
        return 2 / ((z - m) + np.sqrt(z - a) * np.sqrt(z - b))

    def _density(self, x: np.ndarray) -> np.ndarray:
        v, m = self._numbers(np)
        return np.sqrt(np.maximum(4 * v - (x - m) ** 2, 0)) / (2 * np.pi * v)
