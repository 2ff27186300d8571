"""Expressions up to a scalar."""

from __future__ import annotations

import sympy

from .expression import Expression
from .operations import combine

__all__ = ["primitive"]


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
    lead = terms[0][1]
    return lead, combine([(part, scalar / lead) for part, scalar in terms])
