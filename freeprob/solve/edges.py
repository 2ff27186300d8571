"""The support of a spectral law: edges are branch points, where the Jacobian of the core is singular.

Near a square-root edge x* the determinant D of the Jacobian behaves like sqrt(x - x*), so D(x)^2 is analytic there
and linear to first order: a secant on D^2 converges fast and is not hurt by the square root.
"""

from __future__ import annotations

import numpy as np

from ..errors import SolveError
from ..targets import numpy_runtime as runtime

__all__ = ["determinants", "find_support"]

_GRID = 1201
_POSITIVE = 1e-7


def determinants(model: runtime.Model, u: np.ndarray, p: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the determinant of each nonlinear component's Jacobian, shape (components, points)."""
    rows = []
    on = np.ones(len(z))
    for component in model.components:
        if not component.linear:
            _, jacobian = component.evaluate(u, p, z, on)
            rows.append(np.linalg.det(np.moveaxis(jacobian, 2, 0)))
    return np.array(rows) if rows else np.ones((1, len(z)), dtype=complex)


class _Support:
    def __init__(self, model: runtime.Model, p: np.ndarray, anchor: runtime.Anchor):
        self.model, self.p, self.anchor = model, p, anchor
        self.width = anchor.width

    def inside(self, x: np.ndarray) -> np.ndarray:
        """Return whether the density is positive at points of the axis."""
        m = runtime.stieltjes(self.model, self.p, self.anchor, np.asarray(x, dtype=complex))
        return m.imag > _POSITIVE * np.abs(m)

    def density(self, x: np.ndarray) -> np.ndarray:
        return runtime.density(self.model, self.p, self.anchor, x)

    def hull(self) -> tuple[float, float]:
        """Return an interval outside of which there is no spectrum, from the growth of the window."""
        reach = 4.0 * self.width
        low, high = self.anchor.mean - reach, self.anchor.mean + reach
        if self.model.positive:
            low = max(low, -0.05 * self.width)
        for _ in range(40):
            margin = 0.25 * (high - low)
            tail = np.linspace(high, high + margin, 60)
            grow_right = self.inside(tail).any()
            tail = np.linspace(low - margin, low, 60)
            grow_left = not self.model.positive and self.inside(tail).any()
            if not grow_right and not grow_left:
                return low, high
            low, high = (low - 2 * margin if grow_left else low), (high + 2 * margin if grow_right else high)
        raise SolveError("the support does not seem to be bounded")

    def transitions(self) -> list[tuple[float, float]]:
        """Return brackets (outside or inside, inside or outside) of the edges."""
        low, high = self.hull()
        x = np.linspace(low, high, _GRID)
        rho = self.density(x)
        for _ in range(3):  # look into valleys, where a small gap could hide
            valley = np.flatnonzero((rho[1:-1] < rho[:-2]) & (rho[1:-1] <= rho[2:]) & (rho[1:-1] > 0)) + 1
            if not len(valley):
                break
            fine = np.unique(np.concatenate([np.linspace(x[i - 1], x[i + 1], 23)[1:-1] for i in valley]))
            fine = np.setdiff1d(fine, x)
            if not len(fine):
                break
            x, rho = np.concatenate([x, fine]), np.concatenate([rho, self.density(fine)])
            order = np.argsort(x)
            x, rho = x[order], rho[order]
        positive = rho > 0
        change = np.flatnonzero(positive[1:] != positive[:-1])
        return [(float(x[i]), float(x[i + 1])) for i in change]

    def bisect(self, a: float, b: float) -> tuple[float, float]:
        """Narrow a bracket of one edge."""
        first = bool(self.inside(np.array([a]))[0])
        for _ in range(4):
            points = np.linspace(a, b, 9)
            state = self.inside(points)
            state[0], state[-1] = first, not first
            k = int(np.flatnonzero(state[1:] != state[:-1])[0])
            a, b = float(points[k]), float(points[k + 1])
        return a, b

    def refine(self, a: float, b: float) -> float:
        """Return the edge in a narrow bracket."""
        if self.model.positive and a <= 0.0 <= b + 1e-9 * self.width:
            return 0.0
        start = b if self.inside(np.array([b]))[0] else a
        other = a if start == b else b
        gap = abs(b - a)
        direction = 1.0 if start > other else -1.0
        x0, x1 = start + 40 * direction * gap, start + 15 * direction * gap
        points = np.array([x0, x1], dtype=complex)
        u = runtime.solve_points(self.model, self.p, self.anchor, points)
        d = determinants(self.model, u, self.p, points) ** 2
        relative = np.abs(d[:, 1]) / np.maximum(np.abs(d[:, 0]), 1e-300)
        which = int(np.argmin(relative))
        f0, f1 = d[which, 0], d[which, 1]
        for _ in range(40):
            if f1 == f0:
                break
            x2 = x1 - (f1 * (x1 - x0) / (f1 - f0)).real
            if not a - 60 * gap <= x2 <= b + 60 * gap:
                break
            if abs(x2 - x1) <= 4e-16 * max(abs(x2), self.width):
                return x2
            point = np.array([x2], dtype=complex)
            u = runtime.solve_points(self.model, self.p, self.anchor, point)
            x0, f0 = x1, f1
            x1, f1 = x2, determinants(self.model, u, self.p, point)[which, 0] ** 2
        if a - gap <= x1 <= b + gap:
            return x1
        return self.fine_bisection(a, b)

    def fine_bisection(self, a: float, b: float) -> float:
        """Return an edge that is no square-root branch point, by bisection down to rounding."""
        first = bool(self.inside(np.array([a]))[0])
        for _ in range(60):
            c = 0.5 * (a + b)
            if c in (a, b):
                break
            if bool(self.inside(np.array([c]))[0]) == first:
                a = c
            else:
                b = c
        return 0.5 * (a + b)


def find_support(model: runtime.Model, p: np.ndarray, anchor: runtime.Anchor) -> list[tuple[float, float]]:
    """Return the intervals of the support of the continuous part, in order.

    Raises
    ------
    SolveError
        If edges do not pair up to intervals.
    """
    search = _Support(model, p, anchor)
    brackets = [search.bisect(a, b) for a, b in search.transitions()]
    edges = [search.refine(a, b) for a, b in brackets]
    if len(edges) % 2:
        raise SolveError("an odd number of edges was found; the support could not be resolved")
    return list(zip(edges[::2], edges[1::2], strict=True))
