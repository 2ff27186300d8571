"""The logistic function."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Sigmoid"]


@dataclass(frozen=True, eq=False)
class Sigmoid(Activation):
    """f(x) = 1/(1 + exp(-x)).

    E f = 1/2, since f - 1/2 is odd; E f' and E f^2 (the logistic-normal integrals) have no closed form.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> sigmoid = as_activation("sigmoid")
    >>> sigmoid.mean(q), sigmoid.slope(q)
    (1/2, None)
    >>> round(sigmoid.numeric_slope(1), 12)
    0.206620964142
    """

    name = "sigmoid"
    latex = r"\operatorname{sigmoid}"
    formula = 1 / (1 + sympy.exp(-X))
    array_functions = ("scipy.special.expit",)

    def _evaluate(self, h):
        from scipy.special import expit

        return expit(h)

    def _mean(self, q):
        return sympy.Rational(1, 2)

    def _derivative(self):
        return 1 / (4 * sympy.cosh(X / 2) ** 2)


ACTIVATION = Sigmoid()
