"""The algebraic sigmoid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from freeprob.language.activations.base import Activation, X

__all__ = ["ACTIVATION", "Softsign"]


@dataclass(frozen=True, eq=False)
class Softsign(Activation):
    """f(x) = x/(1 + |x|).

    E f = 0; E f' and E f^2 are found by quadrature.

    Examples
    --------
    >>> from freeprob.language.activations import as_activation
    >>> softsign = as_activation("softsign")
    >>> softsign.mean(1), round(softsign.numeric_slope(1), 12)
    (0, 0.412755100339)
    """

    name = "softsign"
    latex = r"\operatorname{softsign}"
    formula = X / (1 + sympy.Abs(X))

    def _evaluate(self, h):
        return h / (1 + np.abs(h))

    def _mean(self, q):
        return sympy.S.Zero


ACTIVATION = Softsign()
