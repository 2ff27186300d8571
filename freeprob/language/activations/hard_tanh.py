"""The clipped identity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "HardTanh"]


@dataclass(frozen=True, eq=False)
class HardTanh(Activation):
    """f(x) = min(1, max(-1, x)).

    With s = 1/sqrt(2 q): E f = 0, E f' = P(|h| < 1) = erf(s), and
    E f^2 = E[h^2; |h| < 1] + P(|h| > 1) = q erf(s) - sqrt(2 q/pi) exp(-s^2) + 1 - erf(s) (moments of the truncated
    normal law, Johnson, Kotz and Balakrishnan 1994, section 13.10).

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> as_activation("hard_tanh").slope(q)
    erf(sqrt(2)/(2*sqrt(q)))
    """

    name = "hard_tanh"
    latex = r"\operatorname{hardtanh}"
    formula = sympy.Max(-1, sympy.Min(1, X))

    def _evaluate(self, h):
        return np.clip(h, -1.0, 1.0)

    def _mean(self, q):
        return sympy.S.Zero

    def _slope(self, q):
        return sympy.erf(1 / sympy.sqrt(2 * q))

    def _second_moment(self, q):
        return (q - 1) * sympy.erf(1 / sympy.sqrt(2 * q)) - sympy.sqrt(2 * q / sympy.pi) * sympy.exp(-1 / (2 * q)) + 1


ACTIVATION = HardTanh()
