"""What a derivation hands to its user: a spectral law, or the limit of a number."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import sympy

from .algebra.symbols import Size
from .derivation.record import Refusal, Step, weakest
from .equations.assembly import Assembly
from .equations.elimination import polynomial_of
from .equations.outlier_record import outlier_steps
from .equations.outliers import OutlierEquation
from .equations.scalar.assembly import ScalarAssembly
from .equations.system import SelfConsistentSystem
from .errors import MissingValue, UnsupportedModel
from .export.latex import document, fragment
from .language.domain import check_domain, domain_conditions
from .language.expression import Expression, walk
from .language.laws import Law
from .language.nodes import Leaf
from .language.printing import text
from .language.scalars import as_scalar, is_scalar
from .observe.comparison import SpectrumComparison, compare_spectrum
from .observe.edge_margin import TRACY_WIDOM
from .observe.fit import SpectrumFit, fit_spectrum
from .program import ir
from .program.binding import Binding, bind, free_symbols
from .program.lowering import lower
from .solve.bound_law import NODES, BoundLaw
from .solve.bound_value import Value
from .solve.contour_system import ContourSystem
from .solve.contour_value import ContourValue, contour_curve, contour_numbers, spectrum_interval
from .solve.curve import value_curve
from .solve.merging import merging_value
from .solve.minimum import Minimum, minimum
from .solve.one_sided import LimitFromAbove, limit_from_above
from .solve.outliers import OutlierProblem
from .solve.threshold import threshold
from .targets import write
from .verify.check import check
from .verify.check_report import CheckReport
from .verify.generic_point import generic_point
from .verify.report import write_report
from .verify.simulated_model import SimulatedModel

__all__ = ["Derived", "FunctionLimit", "LimitValue", "SpectralLaw"]


class Derived:
    """A derivation: the model, the steps, the equations, and doors to numbers, documents, code and checks.

    Attributes
    ----------
    expression : Expression
        The model.
    names : dict of Expression to str
        Names of matrices in formulas.
    """

    kind: ClassVar[str]

    def __init__(
        self,
        expression: Expression,
        names: dict[Expression, str],
        steps: tuple[Step, ...],
        assembly: Assembly | ScalarAssembly,
        known: set[str],
    ):
        self.expression = expression
        self.names = names
        self._steps = steps
        self.assembly = assembly
        self.known = known

    @property
    def steps(self) -> tuple[Step, ...]:
        """What was done: rule, hypotheses, reference, status, before and after."""
        return self._steps

    @property
    def system(self) -> SelfConsistentSystem:
        """The self-consistent system: unknowns with meanings, equations, parameters, core and linear parts."""
        return self.assembly.system

    @property
    def status(self) -> str:
        """The status of the weakest step: exact, asymptotic or conjecture."""
        return weakest(step.status for step in self.steps)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was assumed or asserted, in order of appearance."""
        return tuple(
            dict.fromkeys(
                h.statement for step in self.steps for h in step.hypotheses if h.evidence != "proved on the graph"
            )
        )

    @property
    def title(self) -> str:
        """A one-line title."""
        name = self.names.get(self.expression)
        what = "Limiting spectral law" if self.kind == "spectrum" else "Limit"
        return f"{what} of {name}" if name else what

    @property
    def digest(self) -> str:
        """A hash of the model and of its equations; it changes when they do."""
        lines = [self.title, *(str(e) for e in self.system.equations), str(self.system.readout)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of the sizes, parameters and laws that ``at`` needs."""
        return tuple(s.name for s in free_symbols(self.system))

    @cached_property
    def program(self) -> ir.Program:
        """The numeric program of the system."""
        return lower(self.system)

    def _bind(self, values: Mapping[str, Any]) -> Binding:
        binding = bind(self.system, values, self.known)
        check_domain(self._conditions, binding.values | self._stated(values))
        return binding

    def _stated(self, values: Mapping[str, Any]) -> dict[sympy.Symbol, sympy.Expr]:
        """Return the values of the parameters in the conditions, whether the equations hold them or not."""
        symbols = {s for value, _ in self._conditions for s in value.free_symbols}
        given = {name.rstrip("_"): value for name, value in values.items() if is_scalar(value)}
        return {s: as_scalar(given[s.name]) for s in symbols if s.name in given}

    @cached_property
    def _conditions(self) -> tuple[tuple[sympy.Expr, str], ...]:
        return domain_conditions(self.expression)

    def model_text(self) -> str:
        """Return the definitions of the named matrices and of the model, as plain text."""
        lines = []
        for node, name in self.names.items():
            if node in walk(self.expression) and not isinstance(node, Leaf):
                others = {k: v for k, v in self.names.items() if k is not node}
                lines.append(f"{name} = {text(node, others)}")
        if self.expression not in self.names:
            lines.append(f"{self.kind} of {text(self.expression, self.names)}")
        leaves = [node for node in walk(self.expression) if isinstance(node, Leaf)]
        lines += [f"{text(leaf, self.names)}: {leaf.shape_text}, {leaf.ensemble}" for leaf in leaves]
        return "\n".join(lines)

    def meanings(self) -> tuple[str, ...]:
        """Return what each unknown stands for, as plain text."""
        meant = []
        for u in self.system.unknowns:
            if u.meaning is not None:
                meant.append(f"{u.symbol} = tr[{text(u.meaning, self.names)}]")
            elif u.description:
                meant.append(f"{u.symbol}: {u.description}")
        return tuple(meant)

    def latex(self) -> str:
        """Return a stand-alone LaTeX document of the derivation."""
        return document(self)

    def _repr_latex_(self) -> str:
        return fragment(self)

    def report(self, path: str | Path, at: Mapping[str, Any] | None = None, check: Any = None) -> Path:
        """Write a self-contained HTML report: graph, steps, equations, plot and check.

        Parameters
        ----------
        path : str or Path
        at : mapping, optional
            Values of sizes and parameters for the plot.
        check : CheckReport, optional
        """
        return write_report(self, Path(path), dict(at or {}), check)

    def write_solver(self, path: str | Path, target: str = "numpy", **defaults: Any) -> Path:
        """Write a stand-alone solver.

        Parameters
        ----------
        path : str or Path
        target : str
            A registered target; ``"numpy"`` needs nothing but NumPy.
        **defaults : number or law
            Default values of sizes and parameters in the file. Laws of populations must be given here if they are
            symbolic.

        Returns
        -------
        Path
        """
        if self.system.laws and not self._missing(defaults):
            return write(self, Path(path), target, defaults, max(NODES, self._resolved(defaults)))
        return write(self, Path(path), target, defaults)

    def _missing(self, values: Mapping[str, Any]) -> set[str]:
        """Return the names that still need a value."""
        return {name for name in self.needs if name not in values and f"{name}_" not in values}

    def _resolved(self, values: Mapping[str, Any]) -> int:
        """Return the quadrature nodes that the answer needs at these values."""
        binding = self._bind(values)
        owner = BoundLaw(self.program, binding) if self.kind == "spectrum" else Value(self.program, binding)
        return owner.nodes if isinstance(owner, BoundLaw) else owner.resolved

    def check(self, **options: Any) -> CheckReport:
        """Check the derivation numerically; see :func:`freeprob.verify.check.check`."""
        return check(self, **options)

    def __str__(self) -> str:
        lines = [self.title, ""]
        lines += [f"  {e.lhs} = {e.rhs}" for e in self.system.equations]
        answer = "m(z)" if self.kind == "spectrum" else "limit"
        lines += ["", f"  {answer} = {self.system.readout}"]
        meanings = [f"  {line}" for line in self.meanings()]
        lines += ["", "where", *meanings] if meanings else []
        if self.system.coefficients:
            lines += [""] + [f"  {c.symbol} = {c.words}" for c in self.system.coefficients]
        return "\n".join(lines)

    __repr__ = __str__


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

    def curve(self, quantity: Callable[[BoundLaw], float], **values: Any) -> np.ndarray:
        """Return a functional of the law, for example ``lambda law: law.edges()[-1]``, over arrays of values."""
        return _sweep(lambda point: float(quantity(self.at(**point))), values)


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
            return limit_from_above(
                self.program, lambda small: self._bind({**rest, vanishing: small}), vanishing, quadrature_nodes
            )
        value = Value(self.program, self._bind(values), quadrature_nodes)
        float(value)  # solve now: an error names the point
        return value

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
        return minimum(lambda grid: self.curve(progress=False, **values, **{name: grid}), name, bracket)

    def _vanishing(self, values: Mapping[str, Any]) -> str | None:
        """Return the name of the positive parameter that is 0, if there is one."""
        positive = {s.name for s in free_symbols(self.system) if s.is_positive and not isinstance(s, Size)}
        zero = [
            name
            for name, value in values.items()
            if (name in positive or name.rstrip("_") in positive) and is_scalar(value) and value == 0
        ]
        return next((s for s in positive if s.rstrip("_") == zero[0].rstrip("_")), None) if len(zero) == 1 else None

    def curve(self, *, progress: bool | None = None, **values: Any) -> np.ndarray:
        """Return the number over arrays of values; where one positive parameter is 0, the limit from above.

        Parameters
        ----------
        progress : bool, optional
            Whether to show a progress bar; by default on a terminal, for more than 50 points.
        **values : number, array or law
            Arrays broadcast against each other.

        Returns
        -------
        ndarray
        """
        zeros = [k for k, v in values.items() if is_scalar(v) and self._vanishing({k: v}) is not None]
        arrays = {k: np.asarray(v) for k, v in values.items() if isinstance(v, (list, tuple, np.ndarray))}
        zeros += [k for k, v in arrays.items() if (v == 0).any() and self._vanishing({k: 0}) is not None]
        if zeros:
            return _sweep(lambda point: float(self.at(**point)), values)
        return value_curve(self.program, lambda point: self._bind(point), values, progress)


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

    def curve(self, *, progress: bool | None = None, **values: Any) -> np.ndarray:
        """Return the number over arrays of values; times and other parameters of the functions alone cost little.

        Parameters
        ----------
        progress : bool, optional
            Accepted for the sake of :meth:`LimitValue.curve`.
        **values : number, array or law
            Arrays broadcast against each other.

        Returns
        -------
        ndarray
        """
        points, shape = spread(values)
        bindings = [self._bind(point) for point in points]
        found = contour_curve(self._contours, bindings, lambda group, first: self._numbers(group, points[first])[0])
        return found.reshape(shape)

    def write_solver(self, path: str | Path, target: str = "numpy", **defaults: Any) -> Path:
        """Raise UnsupportedModel: solvers do not integrate over contours."""
        raise UnsupportedModel(
            "write_solver: the number holds contour integrals of functions of matrices, which solver files do not "
            "take. Remedy: write a solver for the spectral law of the matrix, or use .curve here"
        )


def spread(values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], tuple[int, ...]]:
    """Return the points of broadcast arrays of values, and their shape; laws stay as they are."""
    fixed = {k: v for k, v in values.items() if isinstance(v, Law)}
    arrays = {k: np.asarray(v) for k, v in values.items() if k not in fixed}
    shape = np.broadcast_shapes(*(a.shape for a in arrays.values()))
    flat = {k: np.broadcast_to(a, shape).ravel() for k, a in arrays.items()}
    return [{k: a[i].item() for k, a in flat.items()} | fixed for i in range(int(np.prod(shape)))], shape


def _sweep(evaluate: Callable[[dict[str, Any]], float], values: Mapping[str, Any]) -> np.ndarray:
    arrays = {k: np.asarray(v) for k, v in values.items() if not isinstance(v, Law)}
    fixed = {k: v for k, v in values.items() if isinstance(v, Law)}
    shape = np.broadcast_shapes(*(a.shape for a in arrays.values()))
    spread = {k: np.broadcast_to(a, shape) for k, a in arrays.items()}
    result = np.empty(shape)
    for index in itertools.product(*(range(s) for s in shape)):
        result[index] = evaluate({k: a[index].item() for k, a in spread.items()} | fixed)
    return result
