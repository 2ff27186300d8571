"""What self-adjoint matrices with a spectral law have in common."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...errors import ShapeError, UnsupportedModel
from ..laws import Law
from ..nodes import Leaf
from ..operations import FAMILY_VARIABLE
from .base import Ensemble, new_leaf
from .haar import conjugated

__all__ = ["Family", "family_leaf"]


class Family(Ensemble):
    """A self-adjoint matrix that is known through its limiting spectral law; functions of it commute.

    Attributes
    ----------
    law : Law
        The spectral law.
    is_diagonal : bool
        Whether the matrix is diagonal in the basis in which the model is written. Diagonal matrices on one space
        commute; other families are in generic position to each other.
    """

    symmetric = True
    order = sympy.S.Zero
    is_family = True
    is_diagonal = False

    def __init__(self, law: Law):
        if not isinstance(law, Law):
            raise TypeError(f"{self.name} needs a law such as fp.laws.uniform(1, 2), not {law!r}")
        law.require_bounded()
        self.law = law

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.law == other.law

    def __hash__(self) -> int:
        return hash((type(self), self.law))

    def __str__(self) -> str:
        return f"{self.name}({self.law})"

    def sample(
        self, rows: int, columns: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> np.ndarray:
        """Return quantiles of the law as eigenvalues: in random order on the diagonal, or in a random basis."""
        eigenvalues = np.asarray(self.bound_law(values).quantiles(rows), dtype=float)
        return np.diag(rng.permutation(eigenvalues)) if self.is_diagonal else conjugated(eigenvalues, rng)

    def to_data(self) -> dict:
        """Return the JSON form of the ensemble."""
        return {"ensemble": self.name, "law": self.law.to_data()}

    @classmethod
    def from_data(cls, data: dict) -> Family:
        """Rebuild the ensemble from :meth:`to_data`."""
        return cls(Law.from_data(data["law"]))

    def bound_law(self, values: Any) -> Law:
        """Return the law with numbers for its symbols."""
        return self.law.subs({s: v for s, v in values.items() if s in self.law.free_symbols})

    def check_invertible(self, leaf: Leaf, formula: sympy.Expr) -> None:
        """Raise UnsupportedModel when a function of the matrix has an eigenvalue 0 for sure."""
        if self.law.free_symbols:
            return
        for location in _observed_zeros(self.law, formula) if self.law.has_many_atoms else self.law.atoms:
            if formula.subs(FAMILY_VARIABLE, location).is_zero:
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


def _observed_zeros(law: Law, formula: sympy.Expr) -> list[sympy.Expr]:
    """Return the values at which a formula vanishes, found in one pass at generic values of its parameters."""
    parameters = sorted(formula.free_symbols - {FAMILY_VARIABLE}, key=str)
    generic = formula.subs({s: sympy.sqrt(sympy.prime(i)) for i, s in enumerate(parameters, 1)})
    values = law.nodes(sys.maxsize)[0]
    with np.errstate(all="ignore"):
        found = np.broadcast_to(sympy.lambdify([FAMILY_VARIABLE], generic, "numpy")(values), values.shape)
    return [sympy.Float(v) for v in values[found == 0]]


def leaf_symbol(leaf: Leaf) -> sympy.Symbol:
    """Return a symbol that prints like the leaf."""
    return sympy.Symbol(str(leaf))


def family_leaf(ensemble: Family, size: Any, name: str | None) -> Leaf:
    """Return a new square leaf of a family."""
    if size == 1:
        raise ShapeError(f"a {ensemble.name} matrix needs a size, not 1")
    return new_leaf(ensemble, size, size, name)
