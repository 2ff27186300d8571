"""Coefficients: symbols that stay in the equations, with definitions and values attached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy

__all__ = ["Coefficient"]


@dataclass(frozen=True)
class Coefficient:
    """A symbol that stays in the equations, with its definition and value attached.

    Attributes
    ----------
    symbol : Symbol
        For example ``c_1``.
    definition : str
        LaTeX of the definition, for example ``\\mathbb{E}[f'(\\sqrt{q}\\,\\xi)]``.
    words : str
        The same in plain words.
    arguments : tuple of SymPy expressions
        Scalars (in sizes, parameters and earlier coefficients) on which the value depends.
    evaluate : callable
        ``evaluate(*numbers, digits) -> mpmath.mpf`` to that many digits.
    exact : SymPy expression or None
        Closed form in ``arguments`` where one exists.
    """

    symbol: sympy.Symbol
    definition: str
    words: str
    arguments: tuple[sympy.Expr, ...]
    evaluate: Callable[..., Any]
    exact: sympy.Expr | None = None
