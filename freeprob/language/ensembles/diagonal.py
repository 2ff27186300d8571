"""Diagonal matrices with a law of their entries."""

from __future__ import annotations

from typing import Any

from ..laws import Law
from ..nodes import Leaf
from .family import Family, family_leaf

__all__ = ["Diagonal", "diagonal"]


class Diagonal(Family):
    """A diagonal matrix whose entries follow a law."""

    name = "diagonal"
    letter = "D"
    statement = "diagonal, with entries of a limiting law in an order that is independent of all else"
    is_diagonal = True


def diagonal(size: Any, law: Law, *, name: str | None = None) -> Leaf:
    """Return a diagonal matrix whose entries follow a law.

    Parameters
    ----------
    size : Size
    law : law of :mod:`freeprob.laws`
    name : str, optional

    Notes
    -----
    Two diagonal matrices on one space commute; they are not free of each other.

    Examples
    --------
    >>> import freeprob as fp
    >>> n = fp.sizes("n")
    >>> D = fp.diagonal(n, fp.laws.atoms({0: "1/2", 2: "1/2"}))
    >>> law = fp.spectrum(D @ fp.wigner(n) @ D / fp.sqrt(n))
    >>> {place: round(mass, 12) for place, mass in law.at(n=1).atoms().items()}
    {0.0: 0.5}
    """
    return family_leaf(Diagonal(law), size, name)
