"""How much of a number rounding leaves: its change where the unknowns of the nonlinear equations move by a last place.

These unknowns are stored to a last place each, and the linear equations and the read-out take them as they are. A
read-out that is a small difference of large terms shows this, and so does a linear response that is nearly singular.
Two quadrature rules may agree all the same, since the second starts from the solution of the first. So the unknowns
of the nonlinear components are moved, the linear ones are solved anew, and the change of the number is scaled down to
moves of a last place.
"""

from __future__ import annotations

import numpy as np

from ..targets import numpy_runtime as runtime

__all__ = ["ROUNDED", "rounding"]

ROUNDED = 1e-8
"""A relative error from which on a number is computed in high precision."""
_LAST_PLACE = 2.0**-52
_MOVE = 2.0**-40
_DRAWS = 3
_ZERO = 1e-13
"""A read-out so small beside its terms is 0 up to rounding, which no digit of it can tell."""


def rounding(model: runtime.Model, inputs: np.ndarray, unknowns: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Return an estimate of the relative errors of numbers at some points, 0 where a number is 0 up to rounding.

    Parameters
    ----------
    model : Model
    inputs : ndarray, shape (k, 1) or (k, points)
    unknowns : ndarray, shape (unknowns, points)
    answers : ndarray, shape (points,)
    """
    points = len(answers)
    z, on = np.zeros(points, dtype=complex), np.ones(points)
    size = np.abs(answers)
    spread, terms = np.zeros(points), np.zeros(points)
    generator = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        for _ in range(_DRAWS):
            moves = 1.0 + _MOVE * generator.choice([-1.0, 1.0], (len(unknowns), 1))
            beside = np.broadcast_to(model.readout(unknowns * moves, inputs, z), points)
            terms = np.maximum(terms, np.abs(beside.real - answers) / _MOVE)
            moved = unknowns.copy()
            for component in model.components:
                rows = component.unknowns
                if component.linear:
                    moved[rows] -= component.correction(moved, inputs, z, on)[1]
                else:
                    moved[rows] *= moves[rows]
            again = np.broadcast_to(model.readout(moved, inputs, z), points)
            spread = np.maximum(spread, np.abs(again.real - answers) * _LAST_PLACE / _MOVE)
        return np.where(size > _ZERO * terms, spread / size, 0.0)
