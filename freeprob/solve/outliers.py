"""Outliers of a law at given values: where they are, how many, and how their eigenvectors lie.

Zeros of det D outside the bulk are found between edges and atoms; with w on a small circle around a zero the overlap
of a vector is minus the residue of its read-out, ``-mean of (R D^-1 C)(w) (w - place)`` (trapezoidal rule).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np

from ..equations.outliers import OutlierEquation
from ..errors import SolveError
from ..program.binding import Binding
from ..program.lowering import lower, lower_expressions
from ..targets import numpy_runtime as runtime
from .axis_zeros import Zero, circle, real_zeros
from .numeric_model import numeric_model, numeric_outputs

__all__ = ["Outlier", "OutlierProblem", "Outliers", "find_outliers"]

_CIRCLE = 48
_VANISHES = 1e-12
_OVERLAP = 1e-6
"""Overlaps lie between 0 and 1; a residue further off is an error."""


@dataclass(frozen=True)
class Outlier:
    """An eigenvalue outside the bulk.

    Attributes
    ----------
    location : float
    overlaps : dict of str to float
        For each vector u on the rows of the matrix the limit of ``|<w, u>|^2 / |u|^2`` for the unit eigenvector w; for
        a multiple outlier of the squared projection to its eigenspace.
    multiplicity : int
    """

    location: float
    overlaps: dict[str, float]
    multiplicity: int = 1

    def __str__(self) -> str:
        parts = [f"{self.location:.10g}"]
        if self.multiplicity > 1:
            parts.append(f"({self.multiplicity} times)")
        parts += [f"|<w, {name}>|^2 / |{name}|^2 = {value:.8g}" for name, value in self.overlaps.items()]
        return "  ".join(parts)


@dataclass(frozen=True)
class Outliers(Sequence[Outlier]):
    """The outliers of a law, in increasing order.

    Attributes
    ----------
    items : tuple of Outlier
    diverging : tuple of Fraction
        The orders k of eigenvalues that grow like N^k; they have no limit and are not among the items.
    remarks : tuple of str
        What else there is to say, one line for each.
    """

    items: tuple[Outlier, ...]
    diverging: tuple[Fraction, ...] = ()
    remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]

    def __iter__(self) -> Iterator[Outlier]:
        return iter(self.items)

    def __str__(self) -> str:
        count = sum(o.multiplicity for o in self.items)
        head = [f"{count} outlier{'s' if count > 1 else ''}"] if count else []
        return "\n".join([*head, *(f"  {outlier}" for outlier in self.items), *self.remarks])

    __repr__ = __str__


@dataclass
class OutlierProblem:
    """The equation of outliers with numbers for its parameters.

    Parameters
    ----------
    equation : OutlierEquation
    binding : Binding
        Values of all symbols of ``equation.system``.
    nodes : int
        Quadrature nodes of continuous laws.
    """

    equation: OutlierEquation
    binding: Binding
    nodes: int
    inputs: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.inputs = self.binding.floats()
        system, matrix = self.equation.system, self.equation.matrix
        self.program = lower(system)
        expressions = [*matrix, *(e for r in self.equation.overlaps.values() for e in (*r.row, *r.column))]
        quadrature = self.binding.quadrature(self.nodes, others=expressions)
        self.model = numeric_model(self.program, quadrature)
        self.outputs = numeric_outputs(self.program, lower_expressions(system, expressions), quadrature)

    @cached_property
    def anchor(self) -> runtime.Anchor:
        """A solved point in the upper half plane."""
        return runtime.Anchor(self.model, self.inputs)

    def matrix_at(self, u: np.ndarray, p: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return D from solved unknowns, shape (points, k, k)."""
        k = self.equation.matrix.rows
        return np.moveaxis(self.outputs(u, p, z)[: k * k].reshape(k, k, -1), 2, 0)

    def determinant(self, z: np.ndarray) -> np.ndarray:
        """Return det D(z) at points of the closed upper half plane."""
        return np.linalg.det(
            self.matrix_at(runtime.solve_points(self.model, self.inputs, self.anchor, z), self.inputs, z)
        )

    def readouts(self, z: np.ndarray) -> dict[str, np.ndarray]:
        """Return ``R D^-1 C`` of each vector."""
        k = self.equation.matrix.rows
        values = self.outputs(runtime.solve_points(self.model, self.inputs, self.anchor, z), self.inputs, z)
        matrix = np.moveaxis(values[: k * k].reshape(k, k, -1), 2, 0)
        rest = values[k * k :].reshape(len(self.equation.overlaps), 2, k, len(z))
        return {
            name: np.einsum("ap,pa->p", row, np.linalg.solve(matrix, column.T[:, :, None])[:, :, 0])
            for name, (row, column) in zip(self.equation.overlaps, rest, strict=True)
        }

    def require_leading(self, z: np.ndarray) -> None:
        """Refuse values at which the leading term of det D vanishes identically."""
        matrix = self.matrix_at(runtime.solve_points(self.model, self.inputs, self.anchor, z), self.inputs, z)
        with np.errstate(all="ignore"):
            size = np.prod(np.abs(matrix).max(axis=2), axis=1) * len(matrix[0])
            small = np.abs(np.linalg.det(matrix)) <= _VANISHES * size
        if small.all():
            raise SolveError(
                "the leading term of det D vanishes at these values (a finite-rank part that would diverge has weight "
                "0, or two of them are linearly dependent), so the outliers are not those of the leading order"
            )


def find_outliers(
    problem: OutlierProblem, support: Sequence[tuple[float, float]], atoms: Sequence[float], width: float
) -> Outliers:
    """Return the outliers of a law.

    Parameters
    ----------
    problem : OutlierProblem
    support : sequence of (float, float)
        The intervals of the continuous part of the bulk.
    atoms : sequence of float
        The atoms of the bulk.
    width : float
        The scale of the bulk.

    Raises
    ------
    SolveError
        If the zeros of det D cannot be counted.
    """
    problem.require_leading(problem.anchor.z + width * np.array([0.0, 0.31, -0.47]))
    found: list[Outlier] = []
    remarks: list[str] = []
    directions, diverging = ", ".join(problem.equation.directions), problem.equation.diverging
    for low, high, where in _free_intervals(support, atoms):
        here = [_outlier(problem, zero) for zero in real_zeros(problem.determinant, low, high, width)]
        found += here
        if not here and where:
            reason = f"the finite-rank part ({directions}) is below its threshold there"
            remarks.append(f"no outlier {where}{'' if diverging else f': {reason}'}")
    _check_infinity(problem, width, len(diverging))
    if diverging:
        powers = ", ".join(f"N^{k}" if k.denominator == 1 else f"N^({k})" for k in diverging)
        many = "eigenvalues diverge" if len(diverging) > 1 else "eigenvalue diverges"
        remarks.append(f"{len(diverging)} {many} like {powers}: finite-rank parts of growing norm, which have no limit")
    return Outliers(tuple(sorted(found, key=lambda o: o.location)), diverging, tuple(remarks))


def _outlier(problem: OutlierProblem, zero: Zero) -> Outlier:
    w = circle(zero.place, zero.radius, _CIRCLE)
    values = problem.readouts(w)
    overlaps = {name: float(-np.mean((v * (w - zero.place)).real)) for name, v in values.items()}
    wrong = [name for name, value in overlaps.items() if not -_OVERLAP <= value <= 1 + _OVERLAP]
    if wrong:
        raise SolveError(f"the overlap with {wrong[0]} at the outlier {zero.place:.6g} is {overlaps[wrong[0]]:.6g}")
    return Outlier(zero.place, {k: min(max(v, 0.0), 1.0) for k, v in overlaps.items()}, zero.multiplicity)


def _free_intervals(support: Sequence[tuple[float, float]], atoms: Sequence[float]) -> list[tuple[float, float, str]]:
    """Return the intervals between the spectrum of the bulk, with words for those at its outer edges and gaps."""
    blocks = sorted([*support, *((x, x) for x in atoms if not any(a <= x <= b for a, b in support))])
    if not blocks:
        return [(-np.inf, np.inf, "")]
    gaps = [
        (b, a, f"in the gap between {b:.6g} and {a:.6g}")
        for (_, b), (a, _) in pairwise(blocks)
        if a - b > 1e-9 * (blocks[-1][1] - blocks[0][0])
    ]
    first, last = blocks[0][0], blocks[-1][1]
    return [
        (-np.inf, first, f"below the left edge {first:.6g}"),
        *gaps,
        (last, np.inf, f"beyond the right edge {last:.6g}"),
    ]


def _check_infinity(problem: OutlierProblem, width: float, diverging: int) -> None:
    """Check that det D decays at infinity as fast as the eigenvalues that diverge say: all others were found."""
    z = problem.anchor.mean + 1j * width * np.array([1e8, 1e9])
    values = np.log(np.abs(problem.determinant(z)))
    slope = float((values[1] - values[0]) / np.log(10.0))
    if abs(slope + diverging) > 0.05:
        raise SolveError(
            f"det D decays like z^({slope:.2f}) at infinity where z^({-diverging}) was expected: some outliers are "
            "beyond reach of the search"
        )
