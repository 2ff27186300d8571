"""Other packages on laws that they know: Marchenko-Pastur, and semicircle plus Marchenko-Pastur, both at 1000 points.

The peers are no dependency: the environment variable ``FREEPROB_PEERS_PYTHON`` names a Python that has them.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

import freeprob as fp
from freeprob.derived import SpectralLaw

from .baselines import histogram, roots_density
from .table import Table, error, ratio, seconds
from .timing import median_seconds, output_of
from .truth import distance, midpoints, true_density

__all__ = ["table"]

AT = {"n": 2.0, "d": 1.0}
PYTHON = os.environ.get("FREEPROB_PEERS_PYTHON", sys.executable)
SCRIPT = str(Path(__file__).with_name("peer_laws.py"))

_n, _d = fp.sizes("n d")
_X, _H = fp.gaussian(_d, _n), fp.wigner(_d)
MODELS = {"marchenko_pastur": _X @ _X.T / _n, "sum": _H / fp.sqrt(_d) + _X @ _X.T / _n}
NAMES = {"marchenko_pastur": "MP(0.5)", "sum": "semicircle + MP(0.5)"}


def _peers(kind: str, points: np.ndarray, runs: int) -> dict[str, dict]:
    try:
        return json.loads(
            output_of([SCRIPT], json.dumps({"law": kind, "points": points.tolist(), "runs": runs}), PYTHON)
        )
    except (RuntimeError, OSError) as problem:
        return {"peers": {"missing": str(problem)}}


def _rows(kind: str, law: SpectralLaw, runs: int, quick: bool) -> list[tuple[str, ...]]:
    bound = law.at(**AT)
    points = midpoints(bound, 50 if quick else 1000)
    width = points[-1] - points[0]
    inner = (points > points[0] + 0.01 * width) & (points < points[-1] - 0.01 * width)
    truth = true_density(bound, points)
    rows: list[tuple[str, ...]] = []
    ours = median_seconds(lambda: bound.density(points), 3 * runs)

    def add(tool: str, time: float, density: np.ndarray) -> None:
        worst, area = distance(density, truth, width)
        inside, _ = distance(density[inner], truth[inner], width)
        rows.append((NAMES[kind], tool, seconds(time), ratio(time, ours), error(worst), error(inside), error(area)))

    add("freeprob, derived from the model", ours, bound.density(points))
    for tool, result in _peers(kind, points, runs).items():
        if "missing" in result:
            rows.append((NAMES[kind], f"{tool}: {result['missing']}", *["-"] * 5))
        else:
            add(tool, result["seconds"], np.array(result["density"]))
    by_roots = roots_density(law, AT)
    add("numpy.roots, polynomial given", median_seconds(lambda: by_roots(points), runs), by_roots(points))
    size = 200 if quick else 2000
    sizes = {name: round(value * size) for name, value in AT.items()}

    def sampled() -> np.ndarray:
        return histogram(MODELS[kind].simulate(sizes=sizes, seed=0), points)

    add(f"one sample of size {size}, histogram", median_seconds(sampled, 1), sampled())
    return rows


def table(runs: int, quick: bool) -> Table:
    kinds = ["sum"] if quick else list(MODELS)
    rows = [row for kind in kinds for row in _rows(kind, fp.spectrum(MODELS[kind]), runs, quick)]
    columns = ("law", "tool", "median", "of freeprob", "max error", "inner error", "L1 error")
    return Table("Peers: densities", columns, rows, "Inner: without 1 % of the width at either end.")
