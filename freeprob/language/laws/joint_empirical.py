"""The joint law of lists of observed eigenvalues."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import mpmath
import numpy as np
import sympy

from ...errors import UnsupportedModel
from .base import Law
from .empirical import Empirical
from .joint import JointLaw

__all__ = ["JointEmpirical"]


_FEW = 4096


class JointEmpirical(JointLaw):
    """Equal weights on observed points, ``joint_empirical(points)``.

    Parameters
    ----------
    points : array of real numbers, shape (N, d)
        Row i holds the eigenvalues of the d matrices on their common eigenvector number i. An average costs N terms:
        no point is merged with others.

    Raises
    ------
    UnsupportedModel
        If the array has another shape, or a number is not finite and real.

    Examples
    --------
    >>> from freeprob.language import laws
    >>> law = laws.joint_empirical([[1.0, 2.0], [3.0, 0.0]])
    >>> law, law.dimension
    (joint_empirical(2 points of 2 coordinates), 2)
    """

    __slots__ = ()
    name = "joint_empirical"

    def __init__(self, points: Any, dimension: int | None = None) -> None:
        if isinstance(points, bytes):
            array = np.frombuffer(points, dtype="<f8").reshape(-1, int(dimension or 1))
        else:
            array = np.asarray(points)
            if np.iscomplexobj(array) or array.ndim != 2 or array.shape[1] < 2 or array.shape[0] == 0:
                raise UnsupportedModel(
                    f"joint_empirical needs an array of shape (N, d) of real numbers with d >= 2, not {array.shape}"
                )
            array = array.astype("<f8")
        if not np.all(np.isfinite(array)):
            raise UnsupportedModel("joint_empirical got a non-finite number: remove infinite and NaN values")
        order = np.lexsort(array.T[::-1])
        super().__init__((array + 0.0)[order].astype("<f8").tobytes(), int(array.shape[1]))

    @classmethod
    def examples(cls) -> tuple[JointLaw, ...]:
        """Return a few points and a long list."""
        rng = np.random.default_rng(5)
        x = rng.uniform(1.0, 2.0, 200)
        return cls([[1.0, 2.0], [3.0, 0.0], [1.0, 2.0]]), cls(np.column_stack([x, x + rng.uniform(0.0, 0.5, 200)]))

    @property
    def points(self) -> np.ndarray:
        """The points, shape (N, d), read-only."""
        return np.frombuffer(self.arguments[0], dtype="<f8").reshape(-1, self.arguments[1])

    @property
    def free_symbols(self) -> set[sympy.Symbol]:
        """None."""
        return set()

    @property
    def is_atomic(self) -> bool:
        """True: the law is a finite sum of point masses."""
        return True

    @property
    def has_many_atoms(self) -> bool:
        """True for more than 64 points."""
        return len(self.points) > 64

    def __str__(self) -> str:
        return f"joint_empirical({len(self.points)} points of {self.dimension} coordinates)"

    def latex(self) -> str:
        r"""Return ``\frac{1}{N} \sum_{i=1}^{N} \delta_{x_i}`` with the number of points."""
        count = len(self.points)
        return rf"\frac{{1}}{{{count}}} \sum_{{i=1}}^{{{count}}} \delta_{{x_i}}"

    @property
    def dimension(self) -> int:
        """The number of matrices."""
        return int(self.arguments[1])

    @property
    def marginals(self) -> tuple[Law, ...]:
        """The law of each coordinate."""
        return tuple(Empirical(column) for column in self.points.T)

    @property
    def extremes(self) -> Iterable[sympy.Tuple]:
        """All points."""
        return list(self.atoms)

    def require_bounded(self) -> None:
        """Do nothing: finitely many points are bounded."""

    def _distinct(self) -> tuple[np.ndarray, np.ndarray]:
        if len(self.points) > _FEW:  # sorting costs more than it saves
            return self.points, np.ones(len(self.points), dtype=int)
        return np.unique(self.points, axis=0, return_counts=True)

    def _atoms(self) -> dict[sympy.Expr, sympy.Expr]:
        points, counts = self._distinct()
        total = len(self.points)
        return {
            sympy.Tuple(*(sympy.Float(float(x)) for x in point)): sympy.Rational(int(c), total)
            for point, c in zip(points, counts, strict=True)
        }

    def draw(self, k: int, rng: np.random.Generator) -> np.ndarray:
        """Return each point as often as k allows (every (N/k)-th in order), in random order."""
        which = ((np.arange(k) + 0.5) * len(self.points) / k).astype(int)
        return self.points[rng.permutation(which)].T

    def _rule(self, count: int, digits: int):
        points, counts = self._distinct()
        if digits <= 15:
            return list(points.T), counts / len(self.points)
        return (
            [[mpmath.mpf(float(x)) for x in column] for column in points.T],
            [mpmath.mpf(int(c)) / len(self.points) for c in counts],
        )

    def _arguments_to_data(self) -> list:
        return [self.points.tolist()]

    @classmethod
    def _arguments_from_data(cls, data: list) -> tuple:
        return (np.asarray(data[0], dtype=float),)
