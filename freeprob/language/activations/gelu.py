"""The Gaussian error linear unit."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Gelu"]


@dataclass(frozen=True, eq=False)
class Gelu(Activation):
    """f(x) = x P(N(0, 1) < x) = x (1 + erf(x/sqrt(2)))/2.

    E f = q/sqrt(2 pi (1 + q)), E f' = 1/2, and E f^2 = q/4 + q (asin(q/(1 + q)) + 2 q/((1 + q) sqrt(1 + 2 q)))/(2 pi)
    (Tsuchida, Pearce, van der Heide, Roosta and Gallagher 2021, AAAI 35, 9967: the GELU kernel, on the diagonal).

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> as_activation("gelu").slope(q)
    1/2
    """

    name = "gelu"
    latex = r"\operatorname{gelu}"
    formula = X * (1 + sympy.erf(X / sympy.sqrt(2))) / 2

    def _evaluate(self, h):
        from scipy.special import ndtr

        return h * ndtr(h)

    def _mean(self, q):
        return q / sympy.sqrt(2 * sympy.pi * (1 + q))

    def _slope(self, q):
        return sympy.Rational(1, 2)

    def _second_moment(self, q):
        return q / 4 + q / (2 * sympy.pi) * (sympy.asin(q / (1 + q)) + 2 * q / ((1 + q) * sympy.sqrt(1 + 2 * q)))


ACTIVATION = Gelu()
