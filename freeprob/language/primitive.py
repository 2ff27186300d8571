"""Expressions up to a scalar."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

import sympy

from .expression import Expression
from .operations import combine

__all__ = ["primitive"]

_KNOWN: weakref.WeakKeyDictionary[Expression, tuple[sympy.Expr, Expression | None]] = weakref.WeakKeyDictionary()


def primitive(node: Expression) -> tuple[sympy.Expr, Expression]:
    """Return (scalar, core) with node = scalar * core, a term of the core having the scalar 1.

    That is the first term whose scalar is no sum, which may vanish: nothing is divided by it.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.language.primitive import primitive
    >>> n = fp.sizes("n")
    >>> primitive(3 * fp.gaussian(n, n, name="A") + 6 * fp.gaussian(n, n, name="B"))
    (3, A + 2 * B)
    """
    terms = node.terms()
    if not terms or (len(terms) == 1 and terms[0][0] is node):
        return sympy.S.One, node
    if node not in _KNOWN:
        lead = _lead([scalar for _, scalar in terms])
        core = combine([(part, scalar / lead) for part, scalar in terms]) if lead != 1 else None
        _KNOWN[node] = lead, core  # a value must not keep its key alive
    lead, core = _KNOWN[node]
    return lead, node if core is None else core


def _lead(scalars: Sequence[sympy.Expr]) -> sympy.Expr:
    """Return the first scalar by which all can be divided even where its sums vanish; 1 where there is none."""
    for lead in scalars:
        sums = {base for factor in sympy.Mul.make_args(lead) if not (base := factor.as_base_exp()[0]).is_nonzero}
        sums = {base for base in sums if base.is_Add}
        if all(_divides(base, scalar / lead) for base in sums for scalar in scalars):
            return lead
    return sympy.S.One


def _divides(base: sympy.Expr, quotient: sympy.Expr) -> bool:
    """Return whether a sum has cancelled in a quotient by it."""
    return all(factor.as_base_exp()[0] != base for factor in sympy.Mul.make_args(quotient))
