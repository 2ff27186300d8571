"""The Heaviside step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Step"]


@dataclass(frozen=True, eq=False)
class Step(Activation):
    """f(x) = 1 for x > 0, 0 for x < 0, and 1/2 at 0.

    E f = 1/2, E f' = density of h at 0 = 1/sqrt(2 pi q), E f^2 = 1/2: the arc-cosine kernel of order 0 on the
    diagonal (Cho and Saul 2009, NIPS 22, 342).

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> as_activation("step").slope(q)
    sqrt(2)/(2*sqrt(pi)*sqrt(q))
    """

    name = "step"
    latex = r"\operatorname{step}"
    formula = sympy.Heaviside(X)

    def _evaluate(self, h):
        return np.heaviside(h, 0.5)

    def _mean(self, q):
        return sympy.Rational(1, 2)

    def _slope(self, q):
        return 1 / sympy.sqrt(2 * sympy.pi * q)

    def _second_moment(self, q):
        return sympy.Rational(1, 2)


ACTIVATION = Step()
