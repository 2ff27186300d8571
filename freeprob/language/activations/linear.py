"""The identity."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Linear"]


@dataclass(frozen=True, eq=False)
class Linear(Activation):
    """f(x) = x.

    E f = 0, E f' = 1, E f^2 = q: the definition of the variance.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> as_activation("linear").second_moment(q)
    q
    """

    name = "linear"
    latex = r"\operatorname{id}"
    formula = X
    array_functions = ("numpy.positive",)

    def _evaluate(self, h):
        return h.copy()

    def _mean(self, q):
        return sympy.S.Zero

    def _slope(self, q):
        return sympy.S.One

    def _second_moment(self, q):
        return q


ACTIVATION = Linear()
