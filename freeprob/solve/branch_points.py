"""Edges as square-root branch points, by Newton's method on an extended system.

At a branch point the equations F(u, x) = 0 hold and the Jacobian J of F in u is singular. With fixed vectors b and c,
the number g of the bordered system ``[[J, b], [c^T, 0]] [v; g] = [0; 1]`` vanishes exactly where J is singular, so
(F, g) = 0 are as many equations as there are unknowns (u, x), and they are regular at a square-root branch point,
where F alone is not.

References
----------
.. [1] W. J. F. Govaerts, *Numerical Methods for Bifurcations of Dynamical Equilibria*, SIAM 2000, section 4.1
   (minimally augmented systems for folds).
"""

from __future__ import annotations

import numpy as np

from ..targets import numpy_runtime as runtime

__all__ = ["bordered", "branch_point", "branch_solution", "singular_border"]

_STEP = 3e-6
"""Relative step of the differences that give Newton's matrix; the solution does not depend on it."""

_STRAY = 10.0
"""How far outside of the bracket Newton's method may pass, relative to the width of the bracket."""


def branch_point(
    model: runtime.Model, p: np.ndarray, u: np.ndarray, x: float, bracket: tuple[float, float]
) -> float | None:
    """Return the branch point in a bracket, or None if there is none of square-root type.

    Parameters
    ----------
    model : Model
    p : ndarray
        Inputs of the model, a column.
    u : ndarray, shape (unknowns,)
        A solution at x, close to the branch point; its imaginary part is ignored.
    x : float
    bracket : (float, float)
        The branch point is sought inside; on the way to it Newton's method may leave the bracket by its width a few
        times.
    """
    found = branch_solution(model, p, u, x, bracket)
    return None if found is None else float(found[-1])


def branch_solution(
    model: runtime.Model, p: np.ndarray, u: np.ndarray, x: float, bracket: tuple[float, float]
) -> np.ndarray | None:
    """Return the unknowns at the branch point of a bracket, and after them its place; see :func:`branch_point`."""
    nonlinear = [c for c in model.components if not c.linear]
    point = np.append(u.real, x)
    order = sorted(nonlinear, key=lambda c: _smallest_singular_value(c, u, p, x))
    for component in order:
        found = _Fold(model, component, p, bracket).solve(point)
        if found is not None:
            return found
    return None


def _smallest_singular_value(component: runtime.Component, u: np.ndarray, p: np.ndarray, x: float) -> float:
    _, jacobian = component.evaluate(u[:, None], p, np.array([x], dtype=complex), np.ones(1))
    values = np.linalg.svd(jacobian[:, :, 0], compute_uv=False)
    return float(values[-1] / values[0])


def singular_border(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the vectors b and c that border a nearly singular matrix: its last singular vectors."""
    left, _, right = np.linalg.svd(matrix)
    return left[:, -1], right[-1]


def bordered(matrices: np.ndarray, border: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return ``[[J, b], [c^T, 0]]`` for each matrix J of a stack."""
    count, size, _ = matrices.shape
    result = np.zeros((count, size + 1, size + 1))
    result[:, :size, :size] = matrices
    result[:, :size, size], result[:, size, :size] = border
    return result


class _Fold:
    """The extended system of one component's singularity."""

    def __init__(self, model: runtime.Model, component: runtime.Component, p: np.ndarray, bracket: tuple[float, float]):
        self.model, self.component, self.p = model, component, p
        self.low, self.high = bracket
        self.border: tuple[np.ndarray, np.ndarray] | None = None

    def residuals(self, points: np.ndarray) -> np.ndarray:
        """Return (F, g) at points, given and returned as columns."""
        u, z = points[:-1].astype(complex), points[-1].astype(complex)
        on = np.ones(points.shape[1])
        result = np.empty(points.shape)
        jacobian = np.zeros((0, 0, 0))
        for component in self.model.components:
            residual, block = component.evaluate(u, self.p, z, on)
            result[component.unknowns] = residual.real
            if component is self.component:
                jacobian = np.moveaxis(block.real, 2, 0)
        size = jacobian.shape[1]
        if self.border is None:
            self.border = singular_border(jacobian[0])
        unit = np.zeros((points.shape[1], size + 1, 1))
        unit[:, size] = 1.0
        result[-1] = np.linalg.solve(bordered(jacobian, self.border), unit)[:, size, 0]
        return result

    def solve(self, point: np.ndarray) -> np.ndarray | None:
        """Return the solution (u, x) at the branch point, from a start."""
        slack = _STRAY * (self.high - self.low)
        previous = np.inf
        with np.errstate(all="ignore"):
            for _ in range(20):
                try:
                    delta = self._newton_step(point)
                except np.linalg.LinAlgError:
                    return None
                if not np.isfinite(delta).all():
                    return None
                point = point - delta
                if not self.low - slack <= point[-1] <= self.high + slack:
                    return None
                size = float(np.max(np.abs(delta) / (np.abs(point) + 1e-9 * np.abs(point).max())))
                if size < 1e-14 or (size < 1e-7 and size > 0.3 * previous):
                    return self._inside(point)
                previous = size
        return None

    def _inside(self, point: np.ndarray) -> np.ndarray | None:
        slack = 1e-6 * (self.high - self.low)
        return point if self.low - slack <= point[-1] <= self.high + slack else None

    def _newton_step(self, point: np.ndarray) -> np.ndarray:
        size = len(point)
        top = np.abs(point[:-1]).max()
        steps = np.append(_STEP * (np.abs(point[:-1]) + 1e-6 * top), _STEP * (self.high - self.low))
        columns = np.concatenate([point[:, None], point[:, None] + np.diag(steps), point[:, None] - np.diag(steps)], 1)
        values = self.residuals(columns)
        matrix = (values[:, 1 : size + 1] - values[:, size + 1 :]) / (2 * steps)
        return np.linalg.solve(matrix, values[:, 0])
