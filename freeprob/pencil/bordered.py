"""The pencil of a matrix with finite-rank parts: the pencil of its bulk, bordered by finitely many rows and columns.

Each application of the transpose of a vector, ``a = v^T y``, is a variable on the space of one dimension. With these
variables last, the pencil of ``(M - z)^-1`` is

    L = [[B, U], [V, A]],        B: what is left when all vectors vanish, U and V: vectors, A: numbers,

so that L is singular outside the spectrum of the bulk exactly where the Schur complement ``A - V B^-1 U`` is.
Everything that the border alone feeds gets variables of its own, so that the rest of B is, entry by entry, the pencil
of the bulk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import sympy

from ..equivalents.finite_rank import without_vectors
from ..equivalents.separated import separated
from ..errors import UnsupportedModel
from ..language.expression import ONE, Dimension, Expression
from ..language.nodes import Leaf
from .linear_pencil import LetterEntry, LinearPencil
from .realisation import Combination, Form, Realiser

__all__ = ["BorderedPencil", "VectorEntry", "realise_bordered"]


@dataclass(frozen=True)
class VectorEntry:
    """``scalar * vector`` in U, or ``scalar * vector^T`` in V, at a variable of the bulk and one of the border."""

    variable: int
    border: int
    scalar: sympy.Expr
    vector: Leaf


@dataclass(frozen=True)
class BorderedPencil:
    """A bulk and its border.

    Attributes
    ----------
    bulk : LinearPencil
        The pencil of the bulk alone (its variables come first, its read-out is the trace of its resolvent), and after
        it the block B of the whole.
    resolvent : tuple of int
        The variables of ``(M - z)^-1`` in B, one for each space of M.
    numbers : dict of (row, column) to scalar
        The block A.
    columns : tuple of VectorEntry
        The block U; ``variable`` is a row of B.
    rows : tuple of VectorEntry
        The block V; ``variable`` is a column of B.
    size : int
        The number of variables of the border.
    """

    bulk: LinearPencil
    resolvent: tuple[int, ...]
    numbers: dict[tuple[int, int], sympy.Expr]
    columns: tuple[VectorEntry, ...]
    rows: tuple[VectorEntry, ...]
    size: int


class _Realiser(Realiser):
    """Splits what depends on the border alone from the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.fed: set[int] = set()

    def materialise(self, form: Form, space: Dimension) -> Combination:
        if space == ONE:
            return super().materialise(form, space)
        fed = {key: scalar for key, scalar in form.items() if key[1] in self.fed or self.spaces[key[1]] == ONE}
        rest = {key: scalar for key, scalar in form.items() if key not in fed}
        result = super().materialise(rest, space) if rest else {}
        if fed:
            extra = super().materialise(fed, space)
            self.fed.update(extra)
            for variable, scalar in extra.items():
                result[variable] = result.get(variable, sympy.S.Zero) + scalar
        return result

    def inverse(self, node: Expression, inputs: tuple[Combination, ...]) -> tuple[int, ...]:
        variables = super().inverse(node, inputs)
        sources = {v for combination in inputs for v in combination}
        if sources and sources <= self.fed:
            self.fed.update(variables)
        return variables


def realise_bordered(bulk: Expression, whole: Expression) -> BorderedPencil:
    """Return the bordered pencil of a resolvent.

    Parameters
    ----------
    bulk : Expression
        The resolvent of the matrix without its finite-rank parts.
    whole : Expression
        The resolvent of the matrix, without entrywise functions.

    Raises
    ------
    UnsupportedModel
        If a node cannot enter a pencil.
    """
    realiser = _Realiser()
    readout = realiser.trace(bulk)
    realiser.balance((readout,))  # as the pencil of the bulk is, whose solution is used again
    resolvent = realiser.inverse(separated(whole.arguments[0]), tuple({} for _ in whole.columns))
    return _bordered(realiser.finish((readout,)), resolvent)


def _bordered(pencil: LinearPencil, resolvent: tuple[int, ...]) -> BorderedPencil:
    """Cut a pencil into bulk and border."""
    inner = [i for i, space in enumerate(pencil.spaces) if space != ONE]
    outer = [i for i, space in enumerate(pencil.spaces) if space == ONE]
    place = {variable: k for group in (inner, outer) for k, variable in enumerate(group)}
    border = set(outer)
    columns: list[VectorEntry] = []
    rows: list[VectorEntry] = []
    letters: dict[Leaf, tuple[LetterEntry, ...]] = {}
    for leaf, entries in pencil.letters.items():
        kept = []
        for e in entries:
            if e.row in border and e.column in border:
                raise UnsupportedModel(
                    f"outliers: {leaf} is a random number, which does not concentrate; this rule needs vectors and "
                    "matrices whose sizes grow"
                )
            if e.column in border:
                columns.append(VectorEntry(place[e.row], place[e.column], e.scalar, leaf))
            elif e.row in border:
                rows.append(VectorEntry(place[e.column], place[e.row], e.scalar, leaf))
            else:
                kept.append(e)
        if kept:
            letters[leaf] = _renumbered(kept, place)
    families = {
        leaf: tuple(replace(m, row=place[m.row], column=place[m.column]) for m in members)
        for leaf, members in pencil.families.items()
    }
    bulk = LinearPencil(
        spaces=tuple(pencil.spaces[i] for i in inner),
        constant={(place[i], place[j]): c for (i, j), c in pencil.constant.items() if not {i, j} & border},
        letters=letters,
        bi_invariant={leaf: _renumbered(entries, place) for leaf, entries in pencil.bi_invariant.items()},
        families=families,
        resolvents={place[i]: without_vectors(node) for i, node in pencil.resolvents.items() if i not in border},
        readouts=pencil.readouts,
    )
    numbers = {(place[i], place[j]): c for (i, j), c in pencil.constant.items() if i in border and j in border}
    return BorderedPencil(bulk, tuple(place[i] for i in resolvent), numbers, tuple(columns), tuple(rows), len(outer))


def _renumbered(entries: Iterable[LetterEntry], place: Mapping[int, int]) -> tuple[LetterEntry, ...]:
    return tuple(replace(e, row=place[e.row], column=place[e.column]) for e in entries)
