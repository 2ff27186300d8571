"""The Gaussian radial function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "GaussianBump"]


@dataclass(frozen=True, eq=False)
class GaussianBump(Activation):
    """f(x) = exp(-x^2/(2 w^2)).

    E f = w/sqrt(w^2 + q), E f' = 0, E f^2 = w/sqrt(w^2 + 2 q): one Gaussian under another (Williams 1997, NIPS 9, 295).

    Parameters
    ----------
    width : number
        The positive width w; a float is read as the decimal that it prints as.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> as_activation("gaussian_bump").with_parameters(width=2).mean(q)
    2/sqrt(q + 4)
    """

    width: sympy.Expr = sympy.S.One

    name = "gaussian_bump"

    def __post_init__(self):
        self.set_number("width", positive=True)

    @property
    def latex(self) -> str:
        """LaTeX of the function, with the width as index unless it is one."""
        return r"\operatorname{bump}" + ("" if self.width == 1 else rf"_{{{sympy.latex(self.width)}}}")

    @property
    def formula(self) -> sympy.Expr:
        """The function as an expression of ``X``."""
        return sympy.exp(-(X**2) / (2 * self.width**2))

    def _evaluate(self, h):
        with np.errstate(over="ignore"):  # the square of 1e200; its bump is 0
            return np.exp(-((h / float(self.width)) ** 2) / 2)

    def _mean(self, q):
        return self.width / sympy.sqrt(self.width**2 + q)

    def _slope(self, q):
        return sympy.S.Zero

    def _second_moment(self, q):
        return self.width / sympy.sqrt(self.width**2 + 2 * q)


ACTIVATION = GaussianBump()
