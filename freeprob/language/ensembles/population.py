"""Deterministic self-adjoint matrices known through their spectral law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...errors import ShapeError, UnsupportedModel
from ..laws import Law
from ..nodes import Leaf
from ..operations import FAMILY_VARIABLE
from .base import Ensemble, new_leaf

__all__ = ["Population", "population"]


class Population(Ensemble):
    """A deterministic self-adjoint matrix with a limiting spectral law."""

    name = "population"
    letter = "S"
    symmetric = True
    order = sympy.S.Zero
    is_family = True
    statement = "deterministic, self-adjoint, bounded, with a limiting spectral law"

    def __init__(self, law: Law):
        if not isinstance(law, Law):
            raise TypeError(f"a population needs a law such as fp.laws.uniform(1, 2), not {law!r}")
        self.law = law

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Population) and self.law == other.law

    def __hash__(self) -> int:
        return hash((Population, self.law))

    def __str__(self) -> str:
        return f"population({self.law})"

    def sample(
        self, rows: int, columns: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> np.ndarray:
        """Return a diagonal matrix whose entries are quantiles of the law, in random order."""
        law = self.law.subs({s: v for s, v in values.items() if s in self.law.free_symbols})
        return np.diag(rng.permutation(np.asarray(law.quantiles(rows), dtype=float)))

    def to_data(self) -> dict:
        """Return the JSON form of the ensemble."""
        return {"ensemble": self.name, "law": self.law.to_data()}

    @classmethod
    def from_data(cls, data: dict) -> Population:
        """Rebuild the ensemble from :meth:`to_data`."""
        return cls(Law.from_data(data["law"]))

    def check_invertible(self, leaf: Leaf, formula: sympy.Expr) -> None:
        """Raise UnsupportedModel when a function of the matrix has an eigenvalue 0 for sure."""
        if self.law.free_symbols:
            return
        for location in self.law.atoms:
            if formula.subs(FAMILY_VARIABLE, location) == 0:
                raise UnsupportedModel(
                    f"{leaf} has eigenvalue {location} with positive weight, where "
                    f"{formula.subs(FAMILY_VARIABLE, leaf_symbol(leaf))} vanishes: the matrix is singular and has no "
                    "inverse; add a multiple of the identity"
                )

    @property
    def is_nonnegative(self) -> bool:
        """Whether the law is known to live on [0, infinity)."""
        return not self.law.free_symbols and self.law.support[0] >= 0

    def check_nonnegative(self, leaf: Leaf, formula: sympy.Expr) -> None:
        """Raise UnsupportedModel when a root is taken of a function that is negative at an end of the support."""
        if self.law.free_symbols:
            return
        for end in self.law.support:
            value = formula.subs(FAMILY_VARIABLE, end)
            if value.is_negative:
                raise UnsupportedModel(
                    f"{formula.subs(FAMILY_VARIABLE, leaf_symbol(leaf))} has negative eigenvalues ({leaf} has support "
                    f"{self.law.support}), so it has no real square root; use a law on [0, infinity)"
                )


def leaf_symbol(leaf: Leaf) -> sympy.Symbol:
    """Return a symbol that prints like the leaf."""
    return sympy.Symbol(str(leaf))


def population(size: Any, law: Law, *, name: str | None = None) -> Leaf:
    """Return a deterministic self-adjoint matrix with a given spectral law (a population covariance).

    Parameters
    ----------
    size : Size
    law : law of :mod:`freeprob.laws`
    name : str, optional

    Notes
    -----
    ``S``, ``S**0.5``, ``fp.inv(S)`` and all other functions of it commute: they are one family.

    Examples
    --------
    >>> import freeprob as fp
    >>> d = fp.sizes("d")
    >>> S = fp.population(d, fp.laws.atoms({1: 0.5, 3: 0.5}))
    >>> (S**0.5 @ S**0.5) is S
    True
    """
    if size == 1:
        raise ShapeError("a population matrix needs a size, not 1")
    return new_leaf(Population(law), size, size, name)
