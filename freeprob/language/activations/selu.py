"""The self-normalising exponential linear unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Selu"]

_SCALE = sympy.Rational("1.0507009873554804934193349852946")
_ALPHA = sympy.Rational("1.6732632423543772848170429916717")


@dataclass(frozen=True, eq=False)
class Selu(Activation):
    """f(x) = s x for x > 0, s a (exp(x) - 1) for x < 0, with s = 1.0507... and a = 1.6732... .

    The two numbers make E f = 0 and E f^2 = 1 at q = 1 (Klambauer, Unterthiner, Mayr and Hochreiter 2017, NIPS 30,
    971, eq. 14); PyTorch gives them to 32 digits, which are the ones here.

    Examples
    --------
    >>> from freeprob.language.activations import as_activation
    >>> selu = as_activation("selu")
    >>> abs(selu.numeric_mean(1)) < 1e-15, selu.numeric_second_moment(1)
    (True, 1.0)
    """

    name = "selu"
    latex = r"\operatorname{selu}"
    formula = _SCALE * (sympy.Max(0, X) + _ALPHA * (sympy.exp(sympy.Min(0, X)) - 1))

    def _evaluate(self, h):
        return float(_SCALE) * (np.maximum(h, 0.0) + float(_ALPHA) * np.expm1(np.minimum(h, 0.0)))


ACTIVATION = Selu()
