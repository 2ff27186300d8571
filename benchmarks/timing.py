"""Medians of wall times, in this process and in fresh ones."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "command_seconds", "median_seconds", "output_of"]

ROOT = Path(__file__).resolve().parent.parent


def median_seconds(function: Callable[[], Any], runs: int) -> float:
    """Return the median wall time of a call."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def output_of(arguments: Sequence[str], text: str = "", python: str = sys.executable) -> str:
    """Run Python with arguments at the root of the repository and return what it prints."""
    done = subprocess.run([python, *arguments], input=text, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stderr.strip() or "no message").splitlines()[-1])
    return done.stdout


def command_seconds(arguments: Sequence[str], runs: int) -> float:
    """Return the median wall time of a fresh Python process; one run before the others fills the caches of files."""
    output_of(arguments)
    return median_seconds(lambda: output_of(arguments), runs)
