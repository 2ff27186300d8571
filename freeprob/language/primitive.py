"""Expressions up to a scalar."""

from __future__ import annotations

import weakref

import sympy

from .expression import Expression
from .operations import combine

__all__ = ["primitive"]

_KNOWN: weakref.WeakKeyDictionary[Expression, tuple[sympy.Expr, Expression | None]] = weakref.WeakKeyDictionary()


def primitive(node: Expression) -> tuple[sympy.Expr, Expression]:
    """Return (scalar, core) with node = scalar * core, the core having leading scalar 1.

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
        lead = terms[0][1]
        core = combine([(part, scalar / lead) for part, scalar in terms]) if lead != 1 else None
        _KNOWN[node] = lead, core  # a value must not keep its key alive
    lead, core = _KNOWN[node]
    return lead, node if core is None else core
