"""Values over a grid: arrays that broadcast against each other, beside numbers and laws that stay the same."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import MissingValue, ShapeError
from ..language.laws.measure import Measure

__all__ = ["Grid"]


class Grid:
    """Points at which a number is wanted.

    Parameters
    ----------
    values : mapping of str to number, array or law
        Arrays, lists and tuples broadcast against each other.

    Attributes
    ----------
    values : dict of str to object
    shape : tuple of int
        That of the broadcast arrays; ``()`` if there are none.
    count : int

    Raises
    ------
    ShapeError
        If the arrays do not broadcast.
    MissingValue
        If an array does not hold real numbers.

    Examples
    --------
    >>> from freeprob.program.grid import Grid
    >>> grid = Grid({"n": 1, "p": [[1.0], [2.0]], "d": [0.5, 0.7]})
    >>> grid.shape, grid.point(3)
    ((2, 2), {'n': 1, 'p': 2.0, 'd': 0.7})
    """

    def __init__(self, values: Mapping[str, Any]):
        self.values = dict(values)
        self._arrays = {k: _array(k, v) for k, v in values.items() if isinstance(v, (list, tuple, np.ndarray))}
        try:
            self.shape = np.broadcast_shapes(*(a.shape for a in self._arrays.values()))
        except ValueError as error:
            shapes = ", ".join(f"{name}: {array.shape}" for name, array in self._arrays.items())
            raise ShapeError(
                f"the arrays of values do not broadcast against each other; their shapes are {shapes}"
            ) from error
        self.count = int(np.prod(self.shape))

    @cached_property
    def _flat(self) -> dict[str, np.ndarray]:
        return {name: np.broadcast_to(array, self.shape).ravel() for name, array in self._arrays.items()}

    @property
    def swept(self) -> set[str]:
        """The names that have an array with more than one value."""
        return {name for name, array in self._arrays.items() if array.size > 1}

    def point(self, number: int) -> dict[str, Any]:
        """Return the values at one point, in the order of the names given."""
        flat = self._flat
        return {name: flat[name][number].item() if name in flat else v for name, v in self.values.items()}

    def column(self, name: str) -> np.ndarray:
        """Return the values of one name at all points, as float64 numbers."""
        if name in self._flat:
            return self._flat[name].astype(float)
        return np.full(self.count, float(self.values[name]))

    def subset(self, numbers: np.ndarray) -> Grid:
        """Return the grid of one dimension that holds some of the points."""
        return Grid({**self.values, **{name: flat[numbers] for name, flat in self._flat.items()}})


def _array(name: str, values: Any) -> np.ndarray:
    if any(isinstance(v, Measure) for v in np.asarray(values, dtype=object).ravel()):
        raise MissingValue(f"{name} is an array of laws; sweep over a parameter of one law instead")
    array = np.asarray(values)
    try:
        array.astype(float)
    except (TypeError, ValueError) as error:
        raise MissingValue(f"the array given for {name} does not hold real numbers") from error
    return array
