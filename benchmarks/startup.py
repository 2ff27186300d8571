"""Import and help: what a user waits for before anything happens."""

from __future__ import annotations

from .table import Table, ratio, seconds
from .timing import command_seconds

__all__ = ["table"]

ROWS = [
    ("empty Python", ["-c", "pass"], None),
    ("import freeprob", ["-c", "import freeprob"], 0.1),
    ("freeprob --help", ["-m", "freeprob", "--help"], None),
    ("first name of the language (loads SymPy)", ["-c", "import freeprob; freeprob.sizes"], None),
    ("first derivation imported", ["-c", "import freeprob; freeprob.spectrum"], None),
]


def table(runs: int, quick: bool) -> Table:
    rows = []
    for what, arguments, limit in ROWS[: 2 if quick else None]:
        time = command_seconds(arguments, runs)
        rows.append((what, seconds(time), seconds(limit), ratio(time, limit)))
    return Table("Start-up (fresh processes)", ("what", "median", "limit", "median / limit"), rows)
