r"""A space on which matrices are given entry by entry: sums over eigenvectors in place of averages over a law.

On such a space the equation of G is ``G = (id x tr) [(A - eta(G)) x 1 + C_S x S + sum_k C_k x Y_k]^-1``, a normalised
trace of matrices of the dimension of the data (the given matrices are the algebra over which Gaussian letters are
amalgamated; Helton, Mai and Speicher 2018, section 4). S stands inside the inverses that the pencil holds, or several
such matrices that commute, with eigenvalues ``s_i`` on common eigenvectors. The others, Y_k, stand between inverses, so
that each entry of the inverse is a finite sum of words ``f(S) Y f'(S) Y' ...`` with

    tr f(S) = mean_i f(s_i),     tr f(S) Y g(S) = mean_i f(s_i) g(s_i) Y_ii,
    tr f(S) Y g(S) Y' h(S) = mean_ij f(s_i) h(s_i) g(s_j) N Y_ij Y'_ji

in the basis of S. Each is an average over a joint law of numbers: the eigenvalues, and the last factor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import pairwise

import networkx as nx
import numpy as np
import sympy

from ..algebra.coordinate import Coordinate
from ..derivation.average import Average
from ..equivalents.given_products import given_values
from ..errors import UnsupportedModel
from ..language.expression import Expression
from ..language.laws.joint_empirical import JointEmpirical
from ..language.laws.measure import Measure
from ..language.nodes import Leaf, Transpose
from ..language.operations import FAMILY_VARIABLE, spectral_function
from ..language.printing import Names, text
from ..pencil.linear_pencil import LinearPencil
from .block_inverse import BlockInverse
from .covariance import CovarianceTerm

__all__ = ["GivenBasis", "WordInverse", "Words", "feedback"]

Entry = tuple[int, int]
Words = dict[tuple[Expression, ...], sympy.Expr]
"""A sum of words: the given matrices between functions of S, and the product of these in t_0, t_1, ..."""

_LONGEST = 2
_COMMUTE = 1e-10
_EQUAL = 1e-14
_NOISE = 1e-12
_PLACES = tuple(sympy.Symbol(f"t_{k}", real=True) for k in range(_LONGEST + 2))


class GivenBasis:
    """The given matrices of one basis of a pencil.

    Parameters
    ----------
    pencil : LinearPencil
    basis : int
    couplings : iterable of entries
        Entries at which the random letters contribute to A - eta(G).
    names : mapping of Expression to str
        Names of matrices in messages.

    Raises
    ------
    UnsupportedModel
        If two matrices inside inverses do not commute, or one of them is no population.
    """

    def __init__(self, pencil: LinearPencil, basis: int, couplings: Iterable[Entry], names: Names):
        self.basis, self.names = basis, names
        self.variables = pencil.variables(basis)
        own = set(self.variables)
        self.graph = nx.DiGraph()
        self.graph.add_nodes_from(self.variables)
        self.graph.add_edges_from(e for e in (*pencil.constant, *couplings) if e[0] in own and e[1] in own)
        for leaf, letter_entries in pencil.given.items():
            if any(pencil.bases[e.row] != pencil.bases[e.column] for e in letter_entries):
                raise UnsupportedModel(
                    f"given_basis: the given matrix {text(leaf, names)} of shape {leaf.shape_text} joins two spaces by "
                    "itself. Remedy: let it be multiplied by given matrices, so that the product is square"
                )
        families = {
            leaf: [(m.row, m.column) for m in members if m.row in own] for leaf, members in pencil.families.items()
        }
        given = {leaf: [(e.row, e.column) for e in entries if e.row in own] for leaf, entries in pencil.given.items()}
        places = {leaf: entries for leaf, entries in (families | given).items() if entries}
        for entries in places.values():
            self.graph.add_edges_from(entries)
        component = {v: k for k, c in enumerate(nx.strongly_connected_components(self.graph)) for v in c}
        self.inside = [
            leaf
            for leaf, entries in places.items()
            if any(component[i] == component[j] for i, j in entries) or _has_parameter(pencil, leaf)
        ]
        self._check(pencil)
        self.members: dict[Entry, sympy.Expr] = {}
        self.letters: dict[Entry, list[tuple[Expression, sympy.Expr]]] = {}
        for leaf, members in pencil.families.items():
            for m in members:
                if leaf not in places or m.row not in own:
                    continue
                entry = (m.row, m.column)
                if leaf in self.inside:
                    formula = m.scalar * m.formula.subs(FAMILY_VARIABLE, self._argument(leaf, _PLACES[0]))
                    self.members[entry] = self.members.get(entry, sympy.S.Zero) + formula
                    continue
                ((node, scalar),) = spectral_function(leaf, m.formula).terms()
                self.letters.setdefault(entry, []).append((node, m.scalar * scalar))
        for leaf, letter_entries in pencil.given.items():
            for e in letter_entries:
                if e.row in own:
                    node = leaf.T if e.transposed else leaf
                    self.letters.setdefault((e.row, e.column), []).append((node, e.scalar))
        self.place = _PLACES[0]
        self._laws: dict[tuple[Expression, ...], tuple[sympy.Symbol, sympy.Symbol]] = {}
        self.laws: dict[sympy.Symbol, Measure] = {}

    # -- the matrices ------------------------------------------------------------------------------
    def _check(self, pencil: LinearPencil) -> None:
        for leaf in self.inside:
            if leaf not in pencil.families:
                raise UnsupportedModel(
                    f"given_basis: the given matrix {text(leaf, self.names)} stands inside an inverse, where this rule "
                    "needs a self-adjoint one. Remedy: fp.population for a symmetric matrix"
                )
        for k, one in enumerate(self.inside):
            for other in self.inside[:k]:
                a, b = (leaf.ensemble.array.values for leaf in (one, other))
                gap = np.linalg.norm(a @ b - b @ a)
                if gap > _COMMUTE * np.linalg.norm(a) * np.linalg.norm(b):
                    shown = f"{text(other, self.names)} and {text(one, self.names)}"
                    raise UnsupportedModel(
                        f"given_basis: the given matrices {shown} stand inside inverses and do not commute (their "
                        "eigenvectors differ), so they have no joint law; this rule covers any one such matrix, or "
                        "several with common eigenvectors, and any others outside of inverses. Remedy: add them up to "
                        "one array, or, if their eigenvectors are in generic position, give the law of one: "
                        "fp.population(size, fp.laws.empirical(eigenvalues))"
                    )

    def _argument(self, leaf: Leaf, place: sympy.Symbol) -> sympy.Expr:
        """Return the eigenvalue of a matrix in terms of a place."""
        return place if len(self.inside) == 1 else Coordinate(place, self.inside.index(leaf) + 1)

    @cached_property
    def _eigensystem(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the eigenvalues of the matrices inside inverses, shape (matrices, N), and their eigenvectors."""
        if not self.inside:
            first = next(node for found in self.letters.values() for node, _ in found)
            count = len(given_values(first))  # type: ignore[arg-type]
            return np.zeros((1, count)), np.eye(count)
        arrays = [leaf.ensemble.array.values for leaf in self.inside]
        if len(arrays) == 1:
            values, vectors = self.inside[0].ensemble.eigensystem(len(arrays[0]), np.random.default_rng(0), {})
            return values[None], vectors
        weights = np.random.default_rng(1).uniform(0.5, 1.0, len(arrays)) / [np.linalg.norm(a, 2) for a in arrays]
        _, vectors = np.linalg.eigh(sum(w * a for w, a in zip(weights, arrays, strict=True)))
        return np.array([np.einsum("ia,ij,ja->a", vectors, a, vectors) for a in arrays]), vectors

    @cached_property
    def _levels(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the different eigenvalues, and which eigenvectors each has: 0 or 1, shape (N, levels).

        Sums over the eigenvectors of one eigenvalue are taken once; the zeros of a kernel of low rank are many.
        """
        values, _ = self._eigensystem
        resolution = _EQUAL * np.abs(values).max(axis=1, keepdims=True)
        keys = np.round(np.divide(values, resolution, out=np.zeros_like(values), where=resolution > 0))
        _, first, which = np.unique(keys, axis=1, return_index=True, return_inverse=True)
        return values[:, first], np.equal.outer(which.ravel(), np.arange(len(first))).astype(float)

    def _rotated(self, node: Expression) -> np.ndarray:
        """Return a given matrix in the basis of eigenvectors.

        What lies in the kernel of S by rounding alone is 0: inverses may grow there without bound.
        """
        values, vectors = self._eigensystem
        rotated = vectors.T @ np.asarray(given_values(node)) @ vectors
        kernel = (values == 0).all(axis=0)
        noise = np.abs(rotated) < _NOISE * np.abs(rotated).max()
        rotated[noise & (kernel[:, None] | kernel)] = 0.0
        return rotated

    def law_of(self, word: tuple[Expression, ...]) -> tuple[sympy.Symbol, sympy.Symbol]:
        """Return the name of the joint law that a word of given matrices is averaged over, and its variable."""
        if len(word) == 1 and isinstance(word[0], Transpose):
            word = (word[0].T,)  # with the same diagonal
        if word not in self._laws:
            values, members = self._levels
            count, levels = members.shape
            if not word:
                columns = list(self._eigensystem[0])
            elif len(word) == 1:
                columns = [*values, levels / count * (np.diag(self._rotated(word[0])) @ members)]
            else:
                pair = self._rotated(word[0]) * self._rotated(word[1]).T
                pair = levels**2 / count * (members.T @ pair @ members)
                i, j = np.indices(pair.shape).reshape(2, -1)
                columns = [*values[:, i], *values[:, j], pair.ravel()]
            number = len(self._laws) + 1
            symbol = sympy.Symbol(f"omega_{self.basis}_{number}" if self.basis else f"omega_{number}")
            self._laws[word] = symbol, sympy.Symbol(f"t_{self.basis}_{number}", real=True)
            self.laws[symbol] = JointEmpirical(np.column_stack(columns))
        return self._laws[word]

    # -- entries of the inverse --------------------------------------------------------------------
    def average(self, words: Words, single: tuple[sympy.Symbol, sympy.Symbol] | None) -> sympy.Expr:
        """Return the normalised trace of a sum of words; ``single`` is the law of one S alone, and its variable."""
        total = sympy.S.Zero
        for word, value in words.items():
            length = len(word)
            closed = value.xreplace({_PLACES[length]: _PLACES[0]}) if length else value
            if length == 0 and len(self.inside) <= 1:
                total += Average(closed.xreplace({_PLACES[0]: single[1]}), single[1], single[0]) if single else closed
                continue
            law, t = self.law_of(word)
            width, places = max(1, len(self.inside)), max(1, length)
            table: dict[sympy.Expr, sympy.Expr] = {}
            for k in range(places):
                table[_PLACES[k]] = Coordinate(t, k * width + 1)
                table |= {Coordinate(_PLACES[k], c): Coordinate(t, k * width + c) for c in range(1, width + 1)}
            last = Coordinate(t, places * width + 1) if length else sympy.S.One
            total += Average(closed.xreplace(table) * last, t, law)
        return total


def _has_parameter(pencil: LinearPencil, leaf: Leaf) -> bool:
    """Return whether a function of a given population depends on a parameter, as ``inv(S + lambda I)``."""
    members = pencil.families.get(leaf, ())
    return any(member.formula.free_symbols - {FAMILY_VARIABLE} for member in members)


def feedback(pencil: LinearPencil, terms: Iterable[CovarianceTerm]) -> list[Entry]:
    """Return the entries of the pencil at which eta(G) does not vanish by structure.

    G has the pattern of what is reached along the entries of ``A - eta(G)``, starting with A.
    """
    reached = np.eye(pencil.size, dtype=bool)
    parts = (pencil.bi_invariant, pencil.families, pencil.given)
    fixed = [*pencil.constant, *((e.row, e.column) for part in parts for entries in part.values() for e in entries)]
    same = np.equal.outer(pencil.bases, pencil.bases)
    found: set[Entry] = set()
    while True:
        step = reached.copy()
        for entry in (*fixed, *found):
            step[entry] = True
        while True:
            further = step @ step
            if (further == step).all():
                break
            step = further
        new = {(t.row, t.column) for t in terms if step[t.variable, t.source] and same[t.variable, t.source]}
        if new == found:
            return sorted(found)
        found = new


class WordInverse:
    """The inverse of a matrix over words, block by block.

    Parameters
    ----------
    given : GivenBasis
    entry : callable
        ``entry(i, j)`` returns the part of an entry that is a function of S, in ``t_0``.
    """

    def __init__(self, given: GivenBasis, entry: Callable[[int, int], sympy.Expr]):
        self.given = given
        self.scalar = entry

        def occupied(i: int, j: int) -> sympy.Expr:
            return sympy.Integer((i, j) in given.letters or entry(i, j) != 0)

        self.blocks = BlockInverse(given.variables, occupied)
        for (i, j), letters in given.letters.items():
            if self.blocks.block_of[i] == self.blocks.block_of[j]:
                raise UnsupportedModel(
                    f"given_basis: the given matrix {text(letters[0][0], given.names)} stands inside an inverse"
                )
        self._known: dict[Entry, Words] = {}

    def __call__(self, row: int, column: int) -> Words:
        """Return an entry of the inverse as a sum of words."""
        if (row, column) not in self._known:
            self._known[row, column] = self._entry(row, column)
        return self._known[row, column]

    def _entry(self, row: int, column: int) -> Words:
        block = self.blocks.block_of[row]
        if column in block:
            return {(): self._inside(block, row, column)}
        total: Words = {}
        for inner in block:
            coupling: Words = {}
            for k in self.given.variables:
                if k in block or not self.blocks.reaches(k, column):
                    continue
                plain = self.scalar(inner, k)
                if plain != 0:
                    _add(coupling, {word: plain * value for word, value in self(k, column).items()})
                for node, scalar in self.given.letters.get((inner, k), ()):
                    _add(coupling, {(node, *w): scalar * _shifted(v) for w, v in self(k, column).items()})
            if coupling:
                left = self._inside(block, row, inner)
                _add(total, {word: -left * value for word, value in coupling.items()})
        too_long = next((word for word in total if len(word) > _LONGEST), None)
        if too_long is not None:
            shown = ", ".join(text(matrix, self.given.names) for matrix in too_long)
            raise UnsupportedModel(
                f"given_basis: a word with the {len(too_long)} given matrices {shown} between functions of others is "
                f"needed, and this rule covers {_LONGEST}. Remedy: fewer factors that are given outside of inverses, "
                "for example squares in place of higher powers of an error"
            )
        return total

    def _inside(self, block: tuple[int, ...], row: int, column: int) -> sympy.Expr:
        matrix = sympy.Matrix(len(block), len(block), lambda i, j: self.scalar(block[i], block[j]))
        if len(block) == 1:
            return 1 / matrix[0, 0]
        i, j = block.index(row), block.index(column)
        return matrix.cofactor(j, i, method="berkowitz") / matrix.det(method="berkowitz")


def _add(total: Words, terms: Words) -> None:
    for word, value in terms.items():
        total[word] = total.get(word, sympy.S.Zero) + value


def _shifted(value: sympy.Expr) -> sympy.Expr:
    """Return a function of the places t_0, t_1, ... at t_1, t_2, ..."""
    return value.xreplace(dict(pairwise(_PLACES)))
