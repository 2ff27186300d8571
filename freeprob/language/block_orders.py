"""Orders of the blocks of a matrix: one that vanishes next to another has no place in the limit."""

from __future__ import annotations

import sympy

from ..errors import ScalingError
from .expression import ONE, Expression
from .nodes import Block, Hadamard, Zero, is_outer_product
from .operations import combine
from .scalars import degree

__all__ = ["leading_blocks", "refuse_vanishing_blocks"]


def _top(node: Block) -> sympy.Rational | None:
    """Return the order of the largest block that is neither a vector nor of finite rank."""
    return max((cell.order for cell in node.arguments if _counts(cell)), default=None)


def _counts(cell: Expression) -> bool:
    return ONE not in (*cell.rows, *cell.columns) and not isinstance(cell, Zero) and not is_outer_product(cell)


def _is_product(cell: Expression) -> bool:
    return all(isinstance(part, Hadamard) for part, _ in cell.terms())


def refuse_vanishing_blocks(matrix: Expression) -> None:
    """Refuse a matrix of which a block vanishes in the limit next to another.

    Entrywise products of small entries are left to :func:`leading_blocks`: their mean may remain. Blocks inside
    products may meet factors that grow.

    Raises
    ------
    ScalingError
        The message names the two blocks.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.language.block_orders import refuse_vanishing_blocks
    >>> n = fp.sizes("n")
    >>> H = fp.wigner(n, name="H") / fp.sqrt(n)
    >>> refuse_vanishing_blocks(fp.block([[H, H / n], [H / n, H]]))
    Traceback (most recent call last):
        ...
    freeprob.errors.ScalingError: in the block matrix, H / n**(3/2) is of order N^(-1) but H / sqrt(n) of order N^(0), \
so the first vanishes in the limit; scale one of them, or write 0 for it
    """
    for node, _ in matrix.terms():
        if not isinstance(node, Block):
            continue
        top = _top(node)
        largest = next((cell for cell in node.arguments if _counts(cell) and cell.order == top), None)
        for cell in node.arguments:
            if _counts(cell) and cell.order != top and not _is_product(cell):
                raise ScalingError(
                    f"in the block matrix, {cell} is of order N^({cell.order}) but {largest} of order N^({top}), so "
                    "the first vanishes in the limit; scale one of them, or write 0 for it"
                )


def leading_blocks(node: Block, images: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """Return linear equivalents of the blocks of a matrix without noise that vanishes, that of entrywise products.

    ``(X^T Y / d) o (X^T Y / d)`` is ``1 1^T / d`` and noise of norm ``1/sqrt(d)``, next to blocks of order one.
    """
    top = _top(node)
    if top is None or node.T is not node:
        return images
    return tuple(_leading(image, top) if _is_product(cell) else image for cell, image in zip(node.arguments, images))


def _leading(image: Expression, top: sympy.Rational) -> Expression:
    kept = [(part, scalar) for part, scalar in image.terms() if part.order + degree(scalar) >= top]
    return combine(kept) if kept else Zero.intern(image.rows, image.columns)
