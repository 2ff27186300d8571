"""Deterministic self-adjoint matrices that commute with each other."""

from __future__ import annotations

from typing import Any

from ..expression import Expression
from ..laws import JointLaw
from .joint_family import JointFamily, joint_family

__all__ = ["Commuting", "commuting"]


class Commuting(JointFamily):
    """Deterministic self-adjoint matrices with common eigenvectors and a joint law of their eigenvalues."""

    name = "commuting"
    letter = "T"
    statement = (
        "deterministic, self-adjoint, bounded, with common eigenvectors and a limiting joint law of the eigenvalues, "
        "in generic position to the other matrices"
    )


def commuting(size: Any, law: JointLaw, *, name: str | None = None) -> tuple[Expression, ...]:
    """Return self-adjoint matrices that commute, with a joint law of their eigenvalues.

    Parameters
    ----------
    size : Size
    law : joint law of :mod:`freeprob.laws`
        ``laws.joint_atoms({(x, y): weight})``, ``laws.joint_empirical(points)`` or ``laws.product(law, law)``.
    name : str, optional
        Of the family: ``T`` gives the matrices ``T[1]``, ``T[2]``, ... where no variable names them.

    Returns
    -------
    tuple of Expression
        One matrix for each coordinate of the law.

    Notes
    -----
    Products, inverses and functions of them stay in the family. They are asymptotically free from all other matrices
    on their space; for example, a covariance of the data and the covariance at test time under a covariate shift
    (N. Tripuraneni, B. Adlam and J. Pennington, NeurIPS 34, 2021).

    Examples
    --------
    >>> import freeprob as fp
    >>> d, n = fp.sizes("d n")
    >>> A, B = fp.commuting(d, fp.laws.joint_atoms({(1, 0): "1/2", (3, 1): "1/2"}))
    >>> A @ B is B @ A
    True
    >>> X = fp.gaussian(d, n)
    >>> fp.spectrum(A**0.5 @ X @ X.T @ A**0.5 / n + B).at(d=1, n=2).moments(2)
    [Fraction(5, 2), Fraction(21, 2)]
    """
    return joint_family(Commuting(law), size, name)
