"""The entrywise (Hadamard, Schur) product of matrices of one shape.

It is commutative, associative and bilinear; the all-ones matrix ``1 1^T`` is its identity, a matrix of 0 and 1 is
idempotent, and diagonal matrices multiply as matrices; those at the sides of a factor act on the rows or columns of the
whole, ``(D A) o B = D (A o B)``. Hence the canonical form: sums are distributed, scalars and diagonal matrices pulled
out, factors sorted.
"""

from __future__ import annotations

from itertools import product

import sympy

from ..errors import ShapeError
from .blocks import Cells, cells
from .expression import ONE, Expression
from .nodes import Diagonal, Hadamard, Identity, Leaf, Product, SpectralFunction, Sum, Transpose, Zero
from .operations import block, combine, multiply, sort_key, zeros

__all__ = ["hadamard", "is_all_ones", "is_diagonal"]


def hadamard(first: Expression, second: Expression, *others: Expression) -> Expression:
    """Return the entrywise product of matrices.

    Parameters
    ----------
    first, second, *others : Expression
        Matrices of one shape. A fixed pattern of blocks is a block matrix of ``fp.ones(p) @ fp.ones(n).T`` and 0; a
        random pattern is :func:`freeprob.bonds`.

    Raises
    ------
    ShapeError
        If two shapes differ.
    ScalingError
        If a term of the product of two sums vanishes next to another.

    Examples
    --------
    >>> import freeprob as fp
    >>> p, n = fp.sizes("p n")
    >>> X, Y = fp.gaussian(p, n, name="X"), fp.gaussian(p, n, name="Y")
    >>> fp.hadamard(2 * X, X + Y)
    2 * hadamard(X, X) + 2 * hadamard(X, Y)
    >>> fp.hadamard(fp.ones(p) @ fp.ones(n).T, X) is X
    True
    """
    factors = (first, second, *others)
    for factor in factors:
        if not isinstance(factor, Expression):
            raise TypeError(f"fp.hadamard needs expressions, not {type(factor).__name__}")
        if factor.rows != first.rows or factor.columns != first.columns:
            raise ShapeError(
                f"cannot multiply {first} of shape {first.shape_text} and {factor} of shape {factor.shape_text} entry "
                "by entry: the shapes must be equal"
            )
    if first.is_number:
        return multiply(*factors)
    pairs = []
    for word in product(*(factor.terms() for factor in factors)):
        scalar = sympy.Mul(*(scalar for _, scalar in word))
        pairs.append((_word([node for node, _ in word]), scalar))
    return combine(pairs) if pairs else Zero.intern(first.rows, first.columns)


def _word(nodes: list[Expression]) -> Expression:
    """Return the entrywise product of nodes without scalars."""
    flat = [factor for node in nodes for factor in (node.arguments if isinstance(node, Hadamard) else (node,))]
    if len(flat[0].rows) > 1 or len(flat[0].columns) > 1:
        grids = _grids(flat)
        if grids is not None:
            return _blockwise(grids)
    kept = [factor for factor in flat if not is_all_ones(factor)]
    if not kept:
        return flat[0]
    sides = [_sides(factor) for factor in kept]
    if len(kept) > 1 and any(left or right for left, _, right in sides):
        inner = hadamard(*(core for _, core, _ in sides))
        return multiply(*(d for left, _, _ in sides for d in left), inner, *(d for _, _, right in sides for d in right))
    once: list[Expression] = []
    for factor in kept:
        if not (_is_idempotent(factor) and factor in once):
            once.append(factor)
    if any(is_diagonal(factor) for factor in once):
        once = [factor for factor in once if not (isinstance(factor, Leaf) and factor.ensemble.has_unit_diagonal)]
    if all(is_diagonal(factor) for factor in once):
        return multiply(*once)
    return once[0] if len(once) == 1 else Hadamard.intern(tuple(sorted(once, key=sort_key)))


def _sides(factor: Expression) -> tuple[tuple[Expression, ...], Expression, tuple[Expression, ...]]:
    """Return the diagonal matrices at the left of a product, what is between, and those at the right."""
    if not isinstance(factor, Product):
        return (), factor, ()
    first, last, count = 0, len(factor.arguments), len(factor.arguments)
    while first < count and is_diagonal(factor.arguments[first]):
        first += 1
    while last > first and is_diagonal(factor.arguments[last - 1]):
        last -= 1
    if first == last:
        return (), factor, ()
    return factor.arguments[:first], multiply(*factor.arguments[first:last]), factor.arguments[last:]


def is_all_ones(node: Expression) -> bool:
    """Return whether all entries of a matrix or vector are 1."""
    if isinstance(node, Product) and len(node.arguments) == 2 and node.arguments[0].columns == (ONE,):
        return all(is_all_ones(factor) for factor in node.arguments)
    leaf = node.arguments[0] if isinstance(node, Transpose) else node
    return isinstance(leaf, Leaf) and leaf.ensemble.name == "ones"


def is_diagonal(node: Expression) -> bool:
    """Return whether a matrix is diagonal by construction; sums and products of diagonal matrices are."""
    if isinstance(node, (Sum, Product)):
        return all(is_diagonal(argument) for argument in node.arguments)
    leaf = node.leaf if isinstance(node, SpectralFunction) else node
    return isinstance(leaf, (Diagonal, Identity)) or (
        isinstance(leaf, Leaf) and leaf.ensemble.is_family and leaf.ensemble.is_diagonal
    )


def _is_idempotent(node: Expression) -> bool:
    leaf = node.arguments[0] if isinstance(node, Transpose) else node
    return isinstance(leaf, Identity) or (isinstance(leaf, Leaf) and leaf.ensemble.is_zero_one)


def _grids(factors: list[Expression]) -> list[Cells] | None:
    """Return the factors as tables of blocks, or None where those of one have no expressions of their own."""
    grids = [cells(factor) for factor in factors]
    return None if any(grid is None for grid in grids) else [grid for grid in grids if grid is not None]


def _blockwise(grids: list[Cells]) -> Expression:
    cells = [[_cell(parts) for parts in zip(*lines, strict=True)] for lines in zip(*grids, strict=True)]
    if all(isinstance(cell, Zero) for row in cells for cell in row):
        return zeros([s for row in cells for s in row[0].rows], [s for cell in cells[0] for s in cell.columns])
    return block(cells)


def _cell(parts: tuple[Expression, ...]) -> Expression:
    return parts[0] if len(parts) == 1 else hadamard(parts[0], parts[1], *parts[2:])
