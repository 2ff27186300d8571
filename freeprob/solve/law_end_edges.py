"""Edges of the support at which a pole of an average arrives at an end of a law.

Where the density of a population vanishes faster than linearly at an end, or an end lies at 0, the spectrum may end
because the pole w(x) of the averages, ``1 / (t - w)``, enters the support there, and not at a branch point. The density
then vanishes like a power of the distance, so fast that the edge cannot be seen, but the solution is smooth up to the
edge from outside. The integrand of an average at the end itself is infinite at such an edge and nowhere else nearby:
its reciprocal is a smooth function of x, and the edge is its zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..targets import numpy_runtime as runtime
from .point_mass import mass_at

__all__ = ["ZEROS", "LawEnds", "law_end_edge", "reaches_zero"]

ZEROS = 0.1
"""Share of zeros that is mixed into a law to see whether they make an atom at 0."""

_STEPS = 40
_SETTLED = 1e-14
_REAL = 1e-10


class LawEnds(NamedTuple):
    """What is known of the ends of laws.

    ``models`` are the equations with a law replaced by a point mass at one of its ends, ``shared`` those with the law
    replaced by its mixture with an end at 0; ``unbounded`` says whether there are infinite ends.
    """

    models: Sequence[runtime.Model] = ()
    shared: Sequence[runtime.Model] = ()
    unbounded: bool = False


def law_end_edge(
    model: runtime.Model,
    ends: Sequence[runtime.Model],
    p: np.ndarray,
    anchor: runtime.Anchor,
    inner: float,
    outer: float,
    reach: float,
) -> float | None:
    """Return the edge beyond ``inner``, None where no pole arrives at an end of a law.

    Parameters
    ----------
    model : Model
    ends : sequence of Model
        The same equations with a law replaced by a point mass at one of its ends.
    p : ndarray
        Inputs of the model, a column.
    anchor : Anchor
    inner, outer : float
        A point inside the support, and one where the density is too small to be seen.
    reach : float
        The edge is sought up to this point.
    """
    found = []
    solutions = _Solutions(model, p, anchor)
    for end in ends:
        for k in range(model.count + 1):
            zero = _zero(_Reciprocal(solutions, end, k), inner, outer, reach)
            if zero is not None and _ends_there(model, p, anchor, zero, reach):
                found.append(zero)
    return min(found, key=lambda x: abs(x - inner), default=None)


def reaches_zero(models: Sequence[runtime.Model], p: np.ndarray) -> bool:
    """Return whether a positive law goes down to 0 because one of the laws in it does.

    A share s of zeros among the values of that law makes an atom of mass s or more at 0: as many values in (0, d) make
    as many eigenvalues in (0, C d), by the variational principle, and the law has values in (0, d) for every d.

    Parameters
    ----------
    models : sequence of Model
        The equations with the share ``ZEROS`` of the values of a law replaced by 0.
    p : ndarray
    """
    for model in models:
        anchor = runtime.Anchor(model, p)
        if mass_at(model, p, anchor, 0.0) >= 0.99 * ZEROS:
            return True
    return False


class _Solutions:
    """The unknowns at points of the axis, each solved once."""

    def __init__(self, model: runtime.Model, p: np.ndarray, anchor: runtime.Anchor):
        self.model, self.p, self.anchor = model, p, anchor
        self.known: dict[float, np.ndarray | None] = {}

    def __call__(self, x: float) -> np.ndarray | None:
        """Return the unknowns, None where they are not found."""
        if x not in self.known:
            u, good = runtime.descend(self.model, self.p, self.anchor, np.array([x], dtype=complex))
            self.known[x] = u if good[0] else None
        return self.known[x]


class _Reciprocal:
    """One over the difference that the point mass makes in residual k, or in m for the last k."""

    def __init__(self, solutions: _Solutions, end: runtime.Model, k: int):
        self.solutions, self.end, self.k = solutions, end, k
        self.model, self.p = solutions.model, solutions.p

    def __call__(self, x: float) -> float | None:
        """Return the value, None where there is none."""
        z = np.array([x], dtype=complex)
        u = self.solutions(x)
        if u is None:
            return None
        with np.errstate(all="ignore"):
            difference = self._output(self.end, u, z) - self._output(self.model, u, z)
            value = (1.0 / difference).real[0]
        return float(value) if np.isfinite(value) else None

    def _output(self, model: runtime.Model, u: np.ndarray, z: np.ndarray) -> np.ndarray:
        if self.k == model.count:
            return model.readout(u, self.p, z)
        component = next(c for c in model.components if self.k in c.unknowns)
        residual, _ = component.evaluate(u, self.p, z, np.ones(1))
        return residual[component.unknowns.index(self.k)]


def _zero(function: _Reciprocal, inner: float, outer: float, reach: float) -> float | None:
    """Return a zero between a point and the reach by the secant method."""
    points = [inner, outer]
    values = [function(inner), function(outer)]
    scale = abs(reach - inner)
    side = np.sign(outer - inner)
    for _ in range(_STEPS):
        (x0, x1), (f0, f1) = points[-2:], values[-2:]
        if f0 is None or f1 is None or f0 == f1:
            return None
        step = -f1 * (x1 - x0) / (f1 - f0)
        x = x1 + step
        if side * (x - reach) > 0 or side * (x - inner) < 0:
            return None
        if abs(step) <= _SETTLED * max(abs(x), scale):
            return x
        points.append(x)
        values.append(function(x))
        if values[-1] is None:  # on the edge itself, or too close to it
            return x if abs(step) <= 1e-9 * scale else None
    return None


def _ends_there(model: runtime.Model, p: np.ndarray, anchor: runtime.Anchor, x: float, reach: float) -> bool:
    """Return whether m is real and increasing between a point and the reach."""
    points = np.sort(x + (reach - x) * np.array([0.02, 0.1, 0.3]))
    z = points.astype(complex)
    u, good = runtime.descend(model, p, anchor, z)
    m = model.readout(u, p, z)
    if not good.all() or (np.abs(m.imag) > _REAL * np.abs(m)).any():
        return False
    return all(b >= a for a, b in pairwise(m.real))
