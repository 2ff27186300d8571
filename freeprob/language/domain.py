"""Where the parameters of a model may lie: its matrices must be real and its ensembles must exist."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from ..errors import MissingValue
from .expression import Expression, walk
from .nodes import Leaf, Sum

__all__ = ["check_domain", "domain_conditions"]


def domain_conditions(expression: Expression) -> tuple[tuple[sympy.Expr, str], ...]:
    """Return the scalars that must not be negative, each with what needs it.

    These are the radicands of the coefficients and the conditions of the ensembles that the assumptions of the symbols
    do not settle.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.language.domain import domain_conditions
    >>> n, rho = fp.sizes("n"), fp.parameters("rho")
    >>> domain_conditions(fp.sqrt(1 - rho**2) * fp.wigner(n) / fp.sqrt(n))
    ((1 - rho**2, 'the coefficient sqrt(1 - rho**2)/sqrt(n)'),)
    """
    found: dict[sympy.Expr, str] = {}
    for node in walk(expression):
        if isinstance(node, Sum):
            for scalar in node.scalars:
                for root in sorted(scalar.atoms(sympy.Pow), key=sympy.default_sort_key):
                    if root.exp.is_Rational and root.exp.q % 2 == 0:
                        found.setdefault(root.base, f"the coefficient {scalar}")
        elif isinstance(node, Leaf):
            for value in node.ensemble.nonnegative:
                found.setdefault(value, f"{node.ensemble}")
    return tuple((value, why) for value, why in found.items() if value.free_symbols and not value.is_nonnegative)


def check_domain(conditions: tuple[tuple[sympy.Expr, str], ...], values: Mapping[sympy.Symbol, sympy.Expr]) -> None:
    """Raise MissingValue when a condition fails at values of the symbols.

    Raises
    ------
    MissingValue
        Naming the value and what needs it.
    """
    for value, why in conditions:
        number = value.xreplace(dict(values))
        if number.is_number and number.is_negative:
            at = ", ".join(f"{s} = {values[s]}" for s in sorted(value.free_symbols, key=str) if s in values)
            raise MissingValue(f"{why} does not exist at {at}, where {value} is negative")
