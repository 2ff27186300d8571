"""A number in the limit of a vanishing positive parameter (a penalty): its mean over a circle, in NumPy alone.

This module is used twice, like :mod:`freeprob.targets.numpy_runtime`, after which its text is copied into the solvers
of numbers. It must import nothing but NumPy and that module.

Where the limit exists, unknowns may grow like powers of 1/parameter, but the number is analytic in the parameter in a
disc around 0: for a ridge regression the penalty enters as a spectral parameter, and the disc reaches as far as the
smallest nonzero eigenvalue. So Cauchy's formula gives it from complex parameters on a circle, where nothing diverges,

    N(0) = mean of N(w),    N(a) = mean of N(w) w / (w - a)   for |a| < |w| = r,

and the trapezoidal rule with K points is wrong by (r / R)^K, for a disc of radius R. The second formula is the check:
it holds at a real parameter inside the circle only where N is analytic in all of the disc.
"""

from __future__ import annotations

import numpy as np

from .numpy_runtime import SolveError, switched_on

# --- text that solvers hold ---

FIRST_RADIUS = 3.0**-3  # of a circle around 0; then smaller ones as long as the check gets better, or else larger ones
SMALLER, LARGER = 3.0 ** -np.arange(4, 7), 3.0 ** np.array([-2, -1, 0, 2, 4])
TURNS = 12  # points on the upper half of a circle
WITHIN = 0.25  # the parameter, relative to the radius, at which the formula is checked
WANTED, ACCEPTED = 1e-11, 1e-9  # errors of the check, relative to the number, that are sought and that are accepted
NO_LIMIT = (
    "no limit of a vanishing parameter was found: the number diverges (as at an interpolation threshold), the "
    "threshold is so close that more digits are needed, or several parameters are 0. Remedy: a small positive value"
)
NOTHING = 1e-12  # a limit as small as this, relative to the largest value on the circle, is 0


def from_above(model, p, row, points, read=None, solve=None):
    """Return (limits, errors, good): numbers as the parameter in a row of the inputs goes to 0 from above.

    The first circle is taken on which the check has the wanted accuracy, else the best of them; a point at which none
    is accepted is not good: the number diverges there, or is not analytic. ``read(u, inputs)`` returns several
    numbers, one row each; by default the one of the model. ``solve(inputs, shape)`` returns (u, good) on the grid of
    points and places on a circle; by default each is solved by itself. Shapes are (numbers, points) and (points,).
    """
    turn = np.exp(1j * np.pi * (np.arange(TURNS) + 0.5) / TURNS)
    p = np.broadcast_to(p, (len(p), points)).astype(complex)
    limits, errors, worst = _on_circles(model, p, row, np.full(points, FIRST_RADIUS), turn, read, solve)
    for radii in (SMALLER, LARGER):
        left = np.flatnonzero(~(worst <= WANTED))
        for radius in radii:
            if not len(left):
                break
            other = _on_circles(model, p[:, left], row, np.full(len(left), radius), turn, read, solve)
            better = other[2] < worst[left]
            at = left[better]
            limits[:, at], errors[:, at], worst[at] = other[0][:, better], other[1][:, better], other[2][better]
            left = left[better & ~(other[2] <= WANTED)] if radii is SMALLER else left[~(worst[left] <= WANTED)]
    return limits, errors, worst <= ACCEPTED


def _on_circles(model, p, row, radii, turn, read, solve):
    """Return (limits, errors, worst) from one circle for each point; worst is the largest error, relative."""
    places = radii[:, None] * np.append(turn, WITHIN)
    inputs = np.repeat(p, places.shape[1], axis=1)
    inputs[row] = places.ravel()
    count = inputs.shape[1]
    try:
        u, good = solve(inputs, places.shape) if solve else switched_on(model, inputs, count, real=False)
    except SolveError:
        u, good = np.zeros((model.count, count), dtype=complex), np.zeros(count, dtype=bool)
    with np.errstate(all="ignore"):
        answer = np.atleast_2d(read(u, inputs) if read else model.readout(u, inputs, np.zeros(count, dtype=complex)))
    found = np.where(good, np.broadcast_to(answer, (len(answer), count)), np.nan).reshape(-1, *places.shape)
    circle, inside = found[:, :, :-1], found[:, :, -1].real
    guessed = (circle * (turn / (turn - WITHIN))).real.mean(axis=2)
    mean, size = circle.real.mean(axis=2), np.abs(circle).max(axis=2)
    with np.errstate(all="ignore"):
        error = np.abs(guessed - inside)
        nothing = np.maximum(error, np.abs(mean)) <= NOTHING * size
        relative = np.where(nothing, 0.0, error / np.abs(mean)).max(axis=0)
    return mean, error, np.where(np.isfinite(relative), relative, np.inf)
