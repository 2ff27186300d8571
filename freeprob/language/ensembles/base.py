"""What an ensemble is: the law of one leaf matrix."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import sympy

from ...algebra.symbols import Size
from ...errors import ShapeError
from ..expression import ONE, Expression
from ..nodes import Leaf
from ..numbering import next_number

__all__ = ["Ensemble", "dimension", "new_leaf"]


class Ensemble(ABC):
    """The law of a leaf matrix; frozen and equal by value.

    Attributes
    ----------
    name : str
        Name in messages and in JSON.
    letter : str
        Default letter of its matrices in formulas.
    symmetric : bool
        Whether samples are symmetric.
    order : Rational
        k such that the operator norm grows like N^k.
    is_family : bool
        Whether samples are self-adjoint matrices with a spectral law, whose functions commute.
    is_bi_invariant : bool
        Whether samples are rectangular matrices with a law of their singular values, between generic bases.
    is_isometry : bool
        Whether samples have orthonormal columns.
    is_constant : bool
        Whether there is one matrix for each shape, given and not drawn; its leaf has number 0.
    statement : str
        What is assumed of the entries, in one line.
    is_zero_one : bool
        Whether all entries are 0 or 1, so that an entrywise product with itself changes nothing.
    is_exchangeable : bool
        Whether the law does not change when rows or columns are permuted (of a square matrix: both alike).
    """

    name: ClassVar[str]
    letter: ClassVar[str]
    symmetric: ClassVar[bool] = False
    order: ClassVar[sympy.Rational]
    is_family: ClassVar[bool] = False
    is_bi_invariant: ClassVar[bool] = False
    is_isometry: ClassVar[bool] = False
    is_constant: ClassVar[bool] = False
    statement: ClassVar[str]
    is_zero_one: ClassVar[bool] = False
    is_exchangeable: ClassVar[bool] = False

    @property
    def mirror(self) -> int:
        """1 where a sample equals its transpose, -1 where it is opposite to it, else 0."""
        return 1 if self.symmetric else 0

    @property
    def self_covariance(self) -> sympy.Expr:
        """The covariance ``E Z_ij Z_ji`` of an entry and its mirror image, for entries of unit variance."""
        return sympy.Integer(self.mirror)

    @property
    def entry_mean(self) -> sympy.Expr:
        """The mean of the entries; it makes a part of rank one, which ``order`` does not count."""
        return sympy.S.Zero

    @property
    def has_unit_diagonal(self) -> bool:
        """Whether all diagonal entries are 1."""
        return False

    @property
    def free_symbols(self) -> frozenset[sympy.Symbol]:
        """The symbols in the parameters of the ensemble; by default those of its law, if it has one."""
        law = getattr(self, "law", None)
        return frozenset() if law is None else frozenset(law.free_symbols)

    @property
    def nonnegative(self) -> tuple[sympy.Expr, ...]:
        """Scalars that must not be negative for the ensemble to exist."""
        return ()

    @property
    def details(self) -> str:
        """The parameters of the ensemble in words; empty when it has none."""
        law = getattr(self, "law", None)
        return "" if law is None else f"law: {law}"

    @abstractmethod
    def sample(
        self, rows: int, columns: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> np.ndarray:
        """Return a sample; ``values`` binds symbolic parameters of the ensemble."""

    def to_data(self) -> dict:
        """Return the JSON form of the ensemble."""
        return {"ensemble": self.name}

    @classmethod
    def from_data(cls, data: dict) -> Ensemble:
        """Rebuild the ensemble from :meth:`to_data`."""
        return cls()

    def members(self, leaf: Leaf) -> tuple[Expression, ...]:
        """Return the matrices for which a leaf stands when it stands for several."""
        return ()

    def check_rows(self, rows: sympy.Expr, columns: sympy.Expr) -> None:  # noqa: B027
        """Raise ShapeError where the ensemble does not exist with these dimensions."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __str__(self) -> str:
        return self.name


def dimension(value: Any) -> sympy.Expr:
    """Return a size or 1 as the dimension of a leaf."""
    if isinstance(value, Size):
        return value
    if not isinstance(value, Expression) and value == 1:
        return ONE
    remedy = "make sizes with fp.sizes('n d p') (or 1 for a column)"
    if isinstance(value, sympy.Add):
        remedy = "a matrix over several spaces has blocks, fp.block([[fp.gaussian(q, p), fp.gaussian(q, d)]])"
    raise ShapeError(f"{value!r} is not a size; {remedy}")


def new_leaf(ensemble: Ensemble, rows: Any, columns: Any, name: str | None) -> Leaf:
    """Return a new leaf, independent of all others."""
    return Leaf.intern(ensemble, dimension(rows), dimension(columns), next_number(), name)
