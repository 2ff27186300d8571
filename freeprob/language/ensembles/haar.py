"""Haar distributed orthogonal matrices and isometries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...errors import ShapeError
from ..laws import Law
from ..laws.atoms import Atoms
from ..nodes import Leaf
from .base import Ensemble, new_leaf

__all__ = ["Haar", "haar", "orthogonal"]


class Haar(Ensemble):
    """Orthogonal matrices, or matrices with orthonormal columns, of the uniform distribution."""

    name = "haar"
    is_exchangeable = True
    letter = "O"
    order = sympy.S.Zero
    is_bi_invariant = True
    is_isometry = True
    statement = "Haar distributed, with orthonormal columns"

    @property
    def law(self) -> Law:
        """The law of the singular values: all are 1."""
        return Atoms({1: 1})

    def sample(
        self, rows: int, columns: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> np.ndarray:
        """Return a uniformly distributed matrix with orthonormal columns."""
        if columns > rows:
            raise ShapeError(
                f"an isometry of shape {rows} x {columns} does not exist: it needs at least as many rows as columns"
            )
        return orthogonal(rows, columns, rng)


def orthogonal(rows: int, columns: int, rng: np.random.Generator) -> np.ndarray:
    """Return a matrix with orthonormal columns of the Haar distribution (F. Mezzadri, Notices AMS 54, 2007)."""
    q, r = np.linalg.qr(rng.standard_normal((rows, columns)))
    return q * np.where(np.diag(r) < 0, -1.0, 1.0)


def haar(rows: Any, columns: Any = None, *, name: str | None = None) -> Leaf:
    """Return a Haar orthogonal matrix, or a Haar isometry with orthonormal columns.

    Parameters
    ----------
    rows : Size
    columns : Size, optional
        At most as large as ``rows``; the same space when absent.
    name : str, optional

    Notes
    -----
    ``O.T @ O`` is the identity; ``V @ V.T`` is a projection of rank ``columns``.

    Examples
    --------
    >>> import freeprob as fp
    >>> n = fp.sizes("n")
    >>> O = fp.haar(n)
    >>> (O.T @ O) is fp.identity(n)
    True
    >>> fp.spectrum(O + O.T).at(n=1).edges().round(12)
    array([-2.,  2.])
    """
    columns = rows if columns is None else columns
    if rows == 1 or columns == 1:
        raise ShapeError("a Haar matrix needs sizes, not 1; use fp.gaussian(n) / fp.sqrt(n) for a random unit vector")
    return new_leaf(Haar(), rows, columns, name)
