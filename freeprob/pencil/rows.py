"""The rows of a pencil as equations between its variables, for readers."""

from __future__ import annotations

import sympy

from ..language.expression import Expression
from ..language.nodes import Identity
from ..language.operations import combine
from ..language.printing import latex
from .linear_pencil import LinearPencil

__all__ = ["pencil_rows"]


def pencil_rows(pencil: LinearPencil, names: dict[Expression, str]) -> list[tuple[str, str]]:
    """Return (left, right) of each row as LaTeX.

    The row of an application of a letter reads ``y_i = Z y_j``; that of an inverse ``(A y)_i = source``.
    """
    terms: list[dict[int, Expression]] = [{} for _ in range(pencil.size)]

    def add(row: int, column: int, value: Expression) -> None:
        old = terms[row].get(column)
        terms[row][column] = value if old is None else combine([(old, sympy.S.One), (value, sympy.S.One)])

    for (row, column), scalar in sorted(pencil.constant.items()):
        add(row, column, combine([(Identity.intern((pencil.spaces[row],)), scalar)]))
    for row, column, scalar, matrix in pencil.matrices:
        add(row, column, combine([(matrix, scalar)]))
    lines = []
    for row, columns in enumerate(terms):
        own = _variable(row)
        if row in pencil.resolvents:
            body = _joined([(1, matrix, _variable(j)) for j, matrix in sorted(columns.items())], names)
            lines.append((body, rf"\text{{source}}_{{{row + 1}}}"))
        else:
            body = _joined([(-1, matrix, _variable(j)) for j, matrix in sorted(columns.items()) if j != row], names)
            lines.append((own, body or rf"\text{{source}}_{{{row + 1}}}"))
    return lines


def _variable(index: int) -> str:
    return f"y_{{{index + 1}}}"


def _joined(parts: list[tuple[int, Expression, str]], names: dict[Expression, str]) -> str:
    pieces: list[str] = []
    for sign, matrix, variable in parts:
        for node, scalar in matrix.terms():
            factor = sign * scalar
            negative = factor.could_extract_minus_sign()
            size = -factor if negative else factor
            core = variable if isinstance(node, Identity) else f"{latex(node, names)} {variable}"
            number = "" if size == 1 else f"{sympy.latex(size) if not size.is_Add else _bracket(size)} "
            pieces.append(("- " if negative else ("+ " if pieces else "")) + number + core)
    return " ".join(pieces)


def _bracket(value: sympy.Expr) -> str:
    return rf"\left({sympy.latex(value)}\right)"
