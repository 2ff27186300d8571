"""Free convolutions by freeprob and by other packages, at 1000 points, against exact laws.

The peers are no dependency: the environment variable ``FREEPROB_PEERS_PYTHON`` names a Python that has them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import freeprob as fp

from .baselines import histogram
from .peer_cases import CASES, Case
from .peer_laws.measure import Answer, measure
from .peer_rows import Scale
from .table import Table
from .timing import output_of

__all__ = ["table"]

PYTHON = os.environ.get("FREEPROB_PEERS_PYTHON", sys.executable)
COLUMNS = ("law", "tool", "first", "ratio", "again", "ratio", "max", "inner", "L1", "edges", "atoms", "moments")
REMARK = """\
first: from the ingredients to the density at 1000 points; again: the density once more; ratios are to the first row of
the law with a time. Errors of the density: largest, largest farther than 1 % of the width from any edge, integral; of
edges; of masses of atoms; of moments 1 to 4 (relative above 1). "-": not offered, or not answered for a reason below.
Truth: 40 digits of formulas that are not freeprob's."""


def _answer(law: Any) -> Answer:
    return Answer(law.density, law.edges, law.atoms, lambda: law.moments(4))


def _sampled(case: Case, size: int) -> Answer:
    scale = size / case.sizes["d"]
    matrix = case.model.simulate(sizes={name: round(value * scale) for name, value in case.sizes.items()}, seed=0)
    return Answer(lambda points: histogram(matrix, points))


def _ours(case: Case) -> dict[str, Callable[[], Answer]]:
    tools: dict[str, Callable[[], Answer]] = {}
    if case.model is not None:
        tools["freeprob, pencil"] = lambda: _answer(fp.spectrum(case.model).at(**case.sizes))
    if case.convolution is not None:
        tools["freeprob, fp.free"] = lambda: _answer(case.convolution())
    return tools


def _theirs(name: str, points: np.ndarray, runs: int) -> dict[str, dict[str, Any]]:
    task = json.dumps({"law": name, "points": points.tolist(), "runs": runs})
    try:
        return json.loads(output_of(["-m", "benchmarks.peer_laws"], task, PYTHON))
    except (RuntimeError, OSError) as problem:
        return {"all peers": {"problems": {"process": str(problem)}}}


def _rows(name: str, runs: int, quick: bool, notes: list[str]) -> list[tuple[str, ...]]:
    case, size = CASES[name], 200 if quick else 1000
    scale = Scale(case.exact(), 50 if quick else 1000)
    results = {tool: measure(make, scale.points, runs) for tool, make in _ours(case).items()}
    results |= _theirs(name, scale.points, runs)
    if case.model is not None:
        results[f"one sample of size {size}, histogram"] = measure(lambda: _sampled(case, size), scale.points, runs)
    unit = next((result for result in results.values() if "density" in result), {})
    rows = []
    for tool, result in results.items():
        said = list(dict.fromkeys(result["problems"].values()))
        notes.extend(text for text in said if text not in notes)
        marks = "".join(f" [{notes.index(text) + 1}]" for text in said)
        rows.append((case.title, tool + marks, *scale.cells(result, unit)))
    return rows


def table(runs: int, quick: bool) -> Table:
    names = ["semicircle_marchenko_pastur", "projection_corner"] if quick else list(CASES)
    notes: list[str] = []
    rows = [row for name in names for row in _rows(name, runs, quick, notes)]
    explained = [f"[{number}] {text}" for number, text in enumerate(notes, start=1)]
    return Table("Peers: free convolutions", COLUMNS, rows, "\n".join([REMARK, *explained]))
