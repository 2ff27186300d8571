"""A law that has a name only; its value comes later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np
import sympy

from ...errors import MissingValue, UnsupportedModel
from .base import Law

__all__ = ["Symbolic"]


class Symbolic(Law):
    """Placeholder for a law that is named now and given later, ``symbolic("H")``.

    Parameters
    ----------
    symbol : str
        Name of the law in equations.

    Raises
    ------
    MissingValue
        By every method that needs the law itself.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language import laws
    >>> law = laws.symbolic("H")
    >>> law, law.subs({sympy.Symbol("H"): laws.uniform(0, 1)})
    (H, uniform(0, 1))
    """

    __slots__ = ()
    name = "symbolic"

    def __init__(self, symbol: str) -> None:
        if not isinstance(symbol, str) or not symbol.isidentifier():
            raise UnsupportedModel(f"symbolic({symbol!r}) needs a name such as symbolic('H')")
        super().__init__(symbol)

    @classmethod
    def examples(cls) -> tuple[Law, ...]:
        """None: a placeholder has no numbers to test."""
        return ()

    @property
    def symbol(self) -> sympy.Symbol:
        """The SymPy symbol that stands for the law."""
        return sympy.Symbol(self.arguments[0])

    @property
    def free_symbols(self) -> set[sympy.Symbol]:
        """The symbol of the law."""
        return {self.symbol}

    @property
    def law_symbols(self) -> set[sympy.Symbol]:
        """The symbol of the law."""
        return {self.symbol}

    def subs(self, mapping: Mapping[sympy.Symbol, Any]) -> Law:
        """Return the law given for the symbol, or the placeholder itself.

        Raises
        ------
        UnsupportedModel
            If the value is not a law.
        """
        value = mapping.get(self.symbol, self)
        if not isinstance(value, Law):
            raise UnsupportedModel(f"{self} stands for a law, but {value!r} was given; write fp.laws.atoms({{...}})")
        return value

    def __str__(self) -> str:
        return self.arguments[0]

    def latex(self) -> str:
        """Return LaTeX of the symbol."""
        return sympy.latex(self.symbol)

    def _require_numbers(self, what: str) -> NoReturn:
        raise MissingValue(f"{what} is unknown: give a law for {self}, e.g. .at({self}=fp.laws.atoms({{...}}))")

    def _atoms(self) -> NoReturn:
        self._require_numbers("the atoms")

    def _support(self) -> NoReturn:
        self._require_numbers("the support")

    def _moment(self, k: int) -> NoReturn:
        self._require_numbers("a moment")

    def _rule(self, count: int, digits: int) -> NoReturn:
        self._require_numbers("a quadrature rule")

    def _integral(self, function: Callable, digits: int) -> NoReturn:
        self._require_numbers("an expectation")

    def _quantile(self, q: np.ndarray) -> NoReturn:
        self._require_numbers("quantiles")

    def _cauchy(self, z: np.ndarray) -> NoReturn:
        self._require_numbers("the Cauchy transform")

    def _density(self, x: np.ndarray) -> NoReturn:
        self._require_numbers("the density")
