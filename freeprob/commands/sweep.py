"""``freeprob sweep``: a number over a grid of one or two values, as a table, a file or a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from ..derived import LimitValue, SpectralLaw
from ..errors import FreeprobError
from ..export.heat_map import heat_map
from ..export.plot import curve_figure, save
from .model_file import BadInput, load, split_name
from .terminal import listed
from .values import at_option, grid_option

__all__ = ["command"]

FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
_QUANTITIES = {
    "lower": lambda law: law.edges()[0],
    "upper": lambda law: law.edges()[-1],
    "atom": lambda law: law.atoms().get(0.0, 0.0),
}


@click.command(
    "sweep",
    epilog="Example:  freeprob sweep model.py:risk --grid p=0.1:5:100 --grid lambda=1e-4:10:100:log --at n=1 "
    "--at d=0.5 --out risk.csv --plot risk.png",
)
@click.argument("model", metavar="FILE[:NAME]")
@grid_option
@at_option
@click.option("--out", type=FILE, help="Write all points: .csv with a column for each value, or .npz with arrays.")
@click.option("--plot", type=FILE, help="Draw a curve, or a heat map over two values (.png, .svg or .pdf).")
@click.option(
    "--of",
    "quantity",
    type=click.Choice(list(_QUANTITIES)),
    help="What of a spectral law: its lower or upper edge, or the mass of its atom at 0.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes; by default as many as pay.")
@click.option("--quiet", is_flag=True, help="Do not print the table.")
def command(
    model: str,
    grids: dict[str, np.ndarray],
    values: dict[str, Any],
    out: Path | None,
    plot: Path | None,
    quantity: str | None,
    workers: int | None,
    quiet: bool,
) -> None:
    """Compute a limit (or an edge or atom of a law) of a Python file over a grid of one or two values.

    FILE defines models at top level, as for freeprob derive. Limits where a penalty is 0 are those from above, and inf
    where the number diverges.
    """
    path, name = split_name(model)
    _check(grids, values, out, plot)
    file = load(path)
    chosen = file.chosen(name)
    if len(chosen) > 1:
        raise BadInput(f"{path.name} has {len(chosen)} models; choose one of {', '.join(chosen)} with {path}:NAME")
    derivation = file.derive(chosen[0])
    given = {k: v for k, v in file.values(derivation, values).items() if _plain(k) not in map(_plain, grids)}
    ranges = [k for k, v in given.items() if isinstance(v, np.ndarray)]
    if ranges:
        raise BadInput(f"{', '.join(ranges)} has a range in --at; sweep over it with --grid")
    axes = list(grids.items())
    arrays: dict[str, Any] = {k: a.reshape(-1, *[1] * (len(axes) - 1 - i)) for i, (k, a) in enumerate(axes)}
    try:
        if isinstance(derivation, SpectralLaw):
            if quantity is None:
                raise BadInput(f"{chosen[0]} is a spectral law; say what of it with --of {'|'.join(_QUANTITIES)}")
            table = derivation.curve(_QUANTITIES[quantity], workers=workers, **given, **arrays)
        else:
            assert isinstance(derivation, LimitValue)
            if quantity is not None:
                raise BadInput(f"--of chooses a quantity of a spectral law, and {chosen[0]} is the limit of a number")
            table = derivation.curve(workers=workers, **given, **arrays)
    except (FreeprobError, ValueError) as error:
        raise BadInput(f"{path.name}:{chosen[0]}: {error}") from error
    label = f"{quantity} of {chosen[0]}" if quantity else chosen[0]
    if not quiet:
        click.echo(f"{label} at {listed(given)}\n" if given else f"{label}\n")
        click.echo(_text(axes, table, label))
    if out is not None:
        _write(out, axes, table, label)
        click.echo(f"wrote {out}")
    if plot is not None:
        save(_figure(axes, table, label, listed(given)), plot)
        click.echo(f"wrote {plot}")


def _plain(name: str) -> str:
    return name.removesuffix("_")


def _check(grids: dict[str, np.ndarray], values: dict[str, Any], out: Path | None, plot: Path | None) -> None:
    if not 1 <= len(grids) <= 2:
        raise BadInput("give one or two grids, for example --grid p=0.1:5:100 --grid lambda=1e-4:10:100:log")
    twice = sorted(set(grids) & set(values))
    if twice:
        raise BadInput(f"{', '.join(twice)} is given by --grid and by --at")
    if out is not None and out.suffix not in (".csv", ".npz"):
        raise BadInput(f"--out: a table is written as .csv or .npz, not {out.name!r}")
    if plot is not None and plot.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise BadInput(f"--plot: a figure is saved as .png, .svg or .pdf, not {plot.name!r}")
    for option, file in (("--out", out), ("--plot", plot)):
        if file is not None and not file.parent.is_dir():
            raise BadInput(f"{option}: there is no folder {file.parent}")


def _text(axes: Sequence[tuple[str, np.ndarray]], table: np.ndarray, label: str) -> str:
    """Return a table for the terminal; of long axes about 20 values."""
    picked = [np.unique(np.linspace(0, len(a) - 1, min(len(a), 20 if k == 0 else 6)).astype(int)) for k, (_, a) in
              enumerate(axes)]  # fmt: skip
    name, rows = _plain(axes[0][0]), axes[0][1]
    if len(axes) == 1:
        head = [name, label]
        body = [[f"{rows[i]:.6g}", f"{table[i]:.10g}"] for i in picked[0]]
    else:
        other, columns = _plain(axes[1][0]), axes[1][1]
        head = [f"{name} \\ {other}", *(f"{columns[j]:.4g}" for j in picked[1])]
        body = [[f"{rows[i]:.6g}", *(f"{table[i, j]:.6g}" for j in picked[1])] for i in picked[0]]
    widths = [max(len(line[k]) for line in (head, *body)) for k in range(len(head))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in (head, *body)]
    shown = int(np.prod([len(p) for p in picked]))
    return "\n".join([*lines, f"({shown} of {table.size} points)"] if shown < table.size else lines)


def _write(path: Path, axes: Sequence[tuple[str, np.ndarray]], table: np.ndarray, label: str) -> None:
    if path.suffix == ".npz":
        arrays: dict[str, Any] = {_plain(name): axis for name, axis in axes}
        np.savez(path, value=table, **arrays)
        return
    columns = [*(c.ravel() for c in np.meshgrid(*(axis for _, axis in axes), indexing="ij")), table.ravel()]
    names = [*(_plain(name) for name, _ in axes), label]
    np.savetxt(path, np.column_stack(columns), delimiter=",", header=",".join(names), comments="", fmt="%.17g")


def _figure(axes: Sequence[tuple[str, np.ndarray]], table: np.ndarray, label: str, title: str) -> Any:
    (name, rows) = axes[0]
    if len(axes) == 2:
        other, columns = axes[1]
        return heat_map(columns, rows, table, x_label=_plain(other), y_label=_plain(name), label=label, title=title)
    finite = np.isfinite(table)
    log_x = bool(rows.min() > 0 and len(rows) > 2 and not np.allclose(np.diff(rows), rows[1] - rows[0]))
    heights = table[finite]
    log_y = bool(heights.size and heights.min() > 0 and heights.max() > 50 * heights.min())
    curve = {label: (rows, np.where(finite, table, np.nan))}
    return curve_figure(curve, {}, x_label=_plain(name), title=title, log_x=log_x, log_y=log_y)
