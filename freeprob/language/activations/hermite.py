"""Hermite polynomials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Hermite"]

_DEFAULT = sympy.Integer(2)


@dataclass(frozen=True, eq=False)
class Hermite(Activation):
    """f(x) = He_k(x)/sqrt(k!): the probabilists' polynomial, normalised so that E f(h) f_j(h) = (j = k) at q = 1.

    E f and E f' at other variances follow from E h^m = (m - 1)!! q^(m/2). These polynomials diagonalise the Gaussian
    equivalence: at q = 1 a function has the coefficients E[f(h) He_k(h)]/sqrt(k!) in them.

    Parameters
    ----------
    degree : int
        The degree k, at least 1.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> third = as_activation("hermite").with_parameters(degree=3)
    >>> third.formula, third.slope(q), third.second_moment(1)
    (sqrt(6)*(x**3 - 3*x)/6, sqrt(6)*q/2 - sqrt(6)/2, 1)
    """

    degree: sympy.Expr = _DEFAULT

    name = "hermite"

    def __post_init__(self):
        self.set_number("degree", positive=True)
        self.require(self.degree.is_Integer is True, f"the degree must be a natural number, got {self.degree}")

    def __str__(self) -> str:
        return f"{self.name}({self.degree})"

    @property
    def latex(self) -> str:
        """LaTeX of the function, with the degree as index."""
        return rf"\operatorname{{h}}_{{{self.degree}}}"

    @property
    def formula(self) -> sympy.Expr:
        """The function as an expression of ``X``."""
        return sympy.hermite_prob(self.degree, X) / sympy.sqrt(sympy.factorial(self.degree))

    def _evaluate(self, h):
        before, value = np.zeros_like(h), np.ones_like(h)
        for k in range(int(self.degree)):  # sqrt(k + 1) f_(k+1) = x f_k - sqrt(k) f_(k-1)
            before, value = value, (h * value - k**0.5 * before) / (k + 1) ** 0.5
        return value


ACTIVATION = Hermite()
