"""The rectifier clipped at 6."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Relu6"]


@dataclass(frozen=True, eq=False)
class Relu6(Activation):
    """f(x) = min(max(x, 0), 6).

    The moments are those of the truncated normal law between 0 and 6 (Johnson, Kotz and Balakrishnan 1994, section
    13.10).

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations import as_activation
    >>> q = sympy.Symbol("q", positive=True)
    >>> as_activation("relu6").slope(q)
    erf(3*sqrt(2)/sqrt(q))/2
    """

    name = "relu6"
    latex = r"\operatorname{relu6}"
    formula = sympy.Min(6, sympy.Max(0, X))

    def _evaluate(self, h):
        return np.clip(h, 0.0, 6.0)

    def _slope(self, q):
        return sympy.erf(3 * sympy.sqrt(2 / q)) / 2


ACTIVATION = Relu6()
