"""The blocks of an expression over several spaces."""

from __future__ import annotations

import sympy

from .expression import Expression
from .nodes import Block, Identity, Product, Sum, Zero
from .operations import combine, identity, multiply, zeros

__all__ = ["Cells", "cells"]

Cells = list[list[Expression]]


def cells(expression: Expression) -> Cells | None:
    """Return the blocks of an expression, one for each pair of a row space and a column space.

    Returns
    -------
    list of rows of Expression, or None
        None where a block has no expression of its own, as those of an inverse.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.language.blocks import cells
    >>> n, m, d, p = fp.sizes("n m d p")
    >>> W, X, Y = fp.gaussian(p, d, name="W"), fp.gaussian(d, n, name="X"), fp.gaussian(d, m, name="Y")
    >>> cells(W @ fp.block([[X, Y]]))
    [[W @ X, W @ Y]]
    """
    single = len(expression.rows) == 1 and len(expression.columns) == 1
    if single and not any(_holds_blocks(part) for part, _ in expression.terms()):
        return [[expression]]
    if isinstance(expression, Zero):
        return [[zeros(a, b) for b in expression.columns] for a in expression.rows]
    if isinstance(expression, Identity):
        spaces = list(enumerate(expression.rows))
        return [[identity(a) if i == j else zeros(a, b) for j, b in spaces] for i, a in spaces]
    if isinstance(expression, Block):
        return _of_block(expression)
    if isinstance(expression, Sum):
        grids = [(cells(node), scalar) for node, scalar in expression.terms()]
        if any(grid is None for grid, _ in grids):
            return None
        places = [(i, j) for i in range(len(expression.rows)) for j in range(len(expression.columns))]
        width = len(expression.columns)
        found = [combine([(grid[i][j], scalar) for grid, scalar in grids if grid is not None]) for i, j in places]
        return [found[k : k + width] for k in range(0, len(found), width)]
    if isinstance(expression, Product):
        total = cells(expression.arguments[0])
        for factor in expression.arguments[1:]:
            other = cells(factor)
            if total is None or other is None:
                return None
            total = [[_inner(row, column) for column in zip(*other, strict=True)] for row in total]
        return total
    return None


def _holds_blocks(part: Expression) -> bool:
    return isinstance(part, Product) and any(len(f.columns) > 1 for f in part.arguments[:-1])


def _inner(row: list[Expression], column: tuple[Expression, ...]) -> Expression:
    return combine([(multiply(a, b), sympy.S.One) for a, b in zip(row, column, strict=True)])


def _of_block(node: Block) -> Cells | None:
    lines: Cells = []
    for row in node.grid:
        parts = [cells(part) for part in row]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        lines += [[cell for line in together for cell in line] for together in zip(*known, strict=True)]
    return lines
