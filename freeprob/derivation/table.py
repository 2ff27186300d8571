"""Functions of the eigenvalue of a family that are known by numbers only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy
from sympy.core.function import UndefinedFunction

__all__ = ["Table"]


@dataclass(frozen=True)
class Table:
    """A function f(t) that stays symbolic in the equations and is tabulated at the nodes of a law.

    Attributes
    ----------
    function : UndefinedFunction
        For example ``c_2`` in ``c_2(t)``.
    definition : str
        LaTeX of the definition.
    words : str
        The same in plain words.
    arguments : tuple of SymPy expressions
        Scalars on which the values depend.
    evaluate : callable
        ``evaluate(*columns, *arguments, digits)`` returns the values at the nodes, one column for each argument of the
        function: an array up to 15 digits, a list of mpmath numbers beyond.
    pieces : callable, optional
        ``pieces(*arguments)`` returns a function of one variable piece by piece, each analytic next to its interval, or
        None where it is not known to be.
    """

    function: UndefinedFunction
    definition: str
    words: str
    arguments: tuple[sympy.Expr, ...]
    evaluate: Callable[..., Any]
    pieces: Callable[..., Sequence[Any] | None] | None = None

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.function.__name__

    def is_same(self, other: Table) -> bool:
        """Return whether two tables hold the same function under two names."""
        return (self.evaluate, self.arguments) == (other.evaluate, other.arguments)
