"""Numbers at neighbouring points of a grid: a few by switching the randomness on, the others from their neighbours.

Along every axis each eighth point, and the last, is an *anchor*: it is solved like a single number, along the path
that defines the physical branch. The gaps are then halved: a point in the middle starts from the solutions around it,
and is accepted where Newton's method contracts at once, which no other branch allows unless it is as close as the
interpolation is wrong. A point that is not accepted is solved like an anchor. At the end some of the accepted points
are solved again like anchors; one that differs condemns all of them.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from ..targets import numpy_runtime as runtime

__all__ = ["continued"]

_SPACING = 8
_FEW = 24
"""So few points are all anchors."""
_CONTRACTION, _REACH = 0.1, 0.2
_AUDIT = 50
"""One accepted point of so many is solved again."""
_AGREE = 1e-6
_ENTRIES = 2**19
"""Largest number of quadrature nodes times points in one call."""


def continued(
    model: runtime.Model, inputs: np.ndarray, shape: tuple[int, ...], nodes: int = 1, real: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the number at all points of a grid.

    Parameters
    ----------
    model : Model
        Without a spectral parameter.
    inputs : ndarray, shape (inputs, points)
    shape : tuple of int
        Of the grid, whose points are in C order.
    nodes : int
        Of the quadrature rules: so many numbers are held for each point.
    real : bool
        Whether inputs are real, and the number must be so.

    Returns
    -------
    (answer, unknowns, good) : ndarrays of shape (points,), (unknowns, points), (points,)
        ``good`` is False where no solution on the physical branch was found, or the number is not real there.
    """
    count = inputs.shape[1]
    size = max(32, _ENTRIES // max(nodes, 1))
    u = np.zeros((model.count, count), dtype=complex)
    good = np.zeros(count, dtype=bool)
    if count <= _FEW:
        _anchor(model, inputs, u, good, np.arange(count), size, real)
        return _finished(model, inputs, u, good, real)
    known = [np.unique([*range(0, length, _SPACING), length - 1]) for length in shape]
    _anchor(model, inputs, u, good, _members(known, shape), size, real)
    accepted = np.zeros(count, dtype=bool)
    while any(len(axis) < length for axis, length in zip(known, shape, strict=True)):
        finer = [np.unique([*axis, *((axis[1:] + axis[:-1]) // 2)]) for axis in known]
        new = np.setdiff1d(_members(finer, shape), _members(known, shape))
        for piece in _pieces(new, size):
            _from_neighbours(model, inputs, u, good, accepted, piece, known, shape, real)
            _anchor(model, inputs, u, good, piece[~good[piece]], size, real)
        known = finer
    if not _audited(model, inputs, u, np.flatnonzero(accepted), size, real):
        _anchor(model, inputs, u, good, np.flatnonzero(accepted), size, real)
    return _finished(model, inputs, u, good, real)


def _members(axes: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """Return the numbers of the points whose places along the axes are listed."""
    return np.ravel_multi_index(tuple(np.meshgrid(*axes, indexing="ij")), shape).ravel()


def _pieces(points: np.ndarray, size: int) -> list[np.ndarray]:
    return [points[k : k + size] for k in range(0, len(points), size)]


def _anchor(model, inputs, u, good, points: np.ndarray, size: int, real: bool) -> None:
    """Solve points by switching the randomness on."""
    for piece in _pieces(points, size):
        try:
            u[:, piece], good[piece] = runtime.switched_on(model, inputs[:, piece], len(piece), real)
        except runtime.SolveError:  # one point without a solution at the start of the path hides the others
            if len(piece) == 1:
                good[piece] = False
                continue
            half = max(1, len(piece) // 2)
            _anchor(model, inputs, u, good, piece[:half], half, real)
            _anchor(model, inputs, u, good, piece[half:], half, real)


def _from_neighbours(model, inputs, u, good, accepted, points, known, shape, real) -> None:
    """Solve points from the mean of the solved points around them."""
    places = np.unravel_index(points, shape)
    sides = []
    for place, axis in zip(places, known, strict=True):
        right = np.clip(np.searchsorted(axis, place), 0, len(axis) - 1)
        left = np.where(axis[right] == place, right, right - 1)
        sides.append((axis[left], axis[right]))
    corners = [np.ravel_multi_index(corner, shape) for corner in product(*sides)]
    ready = np.all([good[corner] for corner in corners], axis=0)
    if not ready.any():
        return
    corners, points = [corner[ready] for corner in corners], points[ready]
    guess = np.mean([u[:, corner] for corner in corners], axis=0)
    z, on = np.zeros(len(points), dtype=complex), np.ones(len(points))
    found, fine, _ = runtime.newton(model, guess, inputs[:, points], z, on, contraction=_CONTRACTION, reach=_REACH)
    answer = model.readout(found, inputs[:, points], z)
    fine &= (runtime.is_real(answer) if real else np.isfinite(answer)) & np.isfinite(found).all(axis=0)
    u[:, points[fine]] = found[:, fine]
    good[points[fine]] = accepted[points[fine]] = True


def _audited(model, inputs, u, accepted: np.ndarray, size: int, real: bool) -> bool:
    """Return whether accepted points agree with the path that defines the branch."""
    if not len(accepted):
        return True
    some = accepted[np.unique(np.linspace(0, len(accepted) - 1, 2 + len(accepted) // _AUDIT).astype(int))]
    again, good = np.empty((len(u), len(some)), dtype=complex), np.zeros(len(some), dtype=bool)
    _anchor(model, inputs[:, some], again, good, np.arange(len(some)), size, real)
    z = np.zeros(len(some), dtype=complex)
    one, two = (model.readout(v, inputs[:, some], z) for v in (u[:, some], again))
    return bool((good & (np.abs(one - two) <= _AGREE * np.abs(two))).all())


def _finished(model, inputs, u, good, real) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    answer = np.array(np.broadcast_to(model.readout(u, inputs, np.zeros(u.shape[1], dtype=complex)), u.shape[1]))
    return (answer.real, u, good & runtime.is_real(answer)) if real else (answer, u, good)
