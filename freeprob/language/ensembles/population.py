"""Deterministic self-adjoint matrices known through their spectral law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...errors import UnsupportedModel
from ..given_array import GivenArray
from ..laws.empirical import Empirical
from ..laws.measure import Measure
from ..nodes import Leaf
from .family import Family, family_leaf
from .given import GIVEN, check_declared, check_given_shape, is_array

__all__ = ["Population", "population"]


class Population(Family):
    """A deterministic self-adjoint matrix with a limiting spectral law, or with given entries.

    Parameters
    ----------
    law : Law
    array : GivenArray, optional
        The matrix itself; the law is that of its eigenvalues.
    """

    name = "population"
    letter = "S"
    statement = (
        "deterministic, self-adjoint, bounded, with a limiting spectral law, in generic position to the other matrices"
    )

    def __init__(self, law: Measure, array: GivenArray | None = None):
        super().__init__(law)
        self.array = array
        if array is not None:
            self.statement = GIVEN  # type: ignore[misc]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Population) and self.law == other.law and self.array == other.array

    def __hash__(self) -> int:
        return hash((Population, self.law, self.array))

    def __str__(self) -> str:
        return f"{self.name}({self.law if self.array is None else self.array})"

    @classmethod
    def of_array(cls, array: GivenArray) -> Population:
        """Return the ensemble of one given symmetric matrix."""
        if not array.is_symmetric:
            raise UnsupportedModel(
                f"a population is self-adjoint, and the {array} is not equal to its transpose; use fp.signal for a "
                "rectangular or a general square matrix"
            )
        values, _ = _eigensystem(array)
        return cls(Empirical(values), array)

    def eigensystem(
        self, rows: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return eigenvalues and eigenvectors: quantiles of the law in a random basis, or those of the given matrix."""
        if self.array is None:
            return super().eigensystem(rows, rng, values)
        check_given_shape(self.array, rows, rows)
        return _eigensystem(self.array)

    def to_data(self) -> dict:
        """Return the JSON form of the ensemble."""
        return super().to_data() if self.array is None else {"ensemble": self.name, "array": self.array.to_data()}

    @classmethod
    def from_data(cls, data: dict) -> Family:
        """Rebuild the ensemble from :meth:`to_data`."""
        return cls.of_array(GivenArray(data["array"])) if "array" in data else super().from_data(data)


def _eigensystem(array: GivenArray) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues and eigenvectors; eigenvalues that are negative by rounding are 0."""
    values, vectors = np.linalg.eigh(0.5 * (array.values + array.values.T))
    return np.where(np.abs(values) < _ROUNDING * len(values) * np.abs(values).max(), 0.0, values), vectors


_ROUNDING = 4e-16


def population(size: Any, law: Any, *, name: str | None = None) -> Leaf:
    """Return a deterministic self-adjoint matrix with a given spectral law (a population covariance), or given entries.

    Parameters
    ----------
    size : Size
    law : law of :mod:`freeprob.laws`, or symmetric array of shape (size, size)
        An array is the matrix itself, for example the covariance of a data set; it fixes the size, which needs no
        value in ``.at``.
    name : str, optional

    Notes
    -----
    ``S``, ``S**0.5``, ``fp.inv(S)`` and all other functions of it commute: they are one family. Two populations on
    one space are in generic position to each other, hence asymptotically free; two given arrays are what they are:
    where they do not commute they may not both stand inside inverses. Matrices that are diagonal in one basis
    are made by :func:`freeprob.diagonal`.

    Examples
    --------
    >>> import freeprob as fp
    >>> d = fp.sizes("d")
    >>> S = fp.population(d, fp.laws.atoms({1: 0.5, 3: 0.5}))
    >>> (S**0.5 @ S**0.5) is S
    True
    """
    if not is_array(law):
        return family_leaf(Population(law), size, name)
    array = GivenArray(law)
    check_declared(array, size, size)
    return family_leaf(Population.of_array(array), size, name)
