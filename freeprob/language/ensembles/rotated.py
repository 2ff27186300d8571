"""Self-adjoint matrices in a uniformly random basis."""

from __future__ import annotations

from typing import Any

from ..laws import Law
from ..nodes import Leaf
from .family import Family, family_leaf

__all__ = ["Rotated", "rotated"]


class Rotated(Family):
    """A self-adjoint matrix ``O A O^T`` with a spectral law and a Haar orthogonal matrix O of its own."""

    name = "rotated"
    is_exchangeable = True
    letter = "B"
    statement = "self-adjoint with a limiting spectral law, in a Haar distributed basis independent of all else"


def rotated(size: Any, law: Law, *, name: str | None = None) -> Leaf:
    """Return a self-adjoint matrix with a spectral law in a Haar distributed basis: free from all else.

    Parameters
    ----------
    size : Size
    law : law of :mod:`freeprob.laws`
    name : str, optional

    References
    ----------
    D. Voiculescu, *Limit laws for random matrices and free products*, Invent. Math. 104 (1991), Theorem 3.11; with
    orthogonal matrices B. Collins and P. Sniady, Commun. Math. Phys. 264 (2006), Theorem 5.2.

    Examples
    --------
    >>> import freeprob as fp
    >>> n = fp.sizes("n")
    >>> signs = fp.laws.atoms({-1: "1/2", 1: "1/2"})
    >>> law = fp.spectrum(fp.rotated(n, signs) + fp.rotated(n, signs))
    >>> [int(m) for m in law.at(n=1).moments(4)]
    [0, 2, 0, 6]
    """
    return family_leaf(Rotated(law), size, name)
