"""Matrices of one shape whose entries at one place are correlated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from ..errors import ShapeError, UnsupportedModel
from .ensembles.gaussian import gaussian
from .ensembles.wigner import wigner
from .expression import ONE, Expression
from .operations import combine, zeros
from .scalars import as_scalar

__all__ = ["correlated"]


def correlated(
    covariance: Sequence[Sequence[Any]],
    rows: Any,
    columns: Any = ONE,
    *,
    kind: str = "gaussian",
    names: Sequence[str] | None = None,
) -> tuple[Expression, ...]:
    """Return centred matrices of one shape with ``E X_k[i, j] X_l[i, j] = covariance[k][l]``.

    They are linear combinations of independent matrices, with the coefficients of a Cholesky factor in closed form.

    Parameters
    ----------
    covariance : sequence of rows of scalars
        Symmetric and positive semi-definite; symbols are allowed.
    rows, columns : Size
        The shape; ``columns`` is absent for vectors, and for Wigner matrices.
    kind : {"gaussian", "wigner"}
        Whether the matrices have independent entries or are symmetric.
    names : sequence of str, optional
        Names of the independent matrices.

    Returns
    -------
    tuple of Expression

    Raises
    ------
    ShapeError
        If the covariance is not a symmetric square table.
    UnsupportedModel
        If it is not positive semi-definite.

    Examples
    --------
    >>> import freeprob as fp
    >>> p, n = fp.sizes("p n")
    >>> rho = fp.parameters("rho")
    >>> X, Y = fp.correlated([[1, rho], [rho, 1]], p, n, names=("A", "B"))
    >>> X, Y
    (A, rho * A + sqrt(1 - rho**2) * B)
    """
    if kind not in ("gaussian", "wigner"):
        raise ValueError(f"kind must be 'gaussian' or 'wigner', not {kind!r}")
    if kind == "wigner" and columns not in (ONE, rows):
        raise ShapeError(f"Wigner matrices are square, not ({rows}) x ({columns})")
    table = [[as_scalar(entry) for entry in row] for row in covariance]
    count = len(table)
    if not table or any(len(row) != count for row in table):
        raise ShapeError("a covariance is a square table: one row and one column for each matrix")
    skew = next(((i, j) for i in range(count) for j in range(i) if sympy.expand(table[i][j] - table[j][i]) != 0), None)
    if skew is not None:
        i, j = skew
        raise ShapeError(
            f"a covariance is symmetric, but entry ({i}, {j}) is {table[i][j]} and ({j}, {i}) {table[j][i]}"
        )
    if names is not None and len(names) != count:
        raise ValueError(f"{count} matrices need {count} names, not {len(names)}")
    factor = _cholesky(table)
    letters = []
    for k in range(count):
        name = names[k] if names is not None else None
        letters.append(wigner(rows, name=name) if kind == "wigner" else gaussian(rows, columns, name=name))
    shape = letters[0].rows, letters[0].columns
    return tuple(
        combine([(letter, c) for letter, c in zip(letters, row, strict=True) if c != 0])
        if any(c != 0 for c in row)
        else zeros(*shape)
        for row in factor
    )


def _cholesky(table: list[list[sympy.Expr]]) -> list[list[sympy.Expr]]:
    """Return the lower triangular factor L with L L^T = table; a column without variance left is zero."""
    count = len(table)
    factor = [[sympy.S.Zero] * count for _ in range(count)]
    for k in range(count):
        left = _settled(table[k][k] - sympy.Add(*(c**2 for c in factor[k][:k])))
        if left.is_negative:
            raise UnsupportedModel(f"{_words(table)} is no covariance: its leading minor of size {k + 1} is negative")
        pivot = factor[k][k] = sympy.sqrt(left)
        for i in range(k + 1, count):
            rest = _settled(
                table[i][k] - sympy.Add(*(a * b for a, b in zip(factor[i][:k], factor[k][:k], strict=True)))
            )
            if left != 0:
                factor[i][k] = rest / pivot
            elif rest != 0:
                raise UnsupportedModel(
                    f"{_words(table)} is no covariance: matrix {k} has no variance left given those before, but a "
                    f"covariance of {rest} with matrix {i}"
                )
    return factor


def _settled(value: sympy.Expr) -> sympy.Expr:
    """Return a scalar with fractions collected, and 0 where it vanishes."""
    value = sympy.cancel(sympy.expand(value))
    return sympy.S.Zero if value.is_number and value.equals(0) else value


def _words(table: list[list[sympy.Expr]]) -> str:
    return str([[str(entry) for entry in row] for row in table]).replace("'", "")
