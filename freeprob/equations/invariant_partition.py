"""Which entries of the solution vanish and which are equal.

The solution of the operator-valued Dyson equation is reached from G = 0 by the map ``F(G) = (A - eta(G))^-1`` and
analytic continuation in the strength of the randomness. If F maps matrices that are constant on the classes of a
partition (and zero on one distinguished class) to matrices of the same kind, the solution is of that kind. The
coarsest such partition is found by refinement, as in the minimisation of automata: start with one class of zeros,
evaluate F at random values that are constant on classes, and split classes whose images differ, until none does.
Structural zeros, transposition symmetry and isomorphic copies of a resolvent all come out of this one loop.
Images are compared at two independent random choices of all parameters, in double precision.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy
from sympy.core.function import AppliedUndef

from ..algebra.coordinate import Coordinate
from ..algebra.symbols import Size
from ..errors import UnsupportedModel
from ..language.nodes import Leaf
from ..language.operations import FAMILY_VARIABLE
from ..pencil.linear_pencil import LinearPencil
from .covariance import CovarianceTerm
from .free_letter import FreeLetter, generic_places
from .given_basis import GivenBasis

__all__ = ["auxiliary_classes", "invariant_partition", "is_singular_without_randomness"]

_CLOSE = 1e-8
_LARGEST = 1e8
"""Rounding errors of inverses with larger entries exceed the tolerance."""
_NODES = 3


class _RandomModel:
    """The map F at random values of every symbol."""

    def __init__(
        self,
        pencil: LinearPencil,
        terms: tuple[CovarianceTerm, ...],
        rng: np.random.Generator,
        letters: tuple[FreeLetter, ...] = (),
        given: tuple[GivenBasis, ...] = (),
    ):
        symbols: set[sympy.Symbol] = set()
        for scalar in pencil.constant.values():
            symbols |= scalar.free_symbols
        for term in terms:
            symbols |= term.scalar.free_symbols
        for members in pencil.families.values():
            for member in members:
                symbols |= (member.scalar.free_symbols | member.formula.free_symbols) - {FAMILY_VARIABLE}
        for entries in pencil.given.values():
            for entry in entries:
                symbols |= entry.scalar.free_symbols
        for leaf, entries in pencil.bi_invariant.items():
            symbols |= {*leaf.rows, *leaf.columns}
            for entry in entries:
                symbols |= entry.scalar.free_symbols
        for letter in letters:
            for scalar in letter.scalars:
                symbols |= scalar.free_symbols
        values: dict[sympy.Symbol, complex] = {}
        for symbol in sorted(symbols, key=lambda s: (s.name, isinstance(s, Size))):
            real = rng.uniform(0.6, 1.9)
            values[symbol] = complex(real, rng.uniform(0.3, 0.9)) if symbol.is_real is None else real
        self.n = pencil.size
        self.blocks = [np.array(pencil.variables(s)) for s in dict.fromkeys(pencil.bases)]
        self.constant = np.zeros((self.n, self.n), dtype=complex)
        for (i, j), scalar in pencil.constant.items():
            self.constant[i, j] = _number(scalar, values)
        self.where = np.array([[t.row, t.column, t.variable, t.source] for t in terms], dtype=int).reshape(-1, 4)
        self.scalars = np.array([_number(t.scalar, values) for t in terms], dtype=complex)
        free = {letter.leaf for letter in letters}
        placed = {g.basis for g in given}
        free |= {leaf for leaf in pencil.families if pencil.sides(leaf)[0] in placed}
        self.given = [_SmallGiven(g, values, rng) for g in given]
        self.families: list[np.ndarray] = []
        for leaf, members in pencil.families.items():
            if leaf in free:
                continue
            matrices = np.zeros((_NODES, self.n, self.n), dtype=complex)
            for k, place in enumerate(generic_places(leaf, rng, _NODES)):
                for member in members:
                    value = _number(member.formula, values | {FAMILY_VARIABLE: place})
                    matrices[k, member.row, member.column] += _number(member.scalar, values) * value
            self.families.append(matrices)
        self.weights = rng.dirichlet(np.ones(_NODES))
        self.paired = [_Paired(pencil, leaf, values, rng) for leaf in pencil.bi_invariant if leaf not in free]
        self.letters = [letter.sampled(lambda e, extra: _number(e, values | extra), rng) for letter in letters]

    def mean(self) -> np.ndarray:
        """Return the pencil with all randomness switched off, at one node of each family."""
        result = self.constant + sum((m[0] for m in self.families), np.zeros_like(self.constant))
        for letter in self.letters:
            for entry, value in letter.mean.items():
                result[entry] += value
        for paired in self.paired:
            result += paired.links[0]
        for small in self.given:
            for (i, j), diagonal in small.members.items():
                result[i, j] += diagonal[0]
        return result

    @property
    def joined_blocks(self) -> list[np.ndarray]:
        """The variables that one inverse couples: those of a space, or of the two spaces of a rectangular letter."""
        joined = [np.concatenate(paired.blocks) for paired in self.paired]
        taken = {int(v) for block in joined for v in block}
        return joined + [block for block in self.blocks if int(block[0]) not in taken]

    def auxiliary(self, g: np.ndarray) -> list[dict[tuple, complex]]:
        """Return the auxiliary unknowns of each free letter."""
        return [letter.evaluate(g)[0] for letter in self.letters]

    def image(self, g: np.ndarray) -> np.ndarray:
        """Return F(g)."""
        base = self.constant.copy()
        if len(self.where):
            row, column, variable, source = self.where.T
            np.subtract.at(base, (row, column), self.scalars * g[variable, source])
        for letter in self.letters:
            for entry, value in letter.evaluate(g)[1].items():
                base[entry] += value
        result = np.zeros_like(base)
        given = {int(small.block[0]) for small in self.given}
        for block in self.blocks:
            if int(block[0]) in given:
                continue
            corner = np.ix_(block, block)
            members = [matrices[:, block[:, None], block[None, :]] for matrices in self.families]
            if any(m.any() for m in members):
                inverses = np.linalg.inv(base[corner] + np.sum(members, axis=0))
                result[corner] = np.tensordot(self.weights, inverses, axes=1)
            else:
                result[corner] = np.linalg.inv(base[corner])
        for paired in self.paired:
            paired.complete(base, result)
        for small in self.given:
            small.complete(base, result)
        return result


class _SmallGiven:
    """The given matrices of a basis, as random matrices of a few rows: those inside inverses are diagonal."""

    def __init__(self, given: GivenBasis, values: dict, rng: np.random.Generator):
        self.block = np.array(given.variables, dtype=int)
        width = max(1, len(given.inside))
        points = rng.uniform(0.5, 2.0, (_NODES, width))
        spots = [tuple(point) if width > 1 else point[0] for point in points.tolist()]
        self.members = {
            entry: np.array([_number(formula, values | {given.place: spot}) for spot in spots])
            for entry, formula in given.members.items()
        }
        place = {v: k for k, v in enumerate(given.variables)}
        self.links = np.zeros((len(place), _NODES, len(place), _NODES), dtype=complex)
        for (i, j), diagonal in self.members.items():
            self.links[place[i], :, place[j], :] += np.diag(diagonal)
        known: dict = {}
        for (i, j), letters in given.letters.items():
            for node, scalar in letters:
                if node not in known:
                    matrix = rng.standard_normal((_NODES, _NODES))
                    symmetric = node.rows == node.columns and node.T is node
                    known[node] = matrix + matrix.T if symmetric else matrix
                    known[node.T] = known[node].T
                self.links[place[i], :, place[j], :] += _number(scalar, values) * known[node]

    def complete(self, base: np.ndarray, result: np.ndarray) -> None:
        """Replace the corner of the basis, which holds the inverse without the given matrices."""
        corner = np.ix_(self.block, self.block)
        whole = self.links + np.einsum("ij,ab->iajb", base[corner], np.eye(_NODES))
        size = len(self.block) * _NODES
        inverse = np.linalg.inv(whole.reshape(size, size)).reshape(self.links.shape)
        result[corner] = np.einsum("iaja->ij", inverse) / _NODES


class _Paired:
    """A rectangular letter that is averaged over on both of its spaces: three random singular values."""

    def __init__(self, pencil: LinearPencil, leaf: Leaf, values: dict, rng: np.random.Generator):
        sides = (leaf.rows[0], leaf.columns[0])
        self.blocks = [np.array(pencil.variables(basis), dtype=int) for basis in pencil.sides(leaf)]
        isometry = leaf.ensemble.is_isometry
        nodes = np.ones(_NODES) if isometry else rng.uniform(0.5, 2.0, _NODES)
        self.weights = rng.dirichlet(np.ones(_NODES))
        self.links = np.zeros((_NODES, pencil.size, pencil.size), dtype=complex)
        for entry in pencil.bi_invariant[leaf]:
            self.links[:, entry.row, entry.column] += _number(entry.scalar, values) * nodes
        count = values[sides[1]].real if isometry else 0.4  # any number will do
        self.fractions = [count / values[space].real for space in sides]

    def complete(self, base: np.ndarray, result: np.ndarray) -> None:
        """Replace the corners of both spaces, which hold the inverse without the letter."""
        both = np.concatenate(self.blocks)
        inside = np.zeros(base.shape, dtype=bool)
        for block in self.blocks:
            inside[np.ix_(block, block)] = True
        stacked = (np.where(inside, base, 0.0) + self.links)[:, both[:, None], both[None, :]]
        average = np.zeros_like(base)
        average[np.ix_(both, both)] = np.tensordot(self.weights, np.linalg.inv(stacked), axes=1)
        for block, fraction in zip(self.blocks, self.fractions, strict=True):
            corner = np.ix_(block, block)
            result[corner] = fraction * average[corner] + (1 - fraction) * result[corner]


def _number(scalar: sympy.Expr, values: Mapping[sympy.Symbol, Any]) -> complex:
    if scalar.is_Symbol:
        return complex(values[scalar])
    if scalar.is_Number:
        return complex(scalar)
    if isinstance(scalar, Coordinate):
        return complex(values[scalar.args[0]][scalar.index - 1])
    if isinstance(scalar, AppliedUndef):  # a tabulated function: any fixed generic function will do
        key = sum((k + 1) * ord(c) for k, c in enumerate(scalar.func.__name__))
        return 0.8 + 0.5 * cmath.sin(key + 2.1 * _number(scalar.args[0], values))
    if scalar.is_Add:
        return sum(_number(part, values) for part in scalar.args)
    if scalar.is_Mul:
        return math.prod(_number(part, values) for part in scalar.args)
    if scalar.is_Pow:
        return _number(scalar.base, values) ** _number(scalar.exp, values)
    return complex(scalar.subs({s: values[s] for s in scalar.free_symbols}))


def is_singular_without_randomness(
    pencil: LinearPencil, letters: tuple[FreeLetter, ...] = (), given: tuple[GivenBasis, ...] = ()
) -> bool:
    """Return whether the deterministic part of a pencil is singular at generic values of its symbols."""
    model = _RandomModel(pencil, (), np.random.default_rng(7), letters, given)
    mean = model.mean()
    return any(np.linalg.matrix_rank(mean[np.ix_(block, block)]) < len(block) for block in model.joined_blocks)


def _models(
    pencil: LinearPencil,
    terms: tuple[CovarianceTerm, ...],
    regularised: tuple[int, ...],
    letters: tuple[FreeLetter, ...],
    given: tuple[GivenBasis, ...],
    rng: np.random.Generator,
) -> list[_RandomModel]:
    models = [_RandomModel(pencil, terms, rng, letters, given) for _ in range(2)]
    for model in models:
        for variable in regularised:
            model.constant[variable, variable] += 0.8135
    return models


def _random_solution(classes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a small random matrix that is constant on classes and zero on class 0."""
    values = rng.standard_normal(classes.max() + 1) + 1j * rng.standard_normal(classes.max() + 1)
    values *= 0.1
    values[0] = 0.0
    return values[classes]


def invariant_partition(
    pencil: LinearPencil,
    terms: tuple[CovarianceTerm, ...],
    regularised: tuple[int, ...] = (),
    letters: tuple[FreeLetter, ...] = (),
    given: tuple[GivenBasis, ...] = (),
) -> np.ndarray:
    """Return the class of each entry (variable, row) of the solution; class 0 holds the entries that vanish.

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

    Returns
    -------
    ndarray of int, shape (size, size)

    """
    rng = np.random.default_rng(20240229)
    models = _models(pencil, terms, regularised, letters, given, rng)
    n = pencil.size
    classes = np.zeros((n, n), dtype=int)
    if n == 0:  # a number without traces
        return classes
    while True:
        images = [model.image(_random_solution(classes, rng)) for model in models]
        if max(np.abs(image).max() for image in images) > _LARGEST:
            raise UnsupportedModel(
                "dyson_equation: inverses grow so much along a chain of factors that double precision cannot tell "
                'which entries of the solution vanish or agree. Remedy: derive with via="scalar", or take fewer layers'
            )
        refined = _refine(classes.ravel(), [image.ravel() for image in images]).reshape(classes.shape)
        if refined.max() == classes.max():
            return classes
        classes = refined


def auxiliary_classes(
    pencil: LinearPencil,
    classes: np.ndarray,
    letters: tuple[FreeLetter, ...],
    given: tuple[GivenBasis, ...] = (),
) -> dict[tuple[int, tuple], int]:
    """Return the class of each auxiliary unknown, by the number of its letter and its key; class 0 vanishes.

    Parameters
    ----------
    pencil : LinearPencil
    classes : ndarray of int
        Those of the entries of the solution.
    letters : tuple of FreeLetter
    given : tuple of GivenBasis
    """
    places = [(k, key) for k, letter in enumerate(letters) for key in letter.keys]
    if not places:
        return {}
    rng = np.random.default_rng(20240301)
    values = []
    for model in _models(pencil, (), (), letters, given, rng):
        found = model.auxiliary(_random_solution(classes, rng))
        values.append(np.array([found[k][key] for k, key in places]))
    refined = _refine(np.zeros(len(places), dtype=int), values)
    return dict(zip(places, (int(c) for c in refined), strict=True))


def _refine(flat: np.ndarray, images: list[np.ndarray]) -> np.ndarray:
    """Split classes by the values of the images; entries that stay zero keep class 0."""
    points = np.stack(images, axis=1)
    zero = (flat == 0) & (np.abs(points) < 1e-10).all(axis=1)
    rest = np.flatnonzero(~zero)  # few of all, in a deep network
    old, points = flat[rest], points[rest]
    allowed = _CLOSE * np.maximum(np.abs(points), 1e-6)
    first = np.zeros(rest.shape, dtype=int)  # the first entry of the class of each
    for cluster in _clusters(old, points[:, 0].real, allowed[:, 0]):
        while len(cluster):
            head = cluster[0]
            same = (np.abs(points[cluster] - points[head]) < allowed[head]).all(axis=1)
            first[cluster[same]] = head
            cluster = cluster[~same]
    refined = np.zeros(flat.shape, dtype=int)
    refined[rest] = 1 + np.unique(first, return_inverse=True)[1]
    return refined


def _clusters(old: np.ndarray, values: np.ndarray, allowed: np.ndarray) -> list[np.ndarray]:
    """Return the indices of entries of one old class and of nearby values, in order, for every such group."""
    order = np.lexsort((values, old))
    apart = np.diff(values[order]) > np.maximum(allowed[order][1:], allowed[order][:-1])
    ends = np.flatnonzero(apart | (np.diff(old[order]) != 0)) + 1
    return [np.sort(group) for group in np.split(order, ends)]
