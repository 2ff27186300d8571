"""The all-ones vector, which carries the mean of an entrywise function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ..expression import ONE
from ..nodes import Leaf
from .base import Ensemble, dimension

__all__ = ["Ones", "ones"]


class Ones(Ensemble):
    """The vector of ones."""

    name = "ones"
    letter = "1"
    order = sympy.Rational(1, 2)
    is_constant = True
    statement = "the vector of ones, a direction that is generic for all other matrices"

    def sample(
        self, rows: int, columns: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> np.ndarray:
        """Return ones."""
        return np.ones((rows, columns))


def ones(size: Any) -> Leaf:
    """Return the vector of ones of a size; there is one for each size.

    Parameters
    ----------
    size : Size

    Examples
    --------
    >>> import freeprob as fp
    >>> n = fp.sizes("n")
    >>> fp.ones(n) is fp.ones(n)
    True
    """
    return Leaf.intern(Ones(), dimension(size), ONE, 0, "1")
