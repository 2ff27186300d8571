"""The limit of a number as a parameter goes to 0 from above: ridgeless regression, interpolation.

Unknowns of the equations grow like powers of 1/penalty although the number converges, so float64 loses all digits. The
solution is followed instead in high precision, from a penalty where float64 solves the equations down to 1e-30: the
unknowns become powers of the penalty, so that the steps of the logarithm grow. The number has converged when the last
decades agree; where it grows like a power, the limit is infinite.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath

from ..errors import SolveError
from ..program import ir
from ..program.binding import Binding
from .bound_value import Value
from .precise import PreciseSolver

__all__ = ["LimitFromAbove", "limit_from_above"]

_DIGITS, _EXTRA = 80, 160
_STARTS = (Fraction(1, 100), Fraction(1), Fraction(1, 10000))
_STATIONS = (-12, -18, -24, -30)
_TOLERANCE = 1e-9
_RULE_DIGITS = 20
_STEP = mpmath.mpf("0.1")
_TINY = mpmath.mpf(10) ** -_DIGITS


class LimitFromAbove:
    """A number in the limit of a vanishing parameter; ``float(value)`` is the number, ``inf`` where it diverges.

    Attributes
    ----------
    parameter : str
        The parameter that goes to 0 from above.
    error : float
        The change of the number over the last six decades of the parameter; 0 where it diverges.
    exponent : float
        k such that the number grows like parameter^-k; 0 where it converges.
    reason : str
        How the limit was found, or why the number diverges.
    """

    def __init__(self, value: float, parameter: str, error: float, exponent: float = 0.0):
        self._value = value
        self.parameter = parameter
        self.error = error
        self.exponent = exponent
        if mpmath.isinf(value):
            self.reason = (
                f"the number grows like {parameter}^(-{exponent:.3g}) as {parameter} goes to 0, as the error of a "
                "learner does at the interpolation threshold, where there are as many features as samples"
            )
        else:
            self.reason = f"the limit {parameter} -> 0 from above, within {max(error, 1e-15):.1e}"

    def __float__(self) -> float:
        return self._value

    def __repr__(self) -> str:
        return repr(self._value)

    def __format__(self, spec: str) -> str:
        return format(self._value, spec)


class _Path:
    """A solution of the equations, followed along a parameter."""

    def __init__(self, program: ir.Program, value: Value, name: str, nodes: int):
        self.program = program
        self.name = name
        self.solver = PreciseSolver(program, value.binding, _DIGITS, nodes, extra=_EXTRA, rule_digits=_RULE_DIGITS)
        self.nonlinear = [k for c in program.components if not c.linear for k in c.unknowns]
        self.log = mpmath.log(self.solver.inputs[name])
        self.past: list[tuple[Any, list[Any]]] = [(self.log, self.solver.polish(value.solution))]

    def go(self, target: Any) -> Any:
        """Follow the solution to the logarithm of the parameter, and return the number there."""
        step = _STEP
        while self.log > target:
            if step < _STEP / 2**20:
                raise SolveError(f"the solution could not be followed below {mpmath.nstr(mpmath.exp(self.log), 5)}")
            place = max(target, self.log - step)
            guess = self._predicted(place)
            self.solver.inputs[self.name] = mpmath.exp(place)
            try:
                found = self.solver.corrected(guess)
            except (SolveError, ZeroDivisionError):
                step /= 4
                continue
            distance = max((abs(guess[k] - found[k]) / (abs(found[k]) + _TINY) for k in self.nonlinear), default=0)
            self.past = [*self.past[-2:], (place, found)]
            self.log = place
            step = min(step * (4 if distance < 1e-6 else 2 if distance < 1e-4 else 1), 12)
        return mpmath.re(self.solver.readout(self.past[-1][1]))

    def _predicted(self, place: Any) -> list[Any]:
        """Return the unknowns by extrapolation, of their logarithms where these are smooth."""
        columns = zip(*(u for _, u in self.past), strict=True)
        places = [x for x, _ in self.past]
        weights = [
            mpmath.fprod((place - y) / (x - y) for j, y in enumerate(places) if j != k) for k, x in enumerate(places)
        ]
        guesses = []
        for column in columns:
            if all(v != 0 and mpmath.re(v / column[0]) > 0 for v in column):
                logs = [mpmath.log(v / column[0]) for v in column]
                guesses.append(column[0] * mpmath.exp(mpmath.fsum(w * v for w, v in zip(weights, logs, strict=True))))
            else:
                guesses.append(mpmath.fsum(w * v for w, v in zip(weights, column, strict=True)))
        return guesses


def limit_from_above(
    program: ir.Program, bind: Callable[[Fraction], Binding], parameter: str, nodes: int
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

    Raises
    ------
    SolveError
        If the solution cannot be followed, or the number neither settles nor grows like a power.
    """
    start = _start(program, bind, nodes)
    system = start.binding.system
    place = next(k for k, s in enumerate((*system.sizes, *system.parameters)) if s.name == parameter)
    if _is_in_constants(start.binding, parameter):
        raise SolveError(f"the limit {parameter} -> 0 is not covered: coefficients depend on {parameter}")
    counts = [start.resolved]
    if any(not law.is_atomic for law in start.binding.laws.values()):
        counts.insert(0, counts[0] // 2)
    with mpmath.workdps(_DIGITS + _EXTRA):
        heights = [_heights(program, start, program.inputs[place], count) for count in counts]
        last = heights[-1]
        size = max(abs(float(start)), abs(last[-1]))
        spread = max(abs(h[-1] - last[-1]) for h in heights)
        error = float(max(abs(last[-1] - last[-2]), spread))
        if error <= _TOLERANCE * size:
            return LimitFromAbove(float(last[-1]), parameter, error)
        decades = [float(mpmath.log10(abs(b / a))) / 6 if a and b else 0.0 for a, b in pairwise(last)]
    if min(decades) > 0.02 and abs(decades[-1] - decades[-2]) < 0.01 and spread <= 1e-3 * abs(last[-1]):
        return LimitFromAbove(float("inf") if last[-1] > 0 else float("-inf"), parameter, 0.0, decades[-1])
    raise SolveError(
        f"the limit {parameter} -> 0 could not be established: the number still changes by {error:.1e} between "
        f"{parameter} = 1e-24 and 1e-30. Give a small positive {parameter} instead"
    )


def _start(program: ir.Program, bind: Callable[[Fraction], Binding], nodes: int) -> Value:
    problem: SolveError | None = None
    for place in _STARTS:
        value = Value(program, bind(place), nodes)
        try:
            float(value)
        except SolveError as error:
            problem = error
            continue
        return value
    raise SolveError(f"no positive value of the parameter could be solved: {problem}") from problem


def _heights(program: ir.Program, start: Value, name: str, nodes: int) -> list[Any]:
    """Return the number at the stations on the way to 0."""
    path = _Path(program, start, name, nodes)
    return [path.go(mpmath.log(mpmath.mpf(10) ** station)) for station in _STATIONS]


def _is_in_constants(binding: Binding, parameter: str) -> bool:
    system = binding.system
    symbols = {s.name for c in system.coefficients for a in c.arguments for s in a.free_symbols}
    symbols |= {s.name for _, table in system.tables for a in table.arguments for s in a.free_symbols}
    symbols |= {s.name for law in system.laws.values() for s in law.free_symbols}
    return parameter in symbols
