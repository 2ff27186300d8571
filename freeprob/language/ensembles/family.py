"""What self-adjoint matrices with a spectral law have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np
import sympy

from ...errors import ShapeError, UnsupportedModel
from ..laws import Law
from ..laws.measure import Measure
from ..nodes import Leaf
from ..operations import FAMILY_VARIABLE
from .base import Ensemble, new_leaf
from .haar import orthogonal

__all__ = ["Family", "family_leaf"]


class Family(Ensemble):
    """A self-adjoint matrix that is known through its limiting spectral law; functions of it commute.

    Attributes
    ----------
    law : Law or JointLaw
        The spectral law; a joint one for several matrices that commute.
    is_diagonal : bool
        Whether the matrix is diagonal in the basis in which the model is written. Diagonal matrices on one space
        commute; other families are in generic position to each other.
    law_type : type
        The laws that are accepted.
    law_example : str
        One of them, for error messages.
    """

    symmetric = True
    order = sympy.S.Zero
    is_family = True
    is_diagonal = False
    law: Any
    law_type: ClassVar[type] = Law
    law_example: ClassVar[str] = "fp.laws.uniform(1, 2)"

    def __init__(self, law: Measure):
        if not isinstance(law, self.law_type):
            raise TypeError(f"{self.name} needs a law such as {self.law_example}, not {law!r}")
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
        """Return the matrix of :meth:`eigensystem`."""
        return self.image(lambda eigenvalues: eigenvalues, rows, rng, values)

    def eigensystem(
        self, rows: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return eigenvalues and eigenvectors; None for the latter when the matrix is diagonal.

        The eigenvalues are quantiles of the law: in random order on the diagonal, or in a random basis.
        """
        eigenvalues = np.asarray(self.bound_law(values).quantiles(rows), dtype=float)
        return (rng.permutation(eigenvalues), None) if self.is_diagonal else (eigenvalues, orthogonal(rows, rows, rng))

    def image(
        self,
        function: Callable[[np.ndarray], np.ndarray],
        rows: int,
        rng: np.random.Generator,
        values: Mapping[sympy.Symbol, Any],
    ) -> np.ndarray:
        """Return a sample of a function of the matrix; the same random generator gives the same matrix."""
        eigenvalues, basis = self.eigensystem(rows, rng, values)
        image = np.broadcast_to(np.asarray(function(eigenvalues), dtype=float), (rows,))
        if basis is None:
            return np.diag(image)
        matrix = (basis * image) @ basis.T
        return 0.5 * (matrix + matrix.T)

    def to_data(self) -> dict:
        """Return the JSON form of the ensemble."""
        return {"ensemble": self.name, "law": self.law.to_data()}

    @classmethod
    def from_data(cls, data: dict) -> Family:
        """Rebuild the ensemble from :meth:`to_data`."""
        return cls(Measure.from_data(data["law"]))

    def bound_law(self, values: Any) -> Any:
        """Return the law with numbers for its symbols."""
        return self.law.subs({s: v for s, v in values.items() if s in self.law.free_symbols})

    def check_invertible(self, leaf: Leaf, formula: sympy.Expr) -> None:
        """Raise UnsupportedModel when a function of the matrix has an eigenvalue 0 for sure."""
        if self.law.free_symbols:
            return
        many = self.law.is_atomic and self.law.has_many_atoms
        for location in _observed_zeros(self.law, formula) if many else self._known_atoms():
            if formula.subs(FAMILY_VARIABLE, location).is_zero:
                raise UnsupportedModel(
                    f"{leaf} has eigenvalue {location} with positive weight, where "
                    f"{formula.subs(FAMILY_VARIABLE, leaf_symbol(leaf))} vanishes: the matrix is singular and has no "
                    "inverse; add a multiple of the identity"
                )

    def _known_atoms(self) -> Iterable[sympy.Expr]:
        """Return the places with positive weight, of a law without symbols."""
        return self.law.atoms

    @property
    def positive_variables(self) -> dict[sympy.Expr, sympy.Symbol]:
        """What is known not to be negative in formulas of functions of the matrix, with a positive symbol for it."""
        return self.law.positive_variables(FAMILY_VARIABLE)

    def check_nonnegative(self, leaf: Leaf, formula: sympy.Expr) -> None:
        """Raise UnsupportedModel when a root is taken of a function that is negative at an end of the support."""
        if self.law.free_symbols:
            return
        for end in self.law.extremes:
            value = formula.subs(FAMILY_VARIABLE, end)
            if value.is_negative:
                raise UnsupportedModel(
                    f"{formula.subs(FAMILY_VARIABLE, leaf_symbol(leaf))} has negative eigenvalues (the law of {leaf} "
                    f"is {self.law}), so it has no real square root; use a law on [0, infinity)"
                )


def _observed_zeros(law: Measure, formula: sympy.Expr) -> list[sympy.Expr]:
    """Return the places at which a formula vanishes, found in one pass at generic values of its parameters."""
    parameters = sorted(formula.free_symbols - {FAMILY_VARIABLE}, key=str)
    generic = formula.subs({s: sympy.sqrt(sympy.prime(i)) for i, s in enumerate(parameters, 1)})
    places, weights = law.nodes(sys.maxsize)
    with np.errstate(all="ignore"):
        found = np.broadcast_to(sympy.lambdify([FAMILY_VARIABLE], generic, "numpy")(places), weights.shape)
    return [sympy.sympify(tuple(p) if np.ndim(p) else float(p)) for p in places.T[found == 0]]


def leaf_symbol(leaf: Leaf) -> sympy.Symbol:
    """Return a symbol that prints like the leaf."""
    return sympy.Symbol(str(leaf))


def family_leaf(ensemble: Family, size: Any, name: str | None) -> Leaf:
    """Return a new square leaf of a family."""
    if size == 1:
        raise ShapeError(f"a {ensemble.name} matrix needs a size, not 1")
    return new_leaf(ensemble, size, size, name)
