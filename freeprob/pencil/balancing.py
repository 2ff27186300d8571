"""Balancing: each coefficient of a pencil stands where it arises.

Products of coefficients gather on the way through a network: a word of ten layers arrives with ten of them. With
``y' = f y`` the row of y is multiplied by f and each use of y divided by it. Of each symbol f takes the power with
which the fewest factors are left in all, and of one that may vanish no more than every use has: then layer l knows its
own coefficients alone, equal layers have equal equations, and each equation is short.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sympy

from ..algebra.symbols import Size
from .forms import PLAIN, Form
from .linear_pencil import Readout

__all__ = ["balanced"]


def balanced(
    rows: Sequence[Form], readouts: Sequence[Readout], movable: Iterable[int]
) -> tuple[list[Form], tuple[Readout, ...]]:
    """Return the rows and read-outs of the same pencil in other multiples of its variables.

    Parameters
    ----------
    rows : sequence of Form
        ``rows[i]`` is the equation of variable i.
    readouts : sequence of Readout
    movable : iterable of int
        The variables to look at; their rows read ``y - form = 0``, in variables of smaller number or of other kinds.
    """
    rows = [dict(row) for row in rows]
    outputs = [dict(enumerate(weight for _, _, weight in readout.entries)) for readout in readouts]
    uses: dict[int, list[tuple[dict[Any, sympy.Expr], Any]]] = {variable: [] for variable in movable}
    for row, form in enumerate(rows):
        for key in form:
            if key[1] in uses and key != (PLAIN, row):
                uses[key[1]].append((form, key))
    for output, readout in zip(outputs, readouts, strict=True):
        for place, (variable, _, _) in enumerate(readout.entries):
            if variable in uses:
                uses[variable].append((output, place))
    for variable in sorted(uses, reverse=True):  # users first
        own = rows[variable]
        inner = [key for key in own if key != (PLAIN, variable)]
        factor = _shared([form[key] for form, key in uses[variable]], [own[key] for key in inner])
        for form, key in uses[variable]:
            form[key] /= factor
        for key in inner:
            own[key] *= factor
    scaled = (
        tuple((v, s, output[k]) for k, (v, s, _) in enumerate(readout.entries))
        for output, readout in zip(outputs, readouts, strict=True)
    )
    return rows, tuple(map(Readout, scaled))


def _shared(uses: Sequence[sympy.Expr], own: Sequence[sympy.Expr]) -> sympy.Expr:
    """Return what is to move from the uses of a variable to its row.

    With exponents e in the uses and f in the row, ``sum |e - t| + sum |f + t|`` is least at the median of all e and
    -f; where that is an interval the end farther from 0 is taken, so that factors move on to the next variable.
    """
    if not uses:
        return sympy.S.One
    outside, inside = ([scalar.as_powers_dict() for scalar in scalars] for scalars in (uses, own))
    factors = []
    for base in [base for base in outside[0] if base.is_Symbol]:
        exponents = [powers.get(base, sympy.S.Zero) for powers in outside]
        together = sorted([*exponents, *(-powers.get(base, sympy.S.Zero) for powers in inside)])
        middle = together[(len(together) - 1) // 2], together[len(together) // 2]
        power = max(middle, key=abs)
        if not isinstance(base, Size):
            whole = all(e.is_Integer for e in exponents)
            power = max(min(power, *exponents), sympy.S.Zero) if whole else sympy.S.Zero
        factors.append(base**power)
    return sympy.Mul(*factors)
