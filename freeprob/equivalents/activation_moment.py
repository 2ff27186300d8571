"""Gaussian moments of one activation: their values, and formulas for code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from ..derivation.coefficient import GaussianMean
from ..language.activations import X

__all__ = ["Moment", "is_for_floats", "mean_formula"]


@dataclass(frozen=True)
class Moment:
    """Evaluates one Gaussian moment of an activation: "mean", "slope" or "second_moment"."""

    activation: Any
    kind: str

    def __call__(self, q: Any, digits: int = 15) -> Any:
        """Return the moment at variance q."""
        return getattr(self.activation, f"numeric_{self.kind}")(q, digits)


def mean_formula(activation: Any, kind: str, q: sympy.Expr) -> Any:
    """Return a Gaussian moment for code: its closed form where float64 can evaluate it, else an integral."""
    exact = getattr(activation, kind)(q)
    if activation.formula is None or (exact is not None and is_for_floats(exact)):
        return exact
    f = activation.formula
    if kind == "slope":
        return GaussianMean(X * f, X, q) / q
    return GaussianMean(f**2 if kind == "second_moment" else f, X, q)


def is_for_floats(closed: sympy.Expr) -> bool:
    """Return whether code can hold a closed form: not with erfi, nor exp(q) (1 - erf(sqrt(q))), whose digits cancel."""
    grows = any(not node.args[0].could_extract_minus_sign() for node in closed.atoms(sympy.exp))
    return not closed.has(sympy.erfi) and not (grows and closed.has(sympy.erf))
