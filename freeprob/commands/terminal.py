"""A derivation as text for a terminal: model, equations and definitions, aligned."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import sympy
from sympy.printing.str import StrPrinter

from ..derivation.average import Average
from ..derived import LimitValue
from ..language.laws import Law
from .model_file import Derivation

__all__ = ["counted", "described", "listed", "summary"]


class _Text(StrPrinter):
    """SymPy's text, with averages over laws as ``E[f(t); t ~ H]``."""

    def _print_Average(self, average: Average) -> str:
        function, variable, law = (self._print(part) for part in average.args)
        return f"E[{function}; {variable} ~ {law}]"


def _text(expression: sympy.Expr) -> str:
    return _Text().doprint(expression)


def described(derivation: Derivation, name: str) -> str:
    """Return the model, its equations and the meaning of every symbol in them."""
    system = derivation.system
    answer = "m(z)" if derivation.kind == "spectrum" else "limit"
    core = [u for c in system.core for u in c.unknowns]
    equations = [(_text(e.lhs), _text(e.rhs)) for e in system.equations]
    count = f"{counted(len(system.unknowns))}, {len(core)} of them in nonlinear equations"
    parts = [
        f"{name}: {derivation.title[0].lower()}{derivation.title[1:]}  [{derivation.status}]",
        _block("Model", [line.split(" = ", 1) for line in derivation.model_text().splitlines()]),
        _block("Equations", [*equations, (answer, _text(system.readout))]),
        _block("where", [tuple(text.split(" = ", 1)) for text in derivation.meanings()]),
        _block("Laws", [(str(s), _law_words(s, law)) for s, law in system.laws.items()]),
        _block("Coefficients", [(str(c.symbol), c.words) for c in system.coefficients]),
        f"{count}; needs {', '.join(derivation.needs)}" if derivation.needs else count,
    ]
    return "\n\n".join(part for part in parts if part)


def counted(unknowns: int) -> str:
    """Return the number of unknowns in words."""
    return f"{unknowns} unknown" if unknowns == 1 else f"{unknowns} unknowns"


def _law_words(symbol: sympy.Symbol, law: Law) -> str:
    return "a spectral law, to be given" if symbol in law.free_symbols else str(law)


def _block(title: str, rows: Iterable[tuple[str, ...] | list[str]]) -> str:
    """Return rows with their equality signs in one column, continued on the right-hand side."""
    rows = [tuple(row) for row in rows]
    if not rows:
        return ""
    width = max((len(row[0]) for row in rows if len(row) == 2), default=0)
    room = max(40, shutil.get_terminal_size((100, 24)).columns - width - 5)
    lines = [f"{title}:" if title != "where" else title]
    for row in rows:
        if len(row) == 1:
            lines.append(f"  {row[0]}")
            continue
        first, *rest = _wrapped(row[1], room)
        lines.append(f"  {row[0]:>{width}} = {first}")
        lines += [" " * (width + 5) + text for text in rest]
    return "\n".join(lines)


def _wrapped(text: str, room: int) -> list[str]:
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]


def listed(values: Mapping[str, Any]) -> str:
    """Return values as ``n=1, d=0.37``."""
    return ", ".join(f"{name.removesuffix('_')}={_spelled(value)}" for name, value in values.items())


def _spelled(value: Any) -> str:
    if isinstance(value, Law):
        return str(value)
    return f"{float(value):g}" if getattr(value, "ndim", 0) == 0 else f"{value[0]:g}..{value[-1]:g}"


def summary(derivation: Derivation, values: Mapping[str, Any]) -> str:
    """Return the number, or the edges, atoms and first moments of the law, at given values."""
    if isinstance(derivation, LimitValue):
        return f"at {listed(values)}: {float(derivation.at(**values)):.15g}"
    law = derivation.at(**values)
    moments = [float(x) for x in law.moments(2)]
    intervals = " and ".join(f"[{a:.12g}, {b:.12g}]" for a, b in law.support()) or "no continuous part"
    lines = [f"at {listed(values)}:", f"  support  {intervals}"]
    lines += [f"  atom     mass {mass:.12g} at {place:.12g}" for place, mass in law.atoms().items()]
    return "\n".join([*lines, f"  moments  {', '.join(f'{x:.12g}' for x in moments)}"])
