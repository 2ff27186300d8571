"""The density of the random-features model on 1000 points: the written solver, the package, two baselines."""

from __future__ import annotations

import importlib.util
import runpy
import tempfile
from pathlib import Path
from types import ModuleType

import numpy as np

from .baselines import histogram, roots_density
from .table import Table, error, ratio, seconds
from .timing import ROOT, median_seconds
from .truth import distance, midpoints, true_density

__all__ = ["table"]

GOAL = 0.015
AT = {"n": 1.0, "d": 0.7, "p": 0.45}


def _load(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location("solver", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def table(runs: int, quick: bool) -> Table:
    model = runpy.run_path(str(ROOT / "derivations" / "networks" / "random_features.py"))
    law = model["law"]
    bound = law.at(**AT)
    points = midpoints(bound, 50 if quick else 1000)
    width = points[-1] - points[0]
    truth = true_density(bound, points)
    rows: list[tuple[str, ...]] = []
    measured: list[float] = []

    def add(what: str, time: float, density: np.ndarray | None) -> None:
        measured.append(time)
        worst, area = (None, None) if density is None else distance(density, truth, width)
        rows.append((what, seconds(time), ratio(time, GOAL), ratio(time, measured[0]), error(worst), error(area)))

    with tempfile.TemporaryDirectory() as folder:
        path = law.write_solver(Path(folder) / "solver.py", **AT)

        def first_call() -> None:
            _load(path).density(points, **AT)

        solver = _load(path)
        solver.density(points, **AT)
        add(
            f"written NumPy solver, {len(points)} points",
            median_seconds(lambda: solver.density(points, **AT), 3 * runs),
            solver.density(points, **AT),
        )
        add("the same, first call after reading the file", median_seconds(first_call, runs), None)
    bound.density(points)
    add("law.at(...).density", median_seconds(lambda: bound.density(points), 3 * runs), bound.density(points))
    add("law.at(...) and density, from nothing", median_seconds(lambda: law.at(**AT).density(points), runs), None)
    by_roots = roots_density(law, AT)
    add("numpy.roots at each point, polynomial given", median_seconds(lambda: by_roots(points), runs), by_roots(points))
    n = 200 if quick else 2000
    sizes = {name: round(value * n) for name, value in AT.items()}

    def sampled() -> np.ndarray:
        return histogram(model["M"].simulate(sizes=sizes, seed=0), points)

    add(f"one sample, eigvalsh, histogram; n = {n}", median_seconds(sampled, 1), sampled())
    return Table(
        "Density of the random-features model (tanh, d/n = 0.7, p/n = 0.45)",
        ("what", "median", f"of goal {seconds(GOAL)}", "of the first row", "max error", "L1 error"),
        rows,
        "Truth: Newton's method with 40 digits at every point.",
    )
