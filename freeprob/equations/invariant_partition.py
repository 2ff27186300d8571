"""Which entries of the solution vanish and which are equal.

The solution of the operator-valued Dyson equation is reached from G = 0 by the map ``F(G) = (A - eta(G))^-1`` and
analytic continuation in the strength of the randomness. If F maps matrices that are constant on the classes of a
partition (and zero on one distinguished class) to matrices of the same kind, the solution is of that kind. The
coarsest such partition is found by refinement, as in the minimisation of automata: start with one class of zeros,
evaluate F at random values that are constant on classes, and split classes whose images differ, until none does.
Structural zeros, transposition symmetry and isomorphic copies of a resolvent all come out of this one loop. Auxiliary
unknowns of letters that are not Gaussian are refined along with G.

Images are compared in a finite field (:mod:`~freeprob.equations.random_map`). In floating point no tolerance would do:
in a chain of many layers entries that do not vanish fall below every rounding error of those that are large.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..algebra.residues import Residues
from ..pencil.linear_pencil import LinearPencil
from .covariance import CovarianceTerm
from .free_letter import FreeLetter
from .given_basis import GivenBasis
from .random_map import random_map

__all__ = ["Partition", "invariant_partition", "is_singular_without_randomness"]


@dataclass(frozen=True)
class Partition:
    """The classes; class 0 holds what vanishes.

    Attributes
    ----------
    entries : ndarray of int, shape (variables, variables)
        The class of each entry (variable, row) of the solution.
    auxiliary : dict of (int, key) to int
        The class of each auxiliary unknown, by the number of its letter and its key.
    """

    entries: np.ndarray
    auxiliary: dict[tuple[int, tuple], int]


def is_singular_without_randomness(
    pencil: LinearPencil, letters: tuple[FreeLetter, ...] = (), given: tuple[GivenBasis, ...] = ()
) -> bool:
    """Return whether the deterministic part of a pencil is singular at generic values of its symbols."""
    return random_map(pencil, (), letters, given).is_singular_without_randomness()


def invariant_partition(
    pencil: LinearPencil,
    terms: tuple[CovarianceTerm, ...],
    regularised: tuple[int, ...] = (),
    letters: tuple[FreeLetter, ...] = (),
    given: tuple[GivenBasis, ...] = (),
) -> Partition:
    """Return the classes of entries of the solution, and of auxiliary unknowns.

    Parameters
    ----------
    pencil : LinearPencil
    terms : tuple of CovarianceTerm
        The covariance map.
    regularised : tuple of int
        Variables to whose equation a multiple of the identity is added.
    letters : tuple of FreeLetter
        The letters that enter through their R-transform.
    given : tuple of GivenBasis
        The spaces of given matrices.
    """
    places = [(k, key) for k, letter in enumerate(letters) for key in letter.keys]
    classes, auxiliary = np.zeros(pencil.size**2, dtype=int), np.zeros(len(places), dtype=int)
    if not pencil.size:  # a number without traces
        return Partition(classes.reshape(0, 0), {})
    model = random_map(pencil, terms, letters, given, regularised)
    draws = Residues(20240229)
    while True:
        solution = _random_values(classes, draws).reshape(pencil.size, pencil.size)
        values: list[dict] = [{} for _ in letters]
        for (k, key), value in zip(places, _random_values(auxiliary, draws).tolist(), strict=True):
            values[k][key] = value
        stepped = model.step(solution, values)
        following = np.array([stepped[k][key] for k, key in places], dtype=np.uint64)
        refined = _refine(classes, model.image(solution, values).ravel()), _refine(auxiliary, following)
        if all(
            new.max(initial=0) == old.max(initial=0) for new, old in zip(refined, (classes, auxiliary), strict=True)
        ):
            break
        classes, auxiliary = refined
    numbered = dict(zip(places, auxiliary.tolist(), strict=True))
    return Partition(classes.reshape(pencil.size, pencil.size), numbered)


def _random_values(classes: np.ndarray, draws: Residues) -> np.ndarray:
    """Return random numbers that are constant on classes and zero on class 0."""
    values = [0] + [draws.draw() for _ in range(classes.max(initial=0))]
    return np.array(values, dtype=np.uint64)[classes]


def _refine(old: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Split classes by values, in the order of their first entries; what stays zero keeps class 0."""
    rest = np.flatnonzero((old != 0) | (values != 0))  # few of all, in a deep network
    _, rank = np.unique(values[rest], return_inverse=True)
    pairs = old[rest] * (rank.max(initial=0) + 1) + rank
    _, first, which = np.unique(pairs, return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=int)
    number[np.argsort(first)] = 1 + np.arange(len(first))
    refined = np.zeros(old.shape, dtype=int)
    refined[rest] = number[which]
    return refined
