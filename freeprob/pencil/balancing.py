"""Balancing: each coefficient of a pencil stands where it arises.

Products of coefficients gather on the way through a network: a word of ten layers arrives with ten of them. With
``y' = f y`` the row of y is multiplied by f and each use of y divided by it. Of each symbol f takes the power with
which the fewest factors are left in all, and of one that may vanish no more than every use has: then layer l knows its
own coefficients alone, equal layers have equal equations, and each equation is short.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sympy

from ..algebra.symbols import Size
from .forms import PLAIN, Form
from .linear_pencil import Readout

__all__ = ["balanced", "crowd", "multiples"]


def crowd(scalar: sympy.Expr) -> float:
    """Return how many symbols a product has, counted with their powers."""
    return sum(abs(float(e)) for base, e in scalar.as_powers_dict().items() if base.is_Symbol and e.is_number)


def multiples(rows: Sequence[Form], readouts: Sequence[Readout], movable: Iterable[int]) -> dict[int, sympy.Expr]:
    """Return the factor f of each variable that is to be replaced by a multiple of itself.

    Parameters
    ----------
    rows : sequence of Form
        ``rows[i]`` is the equation of variable i.
    readouts : sequence of Readout
    movable : iterable of int
        The variables to look at; their rows read ``y - form = 0``, in variables of smaller number or of other kinds.
    """
    uses: dict[int, list[tuple[int | None, sympy.Expr]]] = {variable: [] for variable in movable}
    for row, form in enumerate(rows):
        for key, scalar in form.items():
            if key[1] in uses and key != (PLAIN, row):
                uses[key[1]].append((row, scalar))
    for readout in readouts:
        for variable, _, weight in readout.entries:
            if variable in uses:
                uses[variable].append((None, weight))
    factors: dict[int, sympy.Expr] = {}
    for variable in sorted(uses, reverse=True):  # users first
        outside = [
            scalar * factors.get(row, sympy.S.One) if row is not None else scalar for row, scalar in uses[variable]
        ]
        own = [scalar for key, scalar in rows[variable].items() if key != (PLAIN, variable)]
        factor = _shared(outside, own)
        if factor != 1:
            factors[variable] = factor
    return factors


def balanced(
    rows: Sequence[Form], readouts: Sequence[Readout], factors: Mapping[int, sympy.Expr]
) -> tuple[list[Form], tuple[Readout, ...]]:
    """Return the rows and read-outs of the same pencil in other multiples of its variables."""
    powers = {variable: factor.as_powers_dict() for variable, factor in factors.items()}

    def moved(scalar: sympy.Expr, row: int, variable: int) -> sympy.Expr:
        """Return ``scalar f_row / f_variable``: of the long products little is left."""
        up, down = powers.get(row, {}), powers.get(variable, {})
        if not up and not down:
            return scalar
        total = dict(scalar.as_powers_dict())
        for sign, part in ((1, up), (-1, down)):
            for base, exponent in part.items():
                total[base] = total.get(base, sympy.S.Zero) + sign * exponent
        return sympy.Mul(*(base**exponent for base, exponent in total.items() if exponent != 0))

    scaled = [{key: moved(scalar, row, key[1]) for key, scalar in form.items()} for row, form in enumerate(rows)]
    outputs = (Readout(tuple((v, s, moved(w, s, v)) for v, s, w in r.entries)) for r in readouts)
    return scaled, tuple(outputs)


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
