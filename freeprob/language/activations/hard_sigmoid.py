"""The piecewise linear sigmoid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "HardSigmoid"]


@dataclass(frozen=True, eq=False)
class HardSigmoid(Activation):
    """f(x) = min(max(x/6 + 1/2, 0), 1), as in PyTorch.

    E f = 1/2, since f - 1/2 is odd, and E f' = P(|h| < 3)/6 = erf(3/sqrt(2 q))/6.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> as_activation("hard_sigmoid").slope(q)
    erf(3*sqrt(2)/(2*sqrt(q)))/6
    """

    name = "hard_sigmoid"
    latex = r"\operatorname{hardsigmoid}"
    formula = sympy.Min(1, sympy.Max(0, X / 6 + sympy.Rational(1, 2)))

    def _evaluate(self, h):
        return np.clip(h / 6 + 0.5, 0.0, 1.0)

    def _mean(self, q):
        return sympy.Rational(1, 2)

    def _slope(self, q):
        return sympy.erf(3 / sympy.sqrt(2 * q)) / 6


ACTIVATION = HardSigmoid()
