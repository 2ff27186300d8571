"""A number over a grid of parameters: neighbouring points are continued together, tile by tile."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product

import numpy as np

from ..errors import SolveError
from ..program import ir
from ..program.bound_points import BoundPoints
from ..targets.rounding_runtime import ROUNDED, rounding
from .blas_threads import one_blas_thread
from .bound_value import Value
from .continuation import continued
from .nodes import approximate
from .numeric_model import numeric_model
from .parallel import each
from .small_parameter import polished

__all__ = ["Tile", "tiles", "value_curve"]

_TILE = 2500
"""Most points of a tile, which is the work of one process."""


class Tile:
    """Points of a grid that are solved together: they share quadrature rules.

    Attributes
    ----------
    members : ndarray
        Numbers of the points in the grid, in C order.
    shape : tuple of int
    nodes : int or None
        Of the quadrature rules; None where numbers do not settle in float64, so that each point is solved by itself.
    """

    def __init__(self, members: np.ndarray, shape: tuple[int, ...], nodes: int | None):
        self.members = members
        self.shape = shape
        self.nodes = nodes


def value_curve(
    program: ir.Program,
    points: BoundPoints,
    alone: Callable[[int], float],
    progress: bool | None = None,
    workers: int | None = None,
) -> np.ndarray:
    """Return the read-out at every point of a grid.

    Parameters
    ----------
    program : Program
    points : BoundPoints
    alone : callable
        ``alone(number)`` is the number at one point to which neighbours do not lead; it raises where there is none.
    progress : bool, optional
    workers : int, optional

    Raises
    ------
    SolveError
        If a point cannot be solved; the message gives its values.
    """
    inputs = points.inputs  # computed once, before processes are forked

    def solve(tile: Tile) -> np.ndarray:
        if tile.nodes is None:
            return np.array([alone(int(number)) for number in tile.members])
        model = numeric_model(program, points.binding(int(tile.members[0])).quadrature(tile.nodes))
        nodes = tile.nodes if program.laws else 1
        answer, unknowns, good = continued(model, inputs[:, tile.members], tile.shape, nodes)
        rounded = good & (rounding(model, inputs[:, tile.members], unknowns, answer) > ROUNDED)
        for k in np.flatnonzero(rounded):
            binding = points.binding(int(tile.members[k]))
            found = None if approximate(binding) else polished(program, binding, nodes, unknowns[:, k])
            good[k] = found is not None
            answer[k] = found.number if found is not None else answer[k]
        for k in np.flatnonzero(~good):
            answer[k] = alone(int(tile.members[k]))
        return answer

    result = np.empty(points.grid.count)
    with one_blas_thread():
        pieces = tiles(program, points)
    for tile, answer in zip(pieces, each(solve, pieces, progress=progress, workers=workers), strict=True):
        result[tile.members] = answer
    return result.reshape(points.grid.shape)


def tiles(program: ir.Program, points: BoundPoints) -> list[Tile]:
    """Return the points of a grid, cut into tiles."""
    found = []
    for members in points.groups:
        axes = _axes(members, points.grid.shape)
        nodes = _resolved(program, points, _corners(members, axes))
        for place in _cuts(tuple(len(axis) for axis in axes)):
            block = [axis[part] for axis, part in zip(axes, place, strict=True)]
            shape = tuple(len(axis) for axis in block)
            if len(axes) == len(points.grid.shape):
                numbers = np.ravel_multi_index(tuple(np.meshgrid(*block, indexing="ij")), points.grid.shape).ravel()
            else:
                numbers = block[0]
            found.append(Tile(numbers, shape, nodes))
    return found


def _resolved(program: ir.Program, points: BoundPoints, corners: list[int]) -> int | None:
    """Return the nodes that averages need at all of some points; None where a number does not settle in float64."""
    try:
        return max(Value(program, points.binding(i)).resolved for i in corners)
    except SolveError:
        return None


def _axes(members: np.ndarray, shape: tuple[int, ...]) -> list[np.ndarray]:
    """Return the places along each axis of points that form a grid; else the points themselves, as one axis."""
    if not shape:
        return [members]
    axes = [np.unique(place) for place in np.unravel_index(members, shape)]
    return axes if int(np.prod([len(axis) for axis in axes])) == len(members) else [members]


def _corners(members: np.ndarray, axes: list[np.ndarray]) -> list[int]:
    """Return some points at which the number of quadrature nodes is chosen: the middle and the corners."""
    shape = tuple(len(axis) for axis in axes)
    ends = [sorted({0, length - 1}) for length in shape]
    places = [*product(*ends), tuple(length // 2 for length in shape)]
    return [int(members[np.ravel_multi_index(place, shape)]) for place in dict.fromkeys(places)]


def _cuts(shape: tuple[int, ...]) -> list[tuple[slice, ...]]:
    """Return slices that cut a grid into tiles, along its longest axes first."""
    parts = [1] * len(shape)
    while np.prod([-(-length // k) for length, k in zip(shape, parts, strict=True)]) > _TILE:
        longest = int(np.argmax([length / k for length, k in zip(shape, parts, strict=True)]))
        parts[longest] += 1
    edges = [np.linspace(0, length, k + 1).astype(int) for length, k in zip(shape, parts, strict=True)]
    return [*product(*([slice(a, b) for a, b in pairwise(e)] for e in edges))]
