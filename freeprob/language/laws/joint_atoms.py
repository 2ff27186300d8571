"""Joint laws that are finite sums of point masses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import sympy

from ...errors import UnsupportedModel
from .atoms import Atoms
from .base import Law
from .joint import JointLaw
from .scalars import precise, scalar, text

__all__ = ["JointAtoms"]


class JointAtoms(JointLaw):
    """Point masses in R^d, ``joint_atoms({(x_1, ..., x_d): weight})``.

    Coordinates and weights may be exact rationals (also as text such as ``"2/5"``), floats or SymPy expressions.

    Parameters
    ----------
    masses : mapping or sequence of pairs
        From point to weight; all points have the same number of coordinates.

    Raises
    ------
    UnsupportedModel
        If a weight is negative, the weights do not sum to 1, or the points have different lengths.

    Examples
    --------
    >>> from freeprob.language import laws
    >>> law = laws.joint_atoms({(1, 2): "1/3", (4, 0): "2/3"})
    >>> law.marginals
    (atoms({1: 1/3, 4: 2/3}), atoms({0: 2/3, 2: 1/3}))
    """

    __slots__ = ()
    name = "joint_atoms"

    def __init__(self, masses: Mapping[Any, Any] | tuple[tuple[Any, Any], ...]) -> None:
        pairs = masses.items() if isinstance(masses, Mapping) else masses
        points: dict[tuple, sympy.Expr] = {}
        for place, weight in pairs:
            if not isinstance(place, (tuple, list, sympy.Tuple)) or len(place) < 2:
                raise UnsupportedModel(f"joint_atoms needs points of two coordinates or more as keys, not {place!r}")
            point = tuple(scalar(x, "a coordinate") for x in place)
            points[point] = points.get(point, sympy.S.Zero) + scalar(weight, f"the weight of {place}")
        if len({len(point) for point in points}) != 1:
            raise UnsupportedModel("the points of joint_atoms need one and the same number of coordinates")
        Atoms({k: w for k, w in enumerate(points.values())})  # checks the weights
        kept = [(point, weight) for point, weight in points.items() if weight != 0]
        super().__init__(tuple(sorted(kept, key=lambda pair: tuple(x.sort_key() for x in pair[0]))))

    @classmethod
    def examples(cls) -> tuple[JointLaw, ...]:
        """Return a law of two dependent coordinates, and one of three."""
        return (
            cls({(1, 2): "1/3", (4, 0): "2/3"}),
            cls({(0, 1, 2): "1/2", (1, 1, 5): "1/4", (2, -1, 0): "1/4"}),
        )

    @property
    def is_atomic(self) -> bool:
        """True: the law is a finite sum of point masses."""
        return True

    def __str__(self) -> str:
        entries = (f"({', '.join(map(text, point))}): {text(weight)}" for point, weight in self.arguments[0])
        return f"joint_atoms({{{', '.join(entries)}}})"

    def latex(self) -> str:
        r"""Return a sum of ``w \delta_{(x_1, x_2)}``."""
        return " + ".join(
            rf"{sympy.latex(weight)} \delta_{{\left({', '.join(map(sympy.latex, point))}\right)}}"
            for point, weight in self.arguments[0]
        )

    @property
    def dimension(self) -> int:
        """The number of matrices."""
        return len(self.arguments[0][0][0])

    @property
    def marginals(self) -> tuple[Law, ...]:
        """The law of each coordinate."""
        pairs = self.arguments[0]
        laws = []
        for k in range(self.dimension):
            masses: dict[sympy.Expr, sympy.Expr] = {}
            for point, weight in pairs:
                masses[point[k]] = masses.get(point[k], sympy.S.Zero) + weight
            laws.append(Atoms(masses))
        return tuple(laws)

    @property
    def extremes(self) -> Iterable[sympy.Tuple]:
        """All points."""
        return list(self.atoms)

    def _atoms(self) -> dict[sympy.Expr, sympy.Expr]:
        return {sympy.Tuple(*point): weight for point, weight in self.arguments[0]}

    def draw(self, k: int, rng: np.random.Generator) -> np.ndarray:
        """Return each point round(weight k) times, in random order."""
        points, weights = self.nodes(1)
        which = Atoms({i: sympy.Float(w) for i, w in enumerate(weights / weights.sum())}).quantiles(k)
        return points[:, rng.permutation(which).astype(int)]

    def _rule(self, count: int, digits: int):
        pairs = self.arguments[0]
        if digits <= 15:
            points = [[float(point[k]) for point, _ in pairs] for k in range(self.dimension)]
            return points, [float(weight) for _, weight in pairs]
        return (
            [[precise(point[k]) for point, _ in pairs] for k in range(self.dimension)],
            [precise(weight) for _, weight in pairs],
        )
