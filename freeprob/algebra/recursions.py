"""Recursions: equations that differ by a shift of the numbers of their symbols, written once with an index."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sympy

from .templates import Template, templates

__all__ = ["Recursion", "recursions"]

_LEAST = 4
"""So many equations in a row are a recursion."""

INDEX = "l"

_NUMBERED = re.compile(r"([A-Za-z]+)_(\d+)$")


@dataclass(frozen=True)
class Recursion:
    """One equation for l = first, ..., last.

    Attributes
    ----------
    left, right : SymPy expressions
        The symbols with numbers that depend on l have names like ``g_{l + 1}``.
    first, last : int
    members : tuple of int
        The numbers of the equations that it stands for.
    """

    left: sympy.Expr
    right: sympy.Expr
    first: int
    last: int
    members: tuple[int, ...]


def recursions(equations: Sequence[sympy.Eq], least: int = _LEAST) -> list[Recursion]:
    """Return the recursions among some equations.

    Parameters
    ----------
    equations : sequence of Eq
        The symbols of their left-hand sides, and the other symbols like ``c_3``, may be numbered.
    least : int
        The least number of equations in a row.

    Returns
    -------
    list of Recursion
        In order of the first equation of each.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.algebra.recursions import recursions
    >>> g, c = sympy.symbols("g_1:9"), sympy.symbols("c_1:9")
    >>> found, = recursions([sympy.Eq(g[k], c[k] / (1 + c[k - 1] * g[k + 1])) for k in range(1, 7)])
    >>> print(found.left, "=", found.right, "for l =", found.first, "...", found.last)
    g_{l + 1} = c_{l + 1}/(c_l*g_{l + 2} + 1) for l = 1 ... 6
    """
    pairs = [sympy.Tuple(equation.lhs, equation.rhs) for equation in equations]
    symbols = sorted(set().union(*(pair.free_symbols for pair in pairs)), key=_order)
    kinds = {s: match[1] for s in symbols if (match := _NUMBERED.match(s.name))}
    found = []
    for template in templates(pairs, kinds, {s: k for k, s in enumerate(symbols)}, least):
        columns = {
            x: [int(_NUMBERED.match(s.name)[2]) for s in places]  # type: ignore[index]
            for x, places in template.places.items()
        }
        for start, stop in _runs(columns.values()):
            if stop - start >= least:
                found.append(_recursion(template, columns, kinds, start, stop))
    return sorted(found, key=lambda recursion: recursion.members)


def _order(symbol: sympy.Symbol) -> tuple[str, int]:
    match = _NUMBERED.match(symbol.name)
    return (match[1], int(match[2])) if match else (symbol.name, -1)


def _runs(columns: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
    """Return the ranges of members in which each number goes up by one, down by one or stays."""
    steps = list(zip(*([b - a for a, b in itertools.pairwise(c)] for c in columns), strict=True))
    runs, start = [], 0
    for k in range(1, len(steps) + 1):
        broken = k == len(steps) or steps[k] != steps[start]
        if broken:
            if all(abs(step) <= 1 for step in steps[start]) and any(steps[start]):
                runs.append((start, k + 1))
            start = k
    return runs


def _recursion(
    template: Template,
    columns: dict[sympy.Symbol, list[int]],
    kinds: dict[sympy.Symbol, str],
    start: int,
    stop: int,
) -> Recursion:
    """Return the equation of a run; the index is the number of a coefficient where there is one."""
    moving = {x: numbers for x, numbers in columns.items() if numbers[start] != numbers[start + 1]}
    left = template.expression.args[0]
    unknown = kinds.get(template.places[left][0]) if left in template.places else None
    others = [x for x in moving if kinds[template.places[x][0]] != unknown]
    reference = min(
        others or moving, key=lambda x: (kinds[template.places[x][0]], moving[x][start] + moving[x][stop - 1])
    )
    numbers = moving[reference]
    rising = numbers[start + 1] - numbers[start]
    names = {}
    for x, own in columns.items():
        step = (own[start + 1] - own[start]) * rising
        offset = own[start] - step * numbers[start]
        names[x] = sympy.Symbol(f"{kinds[template.places[x][0]]}_{_shifted(step, offset)}")
    ends = sorted((numbers[start], numbers[stop - 1]))
    expression = template.expression.xreplace(names)
    return Recursion(expression.args[0], expression.args[1], ends[0], ends[1], template.members[start:stop])


def _shifted(step: int, offset: int) -> str:
    """Return ``step l + offset`` as the subscript of a name."""
    if step == 0:
        return str(offset)
    if step < 0:
        return f"{{{offset} - {INDEX}}}"
    return INDEX if offset == 0 else f"{{{INDEX} {'+' if offset > 0 else '-'} {abs(offset)}}}"
