"""The exponential linear unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Elu"]


@dataclass(frozen=True, eq=False)
class Elu(Activation):
    """f(x) = x for x > 0, a (exp(x) - 1) for x < 0 (Clevert, Unterthiner and Hochreiter 2016, ICLR).

    With P_k = exp(k^2 q/2) P(N(0, 1) < -k sqrt(q)) = E[exp(k h); h < 0]: E f = sqrt(q/(2 pi)) + a (P_1 - 1/2),
    E f' = 1/2 + a P_1 and E f^2 = q/2 + a^2 (P_2 - 2 P_1 + 1/2).

    Parameters
    ----------
    alpha : number
        The negative of the limit at minus infinity; a float is read as the decimal that it prints as.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> as_activation("elu").slope(q)
    (1 - erf(sqrt(2)*sqrt(q)/2))*exp(q/2)/2 + 1/2
    """

    alpha: sympy.Expr = sympy.S.One

    name = "elu"

    def __post_init__(self):
        self.set_number("alpha")

    @property
    def latex(self) -> str:
        """LaTeX of the function, with the limit as index unless it is one."""
        return r"\operatorname{elu}" + ("" if self.alpha == 1 else rf"_{{{sympy.latex(self.alpha)}}}")

    @property
    def formula(self) -> sympy.Expr:
        """The function as an expression of ``X``."""
        return sympy.Max(0, X) + self.alpha * (sympy.exp(sympy.Min(0, X)) - 1)

    def _evaluate(self, h):
        return np.maximum(h, 0.0) + float(self.alpha) * np.expm1(np.minimum(h, 0.0))

    def _mean(self, q):
        return sympy.sqrt(q / (2 * sympy.pi)) + self.alpha * (_tail(1, q) - sympy.Rational(1, 2))

    def _slope(self, q):
        return self.alpha * _tail(1, q) + sympy.Rational(1, 2)

    def _second_moment(self, q):
        return q / 2 + self.alpha**2 * (_tail(2, q) - 2 * _tail(1, q) + sympy.Rational(1, 2))


def _tail(k: int, q: sympy.Expr) -> sympy.Expr:
    """E[exp(k h); h < 0]."""
    return sympy.exp(k**2 * q / 2) * (1 - sympy.erf(k * sympy.sqrt(q / 2))) / 2


ACTIVATION = Elu()
