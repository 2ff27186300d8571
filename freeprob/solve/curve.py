"""A number over a grid of parameters: neighbouring points are continued together, tile by tile."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np

from ..errors import SolveError
from ..program import ir
from ..program.bound_points import BoundPoints
from ..targets import numpy_runtime as runtime
from .bound_value import Value
from .continuation import continued
from .numeric_model import numeric_model
from .parallel import each

__all__ = ["Tile", "solved_tiles", "tiles", "value_curve"]

_TILE = 2500
"""Most points of a tile, which is the work of one process."""


class Tile:
    """Points of a grid that are solved together: they share quadrature rules.

    Attributes
    ----------
    members : ndarray
        Numbers of the points in the grid, in C order.
    shape : tuple of int
    nodes : int
        Of the quadrature rules.
    """

    def __init__(self, members: np.ndarray, shape: tuple[int, ...], nodes: int):
        self.members = members
        self.shape = shape
        self.nodes = nodes


def value_curve(
    program: ir.Program, points: BoundPoints, progress: bool | None = None, workers: int | None = None
) -> np.ndarray:
    """Return the read-out at every point of a grid.

    Parameters
    ----------
    program : Program
    points : BoundPoints
    progress : bool, optional
    workers : int, optional

    Raises
    ------
    SolveError
        If a point cannot be solved; the message gives its values.
    """
    pieces = tiles(program, points)
    found = solved_tiles(program, points, pieces, lambda model, inputs, answer, u: answer, progress, workers)
    result = np.empty(points.grid.count)
    for tile, answer in zip(pieces, found, strict=True):
        result[tile.members] = answer
    return result.reshape(points.grid.shape)


def solved_tiles(program, points: BoundPoints, pieces: Sequence[Tile], observe, progress=None, workers=None) -> list:
    """Return ``observe(model, inputs, answer, unknowns)`` of each tile."""

    def solve(tile: Tile):
        model = numeric_model(program, points.binding(int(tile.members[0])).quadrature(tile.nodes))
        inputs = points.inputs[:, tile.members]
        answer, u, good = continued(model, inputs, tile.shape, tile.nodes if program.laws else 1)
        if not good.all():
            number = int(tile.members[np.flatnonzero(~good)[0]])
            float(Value(program, points.binding(number), tile.nodes))  # raises the error that names the point
            raise SolveError(f"at {points.binding(number)}: {runtime.NO_SOLUTION}")
        return observe(model, inputs, answer, u)

    points.inputs  # noqa: B018  # computed once, before processes are forked
    return each(solve, pieces, progress=progress, workers=workers, label="tiles of points")


def tiles(program: ir.Program, points: BoundPoints) -> list[Tile]:
    """Return the points of a grid, cut into tiles."""
    found = []
    for members in points.groups:
        axes = _axes(members, points.grid.shape)
        nodes = max(Value(program, points.binding(i)).resolved for i in _corners(members, axes))
        for place in _cuts(tuple(len(axis) for axis in axes)):
            block = [axis[part] for axis, part in zip(axes, place, strict=True)]
            shape = tuple(len(axis) for axis in block)
            if len(axes) == len(points.grid.shape):
                numbers = np.ravel_multi_index(tuple(np.meshgrid(*block, indexing="ij")), points.grid.shape).ravel()
            else:
                numbers = block[0]
            found.append(Tile(numbers, shape, nodes))
    return found


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
