"""Numbers with functions of matrices: contours, equations at their nodes, integrals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from ..errors import SolveError, UnsupportedModel
from ..language.matrix_function import MATRIX_VARIABLE
from ..program.binding import Binding
from ..targets.contour_runtime import AGREE, FINER, alike_shapes, integrated, two_rules_agree, vanishes_far_out
from .bound_law import NODES, BoundLaw
from .contour_rule import Density, Shape, chosen_rule
from .contour_system import ContourSystem
from .nodes import resolved_nodes
from .parallel import each
from .precise_contour import precise_contour

__all__ = [
    "ContourValue",
    "bound_densities",
    "chosen_shapes",
    "contour_curve",
    "contour_numbers",
    "precise_number",
    "spectrum_interval",
]


class ContourValue:
    """The limit of a number with functions of matrices; ``float(value)`` is the number."""

    def __init__(self, number: float, error: float, polished: Callable[[int], Any] | None = None):
        self.number = number
        self.error = error
        self._polished = polished

    def __float__(self) -> float:
        return self.number

    def __repr__(self) -> str:
        return repr(self.number)

    def __format__(self, spec: str) -> str:
        return format(self.number, spec)

    def precise(self, digits: int = 50) -> Any:
        """Return the number to this many digits, as an mpmath number: two rules on the contours agree to them.

        Raises
        ------
        UnsupportedModel
            If the number does not know its equations, or so many digits are not offered.
        SolveError
            If two rules do not agree.

        Examples
        --------
        >>> import freeprob as fp
        >>> n, d = fp.sizes("n d")
        >>> X = fp.gaussian(d, n)
        >>> number = fp.limit(fp.tr(fp.funm("exp", -X @ X.T / n))).at(n=2, d=1)
        >>> str(number.precise(digits=40))[:12]
        '0.4525101661'
        """
        if self._polished is None:
            raise UnsupportedModel("precise: the contour integral was made without its equations. Remedy: use limit.at")
        found = self._polished(digits)
        if not abs(float(found) - self.number) <= AGREE * abs(self.number) + 10 * self.error:
            raise SolveError(f"precise: high precision gives {float(found):.12g}, and float64 {self.number:.12g}")
        return found

    def certify(self, bits: int = 106) -> Any:
        """Raise UnsupportedModel: contour integrals are not certified."""
        raise UnsupportedModel(
            "certify: contour integrals have an estimate of their error, value.error, and no certificate. Remedy: "
            "certify a number without functions of matrices"
        )


def spectrum_interval(law: BoundLaw, spiked: bool) -> tuple[float, float]:
    """Return the smallest interval that holds the spectrum of a law, and its outliers where they matter.

    Parameters
    ----------
    law : BoundLaw
    spiked : bool
        Whether the number holds vectors of the finite-rank part; outliers do not matter to other numbers.
    """
    low, high = law.hull
    if not spiked:
        return low, high
    places = [outlier.location for outlier in law.outside_outliers()]
    return min([low, *places]), max([high, *places])


def contour_numbers(
    system: ContourSystem,
    bindings: Sequence[Binding],
    intervals: Mapping[sympy.Symbol, tuple[float, float]],
    matrices: Mapping[sympy.Symbol, Any],
    diverging: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers and estimates of their errors at bindings that differ in parameters of the functions alone.

    Raises
    ------
    UnsupportedModel
        If a function is singular on a spectrum.
    SolveError
        If two rules do not agree.
    """
    known: dict[sympy.Expr, Density] = {}
    densities = [[bound_densities(i.densities, binding, known) for i in system.integrals] for binding in bindings]
    shapes = chosen_shapes(system, densities, intervals, matrices, diverging)

    def numbers_on(nodes: int, factor: float) -> tuple[np.ndarray, np.ndarray]:
        rules = {p: shape.rule(2 * round(factor * count / 2)) for p, (shape, count) in shapes.items()}
        responses = system.solve(bindings[0], nodes, rules)
        sums = [integrated(responses.constant, responses.tables, row, rules) for row in densities]
        return np.array([total for total, _ in sums]), np.array([size for _, size in sums])

    nodes = resolved_nodes(bindings[0], lambda count: numbers_on(count, 1.0)[0], NODES)
    numbers, sizes = numbers_on(nodes, 1.0)
    others, _ = numbers_on(nodes, FINER)
    errors = np.abs(numbers - others)
    bad = ~two_rules_agree(numbers, others, sizes)
    if bad.any():
        worst = int(np.flatnonzero(bad)[0])
        raise SolveError(
            f"two rules on the contours give {numbers[worst]:.12g} and {others[worst]:.12g} at {bindings[worst]}; the "
            "functions vary too fast on the spectrum, or their values cancel"
        )
    return others, errors


Bound = Sequence[tuple[sympy.Symbol, Density]]
"""The points of an integral with their functions."""


def chosen_shapes(
    system: ContourSystem,
    densities: Sequence[Sequence[Bound]],
    intervals: Mapping[sympy.Symbol, tuple[float, float]],
    matrices: Mapping[sympy.Symbol, Any],
    diverging: bool,
) -> dict[sympy.Symbol, tuple[Shape, int]]:
    """Return a contour for each point, and how many nodes its functions need.

    Raises
    ------
    UnsupportedModel
        If a function is singular on a spectrum.
    """

    def choose(functions: list[Density], point: sympy.Symbol) -> tuple[Shape, int]:
        if diverging:
            _require_decay(functions, intervals[point][1], matrices[point])
        return chosen_rule(functions, *intervals[point], matrices[point])

    return alike_shapes(system.system.contours, intervals, densities, choose)


def bound_densities(
    pairs: Iterable[tuple[sympy.Symbol, sympy.Expr]], binding: Binding, known: dict[sympy.Expr, Density]
) -> list[tuple[sympy.Symbol, Density]]:
    """Return points with their functions, one object for equal functions."""
    found = []
    for point, density in pairs:
        table = {s: v for s, v in binding.values.items() if s in density.free_symbols}
        bound = density.subs(table | {point: MATRIX_VARIABLE})
        if bound not in known:
            known[bound] = Density(bound, MATRIX_VARIABLE)
        found.append((point, known[bound]))
    return found


def precise_number(
    system: ContourSystem,
    binding: Binding,
    intervals: Mapping[sympy.Symbol, tuple[float, float]],
    matrices: Mapping[sympy.Symbol, Any],
    diverging: bool,
    digits: int,
) -> Any:
    """Return a number to this many digits, on the contours that :func:`contour_numbers` chooses.

    Raises
    ------
    UnsupportedModel
        If a function is singular on a spectrum, or so many digits are not offered.
    SolveError
        If two rules do not agree.
    """
    known: dict[sympy.Expr, Density] = {}
    densities = [bound_densities(integral.densities, binding, known) for integral in system.integrals]
    shapes = chosen_shapes(system, [densities], intervals, matrices, diverging)
    return precise_contour(system, binding, shapes, densities, NODES, digits)


def _require_decay(densities: Sequence[Density], top: float, matrix: Any) -> None:
    """Refuse functions that do not vanish at eigenvalues which diverge with the sizes."""
    for density in densities:
        if not vanishes_far_out(density, top):
            raise UnsupportedModel(
                f"matrix_functions: the features have a mean, which makes an eigenvalue of {matrix} grow with the "
                f"sizes, and {density.formula} does not vanish there like 1/{density.variable}. Remedy: centre the "
                "features, f - E f, in fp.entrywise"
            )


def contour_curve(
    system: ContourSystem,
    bindings: Sequence[Binding],
    numbers: Callable[[list[Binding], int], np.ndarray],
    progress: bool | None = None,
    workers: int | None = None,
) -> np.ndarray:
    """Return numbers at many bindings; those with equal equations are solved once.

    Parameters
    ----------
    system : ContourSystem
    bindings : sequence of Binding
    numbers : callable
        ``(bindings, position of the first) -> numbers`` for bindings with equal equations, one row for each.
    progress : bool, optional
    workers : int, optional
    """
    groups: dict[tuple, list[int]] = {}
    symbols = sorted(system.equation_symbols, key=lambda s: s.name)
    for k, binding in enumerate(bindings):
        laws = tuple(sorted(((s.name, law) for s, law in binding.laws.items()), key=str))
        groups.setdefault((*(binding.values[s] for s in symbols), laws), []).append(k)
    pieces = list(groups.values())
    found = each(
        lambda members: numbers([bindings[k] for k in members], members[0]), pieces, progress=progress, workers=workers
    )
    found = list(found)
    result = np.empty((len(bindings), *found[0].shape[1:])) if found else np.empty(0)
    for members, values in zip(pieces, found, strict=True):
        result[members] = values
    return result
