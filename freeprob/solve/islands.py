"""Where single atoms of a long list make islands of the spectrum.

In a thin tail of a list of values each value makes a small interval of its own, of a mass and a width that no grid
meets by chance. The integrand of an average at a location t is infinite only where the pole of the average is t; the
real part of its reciprocal is a smooth function of x that changes its sign at the island of t. So the places of all
islands are known from a coarse grid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..targets import numpy_runtime as runtime

__all__ = ["LongLists", "island_places", "surroundings"]

_FRACTIONS = np.array([0.5, 0.3, 0.15, 0.07, 0.03, 0.01])
"""Distances from an island at which the spectrum is looked at, relative to the distance to the next one."""

_NEAR = 0.2
"""Largest distance between neighbours, relative to the whole range, between which a place is interpolated."""


@dataclass(frozen=True)
class LongLists:
    """Laws of many atoms, which a model replaces by rules of few nodes.

    Attributes
    ----------
    atoms : list of (ndarray, callable)
        For each law its extreme atoms, which are nodes of the rule, and the model in which the law is replaced by a
        point mass at another location for each point.
    exact : Model
        The model with all atoms.
    """

    atoms: list[tuple[np.ndarray, Callable[[np.ndarray], runtime.Model]]]
    exact: runtime.Model


def island_places(model: runtime.Model, lists: LongLists, p: np.ndarray, x: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return the places of the islands of the atoms of laws, in order.

    Parameters
    ----------
    model : Model
    lists : LongLists
    p : ndarray
        Inputs of the model, a column.
    x : ndarray
        Points of the axis, in order.
    u : ndarray, shape (unknowns, points)
        The solutions there.
    """
    found = [np.zeros(0)]
    plain = _outputs(model, p, x, u)
    reach = _NEAR * (x[-1] - x[0])
    for locations, at in lists.atoms:
        count = len(locations)
        single = at(np.repeat(locations, len(x))[None, :])
        values = _outputs(single, p, np.tile(x, count), np.tile(u, count)).reshape(len(plain), count, len(x))
        with np.errstate(all="ignore"):
            reciprocal = (1.0 / (values - plain[:, None, :])).real
            left, right = reciprocal[:, :, :-1], reciprocal[:, :, 1:]
            place = x[:-1] + (x[1:] - x[:-1]) * left / (left - right)
        found.append(place[np.isfinite(place) & (left * right < 0) & (np.diff(x) < reach)])
    return np.unique(np.concatenate(found))


def surroundings(places: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return points around places between two bounds, at fractions of the distances to the next ones."""
    if not len(places):
        return places
    apart = np.concatenate([places[:1] - low, np.diff(places), high - places[-1:]])
    around = [places]
    for fraction in _FRACTIONS:
        around += [places - fraction * apart[:-1], places + fraction * apart[1:]]
    return np.unique(np.concatenate(around))


def _outputs(model: runtime.Model, p: np.ndarray, x: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return the residuals and m, one row each."""
    z = x.astype(complex)
    result = np.empty((model.count + 1, len(x)), dtype=complex)
    for component in model.components:
        result[component.unknowns] = component.evaluate(u, p, z, np.ones(len(x)))[0]
    result[-1] = model.readout(u, p, z)
    return result
