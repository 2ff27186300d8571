"""Sizes that are fixed by given arrays."""

from __future__ import annotations

from collections.abc import Iterable

from ..algebra.symbols import Size
from ..errors import ShapeError
from .expression import Expression, walk
from .given_array import GivenArray
from .nodes import Leaf

__all__ = ["array_of", "given_sizes"]


def array_of(node: Expression) -> GivenArray | None:
    """Return the numbers of a leaf whose entries are given, else None."""
    array = getattr(node.ensemble, "array", None) if isinstance(node, Leaf) else None
    return array if isinstance(array, GivenArray) else None


def given_sizes(*expressions: Expression, known: Iterable[tuple[Size, int]] = ()) -> dict[Size, int]:
    """Return the sizes that the arrays of some expressions fix.

    Raises
    ------
    ShapeError
        If two arrays give one size different values.

    Examples
    --------
    >>> import numpy as np
    >>> import freeprob as fp
    >>> from freeprob.language.given_sizes import given_sizes
    >>> n, d = fp.sizes("n d")
    >>> given_sizes(fp.signal(d, n, np.ones((2, 3))) @ fp.given(n, 1, [1, 2, 3]))
    {d: 2, n: 3}
    """
    found = dict(known)
    for leaf in walk(*expressions):
        array = array_of(leaf)
        if array is None:
            continue
        for size, count in zip((leaf.rows[0], leaf.columns[0]), array.shape, strict=True):
            if isinstance(size, Size) and found.setdefault(size, count) != count:
                raise ShapeError(
                    f"the size {size} is {found[size]} in one given array and {count} in {leaf}, the {array}"
                )
    return found
