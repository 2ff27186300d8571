"""The uniform law on an interval."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import sympy

from .base import Law
from .continuous import ContinuousLaw
from .scalars import require_positive, scalar

__all__ = ["Uniform"]


class Uniform(ContinuousLaw):
    """Uniform law on [a, b], ``uniform(a, b)``.

    Normalised to density 1/(b - a); G(z) = log((z - a)/(z - b))/(b - a).

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
    >>> laws.uniform("1/2", 2).moment(1)
    5/4
    """

    __slots__ = ()
    name = "uniform"

    def __init__(self, a: Any, b: Any) -> None:
        lower, upper = scalar(a, "the lower end of uniform"), scalar(b, "the upper end of uniform")
        require_positive(
            upper - lower,
            f"uniform({lower}, {upper}) needs a < b; swap the ends, or use atoms({{{lower}: 1}}) for a single point",
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
        return sympy.Add(*(a**i * b ** (k - i) for i in range(k + 1))) / (k + 1)

    def _interval(self, ops: ModuleType) -> tuple[Any, Any]:
        return self._numbers(ops)

    def _push(self, parameter: Any, ops: ModuleType) -> tuple[Any, Any]:
        a, b = self._numbers(ops)
        return parameter, 0 * parameter + 1 / (b - a)

    def _rule(self, count: int, digits: int):
        return self._legendre_rule(count, digits)

    def _cauchy(self, z: np.ndarray) -> np.ndarray:
        a, b = self._numbers(np)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = (b - a) / 2 / (z - (a + b) / 2)
            near = np.log(z - a) - np.log(z - b)
            far = 2 * np.arctanh(np.where(np.abs(ratio) < 0.5, ratio, 0))
        return np.where(np.abs(ratio) < 0.5, far, near) / (b - a)

    def _density(self, x: np.ndarray) -> np.ndarray:
        a, b = self._numbers(np)
        return np.where((x >= a) & (x <= b), 1 / (b - a), 0.0)
