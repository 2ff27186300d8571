"""The piecewise quadratic swish."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "HardSwish"]


@dataclass(frozen=True, eq=False)
class HardSwish(Activation):
    """f(x) = x min(max(x/6 + 1/2, 0), 1), as in PyTorch.

    E f' = 1/2, since f(x) - x/2 is even.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> as_activation("hard_swish").slope(q)
    1/2
    """

    name = "hard_swish"
    latex = r"\operatorname{hardswish}"
    formula = X * sympy.Min(1, sympy.Max(0, X / 6 + sympy.Rational(1, 2)))

    def _evaluate(self, h):
        return h * np.clip(h / 6 + 0.5, 0.0, 1.0)

    def _slope(self, q):
        return sympy.Rational(1, 2)


ACTIVATION = HardSwish()
