"""Kernel matrices: inner products and distances of the columns of a matrix, centring, the part off the diagonal."""

from __future__ import annotations

from typing import Any

from ..errors import ShapeError
from .blocks import cells
from .ensembles.ones import ones
from .expression import Expression
from .hadamard import is_diagonal
from .nodes import OffDiagonal, SquaredDistances, Zero
from .operations import block, combine, identity, multiply
from .primitive import primitive

__all__ = ["centering", "off_diagonal", "squared_distances"]


def off_diagonal(matrix: Expression) -> Expression:
    """Return a square matrix with its diagonal set to 0.

    Parameters
    ----------
    matrix : Expression, shape (n, n)

    Raises
    ------
    ShapeError
        If it is not square.

    Examples
    --------
    An inner-product kernel in the scaling of Cheng and Singer (2013):

    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X = fp.gaussian(d, n, name="X")
    >>> fp.off_diagonal(fp.tanh(X.T @ X / fp.sqrt(d))) / fp.sqrt(n)
    off_diagonal(tanh(X.T @ X / sqrt(d))) / sqrt(n)
    """
    if not isinstance(matrix, Expression):
        raise TypeError(f"fp.off_diagonal needs an expression, not {type(matrix).__name__}")
    pairs = []
    for node, scalar in matrix.terms():
        if isinstance(node, OffDiagonal):
            pairs.append((node, scalar))
        elif not is_diagonal(node) and not isinstance(node, Zero):
            pairs.append((OffDiagonal.intern(node), scalar))
    return combine(pairs) if pairs else Zero.intern(matrix.rows, matrix.columns)


def squared_distances(points: Expression, others: Expression | None = None) -> Expression:
    """Return the matrix of ``|x_i - y_j|^2`` of the columns of two matrices, by default of one.

    Parameters
    ----------
    points : Expression, shape (d, n)
        Columns are samples; several classes of them are ``fp.block([[X1, X2]])``.
    others : Expression, shape (d, m), optional
        The other points, by default the same.

    Raises
    ------
    ShapeError
        If there is only one column, the two matrices have rows of different spaces, or the columns of an inverse of a
        block matrix are several classes of samples.

    Examples
    --------
    A Gaussian kernel:

    >>> import freeprob as fp, sympy
    >>> n, d = fp.sizes("n d")
    >>> X, t = fp.gaussian(d, n, name="X"), sympy.Symbol("t")
    >>> K = fp.entrywise(sympy.exp(-t / 2), fp.squared_distances(X) / d)
    >>> K.simulate({"n": 3, "d": 5}).diagonal()
    array([1., 1., 1.])
    """
    if others is None:
        others = points
    for argument in (points, others):
        if not isinstance(argument, Expression):
            raise TypeError(f"fp.squared_distances needs an expression, not {type(argument).__name__}")
    if isinstance(points, Zero) and isinstance(others, Zero):
        return Zero.intern(points.columns, others.columns)
    if len(points.columns) > 1 or len(others.columns) > 1:
        return block([[squared_distances(x, y) for y in _classes(others)] for x in _classes(points)])
    (scale, core), (ratio, other) = primitive(points), primitive(others)
    if scale**2 == ratio**2:
        turned = other if scale == ratio else combine([(other, -1)])
        return combine([(SquaredDistances.intern(core, turned), scale**2)])
    return SquaredDistances.intern(points, others)


def _classes(points: Expression) -> list[Expression]:
    """Return the matrices of samples of each class."""
    grid = cells(points)
    if grid is None:
        raise ShapeError(f"squared distances need the samples of each class, but {points} has no blocks of its own")
    if len(grid) > 1:
        return [block([[row[j]] for row in grid]) for j in range(len(grid[0]))]
    return grid[0]


def centering(size: Any) -> Expression:
    """Return ``I - 1 1^T / n``, which subtracts means.

    Parameters
    ----------
    size : Size

    Examples
    --------
    >>> import freeprob as fp
    >>> fp.centering(fp.sizes("n"))
    I - 1 @ 1.T / n
    """
    eye = identity(size)
    if len(eye.rows) != 1:
        raise ShapeError(f"fp.centering needs one size, not {eye.shape_text}")
    one = ones(size)
    return combine([(eye, 1), (multiply(one, one.T), -1 / eye.rows[0])])
