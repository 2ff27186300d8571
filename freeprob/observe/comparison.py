"""A spectrum of a finite matrix compared with a limiting law."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..export.plot import law_figure
from .edge_margin import TRACY_WIDOM, edge_scales
from .eigenvalues import Eigenvalues, read_eigenvalues
from .spectral_distance import RIGID, Reference, kolmogorov_smirnov, wasserstein

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["MOST_OUTLIERS", "Outlier", "SpectrumComparison", "compare_spectrum"]

MOST_OUTLIERS = 0.1
"""Eigenvalues outside of the support are outliers of a bulk when they are at most this part of all."""

_MOMENTS = 4
_INDEPENDENT = 1.36
"""The Kolmogorov-Smirnov distance of N independent draws exceeds 1.36 / sqrt(N) with probability 5 %."""


@dataclass(frozen=True)
class Outlier:
    """An eigenvalue outside of the support.

    Attributes
    ----------
    value : float
    side : str
        ``"left"`` or ``"right"`` of all of the law, or in a ``"gap"`` of it.
    distance : float
        Distance to the nearest edge (or atom, for a law without continuous part).
    fluctuations : float
        The same in units of the fluctuations at that edge; infinite where these are not defined.
    """

    value: float
    side: str
    distance: float
    fluctuations: float


@dataclass(frozen=True, eq=False)
class SpectrumComparison:
    """Eigenvalues of a finite matrix against a law; made by ``law.compare(values, ...)`` and ``at.compare(values)``.

    With F the distribution function of the law and F_N that of the eigenvalues (the fraction of them up to x; those
    within rounding of an atom of the law are put on it):

    Attributes
    ----------
    law : BoundLaw
    eigenvalues : ndarray
        All of them, in increasing order.
    bulk : ndarray
        Those that are no outliers.
    count : int
        The number N of eigenvalues.
    distance, bulk_distance : float
        Kolmogorov-Smirnov distance, the largest ``|F_N - F|``, of all eigenvalues, and of the bulk alone (then F_N
        counts fractions of the bulk).
    wasserstein, bulk_wasserstein : float
        Wasserstein-1 distance, the integral of ``|F_N - F|``, of all eigenvalues and of the bulk.
    outliers : tuple of Outlier
        Eigenvalues farther from the support than ``margin`` times the scale of fluctuations at the nearest edge,
        1 / (gamma N^(2/3)) at an edge where the density is (gamma^(3/2) / pi) sqrt(E - x), and on no atom. In order.
    margin : float
        At 4 an eigenvalue of the model itself is called an outlier with probability 2e-4 at each soft edge, by the
        Tracy-Widom law, if N is large.
    atoms : dict of float to (float, float)
        Location of each atom to the observed fraction of eigenvalues there and the mass in theory.
    tolerance : float
        How close to an atom an eigenvalue counts as on it.
    moments : tuple of (float, float, float)
        Moments 1 to 4: of all eigenvalues, of the bulk, of the law.
    """

    law: Any
    eigenvalues: np.ndarray
    bulk: np.ndarray
    distance: float
    bulk_distance: float
    wasserstein: float
    bulk_wasserstein: float
    outliers: tuple[Outlier, ...]
    margin: float
    atoms: dict[float, tuple[float, float]]
    tolerance: float
    moments: tuple[tuple[float, float, float], ...]
    title: str = field(default="the law", repr=False)

    @property
    def count(self) -> int:
        """The number of eigenvalues."""
        return len(self.eigenvalues)

    @property
    def agrees(self) -> bool:
        """Whether the bulk is as close to the law as spectra of the model itself: at most 6 eigenvalues off.

        For fewer than 20 eigenvalues, 1.36 sqrt(N). With more than a tenth of outliers there is no bulk to speak of.
        """
        return self._has_bulk and self.bulk_distance * len(self.bulk) <= min(
            RIGID, _INDEPENDENT * np.sqrt(len(self.bulk))
        )

    @property
    def _has_bulk(self) -> bool:
        return len(self.outliers) <= MOST_OUTLIERS * self.count

    @property
    def verdict(self) -> str:
        """What the numbers say, in a sentence."""
        off, most = self.bulk_distance * len(self.bulk), _INDEPENDENT * np.sqrt(len(self.bulk))
        fact = f"the distribution functions of bulk and law differ by {_plural(off, 'eigenvalue')} of {len(self.bulk)}"
        if not self._has_bulk:
            share = len(self.outliers) / self.count
            words = f"The law does not describe the spectrum: {share:.0%} of the eigenvalues are outside of its support"
        elif self.agrees:
            words = f"The bulk follows the law: {fact}, and spectra of the model itself by a few"
        elif off <= most:
            words = (
                f"The bulk is close to the law, but not like a spectrum of the model: {fact}, where spectra of the "
                f"model differ by at most about {RIGID:.0f} and independent draws by up to {most:.0f}"
            )
        else:
            words = f"The law does not describe the bulk: {fact}, more than the {most:.0f} of independent draws"
        if not self.outliers:
            return f"{words}; there are no outliers."
        sides = [f"{number} {_SIDES[side]}" for side in _SIDES if (number := self._number(side))]
        return f"{words}; outliers: {', '.join(sides)}."

    def _number(self, side: str) -> int:
        return sum(o.side == side for o in self.outliers)

    def plot(self, path: str | Path | None = None, **options: Any) -> Figure:
        """Draw the bulk as a histogram under the density, with edges, atoms and outliers.

        Parameters
        ----------
        path : str or Path, optional
            Ends with .png, .svg or .pdf; the figure is saved there.
        **options : object
            Of :func:`freeprob.export.plot.law_figure`: ``bins``, ``title``, ``points``.

        Returns
        -------
        matplotlib.figure.Figure
        """
        options = {"label": "eigenvalues"} | options
        outliers = [o.value for o in self.outliers]
        return law_figure(self.law, path, eigenvalues=self.bulk, outliers=outliers, **options)

    def __str__(self) -> str:
        lines = [f"{_plural(self.count, 'eigenvalue')} against {self.title}", ""]
        lines.append(f"  {'':24}{'all':>12}{'bulk':>12}{'law':>12}")
        for place, (seen, mass) in self.atoms.items():
            lines.append(f"  {f'mass at {place:.6g}':24}{seen:12.5f}{'':12}{mass:12.5f}")
        for k, row in enumerate(self.moments, start=1):
            lines.append(f"  {f'moment {k}':24}" + "".join(f"{value:12.6g}" for value in row))
        for name, pair in (
            ("Kolmogorov-Smirnov", (self.distance, self.bulk_distance)),
            ("  in eigenvalues", (self.distance * self.count, self.bulk_distance * len(self.bulk))),
            ("Wasserstein-1", (self.wasserstein, self.bulk_wasserstein)),
        ):
            lines.append(f"  {name:24}" + "".join(f"{value:12.4g}" for value in pair))
        intervals = ", ".join(f"[{a:.6g}, {b:.6g}]" for a, b in self.law.support())
        lines.append(f"  support: {intervals or 'atoms only'}")
        for side in _SIDES:
            values = [o.value for o in self.outliers if o.side == side]
            if values:
                more = f", ... ({len(values)} in all)" if len(values) > 8 else ""
                shown = values[:8] if side == "left" else values[-8:]
                lines.append(f"  outliers {_SIDES[side]}: {', '.join(f'{v:.6g}' for v in shown)}{more}")
        return "\n".join([*lines, "", self.verdict])


_SIDES = {"left": "left of the law", "gap": "in a gap", "right": "right of the law"}


def compare_spectrum(
    values: Any, law: Any, *, margin: float = TRACY_WIDOM, title: str = "the law"
) -> SpectrumComparison:
    """Compare eigenvalues with a law.

    Parameters
    ----------
    values : array_like, str, Path or Eigenvalues
        Eigenvalues, or the path of a ``.npy`` or ``.txt`` file.
    law : BoundLaw
    margin : float
        How many times the scale of fluctuations at an edge an eigenvalue may lie beyond it and be no outlier.
    title : str
        The law in words.

    Raises
    ------
    ShapeError
        If there is no eigenvalue, or the array has several dimensions.
    ValueError
        If an eigenvalue is not a finite real number, or the margin is negative.

    Examples
    --------
    >>> import numpy as np
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X = fp.gaussian(d, n)
    >>> C = X @ X.T / n
    >>> values = np.linalg.eigvalsh(C.simulate(sizes=dict(n=800, d=400), seed=0))
    >>> found = fp.spectrum(C).compare(np.append(values, 4.5), n=2, d=1)
    >>> found.agrees, [o.value for o in found.outliers]
    (True, [4.5])
    """
    if not margin >= 0:
        raise ValueError(f"the margin is a number of edge fluctuations, at least 0, not {margin!r}")
    given = values if isinstance(values, Eigenvalues) else read_eigenvalues(values)
    reference = Reference(law, given.rounding)
    snapped = reference.snap(given.values)
    outliers = _outliers(snapped, reference, len(given), margin)
    bulk = snapped[~np.isin(snapped, [o.value for o in outliers])]
    inner = bulk if len(bulk) else snapped
    theory = [float(m) for m in law.moments(_MOMENTS)]
    moments = tuple((float(np.mean(snapped**k)), float(np.mean(inner**k)), m) for k, m in enumerate(theory, start=1))
    return SpectrumComparison(
        law=law,
        eigenvalues=snapped,
        bulk=bulk,
        distance=kolmogorov_smirnov(snapped, reference),
        bulk_distance=kolmogorov_smirnov(bulk, reference) if len(bulk) else 1.0,
        wasserstein=wasserstein(snapped, law),
        bulk_wasserstein=wasserstein(inner, law),
        outliers=outliers,
        margin=margin,
        atoms={x: (float(np.mean(snapped == x)), mass) for x, mass in reference.atoms.items()},
        tolerance=reference.tolerance,
        moments=moments,
        title=title,
    )


def _outliers(values: np.ndarray, reference: Reference, count: int, margin: float) -> tuple[Outlier, ...]:
    """Return the eigenvalues on no atom and outside of the widened support."""
    intervals = reference.law.support()
    scales = edge_scales(reference.law, count)
    outside = ~np.isin(values, list(reference.atoms))
    for (low, high), (left, right) in zip(intervals, scales, strict=True):
        widened = (
            low - max(margin * left, reference.tolerance),
            high + max(margin * right, reference.tolerance),
        )
        outside &= (values < widened[0]) | (values > widened[1])
    edges = [*zip(np.ravel(intervals).tolist(), np.ravel(scales).tolist(), strict=True)]
    edges = edges or [(place, 0.0) for place in reference.atoms]
    return tuple(_outlier(float(value), edges, reference) for value in values[outside])


def _outlier(value: float, edges: list[tuple[float, float]], reference: Reference) -> Outlier:
    edge, scale = min(edges, key=lambda pair: abs(pair[0] - value))
    side = "left" if value < reference.low else "right" if value > reference.high else "gap"
    distance = abs(value - edge)
    return Outlier(value, side, distance, distance / scale if scale > 0 else float("inf"))


def _plural(number: float, word: str) -> str:
    return f"{number:.3g} {word}" + ("" if number == 1 else "s") if number < 1000 else f"{number:.0f} {word}s"
