"""Leaves of tensors: a network that is read twice, on training and on test data, has the same weights."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from ..language.nodes import Leaf

__all__ = ["remembered"]

_LEAVES: dict[tuple, Leaf] = {}


def remembered(tensor: Any, what: tuple, make: Callable[[], Leaf]) -> Leaf:
    """Return the leaf of a part of a tensor; a new one after the tensor was written to.

    Parameters
    ----------
    tensor : torch.Tensor
    what : tuple
        The part, its sizes and its law.
    make : callable
        Makes the leaf.
    """
    key = (id(tensor), tensor._version, *what)
    leaf = _LEAVES.get(key)
    if leaf is None:
        leaf = _LEAVES[key] = make()
        weakref.finalize(tensor, _LEAVES.pop, key, None)
    return leaf
