"""Diagonal projections that keep a part of the coordinates."""

from __future__ import annotations

from typing import Any

from ..laws.bernoulli import bernoulli
from ..nodes import Leaf
from .family import Family, family_leaf

__all__ = ["Mask", "mask"]


class Mask(Family):
    """A diagonal projection: entries 1 for the coordinates that are kept and 0 for the others."""

    name = "mask"
    letter = "P"
    statement = "diagonal projection on a given fraction of the coordinates, chosen independently of all else"
    is_diagonal = True


def mask(size: Any, keep: Any, *, name: str | None = None) -> Leaf:
    """Return a diagonal 0/1 matrix that keeps a fraction of the coordinates (site dilution, dropout).

    Parameters
    ----------
    size : Size
    keep : scalar
        The fraction of ones, between 0 and 1.
    name : str, optional

    Examples
    --------
    >>> import freeprob as fp
    >>> n = fp.sizes("n")
    >>> P = fp.mask(n, keep="1/4")
    >>> fp.spectrum(P @ fp.wigner(n) @ P / fp.sqrt(n)).at(n=1).edges()
    array([-1.,  1.])
    """
    return family_leaf(Mask(bernoulli(keep)), size, name)
