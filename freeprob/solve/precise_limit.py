"""The limit of a number as a parameter goes to 0 from above, to any number of digits.

Where the limit exists the number is analytic in the parameter (:mod:`freeprob.targets.vanishing_runtime`). Its values
at 1e-20, 2e-20, ... m e-20, each with many digits, are extrapolated by the polynomial through them: what is missing is
of the order of 1e-20 to the power m.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import sympy

from ..errors import SolveError
from .bound_value import Value

__all__ = ["precise_limit"]

_PLACE = 20
_EXTRA = 12


def precise_limit(value: Callable[[sympy.Rational], Value], parameter: str, digits: int) -> Any:
    """Return the limit to this many digits, as an mpmath number: polynomials of two degrees agree on them.

    Parameters
    ----------
    value : callable
        The number at a tiny positive value of the parameter.
    parameter : str
    digits : int

    Raises
    ------
    SolveError
        If the polynomials do not agree: the number is not analytic at 0.
    """
    count = math.ceil((digits + 8) / _PLACE) + 2
    with mpmath.workdps(digits + _EXTRA):
        heights = [value(sympy.Rational(k, 10**_PLACE)).precise(digits + _EXTRA) for k in range(1, count + 1)]
        coarse, fine = (_at_zero(heights[:length]) for length in (count - 1, count))
        nothing = mpmath.mpf(10) ** -_PLACE * abs(float(value(sympy.S.One)))  # a limit as small as this is 0
        if not abs(fine - coarse) <= mpmath.mpf(10) ** -digits * max(abs(fine), nothing):
            raise SolveError(
                f"precise: polynomials in {parameter} do not agree on the limit {parameter} -> 0 to {digits} digits "
                f"({mpmath.nstr(fine, 15)} and {mpmath.nstr(coarse, 15)}): the number is not analytic there, as at an "
                f"interpolation threshold. Remedy: a small positive {parameter}"
            )
    with mpmath.workdps(digits):
        return +fine


def _at_zero(heights: list[Any]) -> Any:
    """Return the polynomial through values at 1, 2, ..., m, at 0."""
    return mpmath.fsum((-1) ** k * math.comb(len(heights), k + 1) * height for k, height in enumerate(heights))
