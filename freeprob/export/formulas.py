"""One side of a formula, whatever it is made of, as LaTeX, as plain text and as MathML.

A formula of the record is a SymPy expression, a graph expression, or a string of LaTeX.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter

from ..derivation.average import Average
from ..language import printing
from ..language.expression import Expression
from ..language.printing import Names
from . import mathml, spelling
from .notation import parse

__all__ = ["latex_of", "mathml_of", "text_of"]

_SUBSCRIPTS = {"star": r"\star"}


class _Printer(LatexPrinter):
    """SymPy's printer with averages as integrals and starred symbols."""

    def _print(self, expr: Any, **options: Any) -> str:
        if isinstance(expr, Average):
            return self._integral(expr, **options)
        return super()._print(expr, **options)

    def _integral(self, expr: Average, exp: str | None = None) -> str:
        integrand, variable, law = expr.args
        body = self._print(integrand)
        if integrand.is_Add:
            body = rf"\left({body}\right)"
        text = rf"\int {body}\, {self._print(law)}(\mathrm{{d}}{self._print(variable)})"
        return text if exp is None else rf"\left({text}\right)^{{{exp}}}"

    def _print_Symbol(self, expr: sympy.Symbol, style: str = "plain") -> str:
        base, mark, subscript = expr.name.rpartition("_")
        if mark and subscript in _SUBSCRIPTS:
            return f"{self._print(sympy.Symbol(base))}_{{{_SUBSCRIPTS[subscript]}}}"
        return super()._print_Symbol(expr, style)


def latex_of(side: Any, names: Names | None = None) -> str:
    """Return LaTeX for math mode.

    Parameters
    ----------
    side : SymPy expression, graph Expression or str
        A string is LaTeX already.
    names : mapping of Expression to str, optional
        Names of nodes of the graph.

    Returns
    -------
    str
    """
    if isinstance(side, str):
        return side
    if isinstance(side, Expression):
        return printing.latex(side, names)
    if isinstance(side, (tuple, list)):
        return r",\; ".join(latex_of(part, names) for part in side)
    return _Printer({"fold_frac_powers": True}).doprint(sympy.sympify(side))


def text_of(side: Any, names: Names | None = None) -> str:
    """Return plain text: the graph and SymPy as they print themselves, LaTeX as readable words."""
    if isinstance(side, Expression):
        return printing.text(side, names)
    return spelling.plain(parse(side)) if isinstance(side, str) else str(side)


def mathml_of(side: Any, names: Names | None = None) -> str:
    """Return MathML for a line of text."""
    return mathml.inline(parse(latex_of(side, names)))
