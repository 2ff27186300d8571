"""A spectral law with numbers for its parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from ..algebra.free_cumulants import free_cumulants
from ..errors import SolveError
from ..program import ir
from ..targets import numpy_runtime as runtime
from .atoms import find_atoms
from ..program.binding import Binding
from .contour import contour_moments
from .edges import find_support
from .moments import moments_at_infinity
from .numeric_model import numeric_model
from .precise import PreciseLaw
from .quadrature import interval_rule
from .quadrature import integrate as integrate_interval

__all__ = ["BoundLaw"]

NODES = 200
"""Quadrature nodes of a continuous law of a population."""


class BoundLaw:
    """Numbers of a spectral law; made by ``law.at(...)``.

    Conventions: ``m(z) = int dmu(x) / (x - z)``, ``density = Im m(x + i0) / pi``, total mass 1.
    """

    def __init__(self, program: ir.Program, binding: Binding, nodes: int = NODES):
        self.program = program
        self.binding = binding
        self.nodes = nodes
        self.model = numeric_model(program, binding.quadrature(nodes))
        self.inputs = binding.floats()

    @cached_property
    def anchor(self) -> runtime.Anchor:
        """A solved point in the upper half plane, with mean and width of the law."""
        return _translated(runtime.Anchor, self.model, self.inputs)

    def stieltjes(self, z: Any) -> Any:
        """Return m(z) for complex z; for real z the boundary value from above.

        Parameters
        ----------
        z : complex or array of complex

        Raises
        ------
        SolveError
            If no solution on the physical branch is found; the message names the point.
        """
        value = _translated(runtime.stieltjes_values, self.model, self.inputs, self.anchor, z)
        return complex(value) if np.ndim(z) == 0 else value

    def unknowns(self, z: Any) -> np.ndarray:
        """Return the unknowns of the system at points of the closed upper half plane, shape (unknowns, points)."""
        return _translated(runtime.solve_points, self.model, self.inputs, self.anchor, np.asarray(z, dtype=complex))

    def density(self, x: Any) -> Any:
        """Return the density of the continuous part.

        Parameters
        ----------
        x : float or array of float
            At an atom the value is the mean of the two one-sided limits.
        """
        points = np.atleast_1d(np.asarray(x, dtype=float))
        special = np.isin(points, np.array([0.0]))
        shift = 1e-7 * self.anchor.width
        if special.any() and self._pole_at(0.0):
            points = points.copy()
            sides = [self._density(points[special] + s) for s in (-shift, shift)]
            value = np.empty_like(points)
            value[~special] = self._density(points[~special])
            value[special] = 0.5 * (sides[0] + sides[1])
        else:
            value = self._density(points)
        return float(value[0]) if np.ndim(x) == 0 else value.reshape(np.shape(x))

    def _density(self, points: np.ndarray) -> np.ndarray:
        if not len(points):
            return np.zeros(0)
        return _translated(runtime.density_values, self.model, self.inputs, self.anchor, points)

    def _pole_at(self, x: float) -> bool:
        z = np.array([x + 1e-9j * self.anchor.width])
        u = _translated(runtime.solve_points, self.model, self.inputs, self.anchor, z)
        return bool(1e-9 * self.anchor.width * abs(self.model.readout(u, self.inputs, z)[0]) > 1e-6)

    @cached_property
    def _support(self) -> list[tuple[float, float]]:
        return _translated(find_support, self.model, self.inputs, self.anchor)

    def support(self) -> list[tuple[float, float]]:
        """Return the intervals of the continuous part, in order."""
        return list(self._support)

    def edges(self) -> np.ndarray:
        """Return the edges of the support of the continuous part, in order."""
        return np.array([e for interval in self._support for e in interval])

    @cached_property
    def _continuous_mass(self) -> float:
        return sum(integrate_interval(self._density_inside, a, b) for a, b in self._support)

    @cached_property
    def _atoms(self) -> dict[float, float]:
        missing = 1.0 - self._continuous_mass
        atoms = _translated(find_atoms, self.model, self.inputs, self.anchor, self._support, missing)
        defect = missing - sum(atoms.values())
        if abs(defect) > 1e-5:
            raise SolveError(
                f"the law has total mass {1 - defect:.8f} instead of 1: a part of the support or an atom was missed"
            )
        return atoms

    def atoms(self) -> dict[float, float]:
        """Return the atoms, location -> mass.

        Raises
        ------
        SolveError
            If continuous part and atoms do not add up to mass 1.
        """
        return dict(self._atoms)

    def _density_inside(self, x: np.ndarray) -> np.ndarray:
        return self._density(x)

    def moments(self, count: int) -> list[Any]:
        """Return the moments m_1 .. m_count, exact fractions where the inputs are rational.

        Returns
        -------
        list of Fraction or mpf
        """
        system = replace(self.binding.system, laws=self.binding.laws)
        try:
            return moments_at_infinity(system, self.binding.exact_values(), count)
        except SolveError:
            # an inner inverse stays nonlinear at z = infinity: no rational series, but Cauchy's formula holds
            reach = max([abs(e) for e in self.edges()] + [abs(x) for x in self._atoms])
            return contour_moments(self.stieltjes, 2.2 * reach, count)

    def cumulants(self, count: int) -> list[Any]:
        """Return the free cumulants kappa_1 .. kappa_count."""
        return free_cumulants(self.moments(count))

    def mass(self) -> float:
        """Return the total mass that was found, continuous part and atoms; 1 up to quadrature error."""
        return self._continuous_mass + sum(self._atoms.values())

    def integrate(self, function: Callable[[np.ndarray], np.ndarray]) -> float:
        """Return the integral of a function over the law, atoms included.

        Parameters
        ----------
        function : callable
            Vectorised over float arrays.
        """
        total = sum(weight * float(np.asarray(function(np.array([x])))[0]) for x, weight in self._atoms.items())
        for a, b in self._support:
            total += integrate_interval(lambda x: function(x) * self._density_inside(x), a, b)
        return total

    @cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        """Return points and the distribution function of the continuous part at them, for interpolation."""
        xs, values, base = [], [], 0.0
        for a, b in self._support:
            theta = np.linspace(0.0, np.pi, 2049)
            x = 0.5 * (a + b) - 0.5 * (b - a) * np.cos(theta)
            inner = self._density(x[1:-1]) * 0.5 * (b - a) * np.sin(theta[1:-1])
            # ends: the integrand in the angle is finite at square-root and inverse-square-root edges
            speed = np.concatenate([[2 * inner[0] - inner[1]], inner, [2 * inner[-1] - inner[-2]]])
            step = theta[1]
            cumulative = np.concatenate([[0.0], np.cumsum(0.5 * (speed[1:] + speed[:-1]) * step)])
            exact = integrate_interval(self._density_inside, a, b)
            cumulative *= exact / cumulative[-1]
            xs.append(x)
            values.append(base + cumulative)
            base += exact
        return np.concatenate(xs), np.concatenate(values)

    def cdf(self, x: Any) -> Any:
        """Return the distribution function mu((-inf, x]), about six digits."""
        xs, values = self._table if self._support else (np.array([0.0]), np.array([0.0]))
        points = np.atleast_1d(np.asarray(x, dtype=float))
        result = np.interp(points, xs, values, left=0.0, right=values[-1])
        for place, weight in self._atoms.items():
            result = result + weight * (points >= place)
        return float(result[0]) if np.ndim(x) == 0 else result.reshape(np.shape(x))

    def quantile(self, q: Any) -> Any:
        """Return the smallest x with cdf(x) >= q, for q in (0, 1)."""
        levels = np.atleast_1d(np.asarray(q, dtype=float))
        if ((levels <= 0) | (levels >= 1)).any():
            raise ValueError("quantiles are defined for levels strictly between 0 and 1")
        grid = np.unique(np.concatenate([self._table[0] if self._support else [], list(self._atoms)]))
        at = self.cdf(grid)
        result = np.interp(levels, at, grid)
        for place, weight in self._atoms.items():
            top = self.cdf(place)
            result = np.where((levels <= top) & (levels > top - weight), place, result)
        return float(result[0]) if np.ndim(q) == 0 else result.reshape(np.shape(q))

    def sample(self, count: int, seed: int = 0) -> np.ndarray:
        """Return independent draws from the law."""
        return self.quantile(np.random.default_rng(seed).uniform(1e-12, 1 - 1e-12, count))

    def precise(self, digits: int = 50):
        """Return the same law at high precision: ``.stieltjes(z)`` by Newton's method in mpmath."""
        return PreciseLaw(self, digits)

    def plot(self, path: str | None = None, **options: Any):
        """Draw the density with edges and atoms; save it when a path is given.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from ..export.plot import law_figure

        return law_figure(self, path, **options)

    def grid(self, points: int = 400) -> np.ndarray:
        """Return abscissae for a plot: denser near the edges of each interval."""
        theta = np.linspace(0.0, np.pi, points)
        parts = [0.5 * (a + b) - 0.5 * (b - a) * np.cos(theta) for a, b in self._support]
        return np.concatenate(parts) if parts else np.zeros(0)

    def quadrature_moment(self, k: int) -> float:
        """Return the k-th moment by integration of the density: a check of the series."""
        total = sum(weight * x**k for x, weight in self._atoms.items())
        for a, b in self._support:
            nodes, weights = interval_rule(a, b, 6)
            total += float(weights @ (nodes**k * self._density_inside(nodes)))
        return total


def _translated(function: Callable, *arguments: Any) -> Any:
    """Call the runtime, turning its error into the package's."""
    try:
        return function(*arguments)
    except runtime.SolveError as error:
        raise SolveError(str(error)) from error
