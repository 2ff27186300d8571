"""Gradients of a number in sizes and parameters, by implicit differentiation of its equations.

In float64 at all points of a grid at once. Where the linear equations of the derivatives are so ill-conditioned that
rounding shows (a tiny penalty), a point is computed again with 240 digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flint
import numpy as np
import sympy

from ..algebra.symbols import Size
from ..errors import SolveError
from ..program import ir
from ..program.bound_points import BoundPoints
from ..program.coefficient_slopes import coefficient_slopes
from ..program.sensitivity import Sensitivity
from .ball_newton import BallNewton, precision, real_part, to_balls
from .blas_threads import one_blas_thread
from .bound_value import Value
from .continuation import continued
from .curve import Tile, tiles
from .numeric_model import numeric_model, numeric_outputs
from .parallel import each

__all__ = ["gradients"]

_TOLERANCE = 1e-9
"""Largest estimate of the rounding error in float64, relative to the gradient or to number / parameter."""
_CONDITION = 1e6
"""Largest condition number (Skeel 1979) of the equations with which derivatives are taken in float64."""
_INFINITE = 1e30
"""A larger gradient, in the same units, is that of a singular solution."""


def gradients(
    program: ir.Program,
    points: BoundPoints,
    derivatives: Sensitivity,
    alone: Callable[[int], Value],
    progress: bool | None = None,
    workers: int | None = None,
    in_float: bool = True,
) -> np.ndarray:
    """Return the derivatives of a number, shape (symbols, points).

    Parameters
    ----------
    program : Program
    points : BoundPoints
    derivatives : Sensitivity
    alone : callable
        ``alone(number)`` is the solved number at one point.
    progress : bool, optional
    workers : int, optional
    in_float : bool
        Whether float64 is tried first: next to a parameter of 0 it tries many small steps in vain.

    Raises
    ------
    UnsupportedModel
        If a coefficient has no derivative.
    SolveError
        If the solution is singular at a point.
    """
    symbols = derivatives.symbols
    slopes = coefficient_slopes(points, derivatives.coefficients, symbols)
    inputs, scale = points.inputs, points.scale

    def by_itself(number: int) -> np.ndarray:
        value, own = alone(number), float(scale[number])
        return _precise_gradient(program, derivatives, value, slopes[:, :, number], own)

    def solve(tile: Tile) -> np.ndarray:
        if tile.nodes is None:
            return np.array([by_itself(int(number)) for number in tile.members]).T
        tables = points.binding(int(tile.members[0])).quadrature(tile.nodes)
        own = inputs[:, tile.members]
        answer, u, good = continued(numeric_model(program, tables), own, tile.shape, tile.nodes if program.laws else 1)
        outputs = numeric_outputs(program, derivatives.procedure, tables)
        with np.errstate(all="ignore"):
            rows = outputs(u, own, np.zeros(len(tile.members)))
        found, error = _float_gradient(derivatives, u, rows, slopes[:, :, tile.members], scale[tile.members])
        units = _units(points, symbols, tile.members, answer)
        good &= (error <= _TOLERANCE * np.maximum(np.abs(found), units)).all(axis=0)
        for k in np.flatnonzero(~good):
            number = int(tile.members[k])
            found[:, k] = by_itself(number)
        if not (np.abs(found) <= _INFINITE * np.maximum(units, 1e-300)).all():
            number = int(tile.members[np.flatnonzero(~(np.abs(found) <= _INFINITE * units).all(axis=0))[0]])
            raise SolveError(f"at {points.binding(number)}: the solution is singular, and the gradient infinite")
        return found

    every = np.arange(points.grid.count)
    with one_blas_thread():
        pieces = tiles(program, points) if in_float else [Tile(every, every.shape, None)]
    result = np.empty((len(symbols), points.grid.count))
    for tile, found in zip(pieces, each(solve, pieces, progress=progress, workers=workers), strict=True):
        result[:, tile.members] = found
    return result


def _units(points: BoundPoints, symbols: tuple[sympy.Symbol, ...], members: np.ndarray, answer: np.ndarray) -> Any:
    """Return |number| / |parameter|, shape (symbols, points); just |number| for small parameters that may be 0."""
    names = [points.name(s) for s in symbols]
    columns = np.array([np.abs(points.grid.column(name or "")[members]) for name in names])
    free = np.array([not (s.is_positive or isinstance(s, Size)) for s in symbols])
    columns = np.where(free[:, None], np.maximum(columns, 1.0), columns)
    return np.abs(answer) / columns


def _float_gradient(
    derivatives: Sensitivity, u: np.ndarray, rows: np.ndarray, slopes: np.ndarray, scale: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return derivatives and estimates of their rounding errors, shapes (symbols, points)."""
    count, total = u.shape
    symbols, coefficients = len(derivatives.symbols), len(derivatives.coefficients)
    right = np.zeros((total, count, count + symbols + coefficients))
    reading = np.zeros((total, count + symbols + coefficients))
    real = rows.real.T
    for k, (row, column) in enumerate(derivatives.equations):
        right[:, row, column] = real[:, k]
    for k, (_, column) in enumerate(derivatives.readout, start=len(derivatives.equations)):
        reading[:, column] = real[:, k]
    for j, symbol in enumerate(derivatives.symbols):
        if isinstance(symbol, Size):  # equations hold sizes divided by the largest, on which numbers do not depend
            right[:, :, count + j] /= scale[:, None]
            reading[:, count + j] /= scale
    chain = np.moveaxis(slopes, 2, 0)  # points, coefficients, symbols
    jacobian = np.eye(count) - right[:, :, :count]
    source = right[:, :, count : count + symbols] + right[:, :, count + symbols :] @ chain
    direct = reading[:, count : count + symbols] + (reading[:, None, count + symbols :] @ chain)[:, 0]
    finite = np.isfinite(jacobian).all(axis=(1, 2)) & np.isfinite(source).all(axis=(1, 2))
    jacobian = np.where(finite[:, None, None], jacobian, np.eye(count))
    try:
        inverse = np.linalg.inv(jacobian)
    except np.linalg.LinAlgError:
        return np.zeros((symbols, total)), np.full((symbols, total), np.inf)
    with np.errstate(all="ignore"):
        moves = inverse @ source
        found = direct + (reading[:, None, :count] @ moves)[:, 0]
        # componentwise perturbation of all entries by rounding (Skeel 1979), and of the unknowns
        terms = np.eye(count) + np.abs(right[:, :, :count])  # whose rounding errors the Jacobian has
        spread = np.abs(inverse) @ (terms @ np.abs(moves) + np.abs(source)) + np.abs(moves)
        error = np.abs(reading[:, None, :count]) @ spread
        error = 16 * np.finfo(float).eps * (error[:, 0] + np.abs(direct))
        ill = (np.abs(inverse) @ (terms @ np.abs(u.T)[:, :, None]))[:, :, 0]
        sizes = np.abs(u.T)
        ill = ill / (sizes + 1e-14 * sizes.max(axis=1, keepdims=True, initial=0.0))
        ill = ill.max(axis=1, initial=0.0)  # a closed form has no unknowns
    error[~finite | ~(ill < _CONDITION)] = np.inf  # the unknowns themselves lose digits next to a singular solution
    return found.T, np.where(np.isfinite(error), error, np.inf).T


def _precise_gradient(
    program: ir.Program, derivatives: Sensitivity, value: Value, slopes: np.ndarray, scale: float
) -> np.ndarray:
    """Return the derivatives at one point, with 240 digits."""
    count, symbols = len(program.unknowns), len(derivatives.symbols)
    with precision():
        newton = BallNewton(program, value.binding, value.resolved)
        try:
            unknowns = newton.corrected(value.balls if value.balls is not None else to_balls(value.solution))
            rows = [real_part(v).mid() for v in newton.run(derivatives.procedure, unknowns)]
            columns = count + symbols + len(derivatives.coefficients)
            right = flint.arb_mat(count, columns)
            reading = flint.arb_mat(1, columns)
            for (row, column), entry in zip(derivatives.equations, rows, strict=False):
                right[row, column] = entry
            for (_, column), entry in zip(derivatives.readout, rows[len(derivatives.equations) :], strict=True):
                reading[0, column] = entry
            chain = flint.arb_mat(columns, symbols)  # d(unknowns at rest, symbols, coefficients) / d symbols
            for j, symbol in enumerate(derivatives.symbols):
                chain[count + j, j] = 1 / flint.arb(scale) if isinstance(symbol, Size) else 1
                for i in range(len(derivatives.coefficients)):
                    chain[count + symbols + i, j] = float(slopes[i, j])
            jacobian = flint.arb_mat([[(1 if i == j else 0) - right[i, j] for j in range(count)] for i in range(count)])
            moves = jacobian.solve(right * chain)
        except (SolveError, ZeroDivisionError) as error:
            raise SolveError(f"at {value.binding}: the solution is singular, and the gradient infinite") from error
        for i in range(count):
            for j in range(symbols):
                chain[i, j] = moves[i, j]
        return np.array([float((reading * chain)[0, j].mid()) for j in range(symbols)])
