"""The law of a random projection or mask: atoms at 0 and 1."""

from __future__ import annotations

from typing import Any

from ...errors import UnsupportedModel
from .atoms import Atoms
from .scalars import scalar

__all__ = ["bernoulli"]


def bernoulli(q: Any) -> Atoms:
    """Law of a variable that is 1 with probability q and 0 otherwise.

    Parameters
    ----------
    q : scalar
        Between 0 and 1.

    Raises
    ------
    UnsupportedModel
        If q is a number outside [0, 1].

    Examples
    --------
    >>> from freeprob.language import laws
    >>> laws.bernoulli("1/3")
    atoms({0: 2/3, 1: 1/3})
    """
    keep = scalar(q, "the probability of bernoulli")
    if keep.is_number and not 0 <= keep <= 1:
        raise UnsupportedModel(f"bernoulli({keep}): the probability must lie between 0 and 1")
    return Atoms({0: 1 - keep, 1: keep})
