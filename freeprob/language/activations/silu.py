"""The sigmoid linear unit, or swish."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Silu"]


@dataclass(frozen=True, eq=False)
class Silu(Activation):
    """f(x) = x sigmoid(b x) = x/(1 + exp(-b x)); swish with parameter b, in PyTorch b = 1.

    E f' = 1/2, since f(x) = x/2 + (x/2) tanh(b x/2), of which the second part is even; E f and E f^2 have no closed
    form.

    Parameters
    ----------
    beta : number
        The positive sharpness b; a float is read as the decimal that it prints as.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> silu = as_activation("silu")
    >>> silu.slope(q), silu.mean(q)
    (1/2, None)
    >>> round(silu.numeric_mean(1), 12)
    0.206620964142
    """

    beta: sympy.Expr = sympy.S.One

    name = "silu"

    def __post_init__(self):
        self.set_number("beta", positive=True)

    @property
    def latex(self) -> str:
        """LaTeX of the function, with the sharpness as index unless it is one."""
        return r"\operatorname{silu}" + ("" if self.beta == 1 else rf"_{{{sympy.latex(self.beta)}}}")

    @property
    def formula(self) -> sympy.Expr:
        """The function as an expression of ``X``."""
        return X / (1 + sympy.exp(-self.beta * X))

    def _evaluate(self, h):
        from scipy.special import expit

        return h * expit(float(self.beta) * h)

    def _slope(self, q):
        return sympy.Rational(1, 2)

    def _derivative(self):
        return 1 / (1 + sympy.exp(-self.beta * X)) + self.beta * X / (4 * sympy.cosh(self.beta * X / 2) ** 2)


ACTIVATION = Silu()
