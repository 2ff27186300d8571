"""The hyperbolic tangent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Tanh"]


@dataclass(frozen=True, eq=False)
class Tanh(Activation):
    """f(x) = tanh(x).

    E f = 0, since f is odd; E f' and E f^2 have no closed form.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> tanh = as_activation("tanh")
    >>> tanh.mean(q), tanh.slope(q)
    (0, None)
    >>> round(tanh.numeric_second_moment(1), 12)
    0.394294490398
    """

    name = "tanh"
    latex = r"\tanh"
    formula = sympy.tanh(X)
    array_functions = ("numpy.tanh",)

    def _evaluate(self, h):
        return np.tanh(h)

    def _mean(self, q):
        return sympy.S.Zero


ACTIVATION = Tanh()
