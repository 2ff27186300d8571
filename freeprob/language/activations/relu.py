"""The rectifier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Relu"]


@dataclass(frozen=True, eq=False)
class Relu(Activation):
    """f(x) = max(0, x).

    E f = sqrt(q/(2 pi)), E f' = 1/2, E f^2 = q/2: half of the moments of |h| and h^2; the arc-cosine kernels of
    order 1 on the diagonal (Cho and Saul 2009, NIPS 22, 342).

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> relu = as_activation("relu")
    >>> relu.mean(q), relu.slope(q), relu.second_moment(q)
    (sqrt(2)*sqrt(q)/(2*sqrt(pi)), 1/2, q/2)
    """

    name = "relu"
    latex = r"\operatorname{relu}"
    formula = sympy.Max(0, X)

    def _evaluate(self, h):
        return np.maximum(h, 0.0)

    def _mean(self, q):
        return sympy.sqrt(q / (2 * sympy.pi))

    def _slope(self, q):
        return sympy.Rational(1, 2)

    def _second_moment(self, q):
        return q / 2


ACTIVATION = Relu()
