"""Densities by other packages; run by :mod:`benchmarks.peers`, perhaps with another Python, so it imports no freeprob.

Reads ``{"law": name, "points": [...], "runs": k}`` from standard input and writes, for each tool that knows the law,
its time and its values, or why it is missing.
"""

from __future__ import annotations

import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

RATIO = 0.5


def _freealg_marchenko_pastur() -> Callable:
    return importlib.import_module("freealg.distributions").MarchenkoPastur(RATIO).density


def _freealg_levy(**options: float) -> Callable:
    law = importlib.import_module("freealg.distributions").FreeLevy([RATIO], [1.0], 1 / RATIO, sigma=1.0)
    return lambda points: law.density(points, **options)


def _skrmt() -> Callable:
    return importlib.import_module("skrmt.ensemble.spectral_law").MarchenkoPasturDistribution(RATIO).pdf


TOOLS: dict[str, dict[str, Callable[[], Callable]]] = {
    "marchenko_pastur": {"freealg MarchenkoPastur": _freealg_marchenko_pastur, "scikit-rmt (closed form)": _skrmt},
    "sum": {"freealg FreeLevy": _freealg_levy, "freealg FreeLevy, eta 1e-8": lambda: _freealg_levy(eta=1e-8)},
}


def _measure(make: Callable[[], Callable], points: np.ndarray, runs: int) -> dict:
    try:
        density = make()
        values = np.asarray(density(points), dtype=float)
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            density(points)
            times.append(time.perf_counter() - start)
    except Exception as error:
        return {"missing": f"{type(error).__name__}: {error}"}
    return {"seconds": statistics.median(times), "density": values.tolist()}


def main() -> None:
    task = json.load(sys.stdin)
    points = np.array(task["points"])
    print(json.dumps({k: _measure(make, points, task["runs"]) for k, make in TOOLS[task["law"]].items()}))


if __name__ == "__main__":
    main()
