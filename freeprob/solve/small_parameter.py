"""A number where float64 does not do: polished in high precision, or followed to a small positive parameter.

A test error may be a small difference of large terms, as that of kernel ridge regression with many modes and no noise:
float64 solves the equations, and rounding of the read-out hides the number. Where the equations have no path in
float64, the solution is followed from a larger value of a small parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from ..algebra.symbols import Size
from ..errors import SolveError
from ..program import ir
from ..program.binding import Binding, free_symbols
from ..targets.rounding_runtime import ROUNDED
from .ball_newton import DIGITS, BallNewton, from_balls, precision, to_balls
from .bound_value import Found, Value
from .followed import FollowedSolution, followed_start, program_input
from .nodes import CAP, approximate, growing_counts
from .one_sided import holds_in_constants

__all__ = ["polished", "solved_value"]

_SMALL = Fraction(1, 100)
_TINY = Fraction(1, 10**9)
_AGREE = 1e-9


def solved_value(
    program: ir.Program, bind: Callable[[Mapping[str, Any]], Binding], values: Mapping[str, Any], nodes: int
) -> Value:
    """Return the number at given values, solved.

    Where the terms of the number cancel, so that it does not settle in float64, the solution is polished in high
    precision. Where the randomness cannot be switched on in float64 because a positive parameter (a penalty) is small,
    the solution is followed down from a larger value of that parameter.

    Raises
    ------
    SolveError
        If the number could not be established.
    """
    binding = bind(values)
    small = _small(binding, values)
    tiny = [name for name in small if binding.values[_symbol(binding, name)] < _TINY]

    def followed(names: list[str]) -> Value | None:
        for name in names:
            try:
                return _followed(program, bind, values, name, binding, nodes)
            except (SolveError, ZeroDivisionError):
                continue
        return None

    found = followed(tiny)  # float64 would try many small steps in vain
    if found is not None:
        return found
    value = Value(program, binding, nodes)
    rest = [name for name in small if name not in tiny]
    found = _without_float64(value, lambda: followed(rest)) if approximate(binding) else None
    if found is not None:
        return found
    error: SolveError | None = None
    try:
        lost = value.rounding
    except SolveError as reason:
        error = reason
    else:
        if not lost > ROUNDED:
            return value
        shown = ", ".join(f"{k}={float(v):.6g}" for k, v in sorted(binding.values.items(), key=str))
        error = SolveError(
            f"at {shown}: the number is a small difference of large terms, of which float64 leaves it to {lost:.0e} "
            "of itself, and high precision does not settle it either. Remedy: a larger penalty, or noise"
        )
    found = _polished(program, binding, nodes) or followed(rest)
    if found is None:
        raise error
    return found


def _without_float64(value: Value, followed: Callable[[], Value | None]) -> Value | None:
    """Return the number where float64 does not do with the first quadrature rule; with more nodes each try is slow."""
    try:
        lost = value.rounding_with(value.nodes)
    except SolveError:
        return followed()
    return _polished(value.program, value.binding, value.nodes) if lost > ROUNDED else None


def _polished(program: ir.Program, binding: Binding, nodes: int) -> Value | None:
    """Return the number, read out in high precision; None where that does not find it.

    The nodes of averages are doubled until two numbers agree, as in float64, where rounding may keep them apart.
    """
    exact = not approximate(binding)
    previous = None
    for count, _ in [(nodes, 0)] if exact else growing_counts(binding.averaged, nodes, CAP):
        try:
            found = polished(program, binding, count, Value(program, binding, count).solved(count))
        except SolveError:
            return None
        if found is None:
            return None
        if exact or (previous is not None and abs(found.number - previous) <= _AGREE * abs(found.number)):
            return Value(program, binding, nodes, found=found)
        previous = found.number
    return None


def polished(program: ir.Program, binding: Binding, nodes: int, solution: np.ndarray) -> Found | None:
    """Return the number in high precision with so many quadrature nodes, from a solution in float64; else None."""
    with precision():
        try:
            newton = BallNewton(program, binding, nodes)
            balls = newton.corrected(to_balls(solution))
            number = float(newton.readout(balls))
        except (SolveError, ZeroDivisionError):
            return None
        return Found(number, [from_balls(v) for v in balls], nodes, DIGITS, balls)


def _symbol(binding: Binding, name: str) -> sympy.Symbol:
    return next(s for s in binding.values if s.name in (name, name.rstrip("_")))


def _small(binding: Binding, values: Mapping[str, Any]) -> list[str]:
    """Return the names of the values of positive parameters that are small, the smallest first."""
    positive = {s.name: s for s in free_symbols(binding.system) if s.is_positive and not isinstance(s, Size)}
    names = {name: positive.get(name) or positive.get(name.rstrip("_")) for name in values}
    sizes = {name: float(binding.values[s]) for name, s in names.items() if s in binding.values}
    return sorted((name for name, size in sizes.items() if size < _SMALL), key=lambda name: sizes[name])


def _followed(
    program: ir.Program,
    bind: Callable[[Mapping[str, Any]], Binding],
    values: Mapping[str, Any],
    name: str,
    binding: Binding,
    nodes: int,
) -> Value:
    symbol = _symbol(binding, name)
    if holds_in_constants(binding, symbol.name):
        raise SolveError(f"coefficients depend on {name}")
    start = followed_start(program, lambda place: bind({**values, name: place}), nodes)
    target = Fraction(str(binding.values[symbol])) if binding.values[symbol].is_Rational else None
    if target is None or start.binding.values[symbol] <= binding.values[symbol]:
        raise SolveError(f"{name} is not followed")
    with precision():
        path = FollowedSolution(program, start, program_input(program, binding, symbol.name), start.resolved)
        number = float(path.go(target))
        unknowns, digits = path.numbers()
        balls = path.unknowns
        if approximate(binding):
            path.refined(2 * start.resolved)
            if not abs(float(path.readout()) - number) <= _AGREE * abs(number):
                raise SolveError("the average over a law is not resolved")
    return Value(program, binding, nodes, found=Found(number, unknowns, start.resolved, digits, balls))
