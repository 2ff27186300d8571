"""What a tool answers about one law, and the time it takes; freeprob and its peers are measured by these lines."""

from __future__ import annotations

import contextlib
import io
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Answer", "measure"]

PATIENCE = 5.0
"""Seconds after which no further run begins."""


@dataclass(frozen=True)
class Answer:
    """One law by one tool: the density at points and, where the tool offers them, edges, atoms, moments 1 to 4."""

    density: Callable[[np.ndarray], Any]
    edges: Callable[[], Any] | None = None
    atoms: Callable[[], Mapping[float, float]] | None = None
    moments: Callable[[], Any] | None = None


def measure(make: Callable[[], Answer], points: np.ndarray, runs: int) -> dict[str, Any]:
    """Return what a tool answers as plain lists, with two times, and in ``problems`` what it could not answer.

    ``first`` is the time from the ingredients of the law to its density at the points, ``again`` that of the density at
    the points once more. Both are medians; one run before them loads and compiles code.
    """
    result: dict[str, Any] = {"problems": {}}
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        try:
            answer = make()
        except Exception as error:
            return {"problems": {"law": _said(error)}}
        for name, question in {
            "density": lambda: _floats(answer.density(points)),
            "edges": answer.edges and (lambda: _floats(answer.edges())),
            "atoms": answer.atoms and (lambda: [[float(x), float(mass)] for x, mass in answer.atoms().items()]),
            "moments": answer.moments and (lambda: _floats(answer.moments())),
        }.items():
            try:
                result[name] = question() if question else None
            except Exception as error:
                result["problems"][name] = _said(error)
        if "density" in result:
            result["first"] = _median(lambda: make().density(points), runs)
            result["again"] = _median(lambda: answer.density(points), runs)
    return result


def _median(function: Callable[[], Any], runs: int) -> float:
    times: list[float] = []
    while len(times) < runs and sum(times) < PATIENCE:
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _floats(values: Any) -> list[float]:
    return [float(value) for value in np.ravel(np.asarray(values, dtype=float))]


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
