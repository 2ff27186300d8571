"""Values given on the command line: numbers, ranges and laws by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import numpy as np

from ..errors import FreeprobError
from ..language import laws

__all__ = ["at_option", "grid_option", "parse_grid", "parse_value", "parse_values"]

SYNTAX = (
    "a number (0.37, 1/3, 1e-4), a range start:stop:points (0.1:5:40), or a law: atoms(1:0.5,3:0.5), uniform(0.5,2), "
    "semicircle(1), marchenko_pastur(0.5), power_law(1.5,0.1,10), bernoulli(0.3), empirical(values.txt)"
)


def parse_value(text: str) -> Any:
    """Return the number, range or law that a text spells.

    Raises
    ------
    click.BadParameter
        If the text spells none.

    Examples
    --------
    >>> parse_value("1/3")
    Fraction(1, 3)
    >>> print(parse_value("atoms(1:0.5, 3:0.5)"))
    atoms({1: 1/2, 3: 1/2})
    """
    name, bracket, rest = text.strip().partition("(")
    if bracket:
        if not rest.endswith(")"):
            raise click.BadParameter(f"{text!r} has no closing bracket")
        return _law(name.strip(), rest[:-1], text)
    parts = text.split(":")
    if len(parts) == 1:
        return _number(text)
    if len(parts) != 3 or not parts[2].strip().isdigit() or int(parts[2]) < 2:
        raise click.BadParameter(f"{text!r} is no range; write start:stop:points, for example 0.1:5:40")
    return np.linspace(float(_number(parts[0])), float(_number(parts[1])), int(parts[2]))


def _number(text: str) -> Fraction:
    try:
        return Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        raise click.BadParameter(f"{text!r} is no value; write {SYNTAX}") from None


def _law(name: str, inside: str, text: str) -> Any:
    makers = {n: getattr(laws, n) for n in laws.__all__ if n.islower() and n not in ("density", "symbolic")}
    if name not in makers:
        raise click.BadParameter(f"{name!r} is no law; the laws are {', '.join(sorted(makers))}")
    parts = [part.strip() for part in inside.split(",") if part.strip()]
    try:
        if name == "empirical":
            return makers[name](np.loadtxt(Path(inside.strip().strip("'\"")), ndmin=1))
        if any(":" in part for part in parts):
            pairs = [part.split(":") for part in parts]
            return makers[name]({_number(x): _number(w) for x, w in pairs})
        keywords = dict(part.split("=", 1) for part in parts if "=" in part)
        return makers[name](
            *(_number(part) for part in parts if "=" not in part),
            **{key.strip(): _number(number) for key, number in keywords.items()},
        )
    except (FreeprobError, TypeError, ValueError, OSError) as error:
        raise click.BadParameter(f"{text}: {error}") from error


def parse_values(context: click.Context, option: click.Parameter, given: Sequence[str]) -> dict[str, Any]:
    """Return the values of all ``--at name=value`` options; ``lambda`` stands for ``lambda_``."""
    return _named(context, option, given, parse_value, "n=1")


def _named(
    context: click.Context, option: click.Parameter, given: Sequence[str], parse: Callable[[str], Any], example: str
) -> dict[str, Any]:
    """Return what all options ``name=value`` spell, by name."""
    values: dict[str, Any] = {}
    for text in given:
        name, equal, spelled = text.partition("=")
        name = name.strip()
        if not equal or not name.isidentifier():
            raise click.BadParameter(f"{text!r} should read name=value, for example {example}", context, option)
        name = "lambda_" if name == "lambda" else name
        if name in values:
            raise click.BadParameter(f"{name} is given twice", context, option)
        try:
            values[name] = parse(spelled)
        except click.BadParameter as error:
            raise click.BadParameter(f"{name}: {error.message}", context, option) from error
    return values


def parse_grid(text: str) -> np.ndarray:
    """Return the grid that ``start:stop:points`` spells, or ``start:stop:points:log``, or a list ``0.1,1,10``.

    Raises
    ------
    click.BadParameter
        If the text spells none.

    Examples
    --------
    >>> parse_grid("0.01:1:3:log").round(12)
    array([0.01, 0.1 , 1.  ])
    >>> parse_grid("0, 1/2, 2")
    array([0. , 0.5, 2. ])
    """
    if "," in text:
        return np.sort([float(_number(part)) for part in text.split(",") if part.strip()])
    parts = text.split(":")
    if len(parts) == 4 and parts[3].strip() == "log":
        ends = parse_value(":".join(parts[:3]))
        if not (ends > 0).all():
            raise click.BadParameter(f"{text!r}: a logarithmic grid needs positive ends")
        return np.geomspace(ends[0], ends[-1], len(ends))
    if len(parts) != 3:
        raise click.BadParameter(f"{text!r} is no grid; write start:stop:points, start:stop:points:log or 0.1,1,10")
    return parse_value(text)


def _parse_grids(context: click.Context, option: click.Parameter, given: Sequence[str]) -> dict[str, np.ndarray]:
    return _named(context, option, given, parse_grid, "p=0.1:5:100")


def grid_option(command: Any) -> Any:
    """Add ``--grid name=start:stop:points`` to a command."""
    return click.option(
        "--grid",
        "grids",
        metavar="NAME=START:STOP:POINTS[:log]",
        multiple=True,
        required=True,
        callback=_parse_grids,
        help="The values of a size or parameter, once or twice: equally spaced, or with :log by a constant factor; or "
        "a list 0.1,1,10.",
    )(command)


def at_option(command: Any) -> Any:
    """Add ``--at name=value`` to a command."""
    return click.option(
        "--at",
        "values",
        metavar="NAME=VALUE",
        multiple=True,
        callback=parse_values,
        help=f"Value of a size, parameter or law, once for each: {SYNTAX}. Only ratios of sizes matter. Values that "
        "are left out are those of AT in the file.",
    )(command)
