"""The leaky rectifier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "LeakyRelu"]

_DEFAULT = sympy.Rational(1, 100)


@dataclass(frozen=True, eq=False)
class LeakyRelu(Activation):
    """f(x) = x for x > 0, a x for x < 0.

    E f = (1 - a) sqrt(q/(2 pi)), E f' = (1 + a)/2, E f^2 = (1 + a^2) q/2: the rectifier's moments of h plus a times
    those of -h (Cho and Saul 2009, NIPS 22, 342, order 1).

    Parameters
    ----------
    negative_slope : number
        The slope a on the negative side; a float is read as the decimal that it prints as.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> leaky = as_activation("leaky_relu").with_parameters(negative_slope=0.2)
    >>> leaky.slope(q), leaky.second_moment(q)
    (3/5, 13*q/25)
    """

    negative_slope: sympy.Expr = _DEFAULT

    name = "leaky_relu"

    def __post_init__(self):
        self.set_number("negative_slope")

    def __str__(self) -> str:
        return f"{self.name}({self.negative_slope})"

    @property
    def latex(self) -> str:
        """LaTeX of the function, with the slope as index."""
        return rf"\operatorname{{leakyrelu}}_{{{sympy.latex(self.negative_slope)}}}"

    @property
    def formula(self) -> sympy.Expr:
        """The function as an expression of ``X``."""
        return sympy.Max(0, X) + self.negative_slope * sympy.Min(0, X)

    def _evaluate(self, h):
        return np.where(h > 0, h, float(self.negative_slope) * h)

    def _mean(self, q):
        return (1 - self.negative_slope) * sympy.sqrt(q / (2 * sympy.pi))

    def _slope(self, q):
        return (1 + self.negative_slope) / 2

    def _second_moment(self, q):
        return (1 + self.negative_slope**2) * q / 2


ACTIVATION = LeakyRelu()
