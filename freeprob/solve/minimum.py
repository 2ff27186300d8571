"""The smallest value of a number over one of its parameters, for example the best penalty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import SolveError

__all__ = ["Minimum", "minimum"]

_SAMPLES = 25


@dataclass(frozen=True)
class Minimum:
    """Where a number is smallest.

    Attributes
    ----------
    parameter : str
    place : float
        The value of the parameter.
    value : float
        The number there.
    interior : bool
        False where the number is smallest at an end of the bracket.
    """

    parameter: str
    place: float
    value: float
    interior: bool

    def __float__(self) -> float:
        return self.place

    def __str__(self) -> str:
        where = "" if self.interior else ", an end of the bracket"
        return f"{self.value:.10g} at {self.parameter} = {self.place:.10g}{where}"


def minimum(values: Callable[[np.ndarray], np.ndarray], parameter: str, bracket: tuple[float, float]) -> Minimum:
    """Return the smallest of the local minima that a scan sees, refined.

    Parameters
    ----------
    values : callable
        The number, of arrays of values of the parameter.
    parameter : str
    bracket : (float, float)
        Scanned on a logarithmic grid where both ends are positive.

    Raises
    ------
    ValueError
        If the bracket is empty.
    SolveError
        If the number cannot be computed in the bracket.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.solve.minimum import minimum
    >>> found = minimum(lambda t: t + 4 / t, "t", (0.1, 100))
    >>> print(f"{found.value:.10f} {found.place:.6f}", found.interior)
    4.0000000000 2.000000 True
    """
    low, high = bracket
    if not low < high:
        raise ValueError(f"the bracket of {parameter} is empty: {bracket}")
    log = low > 0
    to, back = (np.log, np.exp) if log else (np.asarray, np.asarray)
    grid = np.linspace(to(low), to(high), _SAMPLES)
    places = back(grid)
    places[0], places[-1] = low, high
    heights = np.asarray(values(places), dtype=float)
    if not np.isfinite(heights).any():
        raise SolveError(f"the number is infinite everywhere between {parameter} = {low:.6g} and {high:.6g}")
    k = int(np.argmin(heights))
    from scipy.optimize import minimize_scalar  # loaded when it is needed

    left, right = grid[max(k - 1, 0)], grid[min(k + 1, _SAMPLES - 1)]
    found = minimize_scalar(
        lambda x: float(values(np.atleast_1d(back(x)))[0]),
        bounds=(left, right),
        method="bounded",
        options={"xatol": 1e-9},
    )
    if found.fun < heights[k]:
        place, value = float(back(found.x)), float(found.fun)
    else:
        place, value = float(places[k]), float(heights[k])
    width = (grid[-1] - grid[0]) * 1e-6
    interior = grid[0] + width < to(place) < grid[-1] - width
    return Minimum(parameter, place, value, bool(interior))
