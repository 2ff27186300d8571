"""The meaning of an entry of the inverse pencil, as an expression of the model's matrices.

Entry (i, j) is the response of variable i to a source in equation j. Variables that stand for applications of
letters are substituted (their equations read ``y = ...``); a variable introduced by an inverse contributes the
inverse of the matrix that the user wrote.
"""

from __future__ import annotations

import sympy

from ..language.expression import Expression
from ..language.nodes import Identity
from ..language.operations import combine, inv, multiply, zeros
from .linear_pencil import LinearPencil

__all__ = ["entry_meaning"]

Row = dict[int, Expression]


def _rows(pencil: LinearPencil) -> list[Row]:
    """Return the off-diagonal entries of each row, with the sign with which they enter ``y = ...``."""
    rows: list[Row] = [{} for _ in range(pencil.size)]

    def add(row: int, column: int, value: Expression) -> None:
        old = rows[row].get(column)
        rows[row][column] = value if old is None else combine([(old, sympy.S.One), (value, sympy.S.One)])

    for (row, column), scalar in pencil.constant.items():
        if row != column:
            add(row, column, combine([(Identity.intern((pencil.spaces[row],)), -scalar)]))
    for row, column, scalar, matrix in pencil.matrices:
        add(row, column, combine([(matrix, -scalar)]))
    return rows


def entry_meaning(pencil: LinearPencil, variable: int, source: int) -> Expression | None:
    """Return the matrix whose normalised trace is entry (variable, source) of the solution.

    Inverses are eliminated from the inside out, so that the pivot of each is the matrix that the user inverted.

    Returns
    -------
    Expression or None
        None when the pencil holds the inverse of a block matrix, whose entries have no single-space expression.
    """
    if any(len(node.columns) != 1 for node in pencil.resolvents.values()):
        return None
    rows = _rows(pencil)
    direct: dict[int, _Affine] = {}

    def value(i: int) -> _Affine:
        """Return variable i as its response to the source plus words times resolvent variables."""
        if i not in direct:
            total = zeros(pencil.spaces[i], pencil.spaces[source])
            if i == source:
                total = Identity.intern((pencil.spaces[i],))
            result = _Affine(total, {})
            for j, matrix in rows[i].items():
                result.add_times(matrix, _Affine(None, {j: None}) if j in pencil.resolvents else value(j))
            direct[i] = result
        return direct[i]

    order = sorted(pencil.resolvents, reverse=True)
    equations = {y: value(y) for y in order}
    for y in order:
        equations[y].words.pop(y, None)
    for y in order:
        resolvent = inv(pencil.resolvents[y])
        for other in order:
            if other < y:
                equations[other].substitute(y, resolvent, equations[y], pivot=other)
    result = _Affine(None, {variable: None}) if variable in pencil.resolvents else value(variable)
    for y in order:
        result.substitute(y, inv(pencil.resolvents[y]), equations[y], pivot=None)
    return result.total if result.total is not None else zeros(pencil.spaces[variable], pencil.spaces[source])


class _Affine:
    """``total + sum of words[k] times resolvent variable k``; None stands for zero (total) or one (word)."""

    def __init__(self, total: Expression | None, words: dict[int, Expression | None]):
        self.total = total
        self.words = words

    def _add(self, total: Expression | None) -> None:
        if total is not None:
            self.total = total if self.total is None else _plus(self.total, total)

    def add_times(self, matrix: Expression, other: _Affine) -> None:
        """Add a matrix times another affine form."""
        self._add(None if other.total is None else multiply(matrix, other.total))
        for k, word in other.words.items():
            new = matrix if word is None else multiply(matrix, word)
            if k in self.words:
                old = self.words[k]
                new = _plus(Identity.intern(new.rows) if old is None else old, new)
            self.words[k] = new

    def substitute(self, k: int, resolvent: Expression, equation: _Affine, pivot: int | None) -> None:
        """Replace resolvent variable k by ``resolvent @ equation``; terms in the pivot belong to its own inverse."""
        if k not in self.words:
            return
        word = self.words.pop(k)
        matrix = resolvent if word is None else multiply(word, resolvent)
        kept = {j: w for j, w in equation.words.items() if j != pivot}
        self.add_times(matrix, _Affine(equation.total, kept))


def _plus(first: Expression, second: Expression) -> Expression:
    return combine([(first, sympy.S.One), (second, sympy.S.One)])
