"""Time the derivations of one gallery file in this process: ``python -m benchmarks.derive FILE RUNS`` prints JSON.

The first pass is cold: nothing but the imports of the package has happened before it. Times are CPU times: the work is
one thread's, so they are wall times of an idle machine.
"""

from __future__ import annotations

import json
import runpy
import sys
import time
from collections.abc import Callable

import freeprob as fp
import freeprob.pipeline

__all__ = ["time_file"]


def _timed(function: Callable, times: list[float]) -> Callable:
    def run(model, **options):
        start = time.process_time()
        derived = function(model, **options)
        derived.program  # noqa: B018 - the numeric program is part of what is timed
        times.append(time.process_time() - start)
        return derived

    return run


def time_file(path: str, runs: int) -> list[list[float]]:
    """Return, for each run of a file, the seconds of each derivation in it (equations and numeric program)."""
    passes = []
    spectrum, limit = freeprob.pipeline.spectrum, freeprob.pipeline.limit
    try:
        for _ in range(runs):
            times: list[float] = []
            fp.spectrum, fp.limit = _timed(spectrum, times), _timed(limit, times)
            runpy.run_path(path)
            passes.append(times)
    finally:
        fp.spectrum, fp.limit = spectrum, limit
    return passes


if __name__ == "__main__":
    print(json.dumps(time_file(sys.argv[1], int(sys.argv[2]))))
