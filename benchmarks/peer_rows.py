"""How far the answers of a tool are from an exact law: the cells of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .exact_laws import ExactLaw
from .table import error, ratio, seconds
from .truth import distance

__all__ = ["Scale"]


class Scale:
    """An exact law with its values, computed once, at the midpoints of equal cells of the hull of the support."""

    def __init__(self, law: ExactLaw, count: int):
        self.edges = np.array([float(edge) for edge in law.edges])
        self.atoms = dict(law.atoms)
        self.width = float(self.edges[-1] - self.edges[0])
        self.points = self.edges[0] + self.width * (np.arange(count) + 0.5) / count
        self.inner = np.abs(self.points[:, None] - self.edges).min(axis=1) > 0.01 * self.width
        self.density = law.density(self.points)
        self.moments = law.moments()[1:]

    def cells(self, result: Mapping[str, Any], unit: Mapping[str, Any]) -> tuple[str, ...]:
        """Return two times with their ratios to those of another result, and six errors."""
        times, errors = ["-"] * 4, ["-"] * 3
        if "density" in result:
            density = np.array(result["density"])
            worst, area = distance(density, self.density, self.width)
            inside, _ = distance(density[self.inner], self.density[self.inner], self.width)
            times = [text for k in ("first", "again") for text in (seconds(result[k]), ratio(result[k], unit[k]))]
            errors = [error(worst), error(inside), error(area)]
        return (*times, *errors, self._edges(result), self._atoms(result), self._moments(result))

    def _edges(self, result: Mapping[str, Any]) -> str:
        found: Sequence[float] | None = result.get("edges")
        if found is None:
            return "-"
        if len(found) != len(self.edges):
            return f"{len(found)} for {len(self.edges)}"
        return error(float(np.abs(np.sort(found) - self.edges).max()))

    def _atoms(self, result: Mapping[str, Any]) -> str:
        found: Sequence[Sequence[float]] | None = result.get("atoms")
        if found is None or not (found or self.atoms):
            return "-"
        places = [*self.atoms, *(x for x, _ in found)]
        return error(max(abs(_mass(self.atoms.items(), x) - _mass(found, x)) for x in places))

    def _moments(self, result: Mapping[str, Any]) -> str:
        found: Sequence[float] | None = result.get("moments")
        return "-" if found is None else error(max(abs(a - b) / max(1, abs(b)) for a, b in zip(found, self.moments)))


def _mass(atoms: Any, place: float) -> float:
    return sum(mass for x, mass in atoms if abs(x - place) < 1e-6)
