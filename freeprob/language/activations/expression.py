"""An activation given by a SymPy expression in one symbol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sympy
from sympy.codegen.rewriting import create_expand_pow_optimization
from sympy.core.function import AppliedUndef

from freeprob.errors import UnsupportedModel
from freeprob.language.activations.base import Activation, X
from freeprob.language.activations.decimals import with_exact_numbers
from freeprob.language.activations.text import read_expression

__all__ = ["ExpressionActivation"]

_RESTRICTED = ("is_nonnegative", "is_nonpositive", "is_nonzero", "is_integer", "is_imaginary")
_CONSTANT = "is constant: its slope and its variance are zero; use a number instead"


@dataclass(frozen=True, eq=False)
class ExpressionActivation(Activation):
    """f(x) given by a SymPy expression with exactly one free symbol, whatever its name.

    Parameters
    ----------
    formula : Expr
        For example ``x**3 - 3*x``; floats are read as the decimals that they print as.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations.expression import ExpressionActivation
    >>> h, q = sympy.Symbol("h"), sympy.Symbol("q", positive=True)
    >>> centred = ExpressionActivation(sympy.Max(h, 0) - 1 / sympy.sqrt(2 * sympy.pi))
    >>> centred.mean(1), centred.slope(q)
    (0, 1/2)
    """

    formula: sympy.Expr

    def __post_init__(self):
        object.__setattr__(self, "formula", _in_x(self.formula))
        self.require(bool(np.all(np.isfinite(_probe(self)))), "it is not real and finite at every real x")
        self.require(not self.is_constant, f"it {_CONSTANT}")
        limit = self.variance_limit
        self.numeric_second_moment(min(1.0, limit / 2) if limit > 0 else 1.0)

    @property
    def name(self) -> str:
        """The expression as text."""
        return str(self.formula)

    @property
    def latex(self) -> str:
        """The function as x maps to ..."""
        return rf"\left(x \mapsto {sympy.latex(self.formula)}\right)"

    def __str__(self) -> str:
        return self.name

    def _evaluate(self, h):
        with np.errstate(over="ignore", invalid="ignore"):  # in the branches of a Piecewise that are not taken
            return np.array(np.broadcast_to(_vectorised(self.formula)(h), h.shape), dtype=np.float64)

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary with the expression as text."""
        text = str(self.formula)
        self.require(read_expression(text) == self.formula, "its text does not read back as the same expression")
        return {"expression": text}


def _probe(activation: Activation) -> np.ndarray:
    """Return values on a few points, nan where they are not real."""
    points = np.array([-3.3, -2.1, -1.2, -0.71, -0.13, 0.17, 0.63, 1.4, 2.7, 3.9])
    try:
        with np.errstate(all="ignore"):
            values = np.asarray(_vectorised(activation.formula)(points))
        return np.where(np.imag(values) == 0, np.real(values), np.nan).astype(np.float64)
    except (TypeError, NameError, AttributeError, ValueError) as error:
        raise UnsupportedModel(f"activation {activation.name}: NumPy and SciPy cannot evaluate it ({error})") from error


_PRODUCTS = create_expand_pow_optimization(8)
"""Writes small powers of x as products, of which NumPy takes a fifth of the time."""


@lru_cache(maxsize=1024)
def _vectorised(formula: sympy.Expr) -> Callable:
    large = {k: sympy.Float(k, 17) for k in formula.atoms(sympy.Integer) if abs(k) >= 2**63}  # no NumPy integers
    return sympy.lambdify(X, _PRODUCTS(formula.xreplace(large)), ["scipy", "numpy"])


def _in_x(expression: Any) -> sympy.Expr:
    """Return the expression with its one free symbol named x and made real; refuse all others."""
    expression = sympy.sympify(expression)
    if not isinstance(expression, sympy.Expr):
        raise UnsupportedModel(f"activation {expression}: a {type(expression).__name__} is not a scalar expression")
    symbols = sorted(expression.free_symbols, key=str)
    if not symbols:
        raise UnsupportedModel(f"activation {expression}: it {_CONSTANT}")
    if len(symbols) > 1:
        names = ", ".join(map(str, symbols))
        raise UnsupportedModel(
            f"activation {expression}: it has {len(symbols)} free symbols ({names}) but must be a function of one; "
            "substitute numbers for the parameters"
        )
    (symbol,) = symbols
    facts = [fact[3:] for fact in _RESTRICTED if getattr(symbol, fact)]
    if symbol != X and facts:
        raise UnsupportedModel(
            f"activation {expression}: its symbol {symbol} is declared {facts[0]}, but a pre-activation takes every "
            f"real value; write it with sympy.Symbol({symbol.name!r}, real=True)"
        )
    if expression.atoms(AppliedUndef):
        raise UnsupportedModel(f"activation {expression}: it has an undefined function; give its formula")
    return with_exact_numbers(expression.subs(symbol, X))
