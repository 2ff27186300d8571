"""Figures: spectral densities over histograms, and curves with simulated points.

Figures are plain Matplotlib objects without global state; saved files are identical for identical input. Matplotlib is
loaded when the first figure is drawn.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["curve_figure", "density_figure", "empty_figure", "law_figure", "save", "style", "svg_text"]

INK = "#010203"
"""Colour of text and axes; :func:`svg_text` replaces it by the colour of the page."""

PALETTE = ("#2f6fb5", "#c8553d", "#3f8f5f", "#8a5aa8", "#b8860b", "#4a8f9c")
HISTOGRAM = "#9aa7b5"

_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "freeprob", "svg.fonttype": "path", "font.size": 10.0, "axes.spines.top": False,
    "axes.spines.right": False, "axes.linewidth": 0.8, "lines.linewidth": 1.7, "legend.frameon": False,
    "axes.edgecolor": INK, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK, "ytick.color": INK,
    "figure.dpi": 150.0, "savefig.dpi": 150.0, "mathtext.fontset": "cm",
}  # fmt: skip

_REACH = 1.5
"""Eigenvalues at this many lengths of an axis from its ends are not drawn but counted beside it."""

Curves = Mapping[str, tuple[Any, Any]]
"""Label to (x, y)."""


def density_figure(
    curves: Curves,
    histogram: Any = None,
    *,
    edges: Iterable[float] = (),
    atoms: Mapping[float, float] | None = None,
    outliers: Iterable[float] = (),
    bins: int = 60,
    title: str = "",
    label: str = "simulation",
) -> Figure:
    """Draw spectral densities, over a histogram of simulated eigenvalues if there are any.

    Parameters
    ----------
    curves : mapping of str to (x, density)
        Theory, one curve for each label.
    histogram : array_like, optional
        Eigenvalues; those at an atom are left out of the bars, but count in their normalisation.
    edges : iterable of float
        Edges of the support, marked on the axis.
    atoms : mapping of float to float, optional
        Location to mass.
    outliers : iterable of float
        Eigenvalues outside of the support, marked on the axis; the axis ends before those that are far away.
    bins : int
        Bars between the ends of the curves; eigenvalues farther off than the axis reaches are marked as outliers.
    title, label : str
        Title of the figure, and name of the histogram in the legend.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with style():
        figure, axes = empty_figure(title, "eigenvalue", "density")
        atoms = dict(sorted((atoms or {}).items()))
        heights, far = np.zeros(1), np.zeros(0)
        if histogram is not None:
            heights, far = _bars(axes, histogram, tuple(atoms), bins, label, _range(curves))
        for colour, (name, (x, y)) in zip(_colours(), curves.items(), strict=False):
            axes.plot(np.asarray(x, float), np.asarray(y, float), color=colour, label=name)
        axes.set_ylim(0, _top(curves, heights))
        _mark_edges(axes, edges)
        _mark_atoms(axes, atoms)
        _mark_outliers(axes, {*map(float, outliers), *far.tolist()})
        _legend(axes)
    return figure


def law_figure(
    law: Any,
    path: str | Path | None = None,
    *,
    eigenvalues: Any = None,
    outliers: Iterable[float] = (),
    points: int = 400,
    bins: int = 60,
    title: str = "",
    label: str = "simulation",
) -> Figure:
    """Draw the density of a law with its edges and atoms; save it when a path is given.

    Parameters
    ----------
    law : BoundLaw
        With ``visible_support()``, ``grid(points)``, ``density(x)``, ``edges()`` and ``atoms()``.
    path : str or Path, optional
        Ends with .png, .svg or .pdf.
    eigenvalues : array_like, optional
        Drawn as a histogram under the density.
    outliers : iterable of float
        Eigenvalues outside of the support, marked on the axis.
    points : int
        Abscissae in each interval of the support.
    bins : int
    title, label : str
        Title of the figure, and name of the histogram in the legend.

    Returns
    -------
    matplotlib.figure.Figure
    """
    x = law.grid(points)
    for a, b in law.visible_support():  # stay inside: at a hard edge the density is infinite
        inside = (x >= a) & (x <= b)
        x[inside] = np.clip(x[inside], a + 1e-9 * (b - a), b - 1e-9 * (b - a))
    curves = {"density": (x, law.density(x))} if x.size else {}
    figure = density_figure(
        curves,
        eigenvalues,
        edges=[edge for edge in law.edges() if np.isfinite(edge)],
        atoms=law.atoms(),
        outliers=outliers,
        bins=bins,
        title=title,
        label=label,
    )
    if path is not None:
        save(figure, path)
    return figure


def curve_figure(
    curves: Curves,
    points: Mapping[str, Sequence[Any]] | None = None,
    *,
    x_label: str = "",
    y_label: str = "",
    title: str = "",
    log_x: bool = False,
    log_y: bool = False,
) -> Figure:
    """Draw curves with simulated points on them.

    Parameters
    ----------
    curves : mapping of str to (x, y)
        Theory, one curve for each label.
    points : mapping of str to (x, mean) or (x, mean, error), optional
        Simulation; points whose label is that of a curve take its colour.
    x_label, y_label, title : str
    log_x, log_y : bool
        Logarithmic axes.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with style():
        figure, axes = empty_figure(title, x_label, y_label)
        colours = dict(zip([*curves, *(name for name in points or {} if name not in curves)], _colours(), strict=False))
        for name, (x, y) in curves.items():
            axes.plot(np.asarray(x, float), np.asarray(y, float), color=colours[name], label=name)
        for name, (x, mean, *error) in (points or {}).items():
            bar = np.asarray(error[0], float) if error else None
            axes.errorbar(
                np.asarray(x, float), np.asarray(mean, float), yerr=bar, fmt="o", markersize=3.8, capsize=2.5,
                elinewidth=1.0, color=colours[name], label=f"{name}, simulation",
            )  # fmt: skip
        axes.set_xscale("log" if log_x else "linear")
        axes.set_yscale("log" if log_y else "linear")
        _legend(axes)
    return figure


def save(figure: Figure, path: str | Path) -> Path:
    """Save a figure as PNG, SVG or PDF (by the suffix), without date.

    Returns
    -------
    Path
    """
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("png", "svg", "pdf"):
        raise ValueError(f"a figure is saved as .png, .svg or .pdf, not {path.name!r}")
    path.write_bytes(_bytes(figure, kind))
    return path


def svg_text(figure: Figure) -> str:
    """Return a figure as an ``svg`` element that takes its ink from the page."""
    text = _bytes(figure, "svg").decode("utf-8")
    return text[text.index("<svg") :].replace(INK, "currentColor").rstrip()


def style() -> AbstractContextManager:
    """Return the context in which figures are drawn."""
    from matplotlib import rc_context

    return rc_context(_STYLE)


def _bytes(figure: Figure, kind: str) -> bytes:
    metadata = {
        "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
        "png": {"Software": None},
        "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    }[kind]
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format=kind, metadata=metadata, transparent=kind == "svg")
    return buffer.getvalue()


def empty_figure(title: str, x_label: str, y_label: str) -> tuple[Figure, Any]:
    """Return a figure without global state, and its axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x_label, ylabel=y_label)
    return figure, axes


def _colours() -> Iterable[str]:
    while True:
        yield from PALETTE


def _range(curves: Curves) -> tuple[float, float] | None:
    """Return the ends of the curves, None where these have no width."""
    x = np.concatenate([np.asarray(x, float) for x, _ in curves.values()] or [np.zeros(0)])
    return (float(x.min()), float(x.max())) if x.size and np.ptp(x) > 0 else None


def _bars(
    axes: Any, sample: Any, atoms: tuple[float, ...], bins: int, label: str, ends: tuple[float, float] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Draw bars; return their heights, and the eigenvalues too far from the curves to have one."""
    values = np.asarray(sample, float).ravel()
    scale = max(float(np.ptp(values)), 1e-12)
    bulk = values[np.all([np.abs(values - a) > 1e-6 * scale for a in atoms], axis=0)] if atoms else values
    far = np.zeros(0)
    if ends is not None:
        reach = _REACH * (ends[1] - ends[0])
        near = (bulk >= ends[0] - reach) & (bulk <= ends[1] + reach)
        bulk, far = bulk[near], bulk[~near]
    if bulk.size == 0:
        return np.zeros(1), far
    low, high = ends or (float(bulk.min()), float(bulk.max()))
    width = (high - low) / bins
    if width == 0:
        low, width = low - 0.5, 1.0 / bins
    left, right = np.floor((bulk.min() - low) / width), np.floor((bulk.max() - low) / width) + 1
    at = low + width * np.arange(left, right + 1)
    counts, _ = np.histogram(bulk, bins=at)
    heights = counts / (values.size * width)
    axes.bar(at[:-1], heights, width, align="edge", color=HISTOGRAM, alpha=0.55, linewidth=0, label=label)
    return heights, far


def _top(curves: Curves, heights: np.ndarray) -> float:
    """Return the top of the axis: all of a bounded density, a part of one that diverges at an edge."""
    values = [np.asarray(y, float)[np.isfinite(np.asarray(y, float))] for _, y in curves.values()]
    whole = np.concatenate([v for v in values if v.size] or [np.zeros(1)])
    bulk = float(np.quantile(whole, 0.97))
    peak = float(whole.max())
    limit = peak if peak < 4 * bulk or bulk == 0 else 2 * bulk
    return 1.08 * max(limit, float(heights.max()), 1e-12)


def _mark_edges(axes: Any, edges: Iterable[float]) -> None:
    places = sorted(float(e) for e in edges)
    if places:
        axes.plot(
            places, [0.0] * len(places), linestyle="none", marker="^", markersize=6, color=INK, clip_on=False, zorder=5,
            label="edge" if len(places) == 1 else "edges",
        )  # fmt: skip


def _mark_atoms(axes: Any, atoms: Mapping[float, float]) -> None:
    top = axes.get_ylim()[1]
    for number, (place, mass) in enumerate(atoms.items()):
        axes.annotate(
            "", (place, 0.86 * top), (place, 0.0), arrowprops={"arrowstyle": "-|>", "color": PALETTE[1], "lw": 1.8}
        )
        axes.annotate(f"atom {float(mass):.4g}", (place, 0.9 * top), ha="center", fontsize=9)
        axes.plot([place], [0.0], color=PALETTE[1], label="atom" if number == 0 else None)


def _mark_outliers(axes: Any, outliers: Iterable[float]) -> None:
    places = np.sort(np.asarray([*outliers], float))
    if not places.size:
        return
    low, high = axes.get_xlim()
    reach = _REACH * (high - low)
    near = places[(places >= low - reach) & (places <= high + reach)]
    axes.plot(
        near, [0.0] * len(near), linestyle="none", marker="o", markersize=4.5, color=PALETTE[1], clip_on=False,
        zorder=6, label="outlier" if len(places) == 1 else "outliers",
    )  # fmt: skip
    height, ends = 0.04 * axes.get_ylim()[1], axes.get_xlim()
    left, right = places[places < low - reach], places[places > high + reach]
    if left.size:
        axes.text(ends[0], height, f"\u2190 {len(left)} more, to {left[0]:.3g}", fontsize=9, color=PALETTE[1])
    if right.size:
        words = f"{len(right)} more, to {right[-1]:.3g} \u2192"
        axes.text(ends[1], height, words, ha="right", fontsize=9, color=PALETTE[1])


def _legend(axes: Any) -> None:
    if axes.get_legend_handles_labels()[1]:
        axes.legend()
