"""A spectral law, as its user holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, Literal

import numpy as np
import sympy

from ..derivation.record import Refusal, Step
from ..equations.assembly import Assembly
from ..equations.elimination import polynomial_of
from ..equations.outlier_record import outlier_steps
from ..equations.outliers import OutlierEquation
from ..equations.scalar.assembly import ScalarAssembly
from ..errors import UnsupportedModel
from ..language.expression import Expression
from ..observe.comparison import SpectrumComparison, compare_spectrum
from ..observe.edge_margin import TRACY_WIDOM
from ..observe.fit import SpectrumFit, fit_spectrum
from ..program.binding import bind, free_symbols
from ..program.grid import Grid
from ..program.lowering import lower, lower_expressions
from ..solve.bound_law import NODES, BoundLaw
from ..solve.merging import merging_value
from ..solve.outliers import OutlierProblem
from ..solve.parallel import each
from ..solve.threshold import threshold
from ..targets.solver_file import ContourLaw, program_code
from ..verify.generic_point import generic_point
from ..verify.simulated_model import SimulatedModel
from .derived import Derived

__all__ = ["SpectralLaw"]


class SpectralLaw(Derived):
    """The limiting spectral law of a self-adjoint matrix; made by :func:`freeprob.spectrum`.

    Attributes
    ----------
    route : str
        How the equations were derived: ``"pencil"`` or ``"scalar"``.
    """

    kind = "spectrum"

    def __init__(
        self,
        expression: Expression,
        names: dict[Expression, str],
        steps: tuple[Step, ...],
        assembly: Assembly | ScalarAssembly,
        known: set[str],
        finite_rank: Callable[[], OutlierEquation | Refusal | None],
        route: str,
        derive: Callable[[str], SpectralLaw],
    ):
        super().__init__(expression, names, steps, assembly, known)
        self._finite_rank = finite_rank
        self.route = route
        self._derive = derive

    @cached_property
    def finite_rank(self) -> OutlierEquation | Refusal | None:
        """The equation of the outliers; a refusal if no rule covers them; None without finite-rank parts."""
        return self._finite_rank()

    def via(self, route: str) -> SpectralLaw:
        """Return the same law, derived by another route: ``"pencil"`` or ``"scalar"``.

        Raises
        ------
        UnsupportedModel
            If that route does not cover the model; the message says why.

        Examples
        --------
        >>> import freeprob as fp
        >>> n, d = fp.sizes("n d")
        >>> X = fp.gaussian(d, n)
        >>> print(fp.spectrum(X @ X.T / n).via("scalar").system.equations[0])
        Eq(m, 1/(-z + 1/(d*m/n + 1)))
        """
        return self if route == self.route else self._derive(route)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """What was done: rule, hypotheses, reference, status, before and after."""
        return (*self._steps, *outlier_steps(self.finite_rank, self.system))

    def __str__(self) -> str:
        text = super().__str__()
        equation = self.finite_rank
        if isinstance(equation, Refusal):
            return f"{text}\n\n  outliers: {equation}"
        if equation is None:
            return text
        lines = ["outliers: det D(z) = 0 outside the support, where", ""]
        lines += [f"  {name.replace('{', '').replace('}', '')} = {entry}" for name, entry in equation.entries]
        lines += [f"  {e.lhs} = {e.rhs}" for e in equation.further]
        return "\n".join([text, "", *lines])

    __repr__ = __str__

    def at(self, *, quadrature_nodes: int = NODES, **values: Any) -> BoundLaw:
        """Return the law at given values.

        Parameters
        ----------
        quadrature_nodes : int
            Nodes of the rule for continuous laws of populations.
        **values : number or law
            Sizes (only ratios matter) and parameters by name.

        Raises
        ------
        MissingValue
            If a value is missing or a name unknown.
        """
        return BoundLaw(
            self.program, self._bind(values), quadrature_nodes, lambda nodes: self._outlier_problem(values, nodes)
        )

    def _outlier_problem(self, values: Mapping[str, Any], nodes: int) -> OutlierProblem | Refusal | None:
        equation = self.finite_rank
        if not isinstance(equation, OutlierEquation):
            return equation
        return OutlierProblem(equation, bind(equation.system, values, self.known), nodes)

    def contour_law(self, words: str, spiked: bool, defaults: Mapping[str, Any], nodes: int) -> ContourLaw:
        """Return what a solver file needs to put a contour around the spectrum.

        Parameters
        ----------
        words : str
            The matrix.
        spiked : bool
            Whether outliers matter.
        defaults : mapping of str to number or law
        nodes : int
            Quadrature nodes of continuous laws.

        Raises
        ------
        UnsupportedModel
            If the rule for outliers does not cover the finite-rank parts of the model.
        """
        equation = self.finite_rank if spiked else None
        if isinstance(equation, Refusal):
            raise UnsupportedModel(str(equation))
        if equation is None:
            return ContourLaw(program_code(self.system, self.program, defaults, nodes), words)
        code = program_code(equation.system, lower(equation.system), defaults, nodes)
        entries = lower_expressions(equation.system, [*equation.matrix])
        return ContourLaw(code, words, entries, len(equation.diverging))

    def threshold(
        self,
        parameter: str,
        side: Literal["left", "right"] = "right",
        *,
        bracket: tuple[float, float] | None = None,
        **values: Any,
    ) -> float:
        """Return the critical value of a parameter, at which an outlier leaves an outer edge of the bulk.

        Parameters
        ----------
        parameter : str
            A parameter or size by name.
        side : {"right", "left"}
            The edge.
        bracket : (float, float), optional
            Where to look; by default between 1e-4 and 1e4 in absolute value, at both signs unless the parameter is
            positive.
        **values : number or law
            All other sizes and parameters.

        Returns
        -------
        float
            Of several critical values the one that is smallest in absolute value.

        Raises
        ------
        UnsupportedModel
            If the model has no finite-rank part, or the rule for outliers does not cover it.
        SolveError
            If there is no critical value in the bracket, or the edge is hard.

        Examples
        --------
        >>> import freeprob as fp
        >>> n = fp.sizes("n")
        >>> theta = fp.parameters("theta", positive=True)
        >>> v = fp.gaussian(n)
        >>> law = fp.spectrum(fp.wigner(n) / fp.sqrt(n) + theta * v @ v.T / n)
        >>> round(law.threshold("theta", n=1), 12)
        1.0
        """
        return float(threshold(self, parameter, side, bracket, values))

    def merging(self, parameter: str, bracket: tuple[float, float], **values: Any) -> float:
        """Return the critical value of a parameter at which two intervals of the support merge.

        Edges say this poorly: the gap closes like the power 3/2 of the distance to the critical value, and a gap below
        about 1e-5 of the width is not seen. Here the point where the two edges meet is solved for together with the
        parameter.

        Parameters
        ----------
        parameter : str
            A parameter or size by name.
        bracket : (float, float)
            Two values at which the number of intervals differs, with one transition between them.
        **values : number or law
            All other sizes and parameters.

        Raises
        ------
        SolveError
            If the number of intervals is the same at both ends, or no two intervals merge.

        Examples
        --------
        >>> import freeprob as fp
        >>> n = fp.sizes("n")
        >>> sigma = fp.parameters("sigma", positive=True)
        >>> signs = fp.population(n, fp.laws.atoms({-1: 0.5, 1: 0.5}))
        >>> law = fp.spectrum(signs + sigma * fp.wigner(n) / fp.sqrt(n))
        >>> round(law.merging("sigma", (0.5, 2), n=1), 11)
        1.0
        """
        name = parameter.rstrip("_")
        given = {k: v for k, v in values.items() if k.rstrip("_") != name}
        key = next((need for need in self.needs if need.rstrip("_") == name), parameter)
        return merging_value(lambda value: self.at(**(given | {key: value})), *map(float, bracket))

    def compare(self, values: Any, *, margin: float = TRACY_WIDOM, **at: Any) -> SpectrumComparison:
        """Compare the eigenvalues of a finite matrix with the law at given sizes and parameters.

        Parameters
        ----------
        values : array_like, str or Path
            Eigenvalues, or the path of a ``.npy`` or ``.txt`` file that holds them.
        margin : float
            Eigenvalues are outliers when they are farther from the support than this many times the scale of the
            fluctuations at the edge (of order N^(-2/3)).
        **at : number or law
            Sizes (only ratios matter) and parameters by name.

        Returns
        -------
        SpectrumComparison

        Examples
        --------
        >>> import numpy as np
        >>> import freeprob as fp
        >>> n = fp.sizes("n")
        >>> W = fp.wigner(n) / fp.sqrt(n)
        >>> values = np.linalg.eigvalsh(W.simulate(sizes=dict(n=500), seed=0))
        >>> fp.spectrum(W).compare(values, n=1).agrees
        True
        """
        law = self.at(**at)
        title = f"the {self.title[0].lower()}{self.title[1:]}"
        return compare_spectrum(values, law, margin=margin, title=f"{title} at {law.binding}")

    def fit(
        self,
        values: Any,
        free: str | Iterable[Any],
        *,
        method: str = "likelihood",
        bounds: Mapping[str, tuple[float, float]] | None = None,
        start: Mapping[str, float] | None = None,
        margin: float = TRACY_WIDOM,
        draws: int = 0,
        seed: int = 0,
        **at: Any,
    ) -> SpectrumFit:
        """Estimate sizes and parameters from the eigenvalues of a finite matrix.

        ``method="likelihood"`` makes the Kullback-Leibler divergence of eigenvalues and law small, both blurred by
        Cauchy laws: it is the maximum likelihood of eigenvalues measured with Cauchy noise, averaged over the noise.
        The width of the noise is N^(-2/3) of the half-width of the bulk, where edges fluctuate anyhow, and more
        outside of the bulk. Atoms, edges and eigenvalues outside of the support have finite likelihoods, and the true
        values are the optimum whenever the spectrum is that of the law.

        ``method="moments"`` matches the first (number of free names) + 2 moments, weighted by their covariance for
        independent draws.

        Both start from the optimum of a likelihood of coarse resolution, three tenths of the half-width, which is
        scanned on a lattice of values. Eigenvalues that are outliers of the fitted law are then taken out and the fit
        is repeated until they stay the same, unless they would be more than a tenth of all.

        Parameters
        ----------
        values : array_like, str or Path
            Eigenvalues, or the path of a ``.npy`` or ``.txt`` file that holds them.
        free : str or iterable of str
            Names of sizes and parameters. Only ratios of sizes matter: one size must be given.
        method : str
            ``"likelihood"`` or ``"moments"``.
        bounds : mapping of str to (float, float), optional
        start : mapping of str to float, optional
            Starting values; other names are scanned.
        margin : float
            As in :meth:`compare`.
        draws, seed : int
            With ``draws``, standard errors come from so many simulated spectra of the model at the fitted values, with
            as many eigenvalues. Without, they are those of independent draws, larger than the true ones.
        **at : number or law
            The other sizes and parameters.

        Returns
        -------
        SpectrumFit
            ``.values``, ``.errors``, ``.law``, ``.comparison``, ``.plot(path)``.

        Raises
        ------
        NotIdentified
            If all sizes are free, or a combination of the names does not change the law; the message says which.
        MissingValue
            If a name is unknown, or neither free nor given.
        SolveError
            If no starting value gives a law.

        Examples
        --------
        >>> import numpy as np
        >>> import freeprob as fp
        >>> n, d = fp.sizes("n d")
        >>> sigma = fp.parameters("sigma", positive=True)
        >>> X = fp.gaussian(d, n)
        >>> C = sigma**2 * X @ X.T / n
        >>> values = np.linalg.eigvalsh(C.simulate(dict(n=1000, d=400), dict(sigma=0.5), seed=0))
        >>> fit = fp.spectrum(C).fit(values, free=["d", "sigma"], n=1)
        >>> print({name: round(value, 1) for name, value in fit.values.items()})
        {'d': 0.4, 'sigma': 0.5}
        """
        title = f"the {self.title[0].lower()}{self.title[1:]} at the fit"
        given = {name: value for name, value in at.items() if name != "quadrature_nodes"}
        options: dict[str, Any] = {"method": method, "bounds": bounds, "start": start, "margin": margin}
        options |= {"draws": draws, "seed": seed, "title": title, "simulate": lambda found, count, number: (
            SimulatedModel(self.expression, {**given, **found}).spectrum(count, number, found)
        )}  # fmt: skip
        return fit_spectrum(values, free, self.at, free_symbols(self.system), self.known, at, **options)

    def polynomial(self) -> sympy.Expr:
        """Return the irreducible polynomial P(m, z; parameters) with P(m(z), z) = 0.

        Raises
        ------
        NotAlgebraic
            If the system holds a law that is not a finite sum of atoms.
        """
        return polynomial_of(self.system, lambda seed: generic_point(self, seed))

    def curve(
        self,
        quantity: Callable[[BoundLaw], float],
        *,
        progress: bool | None = None,
        workers: int | None = None,
        **values: Any,
    ) -> np.ndarray:
        """Return a functional of the law over arrays of values.

        Parameters
        ----------
        quantity : callable
            For example ``lambda law: law.edges()[-1]``.
        progress : bool, optional
            Whether to show a progress bar; by default on a terminal, after a second of work.
        workers : int, optional
            Processes; by default one for each core when more than two seconds of work are left, and none otherwise.
        **values : number, array or law
            Arrays broadcast against each other.

        Returns
        -------
        ndarray
            Of the shape of the broadcast arrays.

        Examples
        --------
        >>> import freeprob as fp
        >>> n, d = fp.sizes("n d")
        >>> X = fp.gaussian(d, n)
        >>> fp.spectrum(X @ X.T / n).curve(lambda law: law.edges()[-1], n=1, d=[0.25, 1]).round(10)
        array([2.25, 4.  ])
        """
        grid = Grid(values)
        found = each(
            lambda number: float(quantity(self.at(**grid.point(number)))),
            range(grid.count),
            progress=progress,
            workers=workers,
        )
        return np.array(found, dtype=float).reshape(grid.shape)
