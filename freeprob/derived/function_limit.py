"""The limit of a number with functions of matrices, as its user holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import sympy

from ..derivation.record import Step
from ..equations.assembly import Assembly
from ..errors import UnsupportedModel
from ..language.expression import Expression
from ..language.printing import text
from ..program.binding import Binding
from ..program.grid import Grid
from ..solve.contour_system import ContourSystem
from ..solve.contour_value import ContourValue, contour_curve, contour_numbers, spectrum_interval
from .limit_value import LimitValue
from .spectral_law import SpectralLaw

__all__ = ["FunctionLimit"]


class FunctionLimit(LimitValue):
    """The limit of a number with functions of matrices; made by :func:`freeprob.limit`.

    Attributes
    ----------
    laws : dict of ContourPoint to callable
        Derives the spectral law of the matrix around whose spectrum a point runs.
    uncentred : bool
        Whether means of features were dropped, so that an eigenvalue diverges.
    spiked : bool
        Whether vectors were taken out of inverses, so that outliers matter.
    """

    def __init__(
        self,
        expression: Expression,
        names: dict[Expression, str],
        steps: tuple[Step, ...],
        assembly: Assembly,
        known: set[str],
        matrices: Mapping[sympy.Symbol, Expression],
        derive: Callable[[Expression], SpectralLaw],
        uncentred: bool,
        spiked: bool,
    ):
        super().__init__(expression, names, steps, assembly, known)
        self.matrices = dict(matrices)
        self._derive = derive
        self.uncentred = uncentred
        self.spiked = spiked

    @cached_property
    def laws(self) -> dict[Expression, SpectralLaw]:
        """The limiting spectral law of each matrix of which functions are taken."""
        return {matrix: self._derive(matrix) for matrix in dict.fromkeys(self.matrices.values())}

    @cached_property
    def _contours(self) -> ContourSystem:
        return ContourSystem(self.system)

    def _numbers(self, bindings: list[Binding], values: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        intervals = {}
        for matrix, law in self.laws.items():
            known = {*law.known, *law.needs}
            given = {k: v for k, v in values.items() if k in known or k.rstrip("_") in known}
            intervals[matrix] = spectrum_interval(law.at(**given), self.spiked)
        shown = {point: text(matrix, self.names) for point, matrix in self.matrices.items()}
        places = {point: intervals[matrix] for point, matrix in self.matrices.items()}
        return contour_numbers(self._contours, bindings, places, shown, self.uncentred)

    def at(self, **values: Any) -> ContourValue:  # type: ignore[override]
        """Return the number at given values of sizes (only ratios matter) and parameters."""
        number, error = self._numbers([self._bind(values)], values)
        return ContourValue(float(number[0]), float(error[0]))

    def curve(self, *, progress: bool | None = None, workers: int | None = None, **values: Any) -> np.ndarray:
        """Return the number over arrays of values; times and other parameters of the functions alone cost little.

        Parameters
        ----------
        progress : bool, optional
            Whether to show a progress bar; by default on a terminal, after a second of work.
        workers : int, optional
            Processes; by default one for each core when more than two seconds of work are left, and none otherwise.
        **values : number, array or law
            Arrays broadcast against each other.

        Returns
        -------
        ndarray
        """
        grid = Grid(values)
        bindings = [self._bind(grid.point(k)) for k in range(grid.count)]

        def numbers(group: list[Binding], first: int) -> np.ndarray:
            return self._numbers(group, grid.point(first))[0]

        return contour_curve(self._contours, bindings, numbers, progress, workers).reshape(grid.shape)

    def gradient(self, names: Any = None, /, **values: Any) -> dict[str, Any]:
        """Raise UnsupportedModel: contour integrals are not differentiated."""
        raise UnsupportedModel(
            "gradient: the number holds contour integrals of functions of matrices, whose contours depend on the "
            "parameters. Remedy: differences of .curve, which is accurate to 1e-9"
        )

    def write_solver(self, path: str | Path, target: str = "numpy", **defaults: Any) -> Path:
        """Raise UnsupportedModel: solvers do not integrate over contours."""
        raise UnsupportedModel(
            "write_solver: the number holds contour integrals of functions of matrices, which solver files do not "
            "take. Remedy: write a solver for the spectral law of the matrix, or use .curve here"
        )
