"""Deriving every model of the gallery, the first time in a fresh process and when the process is warm."""

from __future__ import annotations

import json
import statistics

from .table import Table, ratio, seconds
from .timing import ROOT, output_of

__all__ = ["table"]

SPECTRUM, NUMBER = 0.3, 2.0
"""Goals in seconds for a spectrum and for a test error."""

WARM = 3
"""Later derivations of a file in each fresh process."""

AUTO_FPT = {
    "classical/marchenko_pastur": "0.53-0.63",
    "covariance/silverstein": "0.90-1.05",
    "learning/random_features_ridge": "2.0-3.9",
    "learning/ridge_covariance": "4.2-7.4",
    "learning/ridge_isotropic": "4.2-7.4",
}
"""Published seconds of auto-fpt on the nearest example (measured 2026-11-23, SymPy 1.14 and 1.12), its pencil given."""

FILES = sorted((ROOT / "derivations").glob("*/*.py"))


def _slowest(passes: list[list[float]]) -> float:
    """Return the median over the passes of each derivation of a file; the slowest of them."""
    return max(statistics.median(times) for times in zip(*passes))


def table(runs: int, quick: bool) -> Table:
    files = [path for path in FILES if path.stem == "marchenko_pastur"] if quick else FILES
    rows = []
    for path in files:
        name = str(path.relative_to(ROOT / "derivations").with_suffix(""))
        processes = [
            json.loads(output_of(["-m", "benchmarks.derive", str(path), str(1 + WARM)])) for _ in range(min(runs, 3))
        ]
        cold = [passes[0] for passes in processes]
        warm = [times for passes in processes for times in passes[1:]]
        if not warm[0]:  # a file without a model
            continue
        goal = NUMBER if name.startswith("learning/") else SPECTRUM
        first, later = _slowest(cold), _slowest(warm)
        rows.append(
            (
                name,
                str(len(warm[0])),
                seconds(first),
                seconds(later),
                seconds(goal),
                ratio(first, goal),
                ratio(later, goal),
                AUTO_FPT.get(name, "-"),
            )
        )
    return Table(
        "Derivations: equations and numeric program (the slowest of a file)",
        ("file", "models", "first", "later", "goal", "first / goal", "later / goal", "auto-fpt [s]"),
        rows,
        "First: in a fresh process after import; later: in a warm one; both are CPU times. auto-fpt: seconds to raw "
        "equations on the nearest of its examples, from a pencil made beforehand in Mathematica.",
    )
