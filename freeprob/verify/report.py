"""A report of a derivation: its graph, its steps and equations, figures with simulation, and checks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import MissingValue
from ..export import html
from ..export.drawing import graph_svg
from ..export.plot import curve_figure, law_figure
from ..language.graph import graph, positions
from ..language.laws import Law
from ..observe.spectral_distance import Reference, split_outliers
from .simulated_model import SimulatedModel
from .vector_average import vector_average

__all__ = ["write_report"]

_EIGENVALUES = 600
_SIZE = 240
_REPLICATES = 8
_DRAWS = 128
_PLACES = 8


def write_report(derivation: Any, path: Path, at: Mapping[str, Any], check: Any = None) -> Path:
    """Write a self-contained HTML report.

    Parameters
    ----------
    derivation : SpectralLaw or LimitValue
    path : Path
    at : mapping of str to number, law or array
        Values for the figures; empty for a report without figures. Of a spectral law the density is drawn over the
        eigenvalues of one simulated matrix. Of a limit, the curve over the one value that is an array is drawn, with
        simulated points.
    check : CheckReport, optional

    Returns
    -------
    Path
    """
    view = graph(derivation.expression, derivation.names)
    drawing = graph_svg(view, positions(view))
    figures = _figures(derivation, dict(at)) if at else {}
    return html.report(derivation, path, figures=figures, check=check, graph=drawing)


def _figures(derivation: Any, at: dict[str, Any]) -> dict[str, Any]:
    arrays = [name for name, value in at.items() if not isinstance(value, Law) and np.ndim(value) > 0]
    if derivation.kind == "spectrum" and not arrays:
        return _density(derivation, at)
    if derivation.kind == "limit" and len(arrays) == 1:
        return _curve(derivation, at, arrays[0])
    if derivation.kind == "limit" and not arrays:
        return {}
    wanted = "one array of values" if derivation.kind == "limit" else "numbers"
    raise ValueError(f"the figure of a {derivation.kind} needs {wanted}, not arrays for {', '.join(arrays)}")


def _density(derivation: Any, at: dict[str, Any]) -> dict[str, Any]:
    law = derivation.at(**at)
    sample, source = None, ""
    try:
        model = SimulatedModel(derivation.expression, at)
    except MissingValue:
        model = None
    if model is not None:
        sizes, _ = model.sizes(_EIGENVALUES)
        values = model.eigenvalues(sizes, seed=0)
        sample = split_outliers(values, Reference(law))
        beyond = len(values) - len(sample)
        source = f"; bars: one matrix with {_listed(sizes)}"
        source += f", without {beyond} outlier{'s' if beyond > 1 else ''}" if beyond else ""
    return {f"Density at {_listed(at)}{source}.": law_figure(law, eigenvalues=sample)}


def _curve(derivation: Any, at: dict[str, Any], name: str) -> dict[str, Any]:
    x = np.asarray(at[name], dtype=float).ravel()
    y = derivation.curve(progress=False, **{**at, name: x})
    points, source = {}, ""
    places = x[np.unique(np.linspace(0, len(x) - 1, _PLACES).round().astype(int))]
    try:
        measured = [_measure(derivation, {**at, name: float(v)}) for v in places]
        points = {"limit": (places, [m for m, _ in measured], [e for _, e in measured])}
        source = f"; points: mean and standard error of {_REPLICATES} samples, the largest size near {_SIZE}"
    except MissingValue:
        pass
    fixed = {k: v for k, v in at.items() if k != name}
    figure = curve_figure({"limit": (x, y)}, points, x_label=name.removesuffix("_"))
    return {f"Limit against {name.removesuffix('_')} at {_listed(fixed)}{source}.": figure}


def _measure(derivation: Any, values: dict[str, Any]) -> tuple[float, float]:
    model = SimulatedModel(derivation.expression, values)
    sizes, _ = model.sizes(_SIZE)
    samples = [vector_average(model.expression, sizes, model.parameters, seed, _DRAWS) for seed in range(_REPLICATES)]
    return float(np.mean(samples)), float(np.std(samples, ddof=1) / np.sqrt(_REPLICATES))


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.removesuffix('_')} = {value}" for name, value in values.items())
