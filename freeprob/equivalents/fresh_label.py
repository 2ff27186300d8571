"""Functions of one number, such as the label f(h) of a fresh point: what the Gaussian equivalence says of them.

``f(h) -> mu + c h + s theta`` reproduces the mean of f(h) and its product with any one Gaussian number, or with another
function of h, but not the average of three or more factors: E[|h| h^2] is not E|h| E h^2.
"""

from __future__ import annotations

from ..errors import UnsupportedModel
from ..language.expression import ONE, Expression, walk
from ..language.nodes import Entrywise, Leaf, Product
from ..language.rewriting import expand

__all__ = ["check_fresh_labels"]


def check_fresh_labels(number: Expression) -> None:
    """Refuse a product of three or more factors of which one is a function of a number.

    Raises
    ------
    UnsupportedModel
        If a function f(h) of a number h is multiplied by two or more numbers that depend on the vectors in h.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.equivalents.fresh_label import check_fresh_labels
    >>> d = fp.sizes("d")
    >>> h = fp.gaussian(d, name="u").T @ fp.gaussian(d, name="v") / fp.sqrt(d)
    >>> check_fresh_labels(fp.sign(h) @ h)
    >>> check_fresh_labels(fp.sign(h) @ h @ h @ h)
    Traceback (most recent call last):
        ...
    freeprob.errors.UnsupportedModel: gaussian_equivalence: sign(u.T @ v / sqrt(d)) is multiplied by 3 numbers that ...
    """
    if not any(isinstance(node, Entrywise) and node.is_number for node in walk(number)):
        return
    for word, _ in expand(number).terms():
        numbers = _numbers(word)
        for factor in numbers:
            if not isinstance(factor[0], Entrywise):
                continue
            mine = _vectors(factor)
            others = sum(1 for other in numbers if other is not factor and mine & _vectors(other))
            if others > 1:
                raise UnsupportedModel(
                    f"gaussian_equivalence: {factor[0]} is multiplied by {others} numbers that depend on the same "
                    "vectors, and this rule covers products of two (a mean square, a covariance). Remedy: expand the "
                    "average over the point by hand"
                )


def _numbers(word: Expression) -> list[tuple[Expression, ...]]:
    """Split a product into its 1 x 1 factors."""
    result: list[tuple[Expression, ...]] = []
    chain: list[Expression] = []
    for factor in word.arguments if isinstance(word, Product) else (word,):
        chain.append(factor)
        if factor.columns == (ONE,):
            result.append(tuple(chain))
            chain = []
    return result


def _vectors(factors: tuple[Expression, ...]) -> set[Expression]:
    return {node for node in walk(*factors) if isinstance(node, Leaf) and node.columns == (ONE,)}
