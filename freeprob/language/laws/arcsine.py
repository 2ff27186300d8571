"""The arcsine law."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import sympy

from .base import Law
from .bernstein_szego import gauss_angles
from .continuous import ContinuousLaw
from .scalars import require_positive, scalar

__all__ = ["Arcsine"]


class Arcsine(ContinuousLaw):
    """Arcsine law on [a, b], ``arcsine(a, b)``.

    Density 1/(pi sqrt((x - a)(b - x))) and G(z) = 1/(sqrt(z - a) sqrt(z - b)): the law of (a + b)/2 + (b - a)/2 cos t
    with t uniform, and of u + u* for a Haar unitary u when a = -2, b = 2 (A. Nica and R. Speicher, Lectures on the
    Combinatorics of Free Probability, 2006, examples 1.14 and 2.14).

    Parameters
    ----------
    a, b : scalar
        With a < b.

    Raises
    ------
    UnsupportedModel
        If a >= b, or a scalar is not finite and real.

    Examples
    --------
    >>> from freeprob.language import laws
    >>> [laws.arcsine(-2, 2).moment(k) for k in (2, 4, 6)]
    [2, 6, 20]
    """

    __slots__ = ()
    name = "arcsine"

    def __init__(self, a: Any, b: Any) -> None:
        lower, upper = scalar(a, "the lower end of arcsine"), scalar(b, "the upper end of arcsine")
        require_positive(
            upper - lower,
            f"arcsine({lower}, {upper}) needs a < b; swap the ends, or use atoms({{{lower}: 1}}) for a single point",
        )
        super().__init__(lower, upper)

    @classmethod
    def examples(cls) -> tuple[Law, ...]:
        """Exact and float ends."""
        return cls("1/2", 2), cls(-1.25, 0.5)

    def _support(self) -> tuple[float, float]:
        return self._numbers(np)

    def _moment(self, k: int) -> sympy.Expr:
        a, b = self.arguments
        middle, half = (a + b) / 2, (b - a) / 2
        terms = (
            sympy.binomial(k, 2 * j) * sympy.binomial(2 * j, j) * (half / 2) ** (2 * j) * middle ** (k - 2 * j)
            for j in range(k // 2 + 1)
        )
        return sympy.Add(*terms)

    def _interval(self, ops: ModuleType) -> tuple[Any, Any]:
        return 0 * ops.pi, +ops.pi

    def _push(self, parameter: Any, ops: ModuleType) -> tuple[Any, Any]:
        a, b = self._numbers(ops)
        return a + (b - a) * ops.sin(parameter / 2) ** 2, 0 * parameter + 1 / ops.pi

    def _rule(self, count: int, digits: int):
        """Gauss-Chebyshev rule of the first kind."""
        return self._pushed(*gauss_angles(count, (), 0, digits), digits)

    def _cauchy(self, z: np.ndarray) -> np.ndarray:
        a, b = self._numbers(np)
        with np.errstate(divide="ignore", invalid="ignore"):
            return 1 / (np.sqrt(z - a) * np.sqrt(z - b))

    def _density(self, x: np.ndarray) -> np.ndarray:
        a, b = self._numbers(np)
        inside = (x > a) & (x < b)
        product = np.where(inside, (x - a) * (b - x), 1.0)
        return np.where(inside, 1 / (np.pi * np.sqrt(product)), 0.0)
