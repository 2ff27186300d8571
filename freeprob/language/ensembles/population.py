"""Deterministic self-adjoint matrices known through their spectral law."""

from __future__ import annotations

from typing import Any

from ..laws import Law
from ..nodes import Leaf
from .family import Family, family_leaf

__all__ = ["Population", "population"]


class Population(Family):
    """A deterministic self-adjoint matrix with a limiting spectral law."""

    name = "population"
    letter = "S"
    statement = (
        "deterministic, self-adjoint, bounded, with a limiting spectral law, in generic position to the other matrices"
    )


def population(size: Any, law: Law, *, name: str | None = None) -> Leaf:
    """Return a deterministic self-adjoint matrix with a given spectral law (a population covariance).

    Parameters
    ----------
    size : Size
    law : law of :mod:`freeprob.laws`
    name : str, optional

    Notes
    -----
    ``S``, ``S**0.5``, ``fp.inv(S)`` and all other functions of it commute: they are one family. Two populations on
    one space are in generic position to each other, hence asymptotically free. Matrices that are diagonal in one basis
    are made by :func:`freeprob.diagonal`.

    Examples
    --------
    >>> import freeprob as fp
    >>> d = fp.sizes("d")
    >>> S = fp.population(d, fp.laws.atoms({1: 0.5, 3: 0.5}))
    >>> (S**0.5 @ S**0.5) is S
    True
    """
    return family_leaf(Population(law), size, name)
