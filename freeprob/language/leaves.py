"""The matrices of which an expression is made."""

from __future__ import annotations

import weakref

from .expression import Expression
from .nodes import Leaf

__all__ = ["leaves_of"]

_KNOWN: weakref.WeakKeyDictionary[Expression, frozenset[Leaf]] = weakref.WeakKeyDictionary()


def leaves_of(*roots: Expression) -> frozenset[Leaf]:
    """Return all leaves below some nodes.

    The sets of a node are kept, so that those of all layers of a network cost one step each.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.language.leaves import leaves_of
    >>> n = fp.sizes("n")
    >>> A, B = fp.wigner(n, name="A"), fp.gaussian(n, n, name="B")
    >>> sorted(map(str, leaves_of(A @ B.T / fp.sqrt(n) + A)))
    ['A', 'B']
    """
    stack = [node for node in roots if not isinstance(node, Leaf)]
    while stack:
        node = stack[-1]
        waiting = [a for a in node.arguments if not isinstance(a, Leaf) and a not in _KNOWN]
        if waiting and node not in _KNOWN:
            stack.extend(waiting)
            continue
        stack.pop()
        if node not in _KNOWN:
            _KNOWN[node] = frozenset().union(*map(_known, node.arguments))
    return frozenset().union(*map(_known, roots))


def _known(node: Expression) -> frozenset[Leaf]:
    return frozenset((node,)) if isinstance(node, Leaf) else _KNOWN[node]
