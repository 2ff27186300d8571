"""The search for the best values: a scan for starting points, then least squares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import FreeprobError, ShapeError, SolveError, UnsupportedModel
from .coordinates import Coordinates
from .information import jacobian
from .likelihood import Likelihood
from .moment_distance import MomentDistance

__all__ = ["Evaluation", "best_start", "refine"]

_POINTS, _MOST = 16, 64
_TRIED = 2
_NO_LAW = (SolveError, ShapeError, UnsupportedModel)
"""A value outside of the domain of the model: a weight above 1, a law that is not resolved."""


class Evaluation:
    """The residuals as a function of the coordinates; not finite where there is no law.

    Parameters
    ----------
    law_at : callable
        From values by name to a bound law.
    distance : Likelihood or MomentDistance
        From a bound law to residuals.
    coordinates : Coordinates
    """

    def __init__(
        self,
        law_at: Callable[[Mapping[str, float]], Any],
        distance: Likelihood | MomentDistance,
        coordinates: Coordinates,
    ):
        self.law_at, self.distance, self.coordinates = law_at, distance, coordinates
        self.seen: dict[bytes, np.ndarray] = {}
        self.refusal: FreeprobError | None = None

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the residuals at a point."""
        key = np.asarray(x, dtype=float).tobytes()
        if key not in self.seen:
            self.seen[key] = self._residuals(x)
        return self.seen[key]

    def _residuals(self, x: np.ndarray) -> np.ndarray:
        try:
            return self.distance.residuals(self.law_at(self.coordinates.values(x)))
        except _NO_LAW as error:
            self.refusal = error
            return np.full(self.distance.size, np.inf)

    def cost(self, x: np.ndarray) -> float:
        """Return half the sum of squares."""
        return 0.5 * float(np.sum(self(x) ** 2))


def best_start(evaluation: Evaluation, start: Mapping[str, float]) -> np.ndarray:
    """Return the best of the points of a lattice, each of the best ones after a few steps.

    The lattice is the Kronecker sequence of the powers of the root of ``x^(p + 1) = x + 1``; coordinates with a start
    stay there.

    Raises
    ------
    FreeprobError
        If there is no law at any of the points: the reason at the last one.
    """
    coordinates = evaluation.coordinates
    low, high = coordinates.box
    loose = np.array([name not in start for name in coordinates.names])
    if not loose.any():
        points = coordinates.vector(start)[None]
    else:
        dimension = int(loose.sum())
        root = float(np.real(max(np.roots([1.0, *[0.0] * (dimension - 1), -1.0, -1.0]), key=np.real)))
        steps = root ** -np.arange(1.0, dimension + 1)
        number = min(_POINTS * dimension, _MOST)
        points = np.empty((number, len(coordinates)))
        points[:, loose] = low[loose] + (high - low)[loose] * ((0.5 + np.outer(np.arange(number), steps)) % 1.0)
        points[:, ~loose] = coordinates.vector({name: start.get(name, 1.0) for name in coordinates.names})[~loose]
    points = np.clip(points, coordinates.lower, coordinates.upper)
    costs = np.array([evaluation.cost(x) for x in points])
    if not np.isfinite(costs).any():
        reason = evaluation.refusal
        names = ", ".join(coordinates.names)
        raise SolveError(f"no starting value of {names} gives a law; give start={{...}} or bounds={{...}}: {reason}")
    order = [k for k in np.argsort(costs, kind="stable")[:_TRIED] if np.isfinite(costs[k])]
    refined = [refine(evaluation, points[k], most=25, tolerance=1e-3) for k in order]
    return min(refined, key=evaluation.cost)


def refine(evaluation: Evaluation, x: np.ndarray, most: int = 60, tolerance: float = 1e-7) -> np.ndarray:
    """Return the least-squares point that is reached from a start; steps to where there is no law are shortened."""
    from scipy.optimize import least_squares

    coordinates = evaluation.coordinates
    width = np.maximum(coordinates.upper - coordinates.lower, 0.0)
    slack = 1e-9 * np.where(np.isfinite(width), width, 1.0)
    x = np.clip(x, coordinates.lower + slack, coordinates.upper - slack)
    if not np.isfinite(evaluation.cost(x)):
        raise SolveError(f"there is no law at {coordinates.values(x)}: {evaluation.refusal}")
    found = least_squares(
        evaluation,
        x,
        jac=lambda point: jacobian(evaluation, coordinates, np.asarray(point)),
        bounds=(coordinates.lower, coordinates.upper),
        xtol=tolerance,
        ftol=tolerance**2,
        gtol=1e-10,
        max_nfev=most,
    )
    return np.asarray(found.x)
