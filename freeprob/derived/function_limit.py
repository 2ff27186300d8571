"""The limit of a number with functions of matrices, as its user holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
from ..program.binding import Binding, free_symbols
from ..program.coefficient_slopes import coefficient_slopes
from ..program.grid import Grid
from ..program.sensitivity import Sensitivity
from ..solve.bound_law import NODES
from ..solve.contour_gradient import contour_gradients
from ..solve.contour_system import ContourSystem
from ..solve.contour_value import ContourValue, contour_curve, contour_numbers, precise_number, spectrum_interval
from ..targets import FILE_NODES, write
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

    def _places(self, values: Mapping[str, Any]) -> tuple[dict, dict]:
        """Return for each point the interval that holds the spectrum, and the name of the matrix."""
        intervals = {}
        for matrix, law in self.laws.items():
            intervals[matrix] = spectrum_interval(law.at(**self._given(law, values)), self.spiked)
        shown = {point: text(matrix, self.names) for point, matrix in self.matrices.items()}
        places = {point: intervals[matrix] for point, matrix in self.matrices.items()}
        return places, shown

    @staticmethod
    def _given(law: SpectralLaw, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that a law knows."""
        known = {*law.known, *law.needs}
        return {k: v for k, v in values.items() if k in known or k.rstrip("_") in known}

    def _numbers(self, bindings: list[Binding], values: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        return contour_numbers(self._contours, bindings, *self._places(values), self.uncentred)

    def at(self, **values: Any) -> ContourValue:  # type: ignore[override]
        """Return the number at given values of sizes (only ratios matter) and parameters."""
        binding = self._bind(values)
        number, error = self._numbers([binding], values)

        def polished(digits: int) -> Any:
            return precise_number(self._contours, binding, *self._places(values), self.uncentred, digits)

        return ContourValue(float(number[0]), float(error[0]), polished)

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

    def gradient(
        self,
        names: str | Iterable[str] | None = None,
        /,
        *,
        progress: bool | None = None,
        workers: int | None = None,
        **values: Any,
    ) -> dict[str, Any]:
        """Return the derivatives of the number in sizes and parameters, those of the functions included.

        The integrand is differentiated on a contour that stays; see :mod:`freeprob.solve.contour_gradient`.

        Parameters
        ----------
        names : str or iterable of str, optional
            By default all sizes and parameters that the number needs, but those declared integer.
        progress : bool, optional
        workers : int, optional
        **values : number, array or law
            Arrays broadcast against each other.

        Returns
        -------
        dict of str to float or ndarray
            By name; arrays of the shape of the broadcast arrays.

        Raises
        ------
        MissingValue
            If a value is missing, or the number does not depend on a name.
        UnsupportedModel
            If a name is a whole number (of steps), or a parameter of a law that is not a sum of atoms.
        SolveError
            If two rules on the contours do not agree.

        Examples
        --------
        Early stopping: at the best time the test error is stationary.

        >>> import freeprob as fp
        >>> n, d = fp.sizes("n d")
        >>> t = fp.parameters("t", nonnegative=True)
        >>> X, beta, eps, x = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
        >>> w = fp.gradient_flow(X, X.T @ beta / fp.sqrt(d) + 0.5 * eps, t)
        >>> risk = fp.limit(fp.test_error(w, x, beta.T @ x / fp.sqrt(d)))
        >>> best = risk.argmin("t", (0.1, 100), n=2, d=1)
        >>> slopes = risk.gradient(n=2, d=1, t=float(best))
        >>> print(f"{abs(slopes['t']):.6f} {slopes['n']:.6f} {slopes['d']:.6f}")
        0.000000 -0.114226 0.228452
        """
        whole = {s.name for s in free_symbols(self.system) if s.is_integer}
        every = tuple(name for name in self._scalars if name not in whole)
        chosen = (names,) if isinstance(names, str) else tuple(names) if names is not None else every
        symbols = tuple(self._symbol(name) for name in chosen)
        for symbol in symbols:
            if symbol.is_integer:
                raise UnsupportedModel(
                    f"gradient: {symbol} is a whole number, and has no derivative. Remedy: leave this name out, or "
                    "take differences of .curve"
                )
        if not symbols:
            return {}
        grid = Grid(values)
        points = self._points(grid)
        derivatives = self._sensitivity(symbols)
        chain = coefficient_slopes(points, derivatives.coefficients, symbols)
        bindings = [points.binding(k) for k in range(grid.count)]

        def slopes(group: list[Binding], first: int) -> np.ndarray:
            places, shown = self._places(grid.point(first))
            scale = float(points.scale[first])
            return contour_gradients(
                self._contours, group, derivatives, chain[:, :, first], scale, places, shown, self.uncentred
            )

        found = np.moveaxis(contour_curve(self._contours, bindings, slopes, progress, workers), -1, 0)
        found = found.reshape(len(chosen), *grid.shape)
        return {name: slope if grid.shape else float(slope) for name, slope in zip(chosen, found, strict=True)}

    def _sensitivity(self, symbols: tuple[sympy.Symbol, ...]) -> Sensitivity:
        if symbols not in self._sensitivities:
            self._sensitivities[symbols] = self._contours.sensitivity(symbols)
        return self._sensitivities[symbols]

    def write_solver(self, path: str | Path, target: str = "numpy", **defaults: Any) -> Path:
        """Write a stand-alone solver that finds the spectra and chooses the contours itself.

        Its ``value(...)`` is the number, and ``value_and_error(...)`` an estimate of the error beside it, from two
        rules on the contours.

        Parameters
        ----------
        path : str or Path
        target : str
        **defaults : number or law
            Default values of sizes and parameters in the file. Laws of populations must be given here if they are
            symbolic.

        Returns
        -------
        Path

        Raises
        ------
        UnsupportedModel
            If the target does not integrate over contours, a function has no form in it, or outliers matter that no
            rule covers.
        """
        nodes = FILE_NODES
        if self.system.laws and not self._missing(defaults):
            resolved = [law.at(**self._given(law, defaults)).nodes for law in self.laws.values()]
            nodes = max([NODES, *resolved])
        laws = tuple(
            law.contour_law(text(matrix, self.names), self.spiked, self._given(law, defaults), nodes)
            for matrix, law in self.laws.items()
        )
        order = {matrix: k for k, matrix in enumerate(self.laws)}
        matrices = {point.name: order[matrix] for point, matrix in self.matrices.items()}
        contour = self._contours.code(laws, matrices, self.uncentred)
        return write(self, Path(path), target, defaults, nodes, contour)
