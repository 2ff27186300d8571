"""What rules ask of the limits of numbers made of linear expressions."""

from __future__ import annotations

from typing import Protocol

import sympy

from ..language.expression import Expression

__all__ = ["ClosedForms"]


class ClosedForms(Protocol):
    """Limits of numbers made of linear expressions."""

    def __call__(self, expression: Expression) -> sympy.Expr:
        """Return the mean square of the entries of an expression."""

    def closed_form(self, number: Expression) -> sympy.Expr | None:
        """Return the limit of a number, None where it has no closed form."""
