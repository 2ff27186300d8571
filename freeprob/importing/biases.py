"""Biases as leaves and numbers.

A bias shifts each neuron by one number for all samples. Unlike that of weights, its law matters; it must look normal,
or be one number for all neurons.
"""

from __future__ import annotations

import math

import numpy as np
import sympy

from ..errors import UnsupportedModel
from ..language.ensembles.gaussian import gaussian
from ..language.expression import Expression
from ..language.operations import combine
from .initialisation import rounded, uniform_evidence
from .memory import remembered
from .network import ImportedWeight
from .values import Parameter, Part, part_text
from .widths import Widths

__all__ = ["Biases"]

_VANISHES = 1.0
"""A bias of mean square at most this over the fan in vanishes as widths grow; nn.Linear's default is 1/3 of it."""

_FEWEST = 30
"""Entries below which the law of a bias is not tested."""


class Biases:
    """The biases of one network.

    Parameters
    ----------
    widths : Widths
    limit : bool
        Whether biases that vanish as widths grow are left out.
    found : list of ImportedWeight
        The record, to which each bias is appended.
    """

    def __init__(self, widths: Widths, limit: bool, found: list[ImportedWeight]) -> None:
        self.widths = widths
        self.limit = limit
        self.found = found
        self._count = 0
        self._known: dict[tuple[int, Part], tuple[Expression | None, sympy.Expr]] = {}

    def read(self, parameter: Parameter, part: Part, fan_in: int) -> tuple[Expression | None, sympy.Expr]:
        """Return the random part of a bias, a multiple of a vector or None, and its constant part.

        Parameters
        ----------
        parameter : Parameter
            With one axis.
        part : Part
            The entries that are used.
        fan_in : int
            The width of the layer below.

        Raises
        ------
        UnsupportedModel
            If the bias is neither normal, nor constant, nor small.
        """
        key = (id(parameter.tensor), part)
        if key not in self._known:
            vector, shift, statement = self._law(parameter, part, fan_in)
            self._known[key] = vector, shift
            where = "" if part == (0, parameter.shape[0]) else f"[{part_text(part)}]"
            leaf = None if vector is None else vector.terms()[0][0]
            self.found.append(ImportedWeight(parameter.path + where, leaf, statement))
        vector, shift = self._known[key]
        return None if vector is None else combine([(vector, parameter.factor)]), parameter.factor * shift

    def _law(self, parameter: Parameter, part: Part, fan_in: int) -> tuple[Expression | None, sympy.Expr, str]:
        values = parameter.numbers[slice(*part)]
        if not np.all(np.isfinite(values)):
            raise UnsupportedModel("the bias has entries that are not finite. Remedy: initialise the module")
        square = float(np.mean(values**2))
        small = square * fan_in <= _VANISHES
        if square == 0:
            return None, sympy.S.Zero, "zero"
        if small and self.limit:
            return None, sympy.S.Zero, f"mean square {square:.3g}, vanishes as the fan in {fan_in} grows"
        mean, variance = float(values.mean()), float(values.var())
        if variance <= 1e-12 * square:
            return None, rounded(mean), f"the constant {mean:.6g}"
        centred = abs(mean) < 4 * math.sqrt(variance / values.size)
        variance, shift = (square, sympy.S.Zero) if centred else (variance, rounded(mean))
        if not small:  # of a small bias only the variance matters
            _refuse_not_normal(values - (0 if centred else mean), variance)
        exact = self.limit and abs(variance - 1) < 4 * math.sqrt(2 / values.size)
        deviation = sympy.S.One if exact else rounded(math.sqrt(variance))
        self._count += 1
        name, size = f"b_{self._count}", self.widths.size(part[1] - part[0])
        leaf = remembered(parameter.tensor, (part, size), lambda: gaussian(size, name=name))
        return (
            combine([(leaf, deviation)]),
            shift,
            f"mean {float(shift):.4g}, standard deviation {math.sqrt(variance):.4g}",
        )


def _refuse_not_normal(values: np.ndarray, variance: float) -> None:
    """Refuse entries that are bounded or heavy-tailed."""
    if values.size < _FEWEST:
        return
    largest = float(np.abs(values).max()) / math.sqrt(variance)
    kurtosis = float(np.mean(values**4)) / variance**2
    if uniform_evidence(values) > math.log(1000) or kurtosis - 3 > 8 * math.sqrt(24 / values.size):
        raise UnsupportedModel(
            f"the bias is not normally distributed: its largest entry is {largest:.3g} standard deviations and its "
            f"kurtosis {kurtosis:.3g}. The law of a bias matters, since it shifts neurons. Remedy: "
            "torch.nn.init.normal_ or zeros_ for biases"
        )
