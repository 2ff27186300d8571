r"""(g 1^T + C) o F(H) = D_g F(H) + C o F(H): what a factor takes from the shifts alone is a diagonal matrix.

With ``diag(g) = D_g`` the sides are equal. The errors of a backward pass are such factors, ``W^T E o f'(H)`` with an
E that has a mean, and so are the weights of the output, ``v 1^T o f'(H)``, where C vanishes; their shifts are then
polynomials on the neurons, and what is left to tabulate is a function of the shifts of H alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..language.activations import as_activation
from ..language.nodes import Zero
from .entry_function import EntryFunction, Factor
from .preactivations import Preactivations

__all__ = ["ShiftSplit", "in_order", "split_at_shift"]


@dataclass(frozen=True)
class ShiftSplit:
    """A function ``(g 1^T + C) o F(H)`` in parts.

    Attributes
    ----------
    factor : Factor
        The factor with the shift.
    rest : EntryFunction
        F.
    centred : EntryFunction or None
        ``C o F(H)``, None where C vanishes.
    """

    factor: Factor
    rest: EntryFunction
    centred: EntryFunction | None


def split_at_shift(function: EntryFunction, preactivations: Preactivations) -> ShiftSplit | None:
    """Return a product of several factors split at one that is linear in a shift which no other sees; else None."""
    if len(function.factors) < 2:
        return None
    linear = as_activation("linear")
    for k, factor in enumerate(function.factors):
        others = function.factors[:k] + function.factors[k + 1 :]
        if factor.activation != linear or any(factor.variables[0] in other.variables for other in others):
            continue
        known = preactivations.found[factor.variables[0]]
        if known.shift is None:
            continue
        centred = None
        if not isinstance(known.centred, Zero):
            twin = Factor(linear, (preactivations.without_shift(factor.variables[0]),), factor.ratios)
            centred = EntryFunction(in_order((*others, twin)))
        return ShiftSplit(factor, EntryFunction(others), centred)
    return None


def in_order(factors: tuple[Factor, ...]) -> tuple[Factor, ...]:
    """Return the factors of a product in an order of their own."""
    return tuple(sorted(factors, key=lambda f: (f.variables, str(f.activation), str(f.ratios))))
