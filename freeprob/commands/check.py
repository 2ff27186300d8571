"""``freeprob check``: residual, precision, series, simulation, and a verdict."""

from __future__ import annotations

from typing import Any

import click
import numpy as np

from ..errors import FreeprobError
from .model_file import BadInput, load, split_name
from .values import at_option

__all__ = ["command"]


@click.command("check", epilog="Example:  freeprob check model.py:law --at n=1 --at d=0.37 --at p=1.6 --seed 1")
@click.argument("model", metavar="FILE[:NAME]")
@at_option
@click.option("--quick", is_flag=True, help="Fewer points and smaller simulations.")
@click.option("--seed", default=0, show_default=True, help="Seed of the simulation.")
@click.option("--size", type=click.IntRange(min=8), help="Largest dimension of the smaller of the two simulations.")
def command(model: str, values: dict[str, Any], quick: bool, seed: int, size: int | None) -> None:
    """Check the models in a Python file numerically; exit with status 1 if a check fails.

    Prints a table of checks and a verdict with reasons. Values of AT in the file are used where --at gives none.
    """
    path, name = split_name(model)
    file = load(path)
    passed = True
    for one in file.chosen(name):
        derivation = file.derive(one)
        bound = file.values(derivation, values)
        ranges = [k for k, v in bound.items() if np.ndim(v) > 0]
        if ranges:
            raise BadInput(f"a check needs one number for {', '.join(ranges)}, not a range")
        try:
            derivation.at(**bound)  # before the checks: bad input is no failed check
            report = derivation.check(quick=quick, seed=seed, size=size, **bound)
        except FreeprobError as error:
            raise BadInput(f"{path.name}:{one}: {error}") from error
        click.echo(f"{one}: {report}\n")
        passed &= report.passed
    if not passed:
        raise SystemExit(1)
