"""Random patterns of 0 and 1: which entries (bonds) of a matrix are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...errors import ShapeError, UnsupportedModel
from ..laws.scalars import decode, encode, scalar
from ..nodes import Leaf
from ..scalars import as_scalar
from .base import Ensemble, new_leaf

__all__ = ["Bonds", "bonds"]


class Bonds(Ensemble):
    """Independent entries that are 1 with one probability and 0 otherwise; symmetric or not."""

    name = "bonds"
    letter = "B"
    order = sympy.Rational(1, 2)
    statement = "independent entries, 1 if a bond is kept and 0 if not"
    is_zero_one = True

    def __init__(self, keep: Any, mirrored: bool = False, dilute_diagonal: bool = True):
        # a float is the decimal that it prints, as all scalars in expressions
        self.keep = as_scalar(keep) if isinstance(keep, float) else scalar(keep, "the probability of a bond")
        self.mirrored = bool(mirrored)
        self.dilute_diagonal = bool(dilute_diagonal)
        if self.keep.is_number and not 0 < self.keep <= 1:
            raise UnsupportedModel(f"bonds(keep={self.keep}): the probability must lie in (0, 1]")

    def _key(self) -> tuple:
        return (self.keep, self.mirrored, self.dilute_diagonal)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bonds) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((Bonds, *self._key()))

    def __str__(self) -> str:
        return f"bonds(keep={self.keep})"

    @property
    def mirror(self) -> int:
        """1 if the pattern is symmetric, else 0."""
        return int(self.mirrored)

    @property
    def entry_mean(self) -> sympy.Expr:
        """The probability of a bond."""
        return self.keep

    @property
    def has_unit_diagonal(self) -> bool:
        """Whether the whole diagonal is kept."""
        return not self.dilute_diagonal

    @property
    def free_symbols(self) -> frozenset[sympy.Symbol]:
        """The symbols in the probability."""
        return frozenset(self.keep.free_symbols)

    @property
    def nonnegative(self) -> tuple[sympy.Expr, ...]:
        """The probabilities of a bond and of none."""
        return (self.keep, 1 - self.keep)

    @property
    def details(self) -> str:
        """The parameters in words."""
        kind = "symmetric, " if self.mirrored else ""
        diagonal = ", diagonal 1" if self.has_unit_diagonal else ""
        return f"{kind}kept with probability {self.keep}{diagonal}"

    def sample(
        self, rows: int, columns: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> np.ndarray:
        """Return a pattern of 0.0 and 1.0."""
        keep = float(Bonds(self.keep.subs(dict(values))).keep)
        pattern = (rng.random((rows, columns)) < keep).astype(float)
        if self.mirrored:
            pattern = np.triu(pattern) + np.triu(pattern, 1).T
        if self.has_unit_diagonal:
            np.fill_diagonal(pattern, 1.0)
        return pattern

    def check_rows(self, rows: sympy.Expr, columns: sympy.Expr) -> None:
        """Refuse a symmetric pattern that is not square, and a single number."""
        if (self.mirrored or self.has_unit_diagonal) and rows != columns:
            raise ShapeError(f"a symmetric pattern of bonds is square, not ({rows}) x ({columns})")
        if rows == 1:
            raise ShapeError("a pattern of bonds needs a size, not 1")

    def to_data(self) -> dict:
        """Return the JSON form of the ensemble."""
        return {
            "ensemble": self.name,
            "keep": encode(self.keep),
            "mirrored": self.mirrored,
            "dilute_diagonal": self.dilute_diagonal,
        }

    @classmethod
    def from_data(cls, data: dict) -> Bonds:
        """Rebuild the ensemble from :meth:`to_data`."""
        return cls(decode(data["keep"]), data["mirrored"], data["dilute_diagonal"])


def bonds(
    rows: Any, columns: Any = None, *, keep: Any, dilute_diagonal: bool | None = None, name: str | None = None
) -> Leaf:
    """Return a random pattern of 0 and 1, to be multiplied entrywise: ``fp.hadamard(B, A)`` keeps some entries of A.

    Parameters
    ----------
    rows : Size
    columns : Size, optional
        Absent for a symmetric pattern; 1 for a vector.
    keep : scalar
        The probability of a 1.
    dilute_diagonal : bool, optional
        Whether the diagonal of a symmetric pattern is random as well. By default it is 1: percolation keeps the sites
        and removes bonds. Other patterns treat all entries alike.
    name : str, optional

    Raises
    ------
    UnsupportedModel
        If the probability is a number outside (0, 1].
    ShapeError
        If ``dilute_diagonal`` is given for a pattern that is not symmetric.

    Examples
    --------
    >>> import freeprob as fp
    >>> n = fp.sizes("n")
    >>> H, B = fp.wigner(n), fp.bonds(n, keep="1/4")
    >>> fp.spectrum(fp.hadamard(B, H) / fp.sqrt(n)).at(n=1).edges().round(12)
    array([-1.,  1.])
    """
    mirrored = columns is None
    if not mirrored and dilute_diagonal:
        raise ShapeError("only a symmetric pattern, made without columns, treats its diagonal apart")
    ensemble = Bonds(keep, mirrored, bool(dilute_diagonal) if mirrored else True)
    wide = rows if columns is None else columns
    ensemble.check_rows(rows, wide)
    return new_leaf(ensemble, rows, wide, name)
