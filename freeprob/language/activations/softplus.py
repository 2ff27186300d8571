"""The smooth rectifier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Softplus"]


@dataclass(frozen=True, eq=False)
class Softplus(Activation):
    """f(x) = log(1 + exp(x)).

    E f' = 1/2, since f' is the logistic function, which is odd around 1/2; E f and E f^2 have no closed form.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> softplus = as_activation("softplus")
    >>> softplus.mean(q), softplus.slope(q)
    (None, 1/2)
    """

    name = "softplus"
    latex = r"\operatorname{softplus}"
    formula = sympy.log(1 + sympy.exp(X))

    def _evaluate(self, h):
        return np.logaddexp(0.0, h)

    def _slope(self, q):
        return sympy.Rational(1, 2)

    def _derivative(self):
        return 1 / (1 + sympy.exp(-X))


ACTIVATION = Softplus()
