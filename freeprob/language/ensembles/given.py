"""Matrices and vectors that are given entry by entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...errors import ShapeError
from ..expression import ONE
from ..given_array import GivenArray
from ..laws.measure import Measure
from ..nodes import Leaf
from .base import Ensemble, new_leaf

__all__ = ["GIVEN", "Given", "check_declared", "check_given_shape", "given", "is_array"]


GIVEN = "known entry by entry, bounded, in generic position to all matrices that are not"
"""What is assumed of a given matrix with a law."""


class Given(Ensemble):
    """A matrix or vector of given numbers.

    A vector has entries of order one, a matrix a norm of order one.

    Parameters
    ----------
    array : GivenArray
    is_square : bool
        Whether rows and columns are one space, so that the matrix may be equal to its transpose.
    """

    name = "given"
    letter = "A"
    order = sympy.S.Zero
    statement = "known entry by entry"

    def __init__(self, array: GivenArray, is_square: bool):
        self.array = array
        self.is_square = is_square
        self.order = sympy.Rational(int(array.shape[1] == 1), 2)  # type: ignore[misc]

    @property
    def mirror(self) -> int:
        """1 for a symmetric matrix."""
        return int(self.is_square and self.array.is_symmetric)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Given) and (self.array, self.is_square) == (other.array, other.is_square)

    def __hash__(self) -> int:
        return hash((Given, self.array, self.is_square))

    def __str__(self) -> str:
        return f"given({self.array})"

    def sample(
        self, rows: int, columns: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> np.ndarray:
        """Return the array."""
        check_given_shape(self.array, rows, columns)
        return self.array.values.copy()

    def to_data(self) -> dict:
        """Return the JSON form of the ensemble."""
        return {"ensemble": self.name, "array": self.array.to_data(), "is_square": self.is_square}

    @classmethod
    def from_data(cls, data: dict) -> Given:
        """Rebuild the ensemble from :meth:`to_data`."""
        return cls(GivenArray(data["array"]), bool(data["is_square"]))


def check_given_shape(array: GivenArray, rows: int, columns: int) -> None:
    """Raise ShapeError where a given array is asked for at another size."""
    if array.shape != (rows, columns):
        raise ShapeError(
            f"the {array} is given, so its sizes are fixed; it has no sample of shape {rows} x {columns}. Remedy: "
            "leave these sizes out"
        )


def given(rows: Any, columns: Any = ONE, array: Any = None, *, name: str | None = None) -> Leaf:
    """Return a matrix or vector of given numbers, which plays no part of its own in the limit.

    It may stand outside of inverses, or be multiplied there by other given arrays: labels, the parameters of a
    teacher, a covariance at test time. A given matrix that is to have a spectral law is a
    :func:`freeprob.population` or a :func:`freeprob.signal`.

    Parameters
    ----------
    rows, columns : Size or 1
        Fixed by the array: they need no value in ``.at``.
    array : array of real numbers
        Of this shape; entries of order one for a vector, a norm of order one for a matrix.
    name : str, optional

    Raises
    ------
    ShapeError
        If the array has no such shape.

    Examples
    --------
    >>> import freeprob as fp
    >>> n = fp.sizes("n")
    >>> y = fp.given(n, 1, [1.0, -1.0, 1.0])
    >>> float(fp.limit(y.T @ y / n).at())
    1.0
    """
    data = array if isinstance(array, GivenArray) else GivenArray(array)
    check_declared(data, rows, columns)
    return new_leaf(Given(data, rows == columns), rows, columns, name)


def is_array(value: Any) -> bool:
    """Return whether a value is an array or a list, and no law."""
    return not isinstance(value, Measure) and (isinstance(value, GivenArray) or np.ndim(value) > 0)


def check_declared(array: GivenArray, rows: Any, columns: Any) -> None:
    """Raise ShapeError where an array cannot have the declared rows and columns."""
    for declared, count, what in zip((rows, columns), array.shape, ("row", "column"), strict=True):
        if declared == 1 and count != 1:
            raise ShapeError(f"the {array} was declared with 1 {what}, but it has {count}")
    if rows == columns and array.shape[0] != array.shape[1]:
        raise ShapeError(f"the {array} is not square, but its rows and columns were both declared as {rows}")
