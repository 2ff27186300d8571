"""Square matrices whose mirrored entries are correlated: Girko's elliptic ensemble."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...errors import ShapeError, UnsupportedModel
from ..laws.scalars import decode, encode, scalar
from ..nodes import Leaf
from .base import Ensemble, new_leaf

__all__ = ["Elliptic", "elliptic"]


class Elliptic(Ensemble):
    """Centred entries of unit variance with ``E Z_ij Z_ji = tau``, otherwise independent."""

    name = "elliptic"
    letter = "Z"
    is_exchangeable = True
    order = sympy.Rational(1, 2)
    statement = "square with centred entries of unit variance, independent but for the correlation of Z_ij and Z_ji"

    def __init__(self, tau: Any):
        self.tau = scalar(tau, "the correlation of an elliptic matrix")
        if self.tau.is_number and not -1 <= self.tau <= 1:
            raise UnsupportedModel(f"elliptic({self.tau}): the correlation of Z_ij and Z_ji must lie between -1 and 1")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Elliptic) and self.tau == other.tau

    def __hash__(self) -> int:
        return hash((Elliptic, self.tau))

    def __str__(self) -> str:
        return f"elliptic({self.tau})"

    @property
    def mirror(self) -> int:
        """1 for tau = 1 (a Wigner matrix), -1 for tau = -1 (an antisymmetric matrix), else 0."""
        return int(self.tau) if self.tau in (1, -1) else 0

    @property
    def self_covariance(self) -> sympy.Expr:
        """The correlation tau."""
        return self.tau

    @property
    def free_symbols(self) -> frozenset[sympy.Symbol]:
        """The symbols in tau."""
        return frozenset(self.tau.free_symbols)

    @property
    def nonnegative(self) -> tuple[sympy.Expr, ...]:
        """Both 1 - tau and 1 + tau."""
        return (1 - self.tau, 1 + self.tau)

    @property
    def details(self) -> str:
        """The correlation in words."""
        return f"correlation {self.tau}"

    def sample(
        self, rows: int, columns: int, rng: np.random.Generator, values: Mapping[sympy.Symbol, Any]
    ) -> np.ndarray:
        """Return a Gaussian sample, the sum of a symmetric and an antisymmetric matrix."""
        tau = float(Elliptic(self.tau.subs(dict(values))).tau)
        square, other = rng.standard_normal((2, rows, rows))
        symmetric, antisymmetric = square + square.T, other - other.T
        return np.sqrt((1 + tau) / 4) * symmetric + np.sqrt((1 - tau) / 4) * antisymmetric

    def check_rows(self, rows: sympy.Expr, columns: sympy.Expr) -> None:
        """Refuse what is not square, and a single number."""
        if rows != columns or rows == 1:
            raise ShapeError(f"an elliptic matrix is square and needs one size, not the shape ({rows}) x ({columns})")

    def to_data(self) -> dict:
        """Return the JSON form of the ensemble."""
        return {"ensemble": self.name, "tau": encode(self.tau)}

    @classmethod
    def from_data(cls, data: dict) -> Elliptic:
        """Rebuild the ensemble from :meth:`to_data`."""
        return cls(decode(data["tau"]))


def elliptic(size: Any, tau: Any, *, name: str | None = None) -> Leaf:
    """Return a square matrix with entries of unit variance and ``E Z_ij Z_ji = tau`` (divide by ``fp.sqrt(n)``).

    Parameters
    ----------
    size : Size
    tau : scalar
        Between -1 and 1: 1 is a Wigner matrix, 0 has independent entries, -1 is antisymmetric.
    name : str, optional

    Notes
    -----
    The eigenvalues of ``Z / sqrt(n)`` fill an ellipse with half axes 1 + tau and 1 - tau (Girko 1986; Sommers,
    Crisanti, Sompolinsky and Stein 1988; Nguyen and O'Rourke 2015). Here such a matrix is a letter of self-adjoint
    models.

    Examples
    --------
    >>> import freeprob as fp
    >>> n = fp.sizes("n")
    >>> Z = fp.elliptic(n, "1/2")
    >>> law = fp.spectrum((Z + Z.T) / fp.sqrt(3 * n))
    >>> law.at(n=1).edges().round(12)
    array([-2.,  2.])
    """
    ensemble = Elliptic(tau)
    ensemble.check_rows(size, size)
    return new_leaf(ensemble, size, size, name)
