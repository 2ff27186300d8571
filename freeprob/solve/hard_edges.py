"""Solutions ever closer to a point of the axis where the density is singular (a hard edge).

Near such a point each unknown follows a power of the distance. The next solution is therefore predicted by
extrapolation in the logarithm of the distance and corrected by Newton's method, down to distances of 1e-60 that no
continuation from the upper half plane can reach.
"""

from __future__ import annotations

import numpy as np

from ..targets import numpy_runtime as runtime

__all__ = ["AxisDensity", "approach"]

_RATIO = 4.0
_CLOSE = 1e-4


class AxisDensity:
    """The density at points of [a, b] that are given by their distances to a and to b.

    Parameters
    ----------
    hard : (bool, bool)
        Whether the density may be singular at each end; there solutions are continued towards the end.
    """

    def __init__(
        self,
        model: runtime.Model,
        p: np.ndarray,
        anchor: runtime.Anchor,
        a: float,
        b: float,
        hard: tuple[bool, bool],
    ):
        self.model, self.p, self.anchor = model, p, anchor
        self.a, self.b, self.hard = a, b, hard

    def __call__(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return the density."""
        limit = _CLOSE * (self.b - self.a)
        m = np.zeros(len(left), dtype=complex)
        near = [(left < limit) & self.hard[0], (right < limit) & self.hard[1]]
        plain = ~near[0] & ~near[1]
        if plain.any():
            x = np.where(left < right, self.a + left, self.b - right)[plain].astype(complex)
            m[plain] = runtime.stieltjes_values(self.model, self.p, self.anchor, x)
        for chosen, place, distance, side in ((near[0], self.a, left, 1.0), (near[1], self.b, right, -1.0)):
            if chosen.any():
                m[chosen], _, _ = approach(self.model, self.p, self.anchor, place, side * limit, distance[chosen])
        return np.maximum(m.imag, 0.0) / np.pi


def approach(
    model: runtime.Model, p: np.ndarray, anchor: runtime.Anchor, place: float, first: float, distances: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return m at ``place + sign(first) * distances``, where it was solved rather than continued, and the unknowns.

    Parameters
    ----------
    place : float
        The singular point.
    first : float
        Signed distance at which continuation from above still works.
    distances : ndarray
        Positive, below ``abs(first)``, in any order. Where Newton's method fails, m is continued by its power law.
    """
    side = np.sign(first)
    u0 = _solve(model, p, anchor, place + first * _RATIO)
    u1 = _solve(model, p, anchor, place + first)
    d0, d1 = abs(first) * _RATIO, abs(first)
    order = np.argsort(-distances)
    values = np.zeros(len(distances), dtype=complex)
    solved = np.zeros(len(distances), dtype=bool)
    unknowns = np.zeros((model.count, len(distances)), dtype=complex)
    lost = False
    for index in order:
        target = float(distances[index])
        while not lost and d1 > target:
            d2 = max(target, d1 / _RATIO**4 if d1 < 1e-3 * abs(first) else d1 / _RATIO)
            u2 = _step(model, p, place, side, (d0, u0), (d1, u1), d2)
            if u2 is None:
                lost = True
                break
            d0, u0, d1, u1 = d1, u1, d2, u2
        m1 = model.readout(u1, p, np.array([place + side * d1], dtype=complex))[0]
        if lost or target < d1:
            m0 = model.readout(u0, p, np.array([place + side * d0], dtype=complex))[0]
            ratio = m1.imag / m0.imag if m0.imag > 0 < m1.imag else 1.0
            m1 = m1 * ratio ** (np.log(target / d1) / np.log(d1 / d0))
        values[index], solved[index], unknowns[:, index] = m1, not lost, u1[:, 0]
        if m1.imag < 1e-8 * abs(m1):
            lost = True  # a pole takes over: the imaginary part would drown in rounding
    return values, solved, unknowns


def _solve(model: runtime.Model, p: np.ndarray, anchor: runtime.Anchor, x: float) -> np.ndarray:
    return runtime.solve_points(model, p, anchor, np.array([x], dtype=complex))


def _step(model, p, place, side, older, newer, distance):
    """Return the solution at a smaller distance, None where Newton's method fails."""
    (d0, u0), (d1, u1) = older, newer
    z = np.array([place + side * distance], dtype=complex)
    with np.errstate(all="ignore"):
        power = np.log(distance / d1) / np.log(d1 / d0)
        ratio = u1 / u0
        guess = np.where(np.isfinite(ratio) & (ratio != 0), u1 * np.exp(np.log(ratio) * power), u1)
        u = _newton(model, guess, p, z)
        if u is None:
            u, good = runtime.follow(model, u1, p, np.array([place + side * d1], dtype=complex), z, 1.0, 1.0)
            u = u if good[0] else None
    if u is None or not runtime.herglotz(model, model.readout(u, p, z), z)[0]:
        return None
    return u


def _newton(model, guess, p, z):
    """Return the solution near a good guess, each unknown to its own relative accuracy; None if it is not near."""
    u = guess.copy()
    on = np.ones(1)
    for component in model.components:
        rows = component.unknowns
        previous = 0.3
        for _ in range(8):
            residual, jacobian = component.evaluate(u, p, z, on)
            try:
                delta = np.linalg.solve(jacobian[:, :, 0], residual[:, 0])
            except np.linalg.LinAlgError:
                return None
            u[rows, 0] -= delta
            size = float(np.max(np.abs(delta) / np.abs(u[rows, 0])))
            if not size <= max(previous, 1e-5):
                return None
            if size < 1e-12 or (previous < 1e-5 and size > 0.3 * previous):
                break
            previous = size
        else:
            return None
    return u
