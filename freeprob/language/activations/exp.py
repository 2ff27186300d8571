"""The exponential."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Exp"]


@dataclass(frozen=True, eq=False)
class Exp(Activation):
    """f(x) = exp(x).

    E f = E f' = exp(q/2), E f^2 = exp(2 q): the moment generating function of N(0, q) at 1 and 2 (the log-normal law).

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> as_activation("exp").second_moment(q)
    exp(2*q)
    """

    name = "exp"
    latex = r"\exp"
    formula = sympy.exp(X)
    array_functions = ("numpy.exp",)

    def _evaluate(self, h):
        return np.exp(h)

    def _mean(self, q):
        return sympy.exp(q / 2)

    def _slope(self, q):
        return sympy.exp(q / 2)

    def _second_moment(self, q):
        return sympy.exp(2 * q)


ACTIVATION = Exp()
