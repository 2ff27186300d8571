"""Deterministic rectangular matrices known through their singular values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...errors import ShapeError, UnsupportedModel
from ..laws import Law
from ..nodes import Leaf
from .base import Ensemble, new_leaf
from .haar import orthogonal

__all__ = ["Signal", "signal"]


class Signal(Ensemble):
    """A rectangular matrix with a limiting law of its singular values."""

    name = "signal"
    letter = "A"
    order = sympy.S.Zero
    is_bi_invariant = True
    statement = (
        "deterministic, bounded, with a limiting law of its singular values, in generic position to the other matrices"
    )

    def __init__(self, law: Law):
        if not isinstance(law, Law):
            raise TypeError(f"a signal needs a law such as fp.laws.uniform(1, 2), not {law!r}")
        law.require_bounded()
        if not law.free_symbols and law.support[0] < 0:
            raise UnsupportedModel(f"singular values are not negative, but {law} has support {law.support}")
        self.law = law

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Signal) and self.law == other.law

    def __hash__(self) -> int:
        return hash((Signal, self.law))

    def __str__(self) -> str:
        return f"signal({self.law})"

    def sample(
        self, rows: int, columns: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> np.ndarray:
        """Return a matrix whose singular values are quantiles of the law, between random bases."""
        count = min(rows, columns)
        law = self.law.subs({s: v for s, v in values.items() if s in self.law.free_symbols})
        singular = np.asarray(law.quantiles(count), dtype=float)
        return (orthogonal(rows, count, rng) * singular) @ orthogonal(columns, count, rng).T

    def to_data(self) -> dict:
        """Return the JSON form of the ensemble."""
        return {"ensemble": self.name, "law": self.law.to_data()}

    @classmethod
    def from_data(cls, data: dict) -> Signal:
        """Rebuild the ensemble from :meth:`to_data`."""
        return cls(Law.from_data(data["law"]))


def signal(rows: Any, columns: Any, law: Law, *, name: str | None = None) -> Leaf:
    """Return a deterministic rectangular matrix with a given law of its singular values.

    Parameters
    ----------
    rows, columns : Size
    law : law of :mod:`freeprob.laws`
        Of the min(rows, columns) singular values, on [0, infinity). The matrix is of order one as it is: do not divide
        it by a size.
    name : str, optional

    Examples
    --------
    Information plus noise (Dozier and Silverstein 2007):

    >>> import freeprob as fp
    >>> p, n = fp.sizes("p n")
    >>> A = fp.signal(p, n, fp.laws.atoms({0: "1/2", 2: "1/2"}))
    >>> Y = A + fp.gaussian(p, n) / fp.sqrt(n)
    >>> fp.spectrum(Y @ Y.T).at(p=1, n=2).moments(2)
    [Fraction(3, 1), Fraction(31, 2)]
    """
    if rows == 1 or columns == 1:
        raise ShapeError("a signal needs sizes, not 1; use fp.gaussian(n) for a vector")
    return new_leaf(Signal(law), rows, columns, name)
