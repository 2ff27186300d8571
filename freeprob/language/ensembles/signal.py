"""Deterministic rectangular matrices known through their singular values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...errors import ShapeError, UnsupportedModel
from ..given_array import GivenArray
from ..laws import Law
from ..laws.empirical import Empirical
from ..nodes import Leaf
from .base import Ensemble, new_leaf
from .given import GIVEN, check_declared, check_given_shape, given, is_array
from .haar import orthogonal

__all__ = ["Signal", "signal"]


class Signal(Ensemble):
    """A rectangular matrix with a limiting law of its singular values, or with given entries.

    Parameters
    ----------
    law : Law
    array : GivenArray, optional
        The matrix itself; the law is that of its singular values.
    """

    name = "signal"
    letter = "A"
    order = sympy.S.Zero
    is_bi_invariant = True
    statement = (
        "deterministic, bounded, with a limiting law of its singular values, in generic position to the other matrices"
    )

    def __init__(self, law: Law, array: GivenArray | None = None):
        if not isinstance(law, Law):
            raise TypeError(f"a signal needs a law such as fp.laws.uniform(1, 2), not {law!r}")
        law.require_bounded()
        if not law.free_symbols and law.support[0] < 0:
            raise UnsupportedModel(f"singular values are not negative, but {law} has support {law.support}")
        self.law = law
        self.array = array
        if array is not None:
            self.statement = GIVEN  # type: ignore[misc]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Signal) and self.law == other.law and self.array == other.array

    def __hash__(self) -> int:
        return hash((Signal, self.law, self.array))

    def __str__(self) -> str:
        return f"signal({self.law if self.array is None else self.array})"

    def sample(
        self, rows: int, columns: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> np.ndarray:
        """Return a matrix whose singular values are quantiles of the law, between random bases; or the given one."""
        if self.array is not None:
            check_given_shape(self.array, rows, columns)
            return self.array.values.copy()
        count = min(rows, columns)
        law = self.law.subs({s: v for s, v in values.items() if s in self.law.free_symbols})
        singular = np.asarray(law.quantiles(count), dtype=float)
        return (orthogonal(rows, count, rng) * singular) @ orthogonal(columns, count, rng).T

    def to_data(self) -> dict:
        """Return the JSON form of the ensemble."""
        if self.array is not None:
            return {"ensemble": self.name, "array": self.array.to_data()}
        return {"ensemble": self.name, "law": self.law.to_data()}

    @classmethod
    def from_data(cls, data: dict) -> Signal:
        """Rebuild the ensemble from :meth:`to_data`."""
        if "array" in data:
            return cls.of_array(GivenArray(data["array"]))
        return cls(Law.from_data(data["law"]))

    @classmethod
    def of_array(cls, array: GivenArray) -> Signal:
        """Return the ensemble of one given matrix."""
        return cls(Empirical(np.linalg.svd(array.values, compute_uv=False)), array)


def signal(rows: Any, columns: Any, law: Any, *, name: str | None = None) -> Leaf:
    """Return a deterministic rectangular matrix with a given law of its singular values, or with given entries.

    Parameters
    ----------
    rows, columns : Size
    law : law of :mod:`freeprob.laws`, or array of shape (rows, columns)
        Of the min(rows, columns) singular values, on [0, infinity). The matrix is of order one as it is: do not divide
        it by a size. An array is the matrix itself, for example data whose columns are samples, divided by the square
        root of their dimension; it fixes the two sizes, which need no value in ``.at``. With 1 column it is a given
        vector with entries of order one, for example labels.
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

    Random features of given data:

    >>> import numpy as np
    >>> d, m = fp.sizes("d m")
    >>> X = fp.signal(d, m, np.random.default_rng(0).standard_normal((20, 30)) / 20**0.5)
    >>> W = fp.gaussian(p, d)
    >>> Phi = fp.relu(W @ X)
    >>> round(float(fp.limit(fp.tr(fp.inv(Phi.T @ Phi / p + fp.identity(m)))).at(p=50)), 6)
    0.785151
    """
    if is_array(law):
        array = GivenArray(law)
        if columns == 1:
            return given(rows, columns, array, name=name)
        check_declared(array, rows, columns)
        return new_leaf(Signal.of_array(array), rows, columns, name)
    if rows == 1 or columns == 1:
        raise ShapeError("a signal needs sizes, not 1; use fp.gaussian(n) for a vector")
    return new_leaf(Signal(law), rows, columns, name)
