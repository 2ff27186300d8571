"""Read ``{"law": name, "points": [...], "runs": k}`` and write what each tool that knows the law answers."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys

import numpy as np

import benchmarks.peer_laws

from .measure import measure


def main() -> None:
    task = json.load(sys.stdin)
    points = np.array(task["points"])
    makers = {}
    for found in pkgutil.iter_modules(benchmarks.peer_laws.__path__):
        if found.name != "__main__":
            module = importlib.import_module(f"benchmarks.peer_laws.{found.name}")
            makers |= getattr(module, "LAWS", {}).get(task["law"], {})
    print(json.dumps({label: measure(make, points, task["runs"]) for label, make in makers.items()}))


if __name__ == "__main__":
    main()
