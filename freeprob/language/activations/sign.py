"""The sign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Sign"]


@dataclass(frozen=True, eq=False)
class Sign(Activation):
    """f(x) = x/|x|, and 0 at 0.

    E f = 0, E f' = E|h|/q = sqrt(2/(pi q)), E f^2 = 1: twice the step minus one (Cho and Saul 2009, NIPS 22, 342,
    order 0).

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> sign = as_activation("sign")
    >>> sign.slope(q), sign.second_moment(q)
    (sqrt(2)/(sqrt(pi)*sqrt(q)), 1)
    """

    name = "sign"
    latex = r"\operatorname{sign}"
    formula = sympy.sign(X)
    array_functions = ("numpy.sign",)

    def _evaluate(self, h):
        return np.sign(h)

    def _mean(self, q):
        return sympy.S.Zero

    def _slope(self, q):
        return sympy.sqrt(2 / (sympy.pi * q))

    def _second_moment(self, q):
        return sympy.S.One


ACTIVATION = Sign()
