"""What a letter that is not Gaussian adds to the Dyson equation.

The solution obeys ``G = (A - eta(G) + sum_l rho_l)^-1``; the Gaussian letters enter through the covariance map eta, and
every other letter that is free from the rest through its operator-valued R-transform ``rho_l``, a function of those
entries of G that link its own positions. A rule says which auxiliary unknowns describe rho_l and which equations these
obey. Each rule can also evaluate these equations in a finite field, which tells structural zeros and equal entries.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import sympy
from flint import nmod_mat

from ..algebra.residues import Place, Residues
from ..derivation.coefficient import Coefficient
from ..derivation.record import Citation
from ..language.expression import Dimension
from ..language.laws import JointLaw
from ..language.nodes import Leaf

__all__ = ["NODES", "Condition", "Entry", "FreeLetter", "Sampled", "Scope", "by_entry", "generic_places"]

Entry = tuple[int, int]
T = TypeVar("T")
NODES = 3
"""Points of a random law."""


@dataclass(frozen=True)
class Condition:
    """An inequality between sizes that a letter needs: ``value >= 0``, and what it says."""

    value: sympy.Expr
    words: str


@dataclass(frozen=True)
class Scope:
    """The symbols in which a rule writes its equations.

    Attributes
    ----------
    solution : callable
        ``solution(variable, row)`` is the entry of G, 0 for a structural zero.
    auxiliary : callable
        ``auxiliary(letter, key)`` is an auxiliary unknown of a letter, 0 for a structural zero.
    """

    solution: Callable[[int, int], sympy.Expr]
    auxiliary: Callable[[FreeLetter, tuple], sympy.Expr]


Numbers = dict[tuple, int]


@dataclass(frozen=True)
class Sampled:
    """A letter at a random place of a finite field, where the laws are those of random points and weights.

    Attributes
    ----------
    step : callable
        ``step(solution, auxiliary)`` returns the right-hand sides of the auxiliary unknowns, by key. ``solution`` gives
        the entries of G as ``Scope.solution`` does; iterated from 0 on, ``step`` leads to the R-transform at a small G.
    rho : callable
        ``rho(auxiliary)`` returns rho by entry; with the randomness switched off the auxiliary unknowns are 0.
    """

    step: Callable[[Callable[[int, int], int], Numbers], Numbers]
    rho: Callable[[Numbers], dict[Entry, int]]


class FreeLetter(ABC):
    """A letter with the equations of its operator-valued R-transform.

    Attributes
    ----------
    leaf : Leaf
    prefix : str
        First letter of the names of the auxiliary unknowns.
    rule : str
        The name of the rule.
    """

    rule: ClassVar[str]
    prefix: ClassVar[str]
    statement: ClassVar[str]
    references: ClassVar[tuple[Citation, ...]]
    leaf: Leaf

    @property
    @abstractmethod
    def keys(self) -> tuple[tuple, ...]:
        """The auxiliary unknowns."""

    @property
    @abstractmethod
    def places(self) -> frozenset[Entry]:
        """The entries (row, variable) of the pencil to which rho contributes."""

    @abstractmethod
    def rho(self, row: int, column: int, scope: Scope) -> sympy.Expr:
        """Return the entry of rho, with ``TAU`` on what is random."""

    @abstractmethod
    def right(self, key: tuple, scope: Scope) -> sympy.Expr:
        """Return the right-hand side of the equation of an auxiliary unknown."""

    @abstractmethod
    def description(self, key: tuple, name: str) -> str:
        """Return what an auxiliary unknown is, in words; ``name`` is that of the matrix."""

    @abstractmethod
    def space(self, key: tuple) -> Dimension:
        """Return the space on which an auxiliary unknown lives."""

    @abstractmethod
    def sampled(self, residues: Residues) -> Sampled:
        """Return the numeric meaning at a random place."""

    @property
    def coefficients(self) -> tuple[Coefficient, ...]:
        """Coefficients that the equations of the letter use."""
        return ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Inequalities that sizes must satisfy."""
        return ()


def generic_places(leaf: Leaf, residues: Residues, evaluate: Callable[[Place], T]) -> list[T]:
    """Return what a function of a place is at a few random places of a law: numbers, or points for a joint law."""
    law = leaf.ensemble.law
    if isinstance(law, JointLaw):
        dimension = law.dimension
        return [
            residues.chosen(lambda: tuple(residues.draw_positive() for _ in range(dimension)), evaluate)
            for _ in range(NODES)
        ]
    return [residues.chosen(residues.draw_positive, evaluate) for _ in range(NODES)]


def by_entry(rows: Sequence[Any], columns: Sequence[Any], matrix: nmod_mat) -> Numbers:
    """Return a matrix as a dictionary with the given labels."""
    return {(i, j): int(matrix[a, b]) for a, i in enumerate(rows) for b, j in enumerate(columns)}
