"""Parameters of a law estimated from an observed spectrum."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy

from .comparison import SpectrumComparison, compare_spectrum
from .coordinates import Coordinates, free_coordinates
from .edge_margin import TRACY_WIDOM
from .eigenvalues import Eigenvalues, read_eigenvalues
from .information import covariance_matrix, jacobian
from .moment_distance import MomentDistance
from .resolution import Resolution
from .search import Evaluation, best_start, refine

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SpectrumFit", "fit_spectrum"]

METHODS = ("likelihood", "moments")
_COARSE = 0.3
_ROUNDS, _TENTH = 5, 0.1


@dataclass(frozen=True, eq=False)
class SpectrumFit:
    """Estimated sizes and parameters; made by ``law.fit(values, free, ...)``.

    Attributes
    ----------
    values : dict of str to float
        The estimates. Sizes are in units of the given ones.
    errors : dict of str to float
        Standard errors, square roots of the diagonal of the inverse of N times the information matrix: what N
        *independent* draws from the law would give. Eigenvalues repel each other, so that averages over them
        fluctuate by 1/N and not by 1/sqrt(N): for a spectrum of the model itself the true errors are smaller, often
        by far. They say nothing about a spectrum that the law does not describe; see ``comparison``. A value on its
        bound has none.
    covariance : ndarray
        The covariance matrix of the estimates, in the order of ``values``.
    law : BoundLaw
        The law at the estimates.
    comparison : SpectrumComparison
        All eigenvalues against that law.
    excluded : int
        How many eigenvalues were taken out as outliers before the last round.
    method : str
    divergence : float
        What was made small: for ``"likelihood"`` the Kullback-Leibler divergence of the two blurred densities, in nats
        for each eigenvalue; for ``"moments"`` half the squared distance of the whitened moments.
    """

    values: dict[str, float]
    errors: dict[str, float]
    covariance: np.ndarray
    law: Any
    comparison: SpectrumComparison
    excluded: int
    method: str
    divergence: float

    def plot(self, path: str | Path | None = None, **options: Any) -> Figure:
        """Draw the spectrum and the fitted law; see :meth:`SpectrumComparison.plot`."""
        return self.comparison.plot(path, **options)

    def __str__(self) -> str:
        lines = [f"Fit by {self.method} to {self.comparison.count} eigenvalues", ""]
        width = max(map(len, self.values))
        for name, value in self.values.items():
            error = f"+- {self.errors[name]:.2g}" if name in self.errors else "(on its bound)"
            lines.append(f"  {name:{width}} = {value:.6g} {error}")
        if self.excluded:
            lines.append(f"  {self.excluded} outliers were left out")
        lines.append("  errors as for independent draws; those of a rigid spectrum are smaller")
        return "\n".join([*lines, "", str(self.comparison)])


def fit_spectrum(
    values: Any,
    free: str | Iterable[Any],
    law_at: Callable[..., Any],
    symbols: Sequence[sympy.Symbol],
    known: set[str],
    fixed: Mapping[str, Any],
    *,
    method: str = "likelihood",
    bounds: Mapping[str, Any] | None = None,
    start: Mapping[str, float] | None = None,
    margin: float = TRACY_WIDOM,
    title: str = "the law",
) -> SpectrumFit:
    """Estimate the free sizes and parameters of a law; see :meth:`freeprob.derived.SpectralLaw.fit`.

    Parameters
    ----------
    values : array_like, str or Path
    free : str or iterable of str or Symbol
    law_at : callable
        From all values by name to a bound law.
    symbols : sequence of Symbol
        What the law needs.
    known : set of str
        Names that the model has, but not its equations.
    fixed : mapping
        The given values.
    method, bounds, start, margin
        As in ``SpectralLaw.fit``.
    title : str
        The law in words.
    """
    if method not in METHODS:
        raise ValueError(f"the method is one of {', '.join(METHODS)}, not {method!r}")
    given = read_eigenvalues(values)
    scale = float(np.abs(given.values).max()) or 1.0
    coordinates = free_coordinates(free, symbols, known, fixed, bounds or {}, scale)
    problem = _Problem(given, coordinates, lambda found: law_at(**{**fixed, **found}), method)
    names = {name.removesuffix("_") if name not in coordinates.names else name: v for name, v in (start or {}).items()}
    x = best_start(problem.evaluation(given, coarse=True), names)
    kept, comparison = given, None
    for _ in range(_ROUNDS):
        evaluation = problem.evaluation(kept)
        x = refine(evaluation, x)
        law = problem.law(x)
        comparison = compare_spectrum(given, law, margin=margin, title=title)
        rest = given.without(np.array([o.value for o in comparison.outliers]))
        if len(rest) == len(kept) or len(rest) < (1 - _TENTH) * len(given):
            break
        kept = rest
    assert comparison is not None
    slopes = jacobian(evaluation, coordinates, x)
    bound = coordinates.at_bound(x)
    covariance = np.zeros((len(x), len(x)))
    inner = np.flatnonzero(~bound)
    if len(inner):
        inverse = covariance_matrix(slopes[:, inner], coordinates.part(inner), len(kept))
        change = coordinates.slopes(x)[inner]
        covariance[np.ix_(inner, inner)] = inverse * np.outer(change, change)
    deviation = np.sqrt(np.diag(covariance))
    return SpectrumFit(
        values=coordinates.values(x),
        errors={name: float(deviation[k]) for k, name in enumerate(coordinates.names) if not bound[k]},
        covariance=covariance,
        law=law,
        comparison=comparison,
        excluded=len(given) - len(kept),
        method=method,
        divergence=evaluation.cost(x),
    )


class _Problem:
    """A spectrum, a law with free values, and the distance between the two."""

    def __init__(self, given: Eigenvalues, coordinates: Coordinates, law_at: Callable[..., Any], method: str):
        self.coordinates, self.law_at, self.method = coordinates, law_at, method
        self.fine, self.coarse = Resolution.of(given), Resolution.of(given, _COARSE)

    def law(self, x: np.ndarray) -> Any:
        """Return the law at a point."""
        return self.law_at(self.coordinates.values(x))

    def evaluation(self, kept: Eigenvalues, coarse: bool = False) -> Evaluation:
        """Return the residuals for the eigenvalues that are kept; starts are found by a coarse likelihood."""
        if self.method == "moments" and not coarse:
            distance = MomentDistance.of(kept.values, len(self.coordinates) + 2)
            return Evaluation(self.law_at, distance.residuals, len(distance.observed), self.coordinates)
        resolution = self.coarse if coarse else self.fine
        observed = resolution.observed(kept.values)
        return Evaluation(
            self.law_at,
            lambda law: resolution.deviance(observed, resolution.theory(law)),
            len(observed),
            self.coordinates,
        )
