"""Block matrices of independent Gaussian blocks, each with its own variance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from ..errors import ScalingError, ShapeError, UnsupportedModel
from .ensembles.gaussian import gaussian
from .ensembles.wigner import wigner
from .expression import Expression
from .operations import block, combine, zeros
from .rewriting import transpose
from .scalars import as_scalar, degree

__all__ = ["variance_profile"]


def variance_profile(
    rows: Sequence[Any], columns: Sequence[Any] | None = None, *, variances: Sequence[Sequence[Any]]
) -> Expression:
    """Return a block matrix with independent centred entries of variance ``variances[i][j]`` in block (i, j).

    Parameters
    ----------
    rows, columns : sequence of Size
        The sizes of the blocks. Without ``columns`` the matrix is symmetric, with Wigner matrices on its diagonal.
    variances : sequence of rows of scalars
        Not negative; 0 makes a block of zeros. Symbols are allowed.

    Returns
    -------
    Expression
        Not scaled, as all random matrices.

    Raises
    ------
    ShapeError
        If the table does not fit the sizes, or is not symmetric where it must be.
    UnsupportedModel
        If a variance is negative.

    Examples
    --------
    >>> import freeprob as fp
    >>> a, b, n = fp.sizes("a b n")
    >>> Y = fp.variance_profile([a, b], [n], variances=[[1], [4]])
    >>> Y.shape
    (a + b, n)
    >>> H = fp.variance_profile([a, b], variances=[[1, 2], [2, 0]])
    >>> H.T is H
    True
    """
    symmetric = columns is None
    wide = list(rows) if columns is None else list(columns)
    table = [[as_scalar(entry) for entry in row] for row in variances]
    if len(table) != len(rows) or any(len(row) != len(wide) for row in table):
        raise ShapeError(f"the table of variances needs {len(rows)} rows of {len(wide)} entries, one for each block")
    for i, row in enumerate(table):
        for j, value in enumerate(row):
            if value.is_negative:
                raise UnsupportedModel(f"the variance {value} of block ({i}, {j}) is negative")
            if degree(value) != 0:
                raise ScalingError(f"the variance {value} of block ({i}, {j}) holds a size; scale the whole matrix")
            if symmetric and value != table[j][i]:
                raise ShapeError(
                    f"a symmetric profile needs equal variances of blocks ({i}, {j}) and ({j}, {i}), not {value} "
                    f"and {table[j][i]}"
                )
    grid: list[list[Expression]] = []
    for i, height in enumerate(rows):
        line: list[Expression] = []
        for j, width in enumerate(wide):
            if symmetric and j < i:
                line.append(transpose(grid[j][i]))
            elif table[i][j] == 0:
                line.append(zeros(height, width))
            else:
                letter = wigner(height) if symmetric and i == j else gaussian(height, width)
                line.append(combine([(letter, sympy.sqrt(table[i][j]))]))
        grid.append(line)
    return block(grid)
