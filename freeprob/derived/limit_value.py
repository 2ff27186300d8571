"""The limit of a number, as its user holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import sympy

from ..algebra.symbols import Size
from ..errors import MissingValue, UnsupportedModel
from ..language.scalars import is_scalar
from ..program import ir
from ..program.binding import free_symbols, law_names
from ..program.bound_points import BoundPoints
from ..program.grid import Grid
from ..program.sensitivity import Sensitivity, sensitivity
from ..solve.bound_law import NODES
from ..solve.bound_value import Value
from ..solve.curve import value_curve
from ..solve.gradient import gradients
from ..solve.interpolation import interpolation_threshold
from ..solve.minimum import Minimum, minimum
from ..solve.one_sided import GRADIENT_STATIONS, LimitFromAbove, held_names, limit_from_above, settled
from ..solve.parallel import each
from ..solve.precise_limit import precise_limit
from ..solve.small_parameter import solved_value
from ..solve.vanishing import gradients_from_above, limits_from_above
from ..targets import write
from .derived import Derived

__all__ = ["LimitValue"]


class LimitValue(Derived):
    """The limit of a number; made by :func:`freeprob.limit`."""

    kind = "limit"

    def at(self, *, quadrature_nodes: int = NODES, **values: Any) -> Value | LimitFromAbove:
        """Return the number at given values of sizes (only ratios matter) and parameters.

        A parameter that was declared positive may be 0: this is the limit from above, as of the penalty of a ridge
        regression (the interpolator of least norm); ``inf`` where the number diverges, with ``.reason``.

        Raises
        ------
        MissingValue
            If a value is missing or a name unknown, or several positive parameters are 0.
        SolveError
            If the number could not be established.

        Examples
        --------
        >>> import freeprob as fp
        >>> n, d = fp.sizes("n d")
        >>> lam = fp.parameters("lambda", positive=True)
        >>> X, y, x = fp.gaussian(d, n), fp.gaussian(n), fp.gaussian(d)
        >>> variance = fp.limit(fp.test_error(fp.ridge(X, y, penalty=lam), x, fp.zeros(1, 1)))
        >>> print(f"{float(variance.at(n=1, d=2, lambda_=0)):.12f}", variance.at(n=1, d=1, lambda_=0))
        1.000000000000 inf
        """
        vanishing = self._vanishing(values)
        if vanishing is not None:
            rest = {name: value for name, value in values.items() if name.rstrip("_") != vanishing.rstrip("_")}

            def precise(digits: int) -> Any:
                return precise_limit(lambda place: self._solved({**rest, vanishing: place}), vanishing, digits)

            bind = lambda small: self._bind({**rest, vanishing: small})  # noqa: E731
            return limit_from_above(self.program, bind, vanishing, quadrature_nodes, precise)
        return solved_value(self.program, self._bind, values, quadrature_nodes)

    def write_solver(self, path: str | Path, target: str = "numpy", **defaults: Any) -> Path:
        """Write a stand-alone solver; see :meth:`Derived.write_solver`.

        In the file a positive parameter (a penalty) may be 0, too: the limit from above, as a mean over complex values
        of the parameter (:mod:`freeprob.targets.vanishing_runtime`). Next to an interpolation threshold the file
        refuses it, where :meth:`at` does not.
        """
        vanishing = self._vanishing(defaults)
        if vanishing is None:
            return super().write_solver(path, target, **defaults)
        if vanishing in held_names(self.system):
            raise UnsupportedModel(
                f"write_solver: coefficients depend on {vanishing}, and are not known at complex values, so the "
                f"limit {vanishing} -> 0 cannot be taken in a file. Remedy: a small positive {vanishing} as the "
                f"default; half of it shows what it changes, which is about linear in {vanishing}"
            )
        return write(self, Path(path), target, defaults)

    def argmin(self, parameter: str, bracket: tuple[float, float] = (1e-6, 1e3), **values: Any) -> Minimum:
        """Return where the number is smallest over one parameter or size, for example the best penalty.

        Parameters
        ----------
        parameter : str
        bracket : (float, float)
            Scanned for local minima, on a logarithmic grid where both ends are positive.
        **values : number or law
            The other sizes and parameters.

        Returns
        -------
        Minimum
            ``float(...)`` is the place; ``.value`` the number there; ``.interior`` says whether it is no end of the
            bracket.

        Examples
        --------
        The best penalty for noise of variance s^2 and a teacher of norm 1 is s^2 d / n:

        >>> import freeprob as fp
        >>> n, d = fp.sizes("n d")
        >>> lam = fp.parameters("lambda", positive=True)
        >>> X, beta, eps, x = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
        >>> w = fp.ridge(X, X.T @ beta / fp.sqrt(d) + 0.5 * eps, penalty=lam)
        >>> best = fp.limit(fp.test_error(w, x, beta.T @ x / fp.sqrt(d))).argmin("lambda", n=2, d=1)
        >>> round(float(best), 5), best.interior
        (0.125, True)
        """
        name = parameter if parameter in self.needs else parameter.rstrip("_")
        if name not in self.needs:
            raise MissingValue(f"the number does not depend on {parameter!r}; it depends on {', '.join(self.needs)}")
        return minimum(lambda grid: self.curve(progress=False, **{**values, name: grid}), name, bracket)

    def interpolation_threshold(self, parameter: str, bracket: tuple[float, float], **values: Any) -> float:
        """Return where the number is infinite in the limit of a vanishing penalty.

        Parameters
        ----------
        parameter : str
            A size or parameter by name.
        bracket : (float, float)
            Where to look; the first threshold is returned.
        **values : number or law
            The others; the penalty is 0.

        Returns
        -------
        float
            To about 12 digits.

        Raises
        ------
        MissingValue
            If a value is missing, or no positive parameter is 0.
        SolveError
            If there is no threshold in the bracket.

        Examples
        --------
        With a quarter of the samples masked, a learner interpolates with 3/4 of the features:

        >>> import freeprob as fp
        >>> n, d = fp.sizes("n d")
        >>> lam = fp.parameters("lambda", positive=True)
        >>> P, X, y, x = fp.mask(n, keep=0.75), fp.gaussian(d, n), fp.gaussian(n), fp.gaussian(d)
        >>> variance = fp.limit(fp.test_error(fp.ridge(X @ P, P @ y, penalty=lam), x, fp.zeros(1, 1)))
        >>> round(variance.interpolation_threshold("d", (0.1, 2), n=1, lambda_=0), 9)
        0.75
        """
        if self._vanishing(values) is None:
            raise MissingValue(
                "an interpolation threshold is one of the limit of a vanishing parameter; give the penalty as 0, for "
                "example lambda_=0"
            )
        name = self._symbol(parameter).name

        def value(place: float) -> LimitFromAbove:
            found = self.at(**{**values, name: place})
            assert isinstance(found, LimitFromAbove)
            return found

        return interpolation_threshold(value, name, bracket)

    def _vanishing(self, values: Mapping[str, Any]) -> str | None:
        """Return the name of the positive parameter that is 0, if there is one."""
        positive = {s.name for s in free_symbols(self.system) if s.is_positive and not isinstance(s, Size)}
        zero = [
            name
            for name, value in values.items()
            if (name in positive or name.rstrip("_") in positive) and is_scalar(value) and value == 0
        ]
        return next((s for s in positive if s.rstrip("_") == zero[0].rstrip("_")), None) if len(zero) == 1 else None

    def curve(self, *, progress: bool | None = None, workers: int | None = None, **values: Any) -> np.ndarray:
        """Return the number over arrays of values; where one positive parameter is 0, the limit from above.

        Parameters
        ----------
        progress : bool, optional
            Whether to show a progress bar; by default on a terminal, after a second of work.
        workers : int, optional
            Processes; by default one for each core when more than two seconds of work are left, and none otherwise.
        **values : number, array or law
            Arrays broadcast against each other: ``p=grid[:, None], lambda_=penalties`` is a phase diagram.

        Returns
        -------
        ndarray
            Of the shape of the broadcast arrays.

        Raises
        ------
        SolveError
            If a point cannot be solved; the message gives its values.

        Examples
        --------
        >>> import freeprob as fp
        >>> n, d = fp.sizes("n d")
        >>> lam = fp.parameters("lambda", positive=True)
        >>> X, y, x = fp.gaussian(d, n), fp.gaussian(n), fp.gaussian(d)
        >>> variance = fp.limit(fp.test_error(fp.ridge(X, y, penalty=lam), x, fp.zeros(1, 1)))
        >>> variance.curve(n=1, d=[0.5, 1, 2], lambda_=[[0.1], [1]]).round(6)
        array([[0.569045, 1.139824, 0.721571],
               [0.106339, 0.17082 , 0.207107]])
        """
        grid = Grid(values)
        zero = self._at_zero(grid)
        result = np.empty(grid.count)
        at_zero = grid.subset(np.flatnonzero(zero))

        def alone_at_zero(numbers: list[int]) -> list[float]:
            solve = lambda number: float(self.at(**at_zero.point(number)))  # noqa: E731
            return each(solve, numbers, progress=progress, workers=workers)

        if zero.any():
            result[zero] = self._along_zero(at_zero, limits_from_above, alone_at_zero)
        rest = grid.subset(np.flatnonzero(~zero)) if zero.any() else grid
        if not zero.all():
            alone = lambda number: float(self._solved(rest.point(number)))  # noqa: E731
            found = value_curve(self.program, self._points(rest), alone, progress, workers)
            result[~zero] = found.ravel()
        return result.reshape(grid.shape)

    def gradient(
        self,
        names: str | Iterable[str] | None = None,
        /,
        *,
        progress: bool | None = None,
        workers: int | None = None,
        **values: Any,
    ) -> dict[str, Any]:
        """Return the derivatives of the number in sizes and parameters, by implicit differentiation of its equations.

        Where one positive parameter is 0, they are the limits of the derivatives from above.

        Parameters
        ----------
        names : str or iterable of str, optional
            By default all sizes and parameters that the number needs. The number depends on ratios of sizes only, so
            the derivatives in the sizes, times the sizes, sum to 0.
        progress : bool, optional
            Whether to show a progress bar; by default on a terminal, after a second of work.
        workers : int, optional
            Processes; by default one for each core when more than two seconds of work are left, and none otherwise.
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
            If a name is a parameter of a law that is not a sum of atoms; the message names it.
        SolveError
            If the solution is singular; where a positive parameter is 0, if the derivatives have no limit there.

        Examples
        --------
        At the best penalty the test error is stationary:

        >>> import freeprob as fp
        >>> n, d = fp.sizes("n d")
        >>> lam = fp.parameters("lambda", positive=True)
        >>> X, beta, eps, x = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
        >>> w = fp.ridge(X, X.T @ beta / fp.sqrt(d) + 0.5 * eps, penalty=lam)
        >>> risk = fp.limit(fp.test_error(w, x, beta.T @ x / fp.sqrt(d)))
        >>> slopes = risk.gradient(n=2, d=1, lambda_=0.125)
        >>> print(f"{abs(slopes['lambda']):.6f} {slopes['n']:.6f} {slopes['d']:.6f}")
        0.000000 -0.109566 0.219131
        """
        chosen = (names,) if isinstance(names, str) else tuple(names) if names is not None else self._scalars
        symbols = tuple(self._symbol(name) for name in chosen)
        if not symbols:
            return {}
        grid = Grid(values)
        zero = self._at_zero(grid)
        result = np.empty((len(chosen), grid.count))
        at_zero = grid.subset(np.flatnonzero(zero))

        def alone_at_zero(numbers: list[int]) -> list[np.ndarray]:
            solve = lambda number: self._gradient_from_above(symbols, at_zero.point(number))  # noqa: E731
            return each(solve, numbers, progress=progress, workers=workers)

        def limits(program: ir.Program, points: BoundPoints, parameter: sympy.Symbol, alone: Any) -> np.ndarray:
            return gradients_from_above(program, points, parameter, self._sensitivity(symbols), alone).T

        if zero.any():
            result[:, zero] = self._along_zero(at_zero, limits, alone_at_zero).T
        if not zero.all():
            rest = grid.subset(np.flatnonzero(~zero)) if zero.any() else grid
            result[:, ~zero] = self._gradients(symbols, rest, progress, workers)
        found = result.reshape(len(chosen), *grid.shape)
        return {name: slope if grid.shape else float(slope) for name, slope in zip(chosen, found, strict=True)}

    def _gradients(
        self,
        symbols: tuple[sympy.Symbol, ...],
        grid: Grid,
        progress: bool | None = False,
        workers: int | None = None,
        in_float: bool = True,
    ) -> np.ndarray:
        """Return the derivatives at the points of a grid, shape (symbols, points)."""
        alone = lambda number: self._solved(grid.point(number))  # noqa: E731
        derivatives = self._sensitivity(symbols)
        return gradients(self.program, self._points(grid), derivatives, alone, progress, workers, in_float)

    def _gradient_from_above(self, symbols: tuple[sympy.Symbol, ...], values: Mapping[str, Any]) -> np.ndarray:
        """Return the limit of the derivatives as a positive parameter goes to 0 from above.

        Raises
        ------
        SolveError
            If the derivatives do not settle.
        """
        vanishing = self._vanishing(values)
        assert vanishing is not None
        rest = {name: value for name, value in values.items() if name.rstrip("_") != vanishing.rstrip("_")}
        grids = [Grid({**rest, vanishing: sympy.Rational(1, 10**k)}) for k in GRADIENT_STATIONS]
        scale = abs(float(self._solved(grids[-1].point(0))))
        return settled(
            [self._gradients(symbols, grid, in_float=False)[:, 0] for grid in grids], scale, vanishing, symbols
        )

    def _along_zero(self, grid: Grid, limits: Callable[..., np.ndarray], alone: Callable[[list[int]], Any]) -> Any:
        """Return limits from above at the points of a grid, in float64 where that is accurate."""
        names = [name for name in grid.values if self._vanishing({name: 0}) and (grid.column(name) == 0).any()]
        if len(names) != 1 or (grid.column(names[0]) != 0).any():
            return np.array(alone(list(range(grid.count))))
        points = self._points(Grid({**grid.values, names[0]: 1}))
        return limits(self.program, points, self._symbol(names[0]), alone)

    def _at_zero(self, grid: Grid) -> np.ndarray:
        """Return at which points a positive parameter is 0."""
        zero = np.zeros(grid.count, dtype=bool)
        for name in grid.values:
            if self._vanishing({name: 0}) is not None:
                zero |= grid.column(name) == 0
        return zero

    def _sensitivity(self, symbols: tuple[sympy.Symbol, ...]) -> Sensitivity:
        """Return the derivatives of the equations, which are derived once."""
        if symbols not in self._sensitivities:
            self._sensitivities[symbols] = sensitivity(self.system, symbols)
        return self._sensitivities[symbols]

    @cached_property
    def _sensitivities(self) -> dict[tuple[sympy.Symbol, ...], Sensitivity]:
        return {}

    @property
    def _scalars(self) -> tuple[str, ...]:
        """The names of the sizes and parameters that the number needs."""
        laws = {s.name for s in law_names(self.system)}
        return tuple(name for name in self.needs if name not in laws)

    def _symbol(self, name: str) -> sympy.Symbol:
        """Return the size or parameter of a name."""
        for symbol in free_symbols(self.system):
            if symbol.name in (name, name.rstrip("_")):
                if symbol in law_names(self.system):
                    raise UnsupportedModel(f"gradient: {name} is a law; only sizes and parameters are differentiated")
                return symbol
        raise MissingValue(f"the number does not depend on {name!r}; it depends on {', '.join(self._scalars)}")

    def _solved(self, values: Mapping[str, Any]) -> Value:
        """Return the number at a point that its neighbours do not lead to."""
        return solved_value(self.program, self._bind, values, NODES)

    def _points(self, grid: Grid) -> BoundPoints:
        return BoundPoints(self.system, grid, self._bind, tuple(value for value, _ in self._conditions))
