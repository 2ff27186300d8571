"""Diagonal matrices with a joint law of their entries."""

from __future__ import annotations

from typing import Any

from ..expression import Expression
from ..laws import JointLaw
from .joint_family import JointFamily, joint_family

__all__ = ["Diagonals", "diagonals"]


class Diagonals(JointFamily):
    """Diagonal matrices whose entries at one place follow a joint law."""

    name = "diagonals"
    letter = "D"
    statement = "diagonal, with entries of a limiting joint law in an order that is independent of all else"
    is_diagonal = True


def diagonals(size: Any, law: JointLaw, *, name: str | None = None) -> tuple[Expression, ...]:
    """Return diagonal matrices with a joint law of their entries.

    Parameters
    ----------
    size : Size
    law : joint law of :mod:`freeprob.laws`
        The law of the entries at one place; see :func:`freeprob.commuting`.
    name : str, optional

    Returns
    -------
    tuple of Expression
        One matrix for each coordinate of the law.

    Examples
    --------
    >>> import freeprob as fp
    >>> n = fp.sizes("n")
    >>> A, B = fp.diagonals(n, fp.laws.joint_atoms({(0, 1): "1/2", (1, 0): "1/2"}))
    >>> float(fp.limit(fp.tr((A + 2 * B) ** 2)).at(n=1))
    2.5
    """
    return joint_family(Diagonals(law), size, name)
