"""inv(mu + c L L^T) -> (1 - c L inv(mu + c L^T L) L^T) / mu, where L begins with a rectangular given matrix.

The identity is exact. With ``L = A Z^T`` the inverse on the right holds ``Z A^T A Z^T``, in which the given matrix A
occurs as one self-adjoint given matrix: kernel ridge regression becomes ridge regression on the features.
"""

from __future__ import annotations

import sympy

from ..derivation.record import Formula, Hypothesis, Step
from ..language.expression import Expression, walk
from ..language.given_sizes import array_of
from ..language.nodes import Identity, Inverse, Leaf, Product, Sum, Transpose
from ..language.operations import combine, identity, inv, multiply
from ..language.rewriting import expand, rebuild

__all__ = ["push_through"]


def push_through(expression: Expression) -> tuple[Expression, list[Step]]:
    """Return an expression in which rectangular given matrices have left inverses, and the steps.

    Examples
    --------
    >>> import numpy as np
    >>> import freeprob as fp
    >>> from freeprob.equivalents.given_push_through import push_through
    >>> n, d, p = fp.sizes("n d p")
    >>> X, W = fp.signal(d, n, np.ones((2, 3)), name="X"), fp.gaussian(p, d, name="W")
    >>> push_through(fp.inv(X.T @ W.T @ W @ X / p + 2 * fp.identity(n)))[0]
    I / 2 - X.T @ W.T @ inv(2 * I + W @ X @ X.T @ W.T / p) @ W @ X / (2*p)
    """
    done: dict[Expression, Expression] = {}
    formulas: list[Formula] = []
    for node in walk(expression):
        arguments = tuple(done[a] for a in node.arguments)
        new = node if arguments == node.arguments else rebuild(node, arguments)
        if isinstance(new, Inverse):
            after = _pushed(new)
            if after is not None:
                formulas.append(Formula(new, after))
                new = after
        done[node] = new
    if not formulas:
        return expression, []
    step = Step(
        rule="push_through",
        statement="inv(mu + c L L^T) -> (1 - c L inv(mu + c L^T L) L^T) / mu",
        status="exact",
        before=(),
        after=tuple(formulas),
        hypotheses=(Hypothesis("mu is not zero", "assumed"),),
    )
    return expand(done[expression], lambda leaf: array_of(leaf) is not None), [step]


def _pushed(inverse: Inverse) -> Expression | None:
    """Return the other side of the identity, or None where it does not apply."""
    inside = inverse.arguments[0]
    terms = dict((part, scalar) for part, scalar in inside.terms())
    products = [part for part in terms if isinstance(part, Product)]
    if not isinstance(inside, Sum) or len(terms) != 2 or len(products) != 1:
        return None
    (word,) = products
    (other,) = (part for part in terms if part is not word)
    half = len(word.arguments) // 2
    if not isinstance(other, Identity) or len(word.arguments) % 2 or word.T is not word or not _is_given(word):
        return None
    left = multiply(*word.arguments[:half])
    shift, scale = terms[other], terms[word]
    middle = inv(combine([(identity(left.columns), shift), (multiply(left.T, left), scale)]))
    return combine(
        [(identity(inside.rows), 1 / shift), (multiply(left, middle, left.T), -sympy.sympify(scale) / shift)]
    )


def _is_given(word: Product) -> bool:
    """Return whether a product begins with a rectangular given matrix, followed by more."""
    first = word.arguments[0]
    leaf = first.arguments[0] if isinstance(first, Transpose) else first
    known = isinstance(leaf, Leaf) and array_of(leaf) is not None and not leaf.ensemble.is_family
    return known and len(word.arguments) > 2
