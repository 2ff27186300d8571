"""Symmetric matrices with independent entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...errors import ShapeError
from ..nodes import Leaf
from .base import Ensemble, new_leaf

__all__ = ["Wigner", "wigner"]


class Wigner(Ensemble):
    """Symmetric, independent centred entries above the diagonal of unit variance."""

    name = "wigner"
    letter = "H"
    is_exchangeable = True
    symmetric = True
    order = sympy.Rational(1, 2)
    statement = "symmetric with independent centred entries of unit variance above the diagonal"

    def sample(
        self, rows: int, columns: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> np.ndarray:
        """Return a matrix of the Gaussian orthogonal ensemble (diagonal variance 2)."""
        square = rng.standard_normal((rows, rows))
        return (square + square.T) / np.sqrt(2.0)

    def check_rows(self, rows: sympy.Expr, columns: sympy.Expr) -> None:
        """Refuse a single number."""
        if rows == 1:
            raise ShapeError("a Wigner matrix needs a size, not 1")


def wigner(size: Any, *, name: str | None = None) -> Leaf:
    """Return a Wigner matrix: symmetric, off-diagonal variance 1 (divide by ``fp.sqrt(n)``).

    Parameters
    ----------
    size : Size
    name : str, optional

    Examples
    --------
    >>> import freeprob as fp
    >>> n = fp.sizes("n")
    >>> H = fp.wigner(n)
    >>> H.T is H
    True
    """
    Wigner().check_rows(size, size)
    return new_leaf(Wigner(), size, size, name)
