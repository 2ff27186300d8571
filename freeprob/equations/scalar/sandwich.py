"""Products F K F^T: the outer factor and what it encloses."""

from __future__ import annotations

from dataclasses import dataclass

from ...language.expression import Expression
from ...language.nodes import Identity, Leaf, Product, Transpose
from ...language.operations import multiply
from ...language.rewriting import transpose

__all__ = ["Sandwich", "is_gaussian", "letter_of", "sandwich"]


@dataclass(frozen=True)
class Sandwich:
    """``outer @ inner @ outer.T``; ``inner`` is the identity in ``F F^T``."""

    outer: Expression
    inner: Expression


def sandwich(expression: Expression) -> Sandwich | None:
    """Return the parts of a product of the form F K F^T, else None.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.equations.scalar.sandwich import sandwich
    >>> n, d = fp.sizes("n d")
    >>> X, S = fp.gaussian(d, n, name="X"), fp.population(n, fp.laws.uniform(1, 2), name="S")
    >>> found = sandwich(X @ S @ X.T)
    >>> str(found.outer), str(found.inner)
    ('X', 'S')
    """
    if not isinstance(expression, Product):
        return None
    first, *middle, last = expression.arguments
    if transpose(first) is not last:
        return None
    inner = multiply(*middle) if middle else Identity.intern(first.columns)
    return Sandwich(first, inner) if transpose(inner) is inner else None


def letter_of(node: Expression) -> tuple[Leaf, bool] | None:
    """Return the leaf of which a node is a copy, and whether it is the transpose; else None."""
    if isinstance(node, Leaf):
        return node, False
    if isinstance(node, Transpose) and isinstance(node.arguments[0], Leaf):
        return node.arguments[0], True
    return None


def is_gaussian(leaf: Leaf) -> bool:
    """Return whether the entries of a leaf are centred and independent, mirrored ones included."""
    ensemble = leaf.ensemble
    if ensemble.is_family or ensemble.is_bi_invariant or ensemble.is_constant:
        return False
    return ensemble.self_covariance == 0 and ensemble.entry_mean == 0
