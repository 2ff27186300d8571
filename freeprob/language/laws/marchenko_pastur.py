"""The Marchenko-Pastur law."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import mpmath
import numpy as np
import sympy

from ...errors import MissingValue
from .base import Law
from .bernstein_szego import gauss_angles
from .continuous import ContinuousLaw
from .scalars import require_positive, scalar

__all__ = ["MarchenkoPastur"]


class MarchenkoPastur(ContinuousLaw):
    """Law of the eigenvalues of variance Z Z^T / n, Z p x n with p/n = ratio, ``marchenko_pastur(ratio, variance=1)``.

    Density sqrt((b - x)(x - a))/(2 pi c v x) between v (1 -+ sqrt(c))^2, and for c > 1 the atom 1 - 1/c at 0
    (V. A. Marchenko and L. A. Pastur, 1967; Z. Bai and J. W. Silverstein, Spectral Analysis of Large Dimensional
    Random Matrices, 2010, section 3.1, also for the Narayana moments).

    Parameters
    ----------
    ratio : scalar
        Rows over columns, positive.
    variance : scalar
        Of the entries, positive; it is the mean of the law.

    Raises
    ------
    UnsupportedModel
        If a parameter is not positive, finite and real.

    Examples
    --------
    >>> from freeprob.language import laws
    >>> law = laws.marchenko_pastur(2)
    >>> law.moment(2), law.atoms
    (3, {0: 1/2})
    """

    __slots__ = ()
    name = "marchenko_pastur"

    def __init__(self, ratio: Any, variance: Any = 1) -> None:
        c, v = scalar(ratio, "the ratio of marchenko_pastur"), scalar(variance, "the variance of marchenko_pastur")
        require_positive(c, f"marchenko_pastur has the negative ratio {c}; rows over columns must be positive")
        require_positive(v, f"marchenko_pastur has the negative variance {v}; it must be positive")
        super().__init__(c, v)

    @classmethod
    def examples(cls) -> tuple[Law, ...]:
        """Ratios below, at and above 1."""
        return cls("1/2"), cls(1, 2), cls(3, "1/2"), cls(0.37, 1.5)

    def _lower_atom(self) -> tuple[sympy.Expr, sympy.Expr] | None:
        ratio = self.arguments[0]
        above = (ratio - 1).is_positive if not ratio.is_number else bool(ratio > 1)
        if above is None and (ratio - 1).is_nonpositive is not True:
            raise MissingValue(f"{self} has an atom at 0 only when {ratio} > 1; give a number for {ratio}")
        return (sympy.Integer(0), 1 - 1 / ratio) if above else None

    def _continuous_part(self, ops: ModuleType) -> tuple[Any, Any]:
        """Ratio <= 1 and variance of the law of the nonzero eigenvalues (those of Z^T Z when ratio > 1)."""
        c, v = self._numbers(ops)
        return (c, v) if c <= 1 else (1 / c, c * v)

    def _support(self) -> tuple[float, float]:
        c, v = self._numbers(np)
        return (v * (1 - c**0.5) ** 2 if c <= 1 else 0.0), v * (1 + c**0.5) ** 2

    def _moment(self, k: int) -> sympy.Expr:
        c, v = self.arguments
        terms = (sympy.Rational(sympy.binomial(k, i) * sympy.binomial(k - 1, i), i + 1) * c**i for i in range(k))
        return v**k * sympy.Add(*terms)

    def r_transform(self, g: sympy.Expr) -> sympy.Expr:
        """Return v/(1 - c v g): the law is free Poisson."""
        c, v = self.arguments
        return v / (1 - c * v * g)

    def _interval(self, ops: ModuleType) -> tuple[Any, Any]:
        return 0 * ops.pi, ops.pi / 2

    def _push(self, parameter: Any, ops: ModuleType) -> tuple[Any, Any]:
        c, v = self._continuous_part(ops)
        s = ops.sqrt(c)
        sine, cosine = ops.sin(parameter) ** 2, ops.cos(parameter) ** 2
        below = (1 - s) ** 2 + 4 * s * sine  # x / v
        ratio = sine / below if s != 1 else (0 * sine + 1) / 4
        return v * below, 16 / ops.pi * cosine * ratio

    def _rule(self, count: int, digits: int):
        """Gauss rule of the density, and the atom: x is a multiple of |1 - sqrt(c) exp(i t)|^2 at the angle t."""
        ops = np if digits <= 15 else mpmath
        c, _ = self._continuous_part(ops)
        angles, steps = gauss_angles(count, (ops.sqrt(c),), 1, digits)
        halves = angles / 2 if digits <= 15 else [t / 2 for t in angles]
        points, weights = self._pushed(halves, steps, digits)
        return self._with_atoms(points, weights, digits)

    def _cauchy(self, z: np.ndarray) -> np.ndarray:
        c, v = self._numbers(np)
        low, high = v * (1 - c**0.5) ** 2, v * (1 + c**0.5) ** 2
        root = np.sqrt(z - low) * np.sqrt(z - high)
        shifted = z - v * (1 - c)
        plus, minus = shifted + root, shifted - root  # plus * minus = 4 c v z
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(np.abs(plus) >= np.abs(minus), 2 / plus, minus / (2 * c * v * z))

    def _density(self, x: np.ndarray) -> np.ndarray:
        c, v = self._numbers(np)
        low, high = v * (1 - c**0.5) ** 2, v * (1 + c**0.5) ** 2
        inside = np.sqrt(np.maximum((high - x) * (x - low), 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(inside > 0, inside / (2 * np.pi * c * v * x), 0.0)
