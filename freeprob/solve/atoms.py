"""Atoms of a spectral law: poles of m on the real axis."""

from __future__ import annotations

import numpy as np

from ..targets import numpy_runtime as runtime

__all__ = ["find_atoms", "mass_at"]


def mass_at(model: runtime.Model, p: np.ndarray, anchor: runtime.Anchor, x: float) -> float:
    """Return the mass of an atom at x, 0 if there is none: the limit of ``eta Im m(x + i eta)``.

    With a gap around x the error is of order eta^2, with a bounded density of order eta, with a hard edge of order
    sqrt(eta); the last two are told from an atom by their decay.
    """
    heights = anchor.width * np.array([1e-4, 1e-6, 1e-8])
    z = x + 1j * heights
    u = runtime.solve_points(model, p, anchor, z)
    weights = heights * model.readout(u, p, z).imag
    if weights[2] < 1e-9 or weights[2] < 0.7 * weights[1]:
        return 0.0
    return float(weights[2] + (weights[2] - weights[1]) / 99.0) if abs(weights[2] - weights[1]) > 1e-9 else float(
        weights[1] if abs(weights[1] - weights[0]) < 1e-7 else weights[2]
    )


def find_atoms(
    model: runtime.Model, p: np.ndarray, anchor: runtime.Anchor, support: list[tuple[float, float]], missing: float
) -> dict[float, float]:
    """Return the atoms, location -> mass.

    Parameters
    ----------
    missing : float
        One minus the mass of the continuous part.
    """
    if missing < 1e-7:
        return {}
    found: dict[float, float] = {}
    mass = mass_at(model, p, anchor, 0.0)
    if mass:
        found[0.0] = mass
    if missing - sum(found.values()) < 1e-6:
        return found
    width = anchor.width
    low = min([a for a, _ in support] + [anchor.mean - 6 * width])
    high = max([b for _, b in support] + [anchor.mean + 6 * width])
    eta = 2e-3 * width
    x = np.arange(low, high, eta)
    z = x + 1j * eta
    m = runtime.stieltjes_values(model, p, anchor, z)
    peaks = np.flatnonzero((m.imag[1:-1] > m.imag[:-2]) & (m.imag[1:-1] >= m.imag[2:])) + 1
    for i in peaks:
        place = _pole(model, p, anchor, float(x[i]), eta)
        if place is None or any(abs(place - known) < 1e-7 * width for known in found):
            continue
        mass = mass_at(model, p, anchor, place)
        if mass:
            found[place] = mass
    return dict(sorted(found.items()))


def _pole(model: runtime.Model, p: np.ndarray, anchor: runtime.Anchor, x: float, eta: float) -> float | None:
    """Return the position of a pole near x from m and its derivative at decreasing heights, None if it drifts."""
    for _ in range(12):
        step = 1e-3 * eta
        z = np.array([x + 1j * eta, x + step + 1j * eta])
        u = runtime.solve_points(model, p, anchor, z)
        m = model.readout(u, p, z)
        slope = (m[1] - m[0]) / step
        shift = (m[0] / slope).real
        if not np.isfinite(shift) or abs(shift) > 3 * eta:
            return None
        x, eta = x + shift, 0.2 * eta
    scale = anchor.width
    return 0.0 if abs(x) < 1e-8 * scale else x
