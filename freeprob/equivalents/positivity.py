"""Whether a self-adjoint expression is positive semi-definite by construction."""

from __future__ import annotations

from ..language.expression import Expression
from ..language.nodes import Block, Identity, Inverse, Leaf, Product, SpectralFunction, Sum, Zero
from ..language.rewriting import transpose

__all__ = ["is_positive_semidefinite"]


def is_positive_semidefinite(node: Expression) -> bool:
    """Return True when positivity follows from the structure; False says nothing."""
    if isinstance(node, (Identity, Zero)):
        return True
    if isinstance(node, Sum):
        return all(bool(c.is_nonnegative) and is_positive_semidefinite(part) for part, c in node.terms())
    if isinstance(node, Inverse):
        return is_positive_semidefinite(node.arguments[0])
    if isinstance(node, Leaf):
        return node.ensemble.is_family and bool(node.ensemble.positive_variables)
    if isinstance(node, SpectralFunction):
        return bool(node.formula.xreplace(node.leaf.ensemble.positive_variables).is_nonnegative)
    if isinstance(node, Product):
        factors = node.arguments
        half = len(factors) // 2
        mirrored = all(transpose(factors[-1 - i]) is factors[i] for i in range(half))
        return mirrored and (len(factors) % 2 == 0 or is_positive_semidefinite(factors[half]))
    if isinstance(node, Block):
        grid = node.grid
        off = all(isinstance(grid[i][j], Zero) for i in range(len(grid)) for j in range(len(grid)) if i != j)
        return off and all(is_positive_semidefinite(grid[i][i]) for i in range(len(grid)))
    return False
