"""The map F(G) = (A - eta(G) + rho)^-1 at a random place of a finite field.

Every symbol has a random value, every law a few random points and weights, and the letters that are not Gaussian bring
their auxiliary unknowns: F maps G and these to the right-hand sides of the equations of both. All of it is rational, so
that two entries of F agree at a random place if and only if they are equal, with probability 1 - O(10^-18).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from flint import nmod_mat

from ..algebra.residues import PRIME, NoRoot, Place, Residues, residue_matrix, weighted
from ..language.nodes import Leaf
from ..language.operations import FAMILY_VARIABLE
from ..pencil.linear_pencil import LinearPencil
from .covariance import CovarianceTerm
from .free_letter import NODES, Entry, FreeLetter, Numbers, generic_places
from .given_basis import GivenBasis

__all__ = ["RandomMap", "random_map"]

_ATTEMPTS = 32
Values = dict[Entry, int]


class RandomMap:
    """The map at a place.

    Parameters
    ----------
    pencil : LinearPencil
    terms : tuple of CovarianceTerm
        The covariance map.
    letters : tuple of FreeLetter
        The letters that enter through their R-transform.
    given : tuple of GivenBasis
        The spaces of given matrices.
    regularised : tuple of int
        Variables to whose equation a multiple of the identity is added.
    residues : Residues

    Raises
    ------
    NoRoot
        If a root in a coefficient does not exist at this place.
    """

    def __init__(
        self,
        pencil: LinearPencil,
        terms: tuple[CovarianceTerm, ...],
        letters: tuple[FreeLetter, ...],
        given: tuple[GivenBasis, ...],
        regularised: tuple[int, ...],
        residues: Residues,
    ):
        number = residues.number
        self.bases, self.size = pencil.bases, pencil.size
        self.blocks = {basis: pencil.variables(basis) for basis in dict.fromkeys(pencil.bases)}
        self.constant = {entry: number(scalar) for entry, scalar in pencil.constant.items()}
        for variable in regularised:
            self.constant[variable, variable] = self.constant.get((variable, variable), 0) + residues.draw()
        self.terms = [(t.row, t.column, number(t.scalar)) for t in terms]
        self.where = np.array([[t.variable, t.source] for t in terms], dtype=int).reshape(-1, 2).T
        placed = {g.basis for g in given}
        free = {letter.leaf for letter in letters}
        free |= {leaf for leaf in pencil.families if pencil.sides(leaf)[0] in placed}
        self.given = {g.basis: _SmallGiven(g, residues) for g in given}
        self.families: dict[int, list[Values]] = {}
        for leaf in pencil.families:
            if leaf not in free:
                self.families[pencil.sides(leaf)[0]] = _at_places(pencil, leaf, residues)
        self.weights = residues.weights(NODES)
        self.paired = [_Paired(pencil, leaf, residues) for leaf in pencil.bi_invariant if leaf not in free]
        self.letters = [letter.sampled(residues) if letter.keys else None for letter in letters]
        self.keys = [letter.keys for letter in letters]

    # -- the matrix that is inverted -----------------------------------------------------------------
    def _base(self, solution: np.ndarray | None, auxiliary: Iterable[Numbers]) -> dict[int, Values]:
        """Return A - eta(G) + rho by basis."""
        base: dict[int, Values] = {basis: {} for basis in self.blocks}

        def add(row: int, column: int, value: int) -> None:
            values = base[self.bases[row]]
            values[row, column] = (values.get((row, column), 0) + value) % PRIME

        for (row, column), value in self.constant.items():
            add(row, column, value)
        if solution is not None:
            for (row, column, scalar), entry in zip(self.terms, solution[tuple(self.where)].tolist(), strict=True):
                if entry:
                    add(row, column, -scalar * entry)
        for letter, values in zip(self.letters, auxiliary, strict=True):
            if letter is not None:
                for (row, column), value in letter.rho(values).items():
                    add(row, column, value)
        return base

    def is_singular_without_randomness(self) -> bool:
        """Return whether A is singular at one point of each law."""
        base = self._base(None, [dict.fromkeys(keys, 0) for keys in self.keys])
        for basis, places in self.families.items():
            base[basis] = _sum(base[basis], places[0])
        for basis, small in self.given.items():
            base[basis] = _sum(base[basis], small.first)
        joined = [(paired.bases, paired.links[0]) for paired in self.paired]
        taken = {basis for bases, _ in joined for basis in bases}
        for bases, links in [*joined, *(((basis,), {}) for basis in self.blocks if basis not in taken)]:
            variables = [v for basis in bases for v in self.blocks[basis]]
            parts = [*(base[basis] for basis in bases), links]
            if residue_matrix(variables, variables, parts).rank() < len(variables):
                return True
        return False

    # -- the map -------------------------------------------------------------------------------------
    def step(self, solution: np.ndarray, auxiliary: list[Numbers]) -> list[Numbers]:
        """Return the right-hand sides of the auxiliary unknowns of each letter."""

        def entry(variable: int, source: int) -> int:
            return int(solution[variable, source])

        return [
            {} if letter is None else letter.step(entry, values)
            for letter, values in zip(self.letters, auxiliary, strict=True)
        ]

    def image(self, solution: np.ndarray, auxiliary: list[Numbers]) -> np.ndarray:
        """Return F(G).

        Parameters
        ----------
        solution : ndarray of uint64, shape (variables, variables)
        auxiliary : list of dict
            The auxiliary unknowns of each letter.
        """
        base = self._base(solution, auxiliary)
        result = np.zeros((self.size, self.size), dtype=np.uint64)
        paired = {basis: pair for pair in self.paired for basis in pair.bases}
        for basis, block in self.blocks.items():
            if basis in self.given:
                value = self.given[basis].inverse(base[basis])
            elif basis in paired:
                value = self._paired(paired[basis], basis, base)
            elif basis in self.families:
                places = [residue_matrix(block, block, [base[basis], place]) for place in self.families[basis]]
                value = weighted(self.weights, [matrix.inv() for matrix in places])
            else:
                value = residue_matrix(block, block, [base[basis]]).inv()
            result[np.ix_(block, block)] = np.array([int(x) for x in value.entries()], dtype=np.uint64).reshape(
                len(block), len(block)
            )
        return result

    def _paired(self, pair: _Paired, basis: int, base: Mapping[int, Values]) -> nmod_mat:
        """Return the corner of one space of a rectangular letter, which is averaged over on both."""
        both = [v for b in pair.bases for v in self.blocks[b]]
        block = self.blocks[basis]
        parts = [base[b] for b in pair.bases]
        inverses = [residue_matrix(both, both, [*parts, links]).inv() for links in pair.links]
        average = weighted(pair.weights, inverses)
        place = {v: k for k, v in enumerate(both)}
        corner = [[int(average[place[i], place[j]]) for j in block] for i in block]
        alone = residue_matrix(block, block, [base[basis]]).inv()
        fraction = pair.fractions[pair.bases.index(basis)]
        return weighted([fraction, 1 - fraction], [nmod_mat(corner, PRIME), alone])


class _SmallGiven:
    """The given matrices of a basis, as random matrices of a few rows: those inside inverses are diagonal."""

    def __init__(self, given: GivenBasis, residues: Residues):
        self.variables = given.variables
        width = len(given.inside)

        def draw() -> Place:
            return residues.draw_positive() if width <= 1 else tuple(residues.draw_positive() for _ in range(width))

        def at(place: Place) -> Values:
            return {entry: residues.number(formula, {given.place: place}) for entry, formula in given.members.items()}

        places = [residues.chosen(draw, at) for _ in range(NODES)]
        self.first = places[0]
        self.links: dict[tuple[Entry, Entry], int] = {
            ((i, a), (j, a)): value for a, values in enumerate(places) for (i, j), value in values.items()
        }
        known: dict[Any, list[list[int]]] = {}
        for (i, j), letters in given.letters.items():
            for node, scalar in letters:
                if node not in known:
                    matrix = [[residues.draw() for _ in range(NODES)] for _ in range(NODES)]
                    if node.rows == node.columns and node.T is node:
                        matrix = [[matrix[max(a, b)][min(a, b)] for b in range(NODES)] for a in range(NODES)]
                    known[node] = matrix
                    known[node.T] = [list(column) for column in zip(*matrix, strict=True)]
                factor = residues.number(scalar)
                for a, b in np.ndindex(NODES, NODES):
                    entry = ((i, a), (j, b))
                    self.links[entry] = self.links.get(entry, 0) + factor * known[node][a][b]

    def inverse(self, base: Values) -> nmod_mat:
        """Return the normalised trace of the inverse over the space of the matrices."""
        labels = [(v, a) for v in self.variables for a in range(NODES)]
        scalars = {((i, a), (j, a)): value for (i, j), value in base.items() for a in range(NODES)}
        inverse = residue_matrix(labels, labels, [scalars, self.links]).inv()
        count = len(self.variables)
        traces = [
            [sum(int(inverse[NODES * i + a, NODES * j + a]) for a in range(NODES)) for j in range(count)]
            for i in range(count)
        ]
        return nmod_mat(traces, PRIME) * pow(NODES, -1, PRIME)


class _Paired:
    """A rectangular letter that is averaged over on both of its spaces: a few random singular values."""

    def __init__(self, pencil: LinearPencil, leaf: Leaf, residues: Residues):
        self.bases = pencil.sides(leaf)
        isometry = leaf.ensemble.is_isometry
        nodes = [1 if isometry else residues.draw_positive() for _ in range(NODES)]
        self.weights = residues.weights(NODES)
        entries = [(e.row, e.column, residues.number(e.scalar)) for e in pencil.bi_invariant[leaf]]
        self.links = [_sum(*({(i, j): scalar * node} for i, j, scalar in entries)) for node in nodes]
        count = residues.number(leaf.columns[0]) if isometry else residues.draw()  # any number will do
        self.fractions = [
            count * pow(residues.number(space), -1, PRIME) % PRIME for space in (leaf.rows[0], leaf.columns[0])
        ]


def _at_places(pencil: LinearPencil, leaf: Leaf, residues: Residues) -> list[Values]:
    """Return the entries of a family at a few points of its law."""

    def at(place: Place) -> Values:
        extra = {FAMILY_VARIABLE: place}
        entries = ((m.row, m.column, m.scalar, m.formula) for m in pencil.families[leaf])
        return _sum(*({(i, j): residues.number(s) * residues.number(f, extra)} for i, j, s, f in entries))

    return generic_places(leaf, residues, at)


def _sum(*parts: Values) -> Values:
    total: Values = {}
    for part in parts:
        for entry, value in part.items():
            total[entry] = (total.get(entry, 0) + value) % PRIME
    return total


def random_map(
    pencil: LinearPencil,
    terms: tuple[CovarianceTerm, ...] = (),
    letters: tuple[FreeLetter, ...] = (),
    given: tuple[GivenBasis, ...] = (),
    regularised: tuple[int, ...] = (),
) -> RandomMap:
    """Return the map at a random place where all roots of its coefficients exist, if one is found.

    Where none is, any number stands for a root that does not exist; entries that are equal only because of the square
    of that root are then told apart.
    """
    for seed in range(_ATTEMPTS):
        try:
            return RandomMap(pencil, terms, letters, given, regularised, Residues(seed))
        except NoRoot:
            continue
    return RandomMap(pencil, terms, letters, given, regularised, Residues(_ATTEMPTS, strict=False))
