"""The error function."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Erf"]


@dataclass(frozen=True, eq=False)
class Erf(Activation):
    """f(x) = erf(x) = 2/sqrt(pi) int_0^x exp(-t^2) dt.

    E f = 0, E f' = 2/sqrt(pi (1 + 2 q)), E f^2 = (2/pi) asin(2 q/(1 + 2 q)) (Williams 1997, NIPS 9, 295, eq. 10
    for unit weights).

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> as_activation("erf").second_moment(q)
    2*asin(2*q/(2*q + 1))/pi
    """

    name = "erf"
    latex = r"\operatorname{erf}"
    formula = sympy.erf(X)
    array_functions = ("scipy.special.erf",)

    def _evaluate(self, h):
        from scipy.special import erf

        return erf(h)

    def _mean(self, q):
        return sympy.S.Zero

    def _slope(self, q):
        return 2 / sympy.sqrt(sympy.pi * (1 + 2 * q))

    def _second_moment(self, q):
        return 2 / sympy.pi * sympy.asin(2 * q / (1 + 2 * q))


ACTIVATION = Erf()
