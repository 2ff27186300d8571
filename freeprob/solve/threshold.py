"""Thresholds: the value of a parameter at which an outlier leaves an edge of the bulk, det D(edge; parameter) = 0.

The unknowns at the edge are those of the branch point, found with it by Newton's method on the extended system, so
that no limit along the axis is taken (Baik, Ben Arous and Peche 2005 for the first such transition).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from ..errors import FreeprobError, MissingValue, SolveError
from ..targets import numpy_runtime as runtime
from .axis_zeros import real_zeros
from .bound_law import BoundLaw
from .branch_points import branch_solution
from .edges import Support, find_support
from .outliers import OutlierProblem

__all__ = ["threshold"]

_WIDE, _NARROW = (1e-4, 1e4), (1e-2, 1e2)
_SAMPLES = 24


class Owner(Protocol):
    """A spectral law."""

    @property
    def needs(self) -> tuple[str, ...]: ...

    def at(self, **values: Any) -> BoundLaw: ...


def threshold(
    law: Owner, parameter: str, side: str, bracket: tuple[float, float] | None, values: Mapping[str, Any]
) -> float:
    """Return the critical value of a parameter; see :meth:`freeprob.derived.SpectralLaw.threshold`.

    Where the bulk does not depend on the parameter, det D at the edge is a function of the parameter alone, whose real
    zeros are counted by the argument principle. Else the edge moves, and changes of sign are bracketed.
    """
    if side not in ("left", "right"):
        raise ValueError(f"the side of the bulk is 'left' or 'right', not {side!r}")
    given = {k: v for k, v in values.items() if k.rstrip("_") != parameter.rstrip("_")}
    probe = 1.0 if bracket is None else 0.5 * (bracket[0] + bracket[1])
    bound = law.at(**given, **{parameter: probe})
    problem = bound.outlier_problem()
    system = problem.equation.system
    symbol = next((s for s in (*system.sizes, *system.parameters) if s.name == parameter.rstrip("_")), None)
    if symbol is None:
        known = ", ".join(s.name for s in system.parameters) or "no parameter"
        raise MissingValue(f"the outliers do not depend on {parameter!r}; they depend on {known}")
    in_coefficients = any(symbol in a.free_symbols for c in system.coefficients for a in c.arguments)
    if symbol.name not in law.needs and symbol in system.parameters and not in_coefficients:
        low, high = bracket or (_WIDE if symbol.is_positive else (-_WIDE[1], _WIDE[1]))
        found = _frozen_bulk(bound, problem, symbol, side, low, high)
    else:
        low, high = bracket or (_NARROW if symbol.is_positive else (-_NARROW[1], _NARROW[1]))
        found = _moving_bulk(lambda value: law.at(**given, **{parameter: value}), side, low, high)
    if not found:
        raise SolveError(
            f"no value of {parameter} between {low:.6g} and {high:.6g} puts an outlier at the {side} edge; give "
            "bracket=(low, high), or look at the other side"
        )
    return min(found, key=lambda value: (abs(value), -value))


def _edge(bound: BoundLaw, problem: OutlierProblem, side: str, support: Support) -> tuple[float, np.ndarray]:
    """Return an outer edge and the unknowns there."""
    if not support.intervals:
        raise SolveError("the bulk has no continuous part, so it has no edge")
    edge = support.intervals[0][0] if side == "left" else support.intervals[-1][1]
    if edge in support.hard:
        raise SolveError(f"the {side} edge {edge:.6g} of the bulk is hard: det D has no limit there, so no threshold")
    outward = -1.0 if side == "left" else 1.0
    width = bound.anchor.width
    for reach in (1e-3, 1e-2, 1e-4, 1e-5, 1e-6):
        x = edge + outward * reach * width
        try:
            u = runtime.solve_points(problem.model, problem.inputs, problem.anchor, np.array([x + 0j]))[:, 0]
        except runtime.SolveError:
            continue
        bracket = (min(x, edge) - reach * width, max(x, edge) + reach * width)
        found = branch_solution(problem.model, problem.inputs, u, x, bracket)
        if found is not None and abs(found[-1] - edge) < 1e-7 * width:
            return edge, found[:-1]
    raise SolveError(f"the solution at the {side} edge {edge:.6g} of the bulk could not be found")


def _frozen_bulk(
    bound: BoundLaw, problem: OutlierProblem, symbol: Any, side: str, low: float, high: float
) -> list[float]:
    """Return critical values of a parameter that the bulk does not depend on."""
    edge, u = _edge(bound, problem, side, bound.measure.support)
    place = [*problem.equation.system.sizes, *problem.equation.system.parameters].index(symbol)

    def determinant(values: np.ndarray) -> np.ndarray:
        inputs = np.repeat(problem.inputs.astype(complex), len(values), axis=1)
        inputs[place] = values
        at = np.full(len(values), edge, dtype=complex)
        unknowns = _linear_part(problem.model, np.repeat(u.astype(complex)[:, None], len(values), axis=1), inputs, at)
        return np.linalg.det(problem.matrix_at(unknowns, inputs, at))

    zeros = [*(real_zeros(determinant, 0.0, np.inf, 1.0) if high > 0 else [])]
    zeros += real_zeros(determinant, -np.inf, 0.0, 1.0) if low < 0 else []
    return [zero.place for zero in zeros if low <= zero.place <= high]


def _linear_part(model: runtime.Model, u: np.ndarray, p: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the unknowns with the linear components solved again for other inputs."""
    for component in model.components:
        if component.linear:
            residual, jacobian = component.evaluate(u, p, z, np.ones(len(z)))
            step = np.linalg.solve(np.moveaxis(jacobian, 2, 0), residual.T[:, :, None])[:, :, 0].T
            u[component.unknowns] = u[component.unknowns] - step
    return u


def _moving_bulk(at: Callable[[float], BoundLaw], side: str, low: float, high: float) -> list[float]:
    """Return critical values of a parameter on which the bulk depends."""

    def determinant(value: float) -> float:
        bound = at(value)
        problem = bound.outlier_problem()
        edge, u = _edge(bound, problem, side, find_support(bound.model, bound.inputs, bound.anchor))
        z = np.array([edge], dtype=complex)
        return float(np.linalg.det(problem.matrix_at(u.astype(complex)[:, None], problem.inputs, z))[0].real)

    if low > 0 or high < 0:
        grid = np.sign(high) * np.geomspace(abs(low), abs(high), _SAMPLES)
    else:
        half = np.geomspace(1e-4 * max(-low, high), max(-low, high), _SAMPLES)
        grid = np.concatenate([-half[::-1], half])
        grid = grid[(low <= grid) & (grid <= high)]
    solved: list[tuple[float, float]] = []
    reason: Exception | None = None
    for value in grid:
        try:
            solved.append((float(value), determinant(float(value))))
        except (FreeprobError, runtime.SolveError) as error:  # no law, or a hard edge, at this value
            reason = error
    if not solved and reason is not None:
        raise SolveError(f"the edge could not be found at any value of the parameter: {reason}") from reason
    found = []
    for (a, first), (b, last) in pairwise(solved):
        if first * last < 0:
            from scipy.optimize import brentq  # loaded when it is needed

            root = brentq(determinant, a, b, xtol=1e-13 * max(abs(a), abs(b)), rtol=1e-13)
            if abs(determinant(root)) < 1e-6 * max(abs(first), abs(last)):  # not a pole
                found.append(float(root))
    return found
