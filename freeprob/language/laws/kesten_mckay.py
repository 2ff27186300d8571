"""The Kesten-McKay law of regular graphs and free groups."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import mpmath
import numpy as np
import sympy

from ...errors import UnsupportedModel
from .base import Law
from .bernstein_szego import gauss_angles
from .continuous import ContinuousLaw
from .scalars import precise, scalar

__all__ = ["KestenMcKay"]


class KestenMcKay(ContinuousLaw):
    """Law of the adjacency matrix of a large random regular graph, ``kesten_mckay(degree)``.

    Density d sqrt(4 (d - 1) - x^2)/(2 pi (d^2 - x^2)) on |x| <= 2 sqrt(d - 1); the moment of order k counts the closed
    walks of length k from a vertex of the d-regular tree (B. D. McKay, Linear Algebra Appl. 40, 1981, theorem 1.1
    and lemma 2.1). For d = 2 r it is the law of the sum of r free Haar unitaries and their inverses, the simple random
    walk times d on the free group (H. Kesten, Trans. Amer. Math. Soc. 92, 1959). The formulas give a probability
    density for every real d >= 2; d = 2 is ``arcsine(-2, 2)``.

    Parameters
    ----------
    degree : scalar
        At least 2.

    Raises
    ------
    UnsupportedModel
        If the degree is less than 2, or not finite and real.

    Examples
    --------
    >>> from freeprob.language import laws
    >>> [laws.kesten_mckay(3).moment(k) for k in (2, 4, 6)]
    [3, 15, 87]
    """

    __slots__ = ()
    name = "kesten_mckay"

    def __init__(self, degree: Any) -> None:
        d = scalar(degree, "the degree of kesten_mckay")
        if (d - 2).is_negative or (d.is_number and precise(d) < 2):
            raise UnsupportedModel(
                f"kesten_mckay({d}) needs a degree of at least 2: below, the density does not have mass 1; a graph of "
                "degree 1 is a matching, atoms({-1: '1/2', 1: '1/2'})"
            )
        super().__init__(d)

    @classmethod
    def examples(cls) -> tuple[Law, ...]:
        """Return the arcsine law, the cubic graph, and degrees that are no integers, close to 2 and large."""
        return cls(2), cls(3), cls("201/100"), cls(20.5)

    def _support(self) -> tuple[float, float]:
        (d,) = self._numbers(np)
        return -2 * (d - 1) ** 0.5, 2 * (d - 1) ** 0.5

    def _moment(self, k: int) -> sympy.Expr:
        (d,) = self.arguments
        if k % 2:
            return sympy.Integer(0)
        half = k // 2
        walks = (
            sympy.Rational(j * sympy.binomial(k - j, half), k - j) * d**j * (d - 1) ** (half - j)
            for j in range(1, half + 1)
        )
        return sympy.Add(*walks)

    def _interval(self, ops: ModuleType) -> tuple[Any, Any]:
        return 0 * ops.pi, +ops.pi

    def _push(self, parameter: Any, ops: ModuleType) -> tuple[Any, Any]:
        (d,) = self._numbers(ops)
        sine = ops.sin(parameter) ** 2
        ratio = sine / ((d - 2) ** 2 + 4 * (d - 1) * sine) if d != 2 else (0 * sine + 1) / 4
        return -2 * ops.sqrt(d - 1) * ops.cos(parameter), 2 * d * (d - 1) / ops.pi * ratio

    def _rule(self, count: int, digits: int):
        """Gauss rule: d^2 - x^2 is a multiple of |1 - exp(2 i t)/(d - 1)|^2."""
        ops = np if digits <= 15 else mpmath
        root = 1 / ops.sqrt(self._numbers(ops)[0] - 1)
        return self._pushed(*gauss_angles(count, (root, -root), 1, digits), digits)

    def _cauchy(self, z: np.ndarray) -> np.ndarray:
        (d,) = self._numbers(np)
        low, high = self._support()
        root = np.sqrt(z - low) * np.sqrt(z - high)
        with np.errstate(divide="ignore", invalid="ignore"):
            return 2 * (d - 1) / ((d - 2) * z + d * root)

    def _density(self, x: np.ndarray) -> np.ndarray:
        (d,) = self._numbers(np)
        inside = np.sqrt(np.maximum(4 * (d - 1) - x**2, 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(inside > 0, d * inside / (2 * np.pi * (d**2 - x**2)), 0.0)
