"""What a letter that is not Gaussian adds to the Dyson equation.

The solution obeys ``G = (A - eta(G) + sum_l rho_l)^-1``; the Gaussian letters enter through the covariance map eta, and
every other letter that is free from the rest through its operator-valued R-transform ``rho_l``, a function of those
entries of G that link its own positions. A rule says which auxiliary unknowns describe rho_l and which equations these
obey. Each rule can also evaluate rho_l numerically for a small G, which tells structural zeros and equal entries.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import sympy

from ..derivation.coefficient import Coefficient
from ..derivation.record import Citation
from ..language.expression import Dimension
from ..language.laws import JointLaw
from ..language.nodes import Leaf

__all__ = ["Condition", "Entry", "FreeLetter", "Sampled", "Scope", "by_entry", "fixed_point", "generic_places"]

Entry = tuple[int, int]


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


@dataclass(frozen=True)
class Sampled:
    """The numbers of a letter at random values of all symbols.

    Attributes
    ----------
    mean : dict of entry to complex
        ``rho`` with the randomness switched off.
    evaluate : callable
        ``evaluate(G) -> (auxiliary values by key, rho by entry)`` for a small G.
    """

    mean: dict[Entry, complex]
    evaluate: Callable[[np.ndarray], tuple[dict[tuple, complex], dict[Entry, complex]]]


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
    def sampled(self, number: Callable[..., complex], rng: np.random.Generator) -> Sampled:
        """Return the numeric meaning at random values; ``number(scalar, extra)`` evaluates scalars."""

    @property
    def scalars(self) -> Iterable[sympy.Expr]:
        """The scalar coefficients, whose symbols need values."""
        return ()

    @property
    def coefficients(self) -> tuple[Coefficient, ...]:
        """Coefficients that the equations of the letter use."""
        return ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Inequalities that sizes must satisfy."""
        return ()


def generic_places(leaf: Leaf, rng: np.random.Generator, count: int) -> list[float | tuple[float, ...]]:
    """Return random places for a law of the kind that a family has: numbers, or points for a joint law."""
    law = leaf.ensemble.law
    if isinstance(law, JointLaw):
        return [tuple(point) for point in rng.uniform(0.5, 2.0, (count, law.dimension)).tolist()]
    return rng.uniform(0.5, 2.0, count).tolist()


def fixed_point(step: Callable[[Any], Any], start: Any) -> Any:
    """Return the fixed point of a contraction of arrays, as it is for a small G.

    Raises
    ------
    ArithmeticError
        If the iteration does not settle.
    """
    value = start
    for _ in range(500):
        following = step(value)
        if not np.isfinite(following).all():
            break
        if np.abs(following - value).max(initial=0.0) <= 1e-15 * (1.0 + np.abs(following).max(initial=0.0)):
            return following
        value = following
    raise ArithmeticError("the iteration for an R-transform does not settle")


def by_entry(rows: Iterable[int], columns: Iterable[int], matrix: np.ndarray) -> Mapping[Entry, complex]:
    """Return a matrix as a dictionary with the given labels."""
    columns = tuple(columns)
    return {(i, j): complex(matrix[a, b]) for a, i in enumerate(rows) for b, j in enumerate(columns)}
