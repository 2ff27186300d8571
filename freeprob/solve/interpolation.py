"""Where a number diverges in the limit of a vanishing parameter: the interpolation threshold.

On both sides of the threshold the number is finite and grows towards it like the inverse of the distance, so that its
inverse has a zero there, of opposite sign on the two sides once one is given the minus sign. The sides differ in how
the unknowns of the equations grow as the parameter vanishes: their exponents tell on which side a point lies.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import SolveError
from .one_sided import LimitFromAbove

__all__ = ["interpolation_threshold"]

_SCAN = 13
_STEPS = 60
_CLOSE = 1e-7
"""Relative width at which a straight line through the inverses is exact in float64."""
_NEXT = 0.1
_HIGH = 1e3
"""How many times larger than at the ends of the first cell a number is next to a threshold."""


def interpolation_threshold(
    value: Callable[[float], LimitFromAbove], parameter: str, bracket: tuple[float, float]
) -> float:
    """Return where the limit from above is infinite.

    Parameters
    ----------
    value : callable
        The limit at a value of the parameter.
    parameter : str
    bracket : (float, float)

    Raises
    ------
    ValueError
        If the bracket is empty.
    SolveError
        If the unknowns grow in the same way all over the bracket, or the number stays finite where that changes.
    """
    low, high = map(float, bracket)
    if not low < high:
        raise ValueError(f"the bracket of {parameter} is empty: {bracket}")
    places = [low + (high - low) * k / (_SCAN - 1) for k in range(_SCAN)]
    found = [value(place) for place in places]
    for place, limit in zip(places, found, strict=True):
        if limit.is_infinite:
            return place
    change = next((k for k in range(_SCAN - 1) if found[k].growth != found[k + 1].growth), None)
    if change is None:
        raise SolveError(
            f"no interpolation threshold between {parameter} = {low:.6g} and {high:.6g}: the unknowns grow in the same "
            "way all over, as on one side of it"
        )
    left, right = places[change], places[change + 1]
    one, other = found[change], found[change + 1]
    usual = max(abs(float(one)), abs(float(other)))
    for _ in range(_STEPS):
        zero = _zero(left, right, one, other)
        if right - left <= _CLOSE * max(abs(left), abs(right)):
            break
        # next to the zero, on the side of which the end is farther away
        place = zero - _NEXT * (zero - left) if zero - left > right - zero else zero + _NEXT * (right - zero)
        try:
            limit = value(place)
        except SolveError:  # on the threshold but for digits that float64 does not have
            break
        if limit.is_infinite:
            return place
        if limit.growth == one.growth:
            left, one = place, limit
        elif limit.growth == other.growth:
            right, other = place, limit
        else:
            raise SolveError(f"the unknowns grow in a third way at {parameter} = {place:.6g}; give a smaller bracket")
    if not min(abs(float(one)), abs(float(other))) > _HIGH * usual:
        raise SolveError(
            f"the unknowns change their growth at {parameter} = {zero:.10g}, but the number is finite on both sides: "
            "no noise is amplified there"
        )
    return zero


def _zero(left: float, right: float, one: LimitFromAbove, other: LimitFromAbove) -> float:
    """Return where the inverses of the number, of opposite signs on the two sides, vanish on a straight line."""
    a, b = abs(float(one)), abs(float(other))
    return (left * a + right * b) / (a + b) if a + b > 0 else (left + right) / 2
