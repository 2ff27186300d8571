"""Contour integrals in high precision: the same contours with more nodes, the equations solved in Arb at each.

A trapezoidal rule converges geometrically, so that the nodes grow like the digits. The cores are solved once at each
node of a contour, from the solution in float64, and the linear components at each pair. Two rules, the second with more
nodes (of the contours, and of the averages over continuous laws), must agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import flint
import mpmath
import numpy as np
import sympy

from ..errors import SolveError, UnsupportedModel
from ..program import ir
from ..program.binding import Binding
from ..program.component_values import component_values
from .ball_newton import DIGITS, from_balls, newton_step, precision
from .balls import ball, ball_inputs, ball_program
from .contour_rule import Density, Shape
from .contour_system import ContourSystem
from .precise_rule import precise_rule

__all__ = ["precise_contour"]

_BITS = 800
_SMALL = 260
"""Bits to which Newton's method is taken."""
_JUMP = 1e-3
"""Largest first step of Newton's method in a nonlinear component, relative."""
_MOST = DIGITS - 15
_FLOAT_DIGITS = 12.0
"""Digits that a rule has which was chosen in float64."""
_GROWTH = 1.15
"""How many times more nodes a rule has than the one before."""
_LONGEST = 8
_PLACES = ("1e-9", "1e-4", "0.02", "0.1", "0.3", "0.7", "0.95", "0.9999", "0.999999999")
"""Where on the interval around the spectrum a rule is tested."""

Bound = Sequence[tuple[sympy.Symbol, Density]]


def precise_contour(
    system: ContourSystem,
    binding: Binding,
    shapes: Mapping[sympy.Symbol, tuple[Shape, int]],
    densities: Sequence[Bound],
    quadrature: int,
    digits: int,
) -> Any:
    """Return a number with contour integrals to this many digits, as an mpmath number.

    Parameters
    ----------
    system : ContourSystem
    binding : Binding
    shapes : mapping of ContourPoint to (Shape, int)
        The contours, and how many nodes they need in float64.
    densities : sequence
        The points of each integral with their functions.
    quadrature : int
        Nodes of continuous laws in float64.
    digits : int

    Raises
    ------
    UnsupportedModel
        If so many digits are not offered, or the equations of a pair of points are not linear.
    SolveError
        If two rules do not agree.
    """
    if digits > _MOST:
        raise UnsupportedModel(f"precise: contour integrals are given to at most {_MOST} digits, not {digits}")
    joint = [c for c, own in zip(system.program.components, system.depends, strict=True) if len(own) > 1]
    if any(not component.linear for component in joint):
        raise UnsupportedModel("precise: an equation that holds two contour points is not linear in its unknown")
    laws, found = max(quadrature, 4 * digits), []
    with precision(), mpmath.workdps(digits + 20):
        counts = {}
        for point, (shape, count) in shapes.items():
            used = [density for pairs in densities for other, density in pairs if other == point]
            counts[point] = _needed(shape, count, list(dict.fromkeys(used)), digits)
        for factor, nodes in ((1.0, laws), (_GROWTH, 2 * laws)):
            rules = {p: precise_rule(shape, 2 * round(factor * counts[p] / 2)) for p, (shape, _) in shapes.items()}
            found.append(_Solver(system, binding, nodes, rules).number(densities))
        first, second = found
        error = abs(first - second)
        if not error <= mpmath.mpf(10) ** -digits * max(abs(second), mpmath.mpf(10) ** -digits):
            raise SolveError(
                f"two rules on the contours differ by {mpmath.nstr(error, 3)}, more than the last of {digits} digits "
                f"of {mpmath.nstr(second, 10)}. Remedy: ask for fewer digits"
            )
    with mpmath.workdps(digits):
        return +second


def _needed(shape: Shape, count: int, densities: Sequence[Density], digits: int) -> int:
    """Return how many nodes give functions on the spectrum to all digits; no equation is solved.

    Raises
    ------
    SolveError
        If more than ``_LONGEST`` times as many nodes as in float64 do not suffice.
    """
    low, high = mpmath.mpf(shape.low), mpmath.mpf(shape.high)
    places = [low + (high - low) * mpmath.mpf(part) for part in _PLACES]
    functions = [sympy.lambdify(density.variable, density.formula, "mpmath") for density in densities]
    known = [[function(place) for place in places] for function in functions]
    nodes = (digits + 4) / _FLOAT_DIGITS * count
    while nodes <= _LONGEST * count * max(1, digits / _FLOAT_DIGITS):
        points, weights = precise_rule(shape, 2 * round(nodes / 2))
        worst = mpmath.mpf(0)
        for function, values in zip(functions, known, strict=True):
            terms = [weight * function(point) for point, weight in zip(points, weights, strict=True)]
            for place, value in zip(places, values, strict=True):
                made = 2 * mpmath.re(mpmath.fsum(w / (place - z) for w, z in zip(terms, points, strict=True)))
                worst = max(worst, abs(made - value) / max(map(abs, values)))
        if worst <= mpmath.mpf(10) ** -(digits + 2):
            return 2 * round(nodes / 2)
        nodes *= _GROWTH
    raise SolveError(
        f"{', '.join(str(density.formula) for density in densities)} cannot be integrated to {digits} digits on a "
        "contour around the spectrum. Remedy: ask for fewer digits"
    )


class _Solver:
    """The equations at the nodes of some rules, in high precision."""

    def __init__(self, system: ContourSystem, binding: Binding, quadrature: int, rules: Mapping[sympy.Symbol, Any]):
        self.system, self.rules = system, rules
        program = system.program
        plain = program.inputs[: len(program.inputs) - len(system.system.contours)]
        self.names = dict(zip(system.system.contours, program.inputs[len(plain) :], strict=True))
        self.inputs = ball_inputs(replace(program, inputs=plain), binding, _BITS)
        self.inputs |= {name: flint.acb(0, 1) for name in self.names.values()}
        self.run = ball_program(program, binding, quadrature, _BITS).run
        starts = system.starts(binding, quadrature, {p: _floats(nodes) for p, (nodes, _) in rules.items()})
        self.still = self._polished({}, starts.still[:, 0], frozenset())
        self.upper = {
            point: [
                self._polished({self.names[point]: _complex(node)}, start, frozenset([point]))
                for node, start in zip(rules[point][0], starts.along[point].T, strict=True)
            ]
            for point in rules
        }

    def number(self, densities: Sequence[Bound]) -> Any:
        """Return the number: its part without integrals, and the sums over nodes."""
        values = self.inputs | self.still
        count = len(self.system.integrals)
        total = from_balls(self.run(self.system.outputs_of(count), values)[0])
        for index, pairs in enumerate(densities):
            coefficient = self.system.outputs_of(index)
            for nodes in product(*(self._terms(k, *pair) for k, pair in enumerate(pairs))):
                own: dict[str, Any] = {}
                for _, solved in nodes:
                    own |= solved
                if len(nodes) > 1:
                    own = self._joined(own, frozenset(point for point, _ in pairs))
                term = from_balls(self.run(coefficient, values | own)[0])
                for weight, _ in nodes:
                    term *= weight
                total += term.real
        return mpmath.re(total)

    def _terms(self, number: int, point: sympy.Symbol, density: Density) -> list[tuple[Any, dict[str, Any]]]:
        """Return weights times values of a function and the solutions: at upper nodes for the first point, else all."""
        function = sympy.lambdify(density.variable, density.formula, "mpmath")
        nodes, weights = self.rules[point]
        upper = [weight * function(node) for node, weight in zip(nodes, weights, strict=True)]
        if number == 0:
            return [(2 * weight, solved) for weight, solved in zip(upper, self.upper[point], strict=True)]
        lower = [{name: _conjugate(v) for name, v in solved.items()} for solved in self.upper[point]]
        mirrored = [mpmath.conj(weight) for weight in upper]
        return list(zip([*upper, *mirrored], [*self.upper[point], *lower], strict=True))

    def _polished(self, at: dict[str, Any], start: np.ndarray, points: frozenset[sympy.Symbol]) -> dict[str, Any]:
        """Return the unknowns that depend on these points alone, from a solution in float64."""
        values = self.inputs | at
        values |= {name: flint.acb(complex(v)) for name, v in zip(self.system.program.unknowns, start, strict=True)}
        found = dict(at)
        for component, own in zip(self.system.program.components, self.system.depends, strict=True):
            if own <= points:
                found |= self._newton(component, values)
        return found

    def _joined(self, own: dict[str, Any], points: frozenset[sympy.Symbol]) -> dict[str, Any]:
        """Return the unknowns at a pair of nodes: what depends on both is linear in the rest."""
        values = self.inputs | self.still | own
        for component, depends in zip(self.system.program.components, self.system.depends, strict=True):
            if depends == points:
                values |= {self.system.program.unknowns[k]: flint.acb(0) for k in component.unknowns}
                own |= self._newton(component, values)
        return own

    def _newton(self, component: ir.Component, values: dict[str, Any]) -> dict[str, Any]:
        names = [self.system.program.unknowns[k] for k in component.unknowns]
        small = flint.arb(2) ** -_SMALL
        for attempt in range(60):
            try:
                step = newton_step(*component_values(self.run, component, values))
            except ZeroDivisionError:
                raise SolveError("the equations are singular at a node of a contour") from None
            top = sum((abs(values[name]).mid() for name in names), flint.arb(2) ** -_BITS)
            move = sum((abs(d).mid() for d in step), flint.arb(0))
            if attempt == 0 and not component.linear and not move <= top * _JUMP:
                raise SolveError("the solution in float64 is none at a node of a contour: Newton's method left it")
            for name, d in zip(names, step, strict=True):
                values[name] = (values[name] - d).mid()
            if component.linear or move <= top * small:
                return {name: values[name] for name in names}
        raise SolveError("Newton's method did not converge at a node of a contour")


def _floats(nodes: list[Any]) -> np.ndarray:
    return np.array([complex(node) for node in nodes])


def _complex(value: Any) -> Any:
    """Return an mpmath number as an exact ball."""
    value = mpmath.mpc(value)
    return flint.acb(ball(value.real, _BITS).mid(), ball(value.imag, _BITS).mid())


def _conjugate(value: Any) -> Any:
    return value.conjugate() if isinstance(value, flint.acb) else value
