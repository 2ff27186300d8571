"""The sine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Sin"]


@dataclass(frozen=True, eq=False)
class Sin(Activation):
    """f(x) = sin(x).

    E f = 0, E f' = E cos(h) = exp(-q/2), E f^2 = (1 - exp(-2 q))/2: the characteristic function of N(0, q) at 1 and 2
    (Rahimi and Recht 2007, NIPS 20, use it for random Fourier features).

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> as_activation("sin").slope(q)
    exp(-q/2)
    """

    name = "sin"
    latex = r"\sin"
    formula = sympy.sin(X)
    array_functions = ("numpy.sin",)

    def _evaluate(self, h):
        return np.sin(h)

    def _mean(self, q):
        return sympy.S.Zero

    def _slope(self, q):
        return sympy.exp(-q / 2)

    def _second_moment(self, q):
        return (1 - sympy.exp(-2 * q)) / 2


ACTIVATION = Sin()
