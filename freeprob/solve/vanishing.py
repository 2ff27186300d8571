"""Numbers and gradients over a grid in the limit of a vanishing parameter: means over circles around 0, in float64.

See :mod:`freeprob.targets.vanishing_runtime`. A point where that is not accurate (next to an interpolation threshold,
where a population reaches down to 0) is solved by itself, along a path in high precision
(:mod:`freeprob.solve.one_sided`); so are some of the others, whose numbers must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy

from ..algebra.symbols import Size
from ..errors import SolveError
from ..program import ir
from ..program.bound_points import BoundPoints
from ..program.coefficient_slopes import coefficient_slopes
from ..program.sensitivity import Sensitivity
from ..targets.numpy_runtime import Model
from ..targets.vanishing_runtime import from_above
from .bound_law import NODES
from .continuation import continued
from .implicit import implicit_slopes
from .nodes import approximate, resolved_nodes
from .numeric_model import numeric_model, numeric_outputs
from .one_sided import holds_in_constants

__all__ = ["gradients_from_above", "limits_from_above"]

Alone = Callable[[list[int]], Sequence[Any]]

_FEW = 4
"""Numbers at so few points are solved by themselves."""

_ENTRIES = 2_000_000
"""So many complex numbers are held at once: nodes of quadrature rules times points, or entries of Jacobians."""
_CIRCLE = 13
_AUDIT = 100
"""One of so many points is solved by itself, too."""
_AGREE = 1e-8


def limits_from_above(program: ir.Program, points: BoundPoints, parameter: sympy.Symbol, alone: Alone) -> np.ndarray:
    """Return a number at the points of a grid, as a parameter goes to 0 from above.

    Parameters
    ----------
    program : Program
    points : BoundPoints
        With any positive value of the parameter, which does not matter.
    parameter : Symbol
    alone : callable
        ``alone(numbers)`` solves some points by themselves, along paths in high precision: one row for each.
    """
    result = np.full(points.grid.count, np.nan)
    if points.grid.count <= _FEW:
        return np.array(alone(list(range(points.grid.count))))
    for members, nodes in _groups(program, points, parameter):
        if nodes is not None:
            model = numeric_model(program, points.binding(int(members[0])).quadrature(nodes))
            row = _row(program, points, parameter)
            size = max(1, _ENTRIES // (_CIRCLE * max(nodes if program.laws else 1, model.count)))

            def solve(
                inputs: np.ndarray, shape: tuple[int, int], model: Model = model, nodes: int = nodes
            ) -> tuple[np.ndarray, np.ndarray]:
                return continued(model, inputs, shape, nodes if program.laws else 1, real=False)[1:]

            for first in range(0, len(members), size):
                piece = members[first : first + size]
                limits, _, good = from_above(model, points.inputs[:, piece], row, len(piece), None, solve)
                result[piece[good]] = limits[0, good]
    return _audited(result, alone)


def gradients_from_above(
    program: ir.Program,
    points: BoundPoints,
    parameter: sympy.Symbol,
    derivatives: Sensitivity,
    alone: Alone,
) -> np.ndarray:
    """Return the derivatives of a number as a parameter goes to 0 from above, shape (symbols, points).

    Parameters
    ----------
    program, points, parameter
        As in :func:`limits_from_above`.
    derivatives : Sensitivity
    alone : callable
        The derivatives at some points along paths in high precision, one row for each.
    """
    slopes = coefficient_slopes(points, derivatives.coefficients, derivatives.symbols)
    result = np.full((len(derivatives.symbols), points.grid.count), np.nan)
    for members, nodes in _groups(program, points, parameter):
        if nodes is None:
            continue
        for number in members:
            found = _slopes(program, points, _row(program, points, parameter), derivatives, slopes, int(number), nodes)
            result[:, number] = found
    left = np.flatnonzero(~np.isfinite(result).all(axis=0))
    result[:, left] = np.array(alone(left.tolist())).reshape(len(left), len(result)).T
    return result


def _slopes(
    program: ir.Program,
    points: BoundPoints,
    row: int,
    derivatives: Sensitivity,
    slopes: np.ndarray,
    number: int,
    nodes: int,
) -> np.ndarray:
    """Return the derivatives at one point, nan where they are not known on circles."""
    tables = points.binding(number).quadrature(nodes)
    model, outputs = numeric_model(program, tables), numeric_outputs(program, derivatives.procedure, tables)
    count, symbols = len(program.unknowns), len(derivatives.symbols)
    moved = np.zeros((symbols + len(derivatives.coefficients), symbols))
    moved[:symbols] = np.diag([1 / points.scale[number] if isinstance(s, Size) else 1.0 for s in derivatives.symbols])
    moved[symbols:] = slopes[:, :, number]

    def read(u: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        rows = outputs(u, inputs, np.zeros(inputs.shape[1])).T
        return implicit_slopes(derivatives, rows, np.arange(count), count, 1, moved)[0]

    try:
        limits, _, good = from_above(model, points.inputs[:, [number]], row, 1, read)
    except np.linalg.LinAlgError:  # the solution is singular at a point of a circle
        return np.full(symbols, np.nan)
    return limits[:, 0] if good[0] else np.full(symbols, np.nan)


def _groups(program: ir.Program, points: BoundPoints, parameter: sympy.Symbol) -> list[tuple[np.ndarray, int | None]]:
    """Return points with equal quadrature rules, and the nodes that they need; None where these are not known."""
    if holds_in_constants(points.binding(0), parameter.name):
        return []
    return [(members, _resolved(program, points, members, parameter)) for members in points.groups]


def _resolved(program: ir.Program, points: BoundPoints, members: np.ndarray, parameter: sympy.Symbol) -> int | None:
    binding = points.binding(int(members[0]))
    if not approximate(binding):
        return NODES
    some = members[np.unique(np.linspace(0, len(members) - 1, 5).astype(int))]

    def answers(nodes: int) -> np.ndarray:
        model = numeric_model(program, binding.quadrature(nodes))
        limits, _, good = from_above(model, points.inputs[:, some], _row(program, points, parameter), len(some))
        if not good.any():
            raise SolveError("no limit was found on circles")
        return limits[0, good]

    try:
        return resolved_nodes(binding, answers, NODES)
    except (SolveError, ValueError):  # also where other points are good with other nodes
        return None


def _row(program: ir.Program, points: BoundPoints, parameter: sympy.Symbol) -> int:
    return [*points.system.sizes, *points.system.parameters].index(parameter)


def _audited(result: np.ndarray, alone: Alone) -> np.ndarray:
    """Return numbers of which those not known are solved by themselves, and so are some others, which must agree."""
    known = np.flatnonzero(np.isfinite(result))
    some = known
    if len(known):
        some = known[np.unique(np.linspace(0, len(known) - 1, 2 + len(known) // _AUDIT).astype(int))]
    found, result[some] = result[some], alone(some.tolist())
    agree = np.abs(found - result[some]) <= _AGREE * np.abs(result[some])
    left = np.setdiff1d(np.arange(len(result)), known if agree.all() else some)
    result[left] = alone(left.tolist())
    return result
