"""The cosine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Cos"]


@dataclass(frozen=True, eq=False)
class Cos(Activation):
    """f(x) = cos(x).

    E f = exp(-q/2), E f' = 0, E f^2 = (1 + exp(-2 q))/2: the characteristic function of N(0, q) at 1 and 2 (Rahimi
    and Recht 2007, NIPS 20, use it for random Fourier features).

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> as_activation("cos").mean(q)
    exp(-q/2)
    """

    name = "cos"
    latex = r"\cos"
    formula = sympy.cos(X)
    array_functions = ("numpy.cos",)

    def _evaluate(self, h):
        return np.cos(h)

    def _mean(self, q):
        return sympy.exp(-q / 2)

    def _slope(self, q):
        return sympy.S.Zero

    def _second_moment(self, q):
        return (1 + sympy.exp(-2 * q)) / 2


ACTIVATION = Cos()
