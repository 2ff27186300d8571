"""The diagonal matrix of a vector.

It is linear in the vector, the vector of ones gives the identity, and an entrywise product of vectors gives the
product of the diagonal matrices, in canonical order.
"""

from __future__ import annotations

from .expression import ONE, Expression
from .hadamard import is_all_ones
from .nodes import Diagonal, Hadamard, Identity, Zero
from .operations import combine, multiply

__all__ = ["diag"]


def diag(vector: Expression) -> Expression:
    """Return the diagonal matrix whose entries are those of a vector.

    Parameters
    ----------
    vector : Expression, shape (n, 1)
        For example ``fp.tanh(W @ x / fp.sqrt(d))``.

    Raises
    ------
    ShapeError
        If the expression is not a vector over one space.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> W, x = fp.gaussian(n, d, name="W"), fp.gaussian(d, name="x")
    >>> fp.diag(3 * fp.tanh(W @ x / fp.sqrt(d)))
    3 * diag(tanh(W @ x / sqrt(d)))
    >>> fp.diag(fp.ones(n)) is fp.identity(n)
    True
    """
    if not isinstance(vector, Expression):
        raise TypeError(f"fp.diag needs a vector, not {type(vector).__name__}")
    if isinstance(vector, Zero):
        return Zero.intern(vector.rows, vector.rows)
    return combine([(_one(node), scalar) for node, scalar in vector.terms()])


def _one(node: Expression) -> Expression:
    if node.columns == (ONE,) and is_all_ones(node):
        return Identity.intern(node.rows)
    if isinstance(node, Hadamard):
        return multiply(*(diag(factor) for factor in node.arguments))
    return Diagonal.intern(node)
