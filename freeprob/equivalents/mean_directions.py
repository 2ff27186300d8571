"""Means ``mu u v^T`` of the matrices of a number: their directions, and which of them an inverse fits at no cost."""

from __future__ import annotations

from ..language.expression import ONE, Expression, walk
from ..language.nodes import Leaf, Product, Transpose
from ..language.operations import combine, identity, multiply
from ..language.rewriting import expand
from ..language.scalars import degree

__all__ = ["fitted_directions", "holds_diverging_mean", "is_ones", "mean_direction"]


def is_ones(node: Expression) -> bool:
    """Return whether a node is a vector of ones."""
    return isinstance(node, Leaf) and node.ensemble.name == "ones"


def holds_diverging_mean(inverse: Expression) -> bool:
    """Return whether a matrix that is inverted holds a mean whose norm grows with the sizes."""
    return any(
        part.order + degree(scalar) > 0 and any(is_ones(leaf) for leaf in walk(part))
        for part, scalar in expand(inverse.arguments[0]).terms()
    )


def mean_direction(node: Expression) -> Expression | None:
    """Return the column vector v, up to a factor, of a mean ``v w^T`` or ``v`` that a factor shows, or None."""
    pairs = []
    for part, scalar in node.terms():
        factors = part.arguments if isinstance(part, Product) else (part,)
        if any(is_ones(f.arguments[0] if isinstance(f, Transpose) else f) for f in factors):
            stop = next((k for k, f in enumerate(factors) if f.columns == (ONE,)), None)
            pairs.append((multiply(*factors[: stop + 1]) if stop is not None else identity(ONE), scalar))
    if not pairs or len({(vector.rows, vector.columns) for vector, _ in pairs}) > 1:
        return None if not pairs else node
    vector = combine(pairs)
    return combine([(vector, 1 / scalar) for _, scalar in vector.terms()[:1]])


def fitted_directions(inverse: Expression) -> set[Expression]:
    """Return the directions in which the mean makes an inverted matrix so large that its inverse vanishes there."""
    products = [part for part, _ in inverse.arguments[0].terms() if isinstance(part, Product)]
    found = {mean_direction(part.arguments[0]) for part in products}
    return {direction for direction in found if direction is not None}
