"""How much of a number rounding leaves: its change where the unknowns of the nonlinear equations move by a last place.

These unknowns are stored to a last place each, and the linear equations and the read-out take them as they are. A
read-out that is a small difference of large terms shows this, and so does a linear response that is nearly singular.
Two quadrature rules may agree all the same, since the second starts from the solution of the first. So the unknowns
of the nonlinear components are moved, the linear ones are solved anew, and the change of the number is scaled down to
moves of a last place.

This module is used twice, like :mod:`freeprob.targets.numpy_runtime`, after which its text is copied into the solvers
of numbers. It must import nothing but NumPy and that module. The package computes what rounding hides in high
precision; a solver warns.
"""

from __future__ import annotations

import warnings

import numpy as np

from .numpy_runtime import solve_value

# --- text that solvers hold ---

ROUNDED = 1e-8  # a relative error from which on rounding is no longer passed over
LAST_PLACE, MOVE = 2.0**-52, 2.0**-40
DRAWS = 3
NAUGHT = 1e-13  # a read-out so small beside its terms is 0 up to rounding, which no digit of it can tell


def rounding(model, inputs, unknowns, answers):
    """Return an estimate of the relative errors of numbers at some points, 0 where a number is 0 up to rounding.

    Shapes are (inputs, 1) or (inputs, points), (unknowns, points) and (points,).
    """
    points = len(answers)
    z, on = np.zeros(points, dtype=complex), np.ones(points)
    size = np.abs(answers)
    spread, terms = np.zeros(points), np.zeros(points)
    generator = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        for _ in range(DRAWS):
            moves = 1.0 + MOVE * generator.choice([-1.0, 1.0], (len(unknowns), 1))
            beside = np.broadcast_to(model.readout(unknowns * moves, inputs, z), points)
            terms = np.maximum(terms, np.abs(beside.real - answers) / MOVE)
            moved = unknowns.copy()
            for component in model.components:
                rows = component.unknowns
                if component.linear:
                    moved[rows] -= component.correction(moved, inputs, z, on)[1]
                else:
                    moved[rows] *= moves[rows]
            again = np.broadcast_to(model.readout(moved, inputs, z), points)
            spread = np.maximum(spread, np.abs(again.real - answers) * LAST_PLACE / MOVE)
        return np.where(size > NAUGHT * terms, spread / size, 0.0)


def value_with_warning(model, inputs, points):
    """Return numbers at some points, with a warning where rounding leaves less than eight digits of one."""
    answers, unknowns = solve_value(model, inputs, points)
    error = float(rounding(model, inputs, unknowns, answers).max())
    if error > ROUNDED:
        warnings.warn(
            f"rounding leaves a relative error of about {error:.0e}: the number is a small difference of large terms. "
            "Remedy: freeprob computes it in high precision; or a larger penalty, or noise",
            RuntimeWarning,
            stacklevel=4,
        )
    return answers
