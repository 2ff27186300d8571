"""(A + R) (B + S) -> A B + A S + R (B + S): finite-rank parts R, S are moved out of products.

Afterwards every sum shows its bulk as it would be without vectors, next to words that hold a vector each. Inverses and
blocks stay where they are and are separated inside. The identity is exact.
"""

from __future__ import annotations

import sympy

from ..language.expression import ONE, Expression, walk
from ..language.nodes import Block, Inverse, Leaf, Product, Sum
from ..language.operations import combine, multiply
from ..language.rewriting import rebuild

__all__ = ["separated"]

Words = list[tuple[Expression, sympy.Expr]]
"""Terms of a sum."""


def separated(expression: Expression) -> Expression:
    """Return an equal expression in which finite-rank parts are terms of sums, not factors of products.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.equivalents.separated import separated
    >>> n = fp.sizes("n")
    >>> H, v = fp.wigner(n, name="H"), fp.gaussian(n, name="v")
    >>> P = fp.identity(n) + v @ v.T / n
    >>> print(separated(P @ H))
    H + v @ v.T @ H / n
    """
    main, words = _parts(expression)
    return combine([*main, *words]) if main or words else expression


def _is_thin(node: Expression) -> bool:
    return node.rows == (ONE,) or node.columns == (ONE,)


def _parts(node: Expression) -> tuple[Words, Words]:
    """Return (bulk, words with a vector) of an expression, as terms of a sum; the bulk has at most one term."""
    if not any(isinstance(n, Leaf) and n.columns == (ONE,) for n in walk(node)):
        return [(node, sympy.S.One)], []
    if _is_thin(node):
        return [], [(node, sympy.S.One)]
    if isinstance(node, Sum):
        bulk: Words = []
        words: Words = []
        for part, scalar in node.terms():
            inner, outer = _parts(part)
            bulk += [(e, c * scalar) for e, c in inner]
            words += [(e, c * scalar) for e, c in outer]
        return ([(combine(bulk), sympy.S.One)] if bulk else []), words
    if isinstance(node, Product):
        return _product(node)
    if isinstance(node, (Inverse, Block)):
        return [(rebuild(node, tuple(separated(a) for a in node.arguments)), sympy.S.One)], []
    return [(node, sympy.S.One)], []


def _product(node: Product) -> tuple[Words, Words]:
    factors = node.arguments
    split = [_parts(factor) for factor in factors]
    whole = [separated(factor) for factor in factors]
    words: Words = []
    for k, (_, outer) in enumerate(split):
        if all(bulk for bulk, _ in split[:k]):
            before = [bulk[0][0] for bulk, _ in split[:k]]
            before_scalar = sympy.Mul(*(bulk[0][1] for bulk, _ in split[:k]))
            words += [(multiply(*before, e, *whole[k + 1 :]), c * before_scalar) for e, c in outer]
    if not all(bulk for bulk, _ in split):
        return [], words
    scalar = sympy.Mul(*(bulk[0][1] for bulk, _ in split))
    return [(multiply(*(bulk[0][0] for bulk, _ in split)), scalar)], words
