"""What a fit knows: derivatives of the residuals, and combinations of the unknowns that it does not see."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import NotIdentified
from .coordinates import Coordinates

__all__ = ["information", "jacobian"]

_STEP, _CENTRAL = 1e-5, 1e-4
_SINGULAR = 1e-5
"""Central differences are exact to some 1e-8; a combination that matters less than this does not change the law."""

Residuals = Callable[[np.ndarray], np.ndarray]


def jacobian(residuals: Residuals, coordinates: Coordinates, x: np.ndarray, central: bool = False) -> np.ndarray:
    """Return the derivatives of residuals by differences, one-sided where there is no law on the other side."""
    base = residuals(x)
    columns = []
    for k in range(len(coordinates)):
        step = (_CENTRAL if central else _STEP) * (1.0 if coordinates.logarithmic[k] else max(abs(x[k]), 1.0))
        sides: list[tuple[float, np.ndarray]] = []
        for signed in (step, -step):
            moved = x.copy()
            moved[k] += signed
            if coordinates.lower[k] <= moved[k] <= coordinates.upper[k] and np.isfinite(residuals(moved)).all():
                sides.append((signed, residuals(moved)))
            if sides and not central:
                break
        if len(sides) < 2:
            sides.append((0.0, base))
        (ahead, value), (behind, other) = sides[0], sides[1 if len(sides) > 1 else 0]
        columns.append((value - other) / (ahead - behind) if ahead != behind else np.zeros(len(base)))
    return np.stack(columns, axis=1)


def information(residuals: Residuals, coordinates: Coordinates, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which coordinates are off their bounds, and the derivatives J by these; ``J^T J`` is their information.

    Raises
    ------
    NotIdentified
        If a combination of the coordinates does not change the law.
    """
    inner = np.flatnonzero(~coordinates.at_bound(x))
    slopes = jacobian(residuals, coordinates, x, central=True)[:, inner]
    if not len(inner):
        return inner, slopes
    _, singular, directions = np.linalg.svd(slopes)
    singular = np.append(singular, np.zeros(len(inner) - len(singular)))
    if singular[-1] <= _SINGULAR * max(1.0, singular[0]):
        part = coordinates.part(inner)
        blind = np.linalg.norm(slopes, axis=0) <= _SINGULAR
        if blind.any():
            names = ", ".join(name for name, b in zip(part.names, blind, strict=True) if b)
            raise NotIdentified(f"the law does not depend on {names} here; give a value and leave it out of free")
        raise NotIdentified(
            f"the law does not change along {part.combination(directions[-1])}, so that only the other combinations of "
            f"{', '.join(part.names)} can be estimated; give a value to one of them and leave it out of free"
        )
    return inner, slopes
