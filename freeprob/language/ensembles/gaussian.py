"""Matrices and vectors with iid entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ..expression import ONE
from ..nodes import Leaf
from .base import Ensemble, new_leaf

__all__ = ["Gaussian", "gaussian"]


class Gaussian(Ensemble):
    """iid centred entries of unit variance."""

    name = "gaussian"
    letter = "Z"
    is_exchangeable = True
    order = sympy.Rational(1, 2)
    statement = "iid centred entries of unit variance (Gaussian, or any iid entries with enough moments: universality)"

    def sample(
        self, rows: int, columns: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> np.ndarray:
        """Return iid standard normal entries."""
        return rng.standard_normal((rows, columns))


def gaussian(rows: Any, columns: Any = ONE, *, name: str | None = None) -> Leaf:
    """Return a matrix of iid centred entries of unit variance, or a vector.

    Parameters
    ----------
    rows : Size
    columns : Size, optional
        Absent for a column vector.
    name : str, optional
        Name in formulas; else the name of the variable that holds it.

    Returns
    -------
    Leaf
        A new matrix, independent of all others. Not scaled: divide by ``fp.sqrt(size)`` as papers do.

    Raises
    ------
    ShapeError
        If a dimension is not a size.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X = fp.gaussian(d, n, name="X")
    >>> (X @ X.T / n).shape
    (d, d)
    """
    return new_leaf(Gaussian(), rows, columns, name)
