"""The limit of a number as a parameter goes to 0 from above: ridgeless regression, interpolation.

The solution is followed in high precision down to 1e-30. The number has converged when the last decades agree; where
it grows like a power of the parameter, the limit is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import sympy

from ..equations.system import SelfConsistentSystem
from ..errors import SolveError, UnsupportedModel
from ..program import ir
from ..program.binding import Binding
from .ball_newton import precision
from .bound_value import Value
from .followed import FollowedSolution, followed_start, program_input
from .nodes import CAP, approximate, finer_count

__all__ = ["GRADIENT_STATIONS", "LimitFromAbove", "held_names", "holds_in_constants", "limit_from_above", "settled"]

_STATIONS = (-12, -18, -24, -30)
GRADIENT_STATIONS = (18, 24, 30)
"""Derivatives are compared at the parameter 10^-k for these k."""
_TOLERANCE = 1e-9
_RATE = 0.01
"""The changes over six decades of a power of at least a third decay at least so fast."""
_FEW = 8
"""The path is followed with so many times fewer quadrature nodes than float64 needs to begin with."""


class LimitFromAbove:
    """A number in the limit of a vanishing parameter; ``float(value)`` is the number, ``inf`` where it diverges.

    Attributes
    ----------
    parameter : str
        The parameter that goes to 0 from above.
    error : float
        An estimate from the changes of the number over the last decades of the parameter; 0 where it diverges.
    exponent : float
        k such that the number grows like parameter^-k; 0 where it converges.
    reason : str
        How the limit was found, or why the number diverges.
    growth : tuple of float
        k such that an unknown of the nonlinear equations grows like parameter^-k, one for each, to a quarter; they
        differ on the two sides of an interpolation threshold.
    """

    def __init__(
        self,
        value: float,
        parameter: str,
        error: float,
        exponent: float = 0.0,
        growth: tuple[float, ...] = (),
        precise: Callable[[int], Any] | None = None,
    ):
        self._value = value
        self._precise = precise
        self.growth = growth
        self.parameter = parameter
        self.error = error
        self.exponent = exponent
        if math.isinf(value):
            self.reason = (
                f"the number grows like {parameter}^(-{exponent:.3g}) as {parameter} goes to 0, as the error of a "
                "learner does at the interpolation threshold, where there are as many features as samples"
            )
        else:
            self.reason = f"the limit {parameter} -> 0 from above, within {max(error, 1e-15):.1e}"

    @property
    def is_infinite(self) -> bool:
        """Whether the number diverges."""
        return math.isinf(self._value)

    def precise(self, digits: int = 50) -> Any:
        """Return the limit to this many digits, as an mpmath number; see :mod:`freeprob.solve.precise_limit`.

        Raises
        ------
        UnsupportedModel
            If the number diverges.
        SolveError
            If the number is not analytic in the parameter at 0.
        """
        if self.is_infinite or self._precise is None:
            raise UnsupportedModel(f"precise: there are no digits: {self.reason}")
        found = self._precise(digits)
        if not abs(float(found) - self._value) <= _TOLERANCE * abs(self._value) + 10 * self.error:
            raise SolveError(f"precise: high precision gives {float(found):.12g}, and the path {self._value:.12g}")
        return found

    def certify(self, bits: int = 106) -> Any:
        """Raise UnsupportedModel: a certificate encloses a solution of equations, and at 0 there is none."""
        name = self.parameter
        raise UnsupportedModel(
            f"certify: at {name} = 0 unknowns of the equations are infinite, and there is no solution to enclose; the "
            f"limit {name} -> 0 has an estimate of its error, .error, and digits, .precise. Remedy: certify the number "
            f"at a small positive {name}; it differs from the limit by about as much as from that at 2 {name}"
        )

    def __float__(self) -> float:
        return self._value

    def __repr__(self) -> str:
        return repr(self._value)

    def __format__(self, spec: str) -> str:
        return format(self._value, spec)


def limit_from_above(
    program: ir.Program,
    bind: Callable[[Fraction], Binding],
    parameter: str,
    nodes: int,
    precise: Callable[[int], Any] | None = None,
) -> LimitFromAbove:
    """Return the limit of a number as a parameter goes to 0 from above.

    Parameters
    ----------
    program : Program
    bind : callable
        The binding at a value of the parameter.
    parameter : str
    nodes : int
        Quadrature nodes to begin with.
    precise : callable, optional
        The limit to any number of digits.

    Raises
    ------
    SolveError
        If the solution cannot be followed, or the number neither settles nor grows like a power.
    """
    start = followed_start(program, bind, nodes)
    if holds_in_constants(start.binding, parameter):
        raise SolveError(f"the limit {parameter} -> 0 is not covered: coefficients depend on {parameter}")
    name = program_input(program, start.binding, parameter)
    count = start.resolved
    continuous = approximate(start.binding)
    if continuous:
        count = max(16, count // _FEW)
    lists = any(law.has_many_atoms for law in start.binding.averaged)
    most = CAP if lists else start.resolved  # at the start the terms of the number may cancel less
    while True:
        try:
            with precision():
                heights, spread, growth = _heights(program, start, name, count, continuous)
        except SolveError:  # the solution with so few nodes is far from the one at the start
            if not continuous or 2 * count > most:
                raise
            count *= 2
            continue
        size = max(abs(float(start)), abs(heights[-1]))
        error = max(_remainder(heights), spread)
        if error <= _TOLERANCE * size:
            return LimitFromAbove(heights[-1], parameter, error, growth=growth, precise=precise)
        decades = [math.log10(abs(b / a)) / 6 if a and b else 0.0 for a, b in pairwise(heights)]
        powers = min(decades) > 0.02 and abs(decades[-1] - decades[-2]) < 0.01
        if powers and spread <= 1e-3 * abs(heights[-1]):
            return LimitFromAbove(math.copysign(math.inf, heights[-1]), parameter, 0.0, decades[-1], growth)
        if not spread > _TOLERANCE * size or 2 * count > most:
            raise SolveError(
                f"the limit {parameter} -> 0 could not be established: the number still changes by {error:.1e} "
                f"between {parameter} = 1e-24 and 1e-30, or with the nodes of the average over a continuous law. Give "
                f"a small positive {parameter} instead"
            )
        count *= 2


def settled(
    stations: Sequence[np.ndarray], scale: float, parameter: str, symbols: Sequence[sympy.Symbol]
) -> np.ndarray:
    """Return the last of the derivatives at three tiny values of a parameter, if they have converged.

    Parameters
    ----------
    stations : sequence of three ndarray, shape (symbols,)
    scale : float
        The size of the number: smaller derivatives are compared with it.
    parameter : str
    symbols : sequence of Symbol

    Raises
    ------
    SolveError
        If derivatives still change: next to an interpolation threshold they grow like a power of the parameter.
    """
    first, middle, last = stations
    unit = np.abs(last) + scale
    bad = ~((np.abs(last - middle) <= _TOLERANCE * unit) & (np.abs(middle - first) <= 1e3 * _TOLERANCE * unit))
    if bad.any():
        worst = int(np.flatnonzero(bad)[0])
        raise SolveError(
            f"gradient: the derivative in {symbols[worst]} has no limit as {parameter} goes to 0: it is "
            f"{first[worst]:.6g}, {middle[worst]:.6g}, {last[worst]:.6g} at 1e-18, 1e-24, 1e-30. Remedy: a positive "
            f"{parameter}"
        )
    return last


def _remainder(heights: list[float]) -> float:
    """Return an estimate of what is missing after the last station.

    Where the changes from station to station decay geometrically, as those of powers of the parameter do, what is
    missing is the rest of the geometric series.
    """
    before, last = (abs(b - a) for a, b in pairwise(heights[-3:]))
    rate = last / before if before > 0 else 1.0
    return last * rate / (1 - rate) if rate < _RATE else last


def _heights(
    program: ir.Program, start: Value, name: str, count: int, continuous: bool
) -> tuple[list[float], float, tuple[float, ...]]:
    """Return the number at the stations, its change at the last with twice the nodes, and the unknowns' exponents."""
    path = FollowedSolution(program, start, name, count)
    heights, sizes = [], []
    for station in _STATIONS:
        heights.append(float(path.go(Fraction(10) ** station)))
        sizes.append(path.logarithms())
    growth = tuple(round(4 * (b - a) / 6) / 4 for a, b in zip(*sizes[-2:], strict=True))
    if not continuous:
        return heights, 0.0, growth
    try:
        path.refined(finer_count(start.binding.averaged, count))
    except (SolveError, ZeroDivisionError):
        return heights, math.inf, growth
    finer = float(path.readout())
    return [*heights[:-1], finer], abs(finer - heights[-1]), growth


def holds_in_constants(binding: Binding, parameter: str) -> bool:
    """Return whether coefficients, tables or laws depend on a parameter."""
    return parameter in held_names(binding.system)


def held_names(system: SelfConsistentSystem) -> set[str]:
    """Return the names of the symbols on which coefficients, tables or laws depend."""
    symbols = {s.name for c in system.coefficients for a in c.arguments for s in a.free_symbols}
    symbols |= {s.name for _, table in system.tables for a in table.arguments for s in a.free_symbols}
    return symbols | {s.name for law in system.laws.values() for s in law.free_symbols}
