"""Linear forms: what a row of a pencil is made of while it is written."""

from __future__ import annotations

from typing import Any

import sympy

from ..algebra.symbols import Size

__all__ = ["PLAIN", "Combination", "Form", "accumulate", "common_factor"]

Combination = dict[int, sympy.Expr]
"""A linear combination of variables."""

Form = dict[tuple, sympy.Expr]
"""A linear combination of variables and of letters applied to variables; keys (letter key, variable)."""

PLAIN = ("1",)
"""The key of a variable itself, without a letter."""


def common_factor(scalars: list[sympy.Expr]) -> sympy.Expr:
    """Return what divides some scalars, whatever the values of parameters; sizes and numbers never vanish.

    Of the numbers it is the largest, so that what is left does not grow from layer to layer of a network.
    """
    if len(scalars) < 2:
        return scalars[0] if scalars else sympy.S.One
    number = max((scalar.as_coeff_Mul()[0] for scalar in scalars), key=abs)
    powers = [scalar.as_coeff_Mul()[1].as_powers_dict() for scalar in scalars]
    factors = [sympy.S.One]
    for base, exponent in powers[0].items():
        if isinstance(base, Size):
            factors.append(base**exponent)
        elif base.is_Symbol and all(p[base].is_Integer and p[base] > 0 for p in powers if base in p):
            factors.append(base ** min(p.get(base, sympy.S.Zero) for p in powers))
    return number * sympy.Mul(*factors)


def accumulate(form: dict[Any, sympy.Expr], key: Any, scalar: sympy.Expr) -> None:
    """Add to an entry of a form; one that cancels is dropped."""
    total = form.get(key, sympy.S.Zero) + scalar
    if total == 0:
        form.pop(key, None)
    else:
        form[key] = total
