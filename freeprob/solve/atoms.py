"""Atoms of a spectral law: poles of m on the real axis."""

from __future__ import annotations

import numpy as np

from ..targets import numpy_runtime as runtime
from .edges import Support
from .point_mass import mass_at

__all__ = ["find_atoms"]


def find_atoms(
    model: runtime.Model, p: np.ndarray, anchor: runtime.Anchor, support: Support, continuous: float
) -> dict[float, float]:
    """Return the atoms, location -> mass.

    Atoms outside the continuous part are known from the search for the support. What is then still missing from mass
    1 sits at 0 or at another place inside the support or at its edges.

    Parameters
    ----------
    support : Support
    continuous : float
        The mass of the continuous part.
    """
    found = dict(support.poles)
    missing = 1.0 - continuous - sum(found.values())
    if missing < 1e-9:
        return found
    estimates = {0.0: mass_at(model, p, anchor, 0.0)} if 0.0 not in found else {}
    if abs(missing - sum(estimates.values())) > 0.02 * missing:
        estimates |= _peaks(model, p, anchor, support, known=[*found, *estimates])
    estimates = {place: mass for place, mass in estimates.items() if mass > 0}
    if estimates and abs(missing - sum(estimates.values())) < 0.02 * missing:
        # the quadrature knows the mass better than the limit of eta Im m does
        largest = max(estimates, key=estimates.__getitem__)
        estimates[largest] += missing - sum(estimates.values())
    return dict(sorted((found | estimates).items()))


def _peaks(
    model: runtime.Model, p: np.ndarray, anchor: runtime.Anchor, support: Support, known: list[float]
) -> dict[float, float]:
    """Return atoms inside the support, from the peaks of Im m slightly above the axis."""
    found: dict[float, float] = {}
    eta = 2e-3 * anchor.width
    for a, b in support.intervals:
        z = np.arange(a - 2 * eta, b + 2 * eta, eta) + 1j * eta
        m = runtime.stieltjes_values(model, p, anchor, z)
        peaks = np.flatnonzero((m.imag[1:-1] > m.imag[:-2]) & (m.imag[1:-1] >= m.imag[2:])) + 1
        for i in peaks:
            place = _pole(model, p, anchor, float(z[i].real), eta)
            if place is None or any(abs(place - other) < 1e-7 * anchor.width for other in [*known, *found]):
                continue
            mass = mass_at(model, p, anchor, place)
            if mass:
                found[place] = mass
    return found


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
