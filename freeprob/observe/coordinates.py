"""The unknowns of a fit as coordinates: logarithms of sizes and positive parameters, other parameters as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from ..algebra.symbols import Size
from ..errors import MissingValue, NotIdentified

__all__ = ["Coordinates", "free_coordinates"]

_SIZE_BOX, _POSITIVE_BOX, _REAL_BOX = 30.0, 1e3, 2.0
_BEYOND = 1e4
"""Without bounds of the user, a positive unknown stays within this factor of the box of starting values."""


@dataclass(frozen=True, eq=False)
class Coordinates:
    """A map between named values and a vector.

    Attributes
    ----------
    names : tuple of str
    logarithmic : ndarray of bool
    lower, upper : ndarray
        Bounds of the coordinates.
    box : (ndarray, ndarray)
        Where starting values are looked for.
    """

    names: tuple[str, ...]
    logarithmic: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    box: tuple[np.ndarray, np.ndarray]

    def __len__(self) -> int:
        return len(self.names)

    def values(self, x: np.ndarray) -> dict[str, float]:
        """Return the values by name."""
        plain = np.where(self.logarithmic, np.exp(np.where(self.logarithmic, x, 0.0)), x)
        return dict(zip(self.names, plain.tolist(), strict=True))

    def vector(self, values: Mapping[str, float]) -> np.ndarray:
        """Return the coordinates of values by name."""
        given = np.array([float(values[name]) for name in self.names])
        return np.where(self.logarithmic, np.log(np.where(self.logarithmic, given, 1.0)), given)

    def start(self, given: Mapping[str, float]) -> dict[str, float]:
        """Return starting values under the names of the coordinates, checked.

        Raises
        ------
        MissingValue
            If a name is not free.
        ValueError
            If a value is not finite, or not positive where it must be.
        """
        found = {}
        for name, value in given.items():
            plain = name if name in self.names else name.removesuffix("_")
            if plain not in self.names:
                raise MissingValue(f"a start was given for {name}, which is not free")
            positive = self.logarithmic[self.names.index(plain)]
            if not np.isfinite(value) or (positive and value <= 0):
                raise ValueError(f"the start {value!r} of {plain} is not a {'positive ' if positive else ''}number")
            found[plain] = float(value)
        return found

    def slopes(self, x: np.ndarray) -> np.ndarray:
        """Return the derivatives of the values by the coordinates."""
        return np.where(self.logarithmic, np.exp(np.where(self.logarithmic, x, 0.0)), 1.0)

    def part(self, some: np.ndarray) -> Coordinates:
        """Return some of the coordinates."""
        names = tuple(self.names[k] for k in some)
        low, high = self.box
        return Coordinates(names, self.logarithmic[some], self.lower[some], self.upper[some], (low[some], high[some]))

    def at_bound(self, x: np.ndarray) -> np.ndarray:
        """Return which coordinates sit on a bound."""
        return (x - self.lower < 1e-6) | (self.upper - x < 1e-6)

    def combination(self, direction: np.ndarray) -> str:
        """Return a direction in words: a product of powers, or a sum when a coordinate is no logarithm."""
        direction = direction / np.abs(direction).max()
        direction = direction * np.sign(direction[np.argmax(np.abs(direction) > 0.999)])
        parts = []
        for name, weight, log in zip(self.names, direction, self.logarithmic, strict=True):
            if abs(weight) > 1e-3:
                factor = "" if round(abs(weight), 3) == 1 else f"{abs(weight):.3g} "
                parts.append(f"{'-' if weight < 0 else '+'} {factor}{'log ' if log else ''}{name}")
        return " ".join(parts).removeprefix("+ ")


def free_coordinates(
    free: str | Iterable[Any],
    symbols: Sequence[sympy.Symbol],
    known: set[str],
    fixed: Mapping[str, Any],
    bounds: Mapping[str, Any],
    scale: float,
) -> Coordinates:
    """Return the coordinates of the free names of a law.

    Parameters
    ----------
    free : str or iterable of str or Symbol
        Names, or one string of names.
    symbols : sequence of Symbol
        The sizes, parameters and laws that the law needs.
    known : set of str
        Names that the model has, but not its equations.
    fixed : mapping
        The given values.
    bounds : mapping of str to (float, float)
    scale : float
        Size of the eigenvalues: real parameters are looked for within twice this.

    Raises
    ------
    MissingValue
        If a name is unknown, given as well, or a law.
    NotIdentified
        If all sizes are free, or the law does not depend on a name.
    ValueError
        If bounds are empty.
    """
    wanted = free.replace(",", " ").split() if isinstance(free, str) else [str(f) for f in free]
    table = {s.name: s for s in symbols}
    chosen = []
    for name in dict.fromkeys(wanted):
        plain = name if name in table else name.removesuffix("_")
        if plain not in table:
            if plain in known:
                raise NotIdentified(f"the law does not depend on {plain}: it drops out of the equations")
            raise MissingValue(
                f"{name!r} is not a size or parameter of this model; it needs {', '.join(table) or 'nothing'}"
            )
        if name in fixed or plain in fixed or f"{plain}_" in fixed:
            raise MissingValue(f"{plain} is free and has a value as well; drop one of the two")
        chosen.append(table[plain])
    if not chosen:
        raise MissingValue(f"nothing is free; name some of what the law needs: {', '.join(table) or 'nothing'}")
    _require_a_size(chosen, symbols)
    strangers = set(bounds) - {s.name for s in chosen} - {f"{s.name}_" for s in chosen}
    if strangers:
        raise MissingValue(f"bounds were given for {', '.join(sorted(strangers))}, which is not free")
    sizes = [float(fixed[s.name]) for s in symbols if isinstance(s, Size) and s.name in fixed]
    middle = float(np.exp(np.mean(np.log(sizes)))) if sizes else 1.0
    rows = [_row(s, bounds.get(s.name, bounds.get(f"{s.name}_")), middle, scale) for s in chosen]
    logarithmic, lower, upper, low, high = (np.array(column) for column in zip(*rows, strict=True))
    return Coordinates(tuple(s.name for s in chosen), logarithmic, lower, upper, (low, high))


def _require_a_size(chosen: Sequence[sympy.Symbol], symbols: Sequence[sympy.Symbol]) -> None:
    sizes = [s.name for s in symbols if isinstance(s, Size)]
    if sizes and {*sizes} <= {s.name for s in chosen}:
        last = sizes[-1]
        raise NotIdentified(
            f"all sizes ({', '.join(sizes)}) are free, but a law depends on their ratios only; give one of them, for "
            f"example {last}=1, and leave it out of free"
        )


def _row(symbol: sympy.Symbol, bounds: Any, middle: float, scale: float) -> tuple[bool, float, float, float, float]:
    """Return whether the coordinate is a logarithm, its bounds and the box of its starting values."""
    positive = bool(symbol.is_positive) or isinstance(symbol, Size)
    if positive:
        factor, centre = (_SIZE_BOX, np.log(middle)) if isinstance(symbol, Size) else (_POSITIVE_BOX, 0.0)
        reach = np.log(factor)
        box, limit = (centre - reach, centre + reach), reach + np.log(_BEYOND)
        lower, upper = centre - limit, centre + limit
    else:
        box, (lower, upper) = (-_REAL_BOX * scale, _REAL_BOX * scale), (-np.inf, np.inf)
    if bounds is None:
        return positive, lower, upper, *box
    low, high = (float(b) for b in bounds)
    if not low < high or (positive and high <= 0):
        raise ValueError(f"the bounds {bounds!r} of {symbol} hold no value; give (low, high) with low < high")
    if positive:
        low = np.log(low) if low > 0 else lower
        high = np.log(high) if np.isfinite(high) else max(upper, low + 1.0)
    finite = np.isfinite([low, high])
    return positive, low, high, low if finite[0] else min(box[0], high), high if finite[1] else max(box[1], low)
