"""Parameters of a law estimated from an observed spectrum."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy

from .comparison import MOST_OUTLIERS, SpectrumComparison, compare_spectrum
from .coordinates import free_coordinates
from .edge_margin import TRACY_WIDOM
from .eigenvalues import Eigenvalues, read_eigenvalues
from .information import information
from .likelihood import Likelihood
from .moment_distance import MomentDistance
from .resolution import Resolution
from .search import Evaluation, best_start, refine
from .simulated_errors import simulated_covariance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SpectrumFit", "fit_spectrum"]

METHODS = ("likelihood", "moments")
_COARSE = 0.3
_ROUNDS = 5


@dataclass(frozen=True, eq=False)
class SpectrumFit:
    """Estimated sizes and parameters; made by ``law.fit(values, free, ...)``.

    Attributes
    ----------
    values : dict of str to float
        The estimates. Sizes are in units of the given ones.
    errors : dict of str to float
        Standard errors. Without ``draws``, square roots of the diagonal of the inverse of N times the information
        matrix: what N *independent* draws from the law would give. Eigenvalues repel each other, so that averages over
        them fluctuate by 1/N and not by 1/sqrt(N): for a spectrum of the model itself the true errors are smaller,
        often by far. With ``draws``, the root mean square error over that many simulated spectra of the model, to
        first order. Neither says anything about a spectrum that the law does not describe; see ``comparison``. A value
        on its bound has none.
    covariance : ndarray
        The covariance matrix of the estimates, in the order of ``values``.
    draws : int
        The number of simulated spectra behind the errors; 0 for those of independent draws.
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
    draws: int
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
        independent = "errors as for independent draws; a spectrum of the model has smaller ones"
        lines.append(f"  errors from {self.draws} simulated spectra" if self.draws else f"  {independent}")
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
    simulate: Callable[[Mapping[str, float], int, int], tuple[np.ndarray, dict[str, float]]] | None = None,
    draws: int = 0,
    seed: int = 0,
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
    method, bounds, start, margin, draws, seed
        As in ``SpectralLaw.fit``.
    simulate : callable
        From the free values, a number of eigenvalues and a seed to a spectrum and its free values.
    title : str
        The law in words.
    """
    if method not in METHODS:
        raise ValueError(f"the method is one of {', '.join(METHODS)}, not {method!r}")
    if draws < 0:
        raise ValueError(f"draws is the number of simulated spectra, at least 0, not {draws}")
    given = read_eigenvalues(values)
    scale = float(np.abs(given.values).max()) or 1.0
    coordinates = free_coordinates(free, symbols, known, fixed, bounds or {}, scale)

    def law_of(found: Mapping[str, float]) -> Any:
        return law_at(**{**fixed, **found})

    def distance(kept: Eigenvalues) -> Likelihood | MomentDistance:
        if method == "moments":
            return MomentDistance.of(kept.values, len(coordinates) + 2)
        return Likelihood.of(kept.values, Resolution.of(kept))

    evaluation = Evaluation(law_of, Likelihood.of(given.values, Resolution.of(given, _COARSE)), coordinates)
    x = best_start(evaluation, coordinates.start(start or {}))
    information(evaluation, coordinates, x)  # refuses early what the spectrum cannot tell
    rest = given
    for _ in range(_ROUNDS):
        kept = rest
        evaluation = Evaluation(law_of, distance(kept), coordinates)
        x = refine(evaluation, x)
        law = law_of(coordinates.values(x))
        comparison = compare_spectrum(given, law, margin=margin, title=title)
        rest = given.without(np.array([o.value for o in comparison.outliers]))
        if len(rest) == len(kept) or len(rest) < (1 - MOST_OUTLIERS) * len(given):
            break
    inner, slopes = information(evaluation, coordinates, x)
    covariance = np.zeros((len(x), len(x)))
    if draws and simulate is not None:
        simulated = (simulate(coordinates.values(x), len(given), seed + k) for k in range(draws))
        pairs = [
            (evaluation.distance.against(spectrum).residuals(law), (coordinates.vector(true) - x)[inner])
            for spectrum, true in simulated
        ]
        inverse = simulated_covariance(slopes, pairs)
    else:
        inverse = np.linalg.inv(slopes.T @ slopes) / len(kept)
    covariance[np.ix_(inner, inner)] = inverse * np.outer(coordinates.slopes(x)[inner], coordinates.slopes(x)[inner])
    deviation = np.sqrt(np.diag(covariance))
    return SpectrumFit(
        values=coordinates.values(x),
        errors={name: float(deviation[k]) for k, name in enumerate(coordinates.names) if k in inner},
        covariance=covariance,
        draws=draws,
        law=law,
        comparison=comparison,
        excluded=len(given) - len(kept),
        method=method,
        divergence=evaluation.cost(x),
    )
