"""``freeprob derive``: equations in the terminal, and documents, solvers and pictures as files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import numpy as np

from ..derived import SpectralLaw
from ..errors import FreeprobError
from ..language.laws import Law
from ..targets import TARGETS
from .figure import write_figure
from .model_file import BadInput, Derivation, ModelFile, load, split_name
from .terminal import described, summary
from .values import at_option

__all__ = ["command"]

FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command(
    "derive",
    epilog="Example:  freeprob derive model.py:law --at n=1 --at d=0.37 --at p=1.6 --latex law.tex --plot law.png",
)
@click.argument("model", metavar="FILE[:NAME]")
@at_option
@click.option(
    "--via",
    type=click.Choice(["pencil", "scalar"]),
    help="Route to the equations of spectral laws: a linear pencil (as in the file), or R- and S-transforms.",
)
@click.option("--latex", type=FILE, help="Write the derivation with citations as a LaTeX document.")
@click.option("--solver", type=FILE, help="Write a stand-alone solver.")
@click.option("--target", default="numpy", show_default=True, help="Language of the solver.")
@click.option("--report", type=FILE, help="Write a self-contained HTML report.")
@click.option("--plot", type=FILE, help="Draw the density, or a limit over a range of one value (.png, .svg or .pdf).")
@click.option(
    "--check", is_flag=True, help="Check the result, also in the report; exit with status 1 if a check fails."
)
@click.option("--quiet", is_flag=True, help="Do not print the equations.")
def command(
    model: str,
    values: dict[str, Any],
    via: str | None,
    latex: Path | None,
    solver: Path | None,
    target: str,
    report: Path | None,
    plot: Path | None,
    check: bool,
    quiet: bool,
) -> None:
    """Derive the equations of the models in a Python file.

    FILE defines models at top level: spectral laws (fp.spectrum), limits (fp.limit), or expressions, of which a square
    one means its spectrum and a 1 x 1 one its limit. NAME chooses one of them; without it all are derived. Values of AT
    in the file are used where --at gives none.
    """
    path, name = split_name(model)
    file = load(path)
    chosen = file.chosen(name)
    outputs = {"--latex": latex, "--solver": solver, "--report": report, "--plot": plot}
    _check_outputs(outputs, chosen, path, target)
    passed = True
    for one in chosen:
        try:
            passed &= _derive(file, one, values, via, outputs, target, check, quiet)
        except (FreeprobError, ValueError, OSError) as error:
            raise BadInput(f"{path.name}:{one}: {error}") from error
    if not passed:
        raise SystemExit(1)


def _check_outputs(outputs: dict[str, Path | None], chosen: list[str], path: Path, target: str) -> None:
    if target not in TARGETS:
        raise BadInput(f"there is no target {target!r}; the targets are {', '.join(sorted(TARGETS))}")
    asked = {option: file for option, file in outputs.items() if file is not None}
    if asked and len(chosen) > 1:
        raise BadInput(
            f"{path.name} has {len(chosen)} models and {next(iter(asked))} writes one; choose it with {path}:NAME, "
            f"where NAME is one of {', '.join(chosen)}"
        )
    for option, file in asked.items():
        if not file.parent.is_dir():
            raise BadInput(f"{option}: there is no folder {file.parent}")


def _derive(
    file: ModelFile,
    name: str,
    given: dict[str, Any],
    via: str | None,
    outputs: dict[str, Path | None],
    target: str,
    check: bool,
    quiet: bool,
) -> bool:
    """Print and write one model; return whether its check passed."""
    derivation = file.derive(name)
    if via is not None:
        if not isinstance(derivation, SpectralLaw):
            raise BadInput(f"--via chooses the route of a spectral law, and {name} is the limit of a number")
        derivation = derivation.via(via)
    if not quiet:
        click.echo(described(derivation, name))
    values = file.values(derivation, given)
    points = {k: v for k, v in values.items() if isinstance(v, Law) or np.ndim(v) == 0}
    ranges = [k for k in values if k not in points]
    complete = set(derivation.needs) <= {k.removesuffix("_") for k in points} | set(points)
    if not ranges and (complete or given or check):
        click.echo(f"\n{summary(derivation, values)}")  # raises the error that names what is missing
    if ranges:  # arrays hold floats
        values = {k: float(v) if isinstance(v, Fraction) else v for k, v in values.items()}
    if check and ranges:
        raise BadInput(f"a check needs one number for {', '.join(ranges)}, not a range")
    report = derivation.check(**values) if check else None
    _write(derivation, name, values, points, outputs, target, report)
    if report is not None:
        click.echo(f"\n{report}")
    elif not quiet:
        click.echo()
    return report is None or report.passed


def _write(
    derivation: Derivation,
    name: str,
    values: dict[str, Any],
    points: dict[str, Any],
    outputs: dict[str, Path | None],
    target: str,
    check: Any,
) -> None:
    latex, solver, report, plot = (outputs[f"--{option}"] for option in ("latex", "solver", "report", "plot"))
    if latex is not None:
        latex.write_text(derivation.latex(), encoding="utf-8")
    if solver is not None:
        derivation.write_solver(solver, target=target, **points)
    if plot is not None:
        write_figure(derivation, plot, values, name)
    if report is not None:
        derivation.report(report, at=values, check=check)
    for file in outputs.values():
        if file is not None:
            click.echo(f"wrote {file}")
