"""An array of numbers as part of a model: frozen, and equal by value."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError, UnsupportedModel

__all__ = ["GivenArray"]


class GivenArray:
    """A real matrix of numbers; a list of numbers is a column.

    Parameters
    ----------
    values : array of real numbers
        Of one or two dimensions.

    Raises
    ------
    ShapeError
        If the array is empty or has more than two dimensions.
    UnsupportedModel
        If a number is not real and finite.

    Examples
    --------
    >>> from freeprob.language.given_array import GivenArray
    >>> GivenArray([1, 2, 3]).shape, GivenArray([[1, 2]]) == GivenArray([[1.0, 2.0]])
    ((3, 1), True)
    """

    __slots__ = ("_bytes", "_hash", "shape")

    def __init__(self, values: Any) -> None:
        array = np.asarray(values)
        if array.ndim == 1:
            array = array[:, None]
        if array.ndim != 2 or array.size == 0:
            raise ShapeError(
                f"a given matrix is a non-empty array of one or two dimensions, not of shape {array.shape}"
            )
        if np.iscomplexobj(array):
            raise UnsupportedModel("a given matrix needs real numbers, not complex ones")
        try:
            array = array.astype("<f8")
        except (TypeError, ValueError) as error:
            raise UnsupportedModel(f"a given matrix needs real numbers: {error}") from None
        if not np.all(np.isfinite(array)):
            raise UnsupportedModel("a given matrix has a number that is infinite or NaN: remove or impute it")
        self.shape = (int(array.shape[0]), int(array.shape[1]))
        self._bytes = (array + 0.0).tobytes()
        self._hash = hash((self.shape, self._bytes))

    @property
    def values(self) -> np.ndarray:
        """The numbers, read-only."""
        return np.frombuffer(self._bytes, dtype="<f8").reshape(self.shape)

    @property
    def is_symmetric(self) -> bool:
        """Whether the matrix equals its transpose up to rounding."""
        if self.shape[0] != self.shape[1]:
            return False
        return bool(np.abs(self.values - self.values.T).max() <= 1e-12 * np.abs(self.values).max())

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, GivenArray)
            and self._hash == other._hash
            and self.shape == other.shape
            and self._bytes == other._bytes
        )

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self):
        return type(self), (self.values,)

    def __str__(self) -> str:
        return f"array of shape {self.shape[0]} x {self.shape[1]}"

    __repr__ = __str__

    def to_data(self) -> list:
        """Return the numbers as JSON data."""
        return self.values.tolist()
