"""Print the tables of all benchmarks: ``python -m benchmarks [--quick] [--runs N] [TOPIC ...]``."""

from __future__ import annotations

import argparse
import importlib
import os
import platform

TOPICS = ("startup", "gallery", "networks", "density", "quantities", "peers")
"""Each is a module here with a function ``table(runs, quick)``."""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Medians of what the package promises.")
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"some of: {', '.join(TOPICS)}; default all")
    parser.add_argument("--runs", type=int, default=5, help="runs of each measurement; the median counts")
    parser.add_argument("--quick", action="store_true", help="a few seconds: few rows, small sizes, one run")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.topics) - set(TOPICS))
    if unknown:
        parser.error(f"no topic {', '.join(unknown)}; there are {', '.join(TOPICS)}")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    for topic in options.topics or TOPICS:
        module = importlib.import_module(f"benchmarks.{topic}")
        print(module.table(1 if options.quick else options.runs, options.quick), flush=True)


if __name__ == "__main__":
    main()
