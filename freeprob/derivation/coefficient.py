"""Coefficients: symbols that stay in the equations, with definitions and values attached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy

from .deferred import deferrable

__all__ = ["Coefficient", "GaussianMean"]


class GaussianMean(sympy.Function):
    """``GaussianMean(f(x), x, q)`` is E f(h) for h ~ N(0, q)."""

    nargs = 3

    @property
    def free_symbols(self):
        """The symbols of the integrand and of the variance, without the integration variable."""
        return (self.args[0].free_symbols - {self.args[1]}) | self.args[2].free_symbols


@deferrable("definition", "words", "exact", "formula")
@dataclass(frozen=True)
class Coefficient:
    r"""A symbol that stays in the equations, with its definition and value attached.

    Texts and formulas may be given as :func:`~freeprob.derivation.deferred.deferred`.

    Attributes
    ----------
    symbol : Symbol
        For example ``c_1``.
    definition : str
        LaTeX of the definition, for example ``\mathbb{E}[f'(\sqrt{q}\,\xi)]``.
    words : str
        The same in plain words.
    arguments : tuple of SymPy expressions
        Scalars (in sizes, parameters and earlier coefficients) on which the value depends.
    evaluate : callable
        ``evaluate(*numbers, digits) -> mpmath.mpf`` to that many digits.
    exact : SymPy expression or None
        Closed form in ``arguments`` where one exists.
    formula : SymPy expression or None
        The value as an expression with :class:`GaussianMean` nodes, from which code can be generated; None for an
        opaque Python callable.
    is_nested : bool
        Whether the value is an integral over several variables, which takes long to more than 15 digits.
    """

    symbol: sympy.Symbol
    definition: str
    words: str
    arguments: tuple[sympy.Expr, ...]
    evaluate: Callable[..., Any]
    exact: sympy.Expr | None = None
    formula: sympy.Expr | None = None
    is_nested: bool = False
