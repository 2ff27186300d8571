"""What several self-adjoint matrices that commute have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import sympy

from ...algebra.coordinate import Coordinate
from ..expression import Expression
from ..laws import JointLaw
from ..nodes import Leaf
from ..operations import FAMILY_VARIABLE, spectral_function
from .family import Family, family_leaf
from .haar import orthogonal

__all__ = ["JointFamily", "joint_family"]


class JointFamily(Family):
    """Self-adjoint matrices with common eigenvectors, as functions of one leaf.

    The leaf stands for the common eigenvectors; matrix k is its function ``Coordinate(t, k)``.
    """

    law_type = JointLaw
    law_example = "fp.laws.joint_atoms({(1, 2): '1/2', (3, 0): '1/2'})"

    def eigensystem(
        self, rows: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the eigenvalues of all matrices, one row for each, and the common eigenvectors."""
        points = self.bound_law(values).draw(rows, rng)
        return points, None if self.is_diagonal else orthogonal(rows, rows, rng)

    def sample(
        self, rows: int, columns: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> np.ndarray:
        """Return the common eigenvectors."""
        _, basis = self.eigensystem(rows, rng, values)
        return np.eye(rows) if basis is None else basis

    def _known_atoms(self) -> Iterable[sympy.Expr]:
        """Return the atoms of the law; of a product with continuous factors, places of atoms of each factor."""
        if self.law.is_atomic:
            return self.law.atoms
        return [
            sympy.Tuple(*(x if i == k else Coordinate(FAMILY_VARIABLE, i + 1) for i in range(self.law.dimension)))
            for k, law in enumerate(self.law.marginals)
            for x in law.atoms
        ]

    def members(self, leaf: Leaf) -> tuple[Expression, ...]:
        """Return the matrices of a leaf."""
        return tuple(spectral_function(leaf, Coordinate(FAMILY_VARIABLE, k + 1)) for k in range(self.law.dimension))


def joint_family(ensemble: JointFamily, size: Any, name: str | None) -> tuple[Expression, ...]:
    """Return the matrices of a new leaf."""
    return ensemble.members(family_leaf(ensemble, size, name))
