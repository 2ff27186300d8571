"""``freeprob gallery``: the papers that come with the package, listed, derived and checked."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from ..errors import FreeprobError
from ..solve.one_sided import LimitFromAbove
from .model_file import BadInput, Derivation, ModelFile, headline, load
from .terminal import counted, described

__all__ = ["command", "gallery_files"]

PACKAGE = Path(__file__).parents[1]
FOLDERS = (PACKAGE / "_gallery", PACKAGE.parent / "derivations")
"""Where the gallery is: inside an installed package, or beside the package in a checkout."""

_SMALL = 0.01
"""Where a number is checked that is a limit of a parameter which goes to 0."""


def gallery_files() -> dict[str, Path]:
    """Return the files of the gallery by chapter and name, in order."""
    for folder in FOLDERS:
        files = {f"{path.parent.name}/{path.stem}": path for path in sorted(folder.glob("*/[!_]*.py"))}
        if files:
            return files
    raise BadInput(f"the gallery was not found in {' or '.join(map(str, FOLDERS))}; install the package again")


@click.command("gallery", epilog="Example:  freeprob gallery marchenko_pastur")
@click.argument("name", required=False)
@click.option("--run", is_flag=True, help="Derive and check every model; one line for each.")
@click.option("--full", is_flag=True, help="Check at full size, not quickly.")
def command(name: str | None, run: bool, full: bool) -> None:
    """List the gallery, or derive and check the models of one of its papers.

    NAME is a file of the gallery such as marchenko_pastur, or a chapter such as learning. Exits with status 1 if a
    check fails.
    """
    files = gallery_files()
    if name is None and not run:
        width = max(map(len, files))
        for key, path in files.items():
            click.echo(f"{key:{width}}  {headline(path)}")
        click.echo(f"\n{len(files)} papers; freeprob gallery NAME derives and checks one, --run all of them")
        return
    chosen = _chosen(files, name)
    passed = True
    for key, path in chosen.items():
        file = load(path)
        for one in file.chosen(None):
            passed &= _run(file, key, one, quick=not full, details=len(chosen) == 1)
    if not passed:
        raise SystemExit(1)


def _chosen(files: dict[str, Path], name: str | None) -> dict[str, Path]:
    if name is None:
        return files
    wanted = name.removesuffix(".py")
    found = {k: p for k, p in files.items() if wanted in (k, *k.split("/"))}
    if not found:
        names = ", ".join(k.split("/")[1] for k in files)
        raise BadInput(f"the gallery has no {name}; it has {names}")
    return found


def _run(file: ModelFile, key: str, name: str, *, quick: bool, details: bool) -> bool:
    """Derive and check one model; return whether it passed."""
    began = time.perf_counter()
    try:
        derivation = file.derive(name)
        took = time.perf_counter() - began
        if details:
            click.echo(described(derivation, name) + "\n")
        values, note = _checked_at(derivation, file.values(derivation, {}))
        report = derivation.check(quick=quick, **values)
    except FreeprobError as error:
        click.echo(f"{key}:{name}  failed: {error}")
        return False
    if details:
        click.echo(f"{report}\n")
    unknowns = counted(len(derivation.system.unknowns))
    click.echo(f"{key}:{name}  {unknowns}, derived in {took:.2f} s, check{note}: {report.verdict}")
    return report.passed


def _checked_at(derivation: Derivation, values: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the values to check at, and how they differ: at a penalty of 0 is a limit, and checks need a solution."""
    bound = derivation.at(**values)
    if not isinstance(bound, LimitFromAbove):
        return values, ""
    name = bound.parameter
    others = {key: value for key, value in values.items() if key.rstrip("_") != name}
    return {**others, name: _SMALL}, f" at {name} = {_SMALL}"
