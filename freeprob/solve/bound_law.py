"""A spectral law with numbers for its parameters."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from ..algebra.free_cumulants import free_cumulants
from ..derivation.record import Refusal
from ..errors import NotPrecise, SolveError, UnsupportedModel
from ..export.plot import law_figure
from ..language.laws import Law
from ..observe.comparison import SpectrumComparison, compare_spectrum
from ..observe.edge_margin import TRACY_WIDOM
from ..program import ir
from ..program.binding import Binding
from ..targets import numpy_runtime as runtime
from ..targets.contour_runtime import Hull
from .arcs import HEIGHTS, arc_rules
from .certificate import Certificate, certify
from .contour import contour_moments
from .islands import LongLists
from .law_end_edges import ZEROS, LawEnds
from .measure import Measure, find_measure
from .moments import moments_at_infinity
from .nodes import CAP, refuse_many_variables, resolved_nodes
from .numeric_model import numeric_model, translated
from .outliers import OutlierProblem, Outliers, find_outliers
from .precise import PreciseLaw
from .refined_rules import RefinedLaw

__all__ = ["BoundLaw"]

_PROBES = 24

_SINGLE = 8
"""Single values that a long list must have among its nodes for each island on one side of the bulk."""

NODES = 200
"""Quadrature nodes of a continuous law of a population."""


class BoundLaw:
    """Numbers of a spectral law; made by ``law.at(...)``.

    Conventions: ``m(z) = int dmu(x) / (x - z)``, ``density = Im m(x + i0) / pi``, total mass 1.
    """

    def __init__(
        self,
        program: ir.Program,
        binding: Binding,
        nodes: int = NODES,
        finite_rank: Callable[[int], OutlierProblem | Refusal | None] = lambda nodes: None,
    ):
        self.program = program
        self._finite_rank = finite_rank
        self.binding = binding
        self.inputs = binding.floats()
        self._first_nodes = nodes
        self._refined = RefinedLaw(program, self.inputs, lambda anchor: _probes(anchor, (0.0,)))
        arcs = arc_rules(binding, nodes, self._compared)
        self._on_arcs = arcs is not None
        self.rules = arcs or binding.quadrature(self.nodes)
        self.model = numeric_model(program, self.rules)
        if arcs is None and self._refined.anchor is not None:  # that of the last rule, which is this one
            self.anchor = self._refined.anchor

    @cached_property
    def nodes(self) -> int:
        """Number of nodes of the rules of real nodes: a number at which m on the axis no longer depends on it.

        Raises
        ------
        SolveError
            If no number is large enough.
        NotPrecise
            If none is, and m is known from rules on arcs all the same.
        """
        refuse_many_variables(self.binding)
        try:
            return resolved_nodes(self.binding, self._probed, self._first_nodes)
        except SolveError as error:
            if self._on_arcs:
                raise NotPrecise(
                    "the law is known in double precision, from rules on arcs beside the axis; high precision, "
                    f"certificates and solver files need rules of real nodes, and {error}"
                ) from error
            raise

    def _probed(self, count: int) -> np.ndarray:
        """Return m at points of the axis across the spectrum, with rules of real nodes."""
        return translated(self._refined, self.binding.quadrature(count))

    def _compared(self, rules: dict[str, tuple[Any, Any]]) -> np.ndarray:
        """Return m at points on the axis and above it, nan where it is not found."""
        model = numeric_model(self.program, rules)
        anchor = translated(runtime.Anchor, model, self.inputs)
        near_zero = anchor.width * 10.0 ** -np.arange(1.0, 6.0)  # where eigenvalues of products are few
        points = np.append(_probes(anchor, HEIGHTS), near_zero)
        _, m, good = runtime.branch_values(model, self.inputs, anchor, points)
        return np.where(good, m, np.nan)

    @cached_property
    def anchor(self) -> runtime.Anchor:
        """A solved point in the upper half plane, with mean and width of the law."""
        return translated(runtime.Anchor, self.model, self.inputs)

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
        value = translated(runtime.stieltjes_values, self.model, self.inputs, self.anchor, z)
        return complex(value) if np.ndim(z) == 0 else value

    def unknowns(self, z: Any) -> np.ndarray:
        """Return the unknowns of the system at points of the closed upper half plane, shape (unknowns, points)."""
        return translated(runtime.solve_points, self.model, self.inputs, self.anchor, np.asarray(z, dtype=complex))

    def density(self, x: Any) -> Any:
        """Return the density of the continuous part.

        Parameters
        ----------
        x : float or array of float
            At an atom at 0, or a singular point there, the value is the mean of the two one-sided limits.
        """
        points = np.atleast_1d(np.asarray(x, dtype=float)).ravel()
        singular = points == 0.0
        singular &= singular.any() and self._pole_at(0.0)
        value = np.empty(points.shape)
        value[~singular] = self._density(points[~singular])
        if singular.any():
            value[singular] = self._found.density_at_zero()
        return float(value[0]) if np.ndim(x) == 0 else value.reshape(np.shape(x))

    def _density(self, points: np.ndarray) -> np.ndarray:
        if not len(points):
            return np.zeros(0)
        try:
            return runtime.density_values(self.model, self.inputs, self.anchor, points)
        except runtime.SolveError:  # some points are too close to a branch point for the equations
            value, close = self._found.near_edges(points)
            if not close.all():
                rest = points[~close]
                value[~close] = translated(runtime.density_values, self.model, self.inputs, self.anchor, rest)
            return value

    def _pole_at(self, x: float) -> bool:
        z = np.array([x + 1e-9j * self.anchor.width])
        u = translated(runtime.solve_points, self.model, self.inputs, self.anchor, z)
        return bool(1e-9 * self.anchor.width * abs(self.model.readout(u, self.inputs, z)[0]) > 1e-6)

    @property
    def measure(self) -> Measure:
        """The law as a measure: density on intervals, and atoms.

        Raises
        ------
        SolveError
            If continuous part and atoms do not add up to mass 1.
        """
        if not self._found.resolved:
            raise SolveError(
                f"the density next to the hard edge at 0 is too singular to be integrated (mass {self._found.mass:.6f} "
                "found in place of 1): masses, quantiles and integrals are not given; m(z), moments and edges are"
            )
        return self._found

    @cached_property
    def _found(self) -> Measure:
        """What was found of the measure.

        Long lists get more nodes until all islands of the support belong to single values of the list.
        """
        while True:
            lists = self._lists()
            try:
                found = translated(find_measure, self.model, self.inputs, self.anchor, lambda: self._ends, lists)
            except SolveError:
                if lists is None or self.nodes >= CAP:
                    raise
                self._refine()
                continue
            lengths = [b - a for a, b in found.support.intervals]
            main = int(np.argmax(lengths)) if lengths else 0
            islands = max(main, len(lengths) - 1 - main)
            if lists is None or _SINGLE * islands <= min(len(atoms) for atoms, _ in lists.atoms):
                return found
            if self.nodes >= CAP:
                raise SolveError(f"a long list makes {islands} islands beside the bulk, too many to resolve")
            self._refine()

    def _refine(self) -> None:
        """Take more nodes for long lists."""
        self.nodes = min(4 * self.nodes, CAP)
        self.rules = self.binding.quadrature(self.nodes)
        self.model = numeric_model(self.program, self.rules)
        self.__dict__.pop("anchor", None)

    def _lists(self) -> LongLists | None:
        """Return the laws of many atoms that the model replaces by rules of few nodes; joint laws keep their points."""

        def at(name: str) -> Callable[[np.ndarray], runtime.Model]:
            return lambda nodes: numeric_model(self.program, self.rules | {name: (nodes, np.ones(1))})

        atoms, every = [], dict(self.rules)
        for symbol, law in self.binding.laws.items():
            if isinstance(law, Law) and law.has_many_atoms and not self.binding.system.tables:
                nodes, _ = self.rules[symbol.name]
                every[symbol.name] = law.nodes(sys.maxsize)
                single = nodes[np.isin(nodes, every[symbol.name][0])]
                if len(single) < len(nodes):
                    atoms.append((single, at(symbol.name)))
        return LongLists(atoms, numeric_model(self.program, every)) if atoms else None

    @cached_property
    def _ends(self) -> LawEnds:
        """What is known of the ends of the densities of laws, or of the values of a function that alone reads one."""
        models, shared = [], []
        for names, values in self.binding.ends().items():
            nodes, weights = self.rules[names[-1]]
            for end in filter(np.isfinite, values):
                models.append(self._with_rule(names, (np.array([end]), np.ones(1))))
                if end == 0.0:
                    shared.append(
                        self._with_rule(names, (np.append(nodes, 0.0), np.append((1 - ZEROS) * weights, ZEROS)))
                    )
        return LawEnds(models, shared, self.binding.is_unbounded)

    def _with_rule(self, names: Sequence[str], rule: tuple[np.ndarray, np.ndarray]) -> runtime.Model:
        """Return the model with another rule for a law, and for the function that alone reads it."""
        return numeric_model(self.program, self.rules | dict.fromkeys(names, rule))

    def support(self) -> list[tuple[float, float]]:
        """Return the intervals of the continuous part, in order; infinite where functions have no bound."""
        tails = self._found.support.tails
        return [(tails.get(a, a), tails.get(b, b)) for a, b in self.visible_support()]

    def visible_support(self) -> list[tuple[float, float]]:
        """Return the intervals of the continuous part, infinite ones up to where their density is too small to be seen.

        What lies beyond has a mass below 1e-6.
        """
        return list(self._found.support.intervals)

    def edges(self) -> np.ndarray:
        """Return the edges of the support of the continuous part, in order; infinite where functions have no bound."""
        return np.array([e for interval in self.support() for e in interval])

    def atoms(self) -> dict[float, float]:
        """Return the atoms, location -> mass.

        Raises
        ------
        SolveError
            If continuous part and atoms do not add up to mass 1.
        """
        return dict(self.measure.atoms)

    @cached_property
    def _problem(self) -> OutlierProblem | Refusal | None:
        return self._finite_rank(self.nodes)

    @cached_property
    def _outliers(self) -> Outliers:
        if self._problem is None:
            return Outliers((), remarks=("no outliers: the matrix has no finite-rank part",))
        problem = self.outlier_problem()
        return translated(find_outliers, problem, self.support(), list(self.atoms()), self.anchor.width)

    @cached_property
    def hull(self) -> tuple[float, float]:
        """The smallest interval that holds the spectrum, atoms included: what contours go around.

        Gaps are not sought, so that this is fast where single values of a long list make many islands.
        """
        return translated(lambda: Hull(self.model, self.inputs, self.anchor)())

    def outside_outliers(self) -> Outliers:
        """Return the outliers on both sides of the spectrum of the bulk, without those in its gaps."""
        if self._problem is None:
            return Outliers(())
        return translated(find_outliers, self.outlier_problem(), [self.hull], [], self.anchor.width)

    def outlier_problem(self) -> OutlierProblem:
        """Return the equation of the outliers with numbers for its parameters.

        Raises
        ------
        UnsupportedModel
            If there is no finite-rank part, or the rule for outliers does not cover it.
        """
        problem = self._problem
        if problem is None:
            raise UnsupportedModel("outliers: the matrix has no finite-rank part")
        if isinstance(problem, Refusal):
            raise UnsupportedModel(str(problem))
        return problem

    def outliers(self) -> Outliers:
        """Return the eigenvalues that finite-rank parts push out of the bulk, with the overlaps of their eigenvectors.

        Returns
        -------
        Outliers
            A sequence of ``Outlier(location, overlaps, multiplicity)``, sorted; its text also says at which edges there
            is none, and which eigenvalues diverge with the sizes.

        Raises
        ------
        UnsupportedModel
            If the rule for outliers does not cover the finite-rank parts of the model.
        SolveError
            If the outliers could not be counted.
        """
        return self._outliers

    def moments(self, count: int) -> list[Any]:
        """Return the moments m_1 .. m_count, exact fractions where the inputs are rational.

        Decimals have 40 digits; 15, where a coefficient is a mean over several pre-activations or over neurons.

        Returns
        -------
        list of Fraction or mpf
        """
        system = replace(self.binding.system, laws=self.binding.laws)
        try:
            return moments_at_infinity(system, self.binding.exact_values(), count)
        except SolveError:
            # an inner inverse stays nonlinear at z = infinity: no rational series, but Cauchy's formula holds
            return contour_moments(self.stieltjes, abs(self.anchor.mean) + 4 * self.anchor.width, count)

    def cumulants(self, count: int) -> list[Any]:
        """Return the free cumulants kappa_1 .. kappa_count."""
        return free_cumulants(self.moments(count))

    def mass(self) -> float:
        """Return the total mass that was found, continuous part and atoms; 1 up to quadrature error."""
        return self.measure.mass

    def integrate(self, function: Callable[[np.ndarray], np.ndarray]) -> float:
        """Return the integral of a function over the law, atoms included.

        Parameters
        ----------
        function : callable
            Vectorised over float arrays.
        """
        return self.measure.integrate(function)

    def cdf(self, x: Any) -> Any:
        """Return the distribution function mu((-inf, x]).

        Parameters
        ----------
        x : float or array of float
        """
        value = self.measure.cdf(np.asarray(x, dtype=float).ravel())
        return float(value[0]) if np.ndim(x) == 0 else value.reshape(np.shape(x))

    def quantile(self, q: Any) -> Any:
        """Return the smallest x with cdf(x) >= q, for q in (0, 1).

        Parameters
        ----------
        q : float or array of float
        """
        levels = np.asarray(q, dtype=float).ravel()
        if not ((levels > 0) & (levels < 1)).all():
            raise ValueError("quantiles are defined for levels strictly between 0 and 1")
        value = self.measure.quantile(levels)
        return float(value[0]) if np.ndim(q) == 0 else value.reshape(np.shape(q))

    def sample(self, count: int, seed: int = 0) -> np.ndarray:
        """Return independent draws from the law."""
        return self.quantile(np.random.default_rng(seed).uniform(1e-12, 1 - 1e-12, count))

    def precise(self, digits: int = 50, nodes: int | None = None) -> PreciseLaw:
        """Return the same law at high precision: ``.stieltjes(z)`` by Newton's method in mpmath.

        Parameters
        ----------
        digits : int
        nodes : int, optional
            Quadrature nodes of continuous laws; as many as the digits need where they are not given.
        """
        return PreciseLaw(self, digits, nodes)

    def certify(self, z: complex, bits: int = 106) -> Certificate:
        """Prove that a solution lies in a small ball near ``stieltjes(z)``, for z in the closed upper half plane.

        Returns
        -------
        Certificate
            With ``certified``, ``value`` (a ball), ``radius``, ``branch`` and ``message``.
        """
        u = self.unknowns(np.array([z], dtype=complex))[:, 0]
        return certify(self.program, self.binding, u, z, nodes=self.nodes, bits=bits)

    def compare(self, values: Any, *, margin: float = TRACY_WIDOM) -> SpectrumComparison:
        """Compare the eigenvalues of a finite matrix with the law: distances, outliers, atoms, moments, a verdict.

        Parameters
        ----------
        values : array_like, str or Path
            Eigenvalues, or the path of a ``.npy`` or ``.txt`` file that holds them.
        margin : float
            Eigenvalues are outliers when they are farther from the support than this many times the scale of the
            fluctuations at the edge (of order N^(-2/3)).

        Returns
        -------
        SpectrumComparison
            Printed as a table; ``.outliers``, ``.distance``, ``.atoms``, ``.moments``, ``.verdict``, ``.plot(path)``.
        """
        return compare_spectrum(values, self, margin=margin, title=f"the law at {self.binding}")

    def plot(self, path: str | None = None, **options: Any):
        """Draw the density with edges and atoms; save it when a path is given.

        Returns
        -------
        matplotlib.figure.Figure
        """
        return law_figure(self, path, **options)

    def grid(self, points: int = 400) -> np.ndarray:
        """Return abscissae for a plot: denser near the edges of each interval."""
        theta = np.linspace(0.0, np.pi, points)
        parts = [0.5 * (a + b) - 0.5 * (b - a) * np.cos(theta) for a, b in self.visible_support()]
        return np.concatenate(parts) if parts else np.zeros(0)

    def quadrature_moment(self, k: int) -> float:
        """Return the k-th moment by integration of the density: a check of the series."""
        return self.integrate(lambda x: x**k)


def _probes(anchor: runtime.Anchor, heights: tuple[float, ...]) -> np.ndarray:
    """Return points across the spectrum at heights relative to its width."""
    count = _PROBES if len(heights) == 1 else 2 * _PROBES
    angle = (np.arange(count) + 0.5) * np.pi / count
    z = anchor.mean + anchor.width * (2.5 * np.cos(angle) + 1j * np.array(heights)[:, None])
    return z.ravel()
