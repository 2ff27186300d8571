"""The absolute value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "AbsoluteValue"]


@dataclass(frozen=True, eq=False)
class AbsoluteValue(Activation):
    """f(x) = |x|.

    E f = sqrt(2 q/pi) (the half-normal law), E f' = 0, E f^2 = q.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> as_activation("abs").mean(q)
    sqrt(2)*sqrt(q)/sqrt(pi)
    """

    name = "abs"
    latex = r"\operatorname{abs}"
    formula = sympy.Abs(X)
    array_functions = ("numpy.absolute", "numpy.fabs")

    def _evaluate(self, h):
        return np.abs(h)

    def _mean(self, q):
        return sympy.sqrt(2 * q / sympy.pi)

    def _slope(self, q):
        return sympy.S.Zero

    def _second_moment(self, q):
        return q


ACTIVATION = AbsoluteValue()
