"""When the entries of a matrix are asymptotically Gaussian with one variance: hypotheses, checked on the graph."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from ..derivation.record import Hypothesis, Refusal
from ..language.expression import ONE, Expression, walk
from ..language.hadamard import is_all_ones, is_diagonal
from ..language.leaves import leaves_of
from ..language.nodes import (
    Entrywise,
    Hadamard,
    Identity,
    Inverse,
    Leaf,
    Normalised,
    OffDiagonal,
    Product,
    SquaredDistances,
    Sum,
    Transpose,
)
from ..language.printing import Names, text

__all__ = ["RULE", "exchangeable_columns", "is_gaussian_factor", "leading_weights", "left_gaussian", "weight_factor"]

RULE = "gaussian_equivalence"


def is_gaussian_factor(node: Expression) -> Leaf | None:
    """Return the leaf when a node is a Gaussian matrix or vector, or its transpose."""
    leaf = node.arguments[0] if isinstance(node, Transpose) else node
    if isinstance(leaf, Leaf) and leaf.ensemble.name == "gaussian":
        return leaf
    return None


def exchangeable_columns(node: Expression) -> bool:
    """Return whether all columns of a random matrix have one law, so that their norms concentrate together."""
    if node not in _EXCHANGEABLE:
        _EXCHANGEABLE[node] = _exchangeable_columns(node)
    return _EXCHANGEABLE[node]


_EXCHANGEABLE: WeakKeyDictionary[Expression, bool] = WeakKeyDictionary()


def _exchangeable_columns(node: Expression) -> bool:
    if node.columns == (ONE,) or isinstance(node, Identity) or is_gaussian_factor(node) is not None:
        return True
    if isinstance(node, Product):
        return exchangeable_columns(node.arguments[-1])
    if isinstance(node, (Sum,)):
        return all(exchangeable_columns(part) for part in node.arguments)
    if isinstance(node, (Entrywise, Hadamard, Normalised, OffDiagonal, SquaredDistances)):
        return all(exchangeable_columns(argument) for argument in node.arguments)
    if isinstance(node, Transpose) and isinstance(node.arguments[0], Leaf):
        return exchangeable_columns(node.arguments[0])
    if isinstance(node, Transpose):
        return all(exchangeable_columns(argument.T) for argument in node.arguments[0].arguments)  # of a function
    if isinstance(node, Inverse):
        return not any(isinstance(leaf, Leaf) and leaf.ensemble.is_family for leaf in walk(node))
    return isinstance(node, Leaf) and (node.ensemble.is_exchangeable or node.ensemble.name == "bonds")


def _parts(node: Expression) -> Iterator[Expression]:
    """Yield the terms of a pre-activation; norms that concentrate are numbers."""
    for part, _ in node.terms():
        if isinstance(part, Normalised):
            yield from _parts(part.arguments[0])
        else:
            yield part


def weight_factor(node: Expression) -> Leaf | None:
    """Return the leaf when a node is a matrix of weights: Gaussian, or Haar distributed, or the transpose of one."""
    leaf = node.arguments[0] if isinstance(node, Transpose) else node
    if isinstance(leaf, Leaf) and (leaf.ensemble.name == "gaussian" or leaf.ensemble.is_isometry):
        return leaf
    return None


def leading_weights(node: Expression) -> frozenset[Leaf]:
    """Return the matrices of weights with which the terms of a pre-activation begin."""
    found: set[Leaf] = set()
    for part in _parts(node):
        first = part.arguments[0] if isinstance(part, Product) else part
        found.update(leaf for factor, _ in first.terms() if (leaf := weight_factor(factor)) is not None)
    return frozenset(found)


def left_gaussian(node: Expression, names: Names | None = None) -> tuple[Hypothesis, ...] | Refusal:
    """Check that a pre-activation H = sum_k W_k B_k has Gaussian rows given the B's.

    Returns
    -------
    tuple of Hypothesis, or Refusal
        The refusal names the hypothesis that fails.
    """
    weights: list[Leaf] = []
    terms: list[tuple[set[Leaf], set[Expression]]] = []
    for part in _parts(node):
        factors = part.arguments if isinstance(part, Product) else (part,)
        leading = [weight_factor(factor) for factor, _ in factors[0].terms()]
        if is_all_ones(part):
            return Refusal(
                RULE,
                f"the pre-activation {node} has a constant of every entry that is no number, and this rule has "
                "functions without parameters",
                "give the constant as a number, or write a random bias: fp.gaussian(p) @ fp.ones(n).T",
            )
        if is_diagonal(factors[0]) and len(factors) > 1:
            return Refusal(
                RULE,
                f"the neurons of {node} have scales of their own, {factors[0]}, and this rule needs rows of one law",
                "use scales of at most six numbers, fp.diagonal(p, fp.laws.atoms({1: '1/2', 2: '1/2'})), for which "
                "f(D @ H) is a mixture of f(H) and f(2 * H)",
            )
        if None in leading:
            return Refusal(
                RULE,
                f"the pre-activation {node} must be a sum of products that begin (or all end) with a Gaussian matrix "
                f"which does not occur in the rest; {part} does not begin with one",
                "multiply by independent Gaussian weights, or remove the entrywise function",
            )
        own = {leaf for leaf in leading if leaf is not None}
        weights.extend(leaf for leaf in leading if leaf is not None)
        terms.append((own, set().union(*(leaves_of(rest) for rest in factors[1:]))))
        if len(factors) > 1 and not exchangeable_columns(part):
            return Refusal(
                RULE,
                f"all columns of {part} must have the same norm in the limit, but its last factor is {factors[-1]}",
                "let the product end with a Gaussian data matrix",
            )
    if len(set(weights)) != len(weights):
        return Refusal(RULE, f"the weights of {node} occur in two of its terms", "collect the terms: W @ (A + B)")
    tied = _tied(terms)
    if tied is not None:
        return Refusal(
            RULE,
            f"the weights {tied} must be independent of the layer below, but they occur in it (tied weights)",
            "use a new Gaussian matrix for each layer",
        )
    letters = ", ".join(text(w, names) for w in weights)
    orthogonal = [w for w in weights if w.ensemble.is_isometry]
    law = "Gaussian or Haar distributed" if orthogonal else "Gaussian"
    found = [
        Hypothesis(f"{letters} is {law} and independent of the matrices it multiplies", "proved on the graph"),
        Hypothesis("all columns of the pre-activation have the same norm in the limit", "proved on the graph"),
    ]
    if orthogonal:
        shown = ", ".join(text(w, names) for w in orthogonal)
        found.append(
            Hypothesis(f"the rows of {shown} act like independent Gaussian rows on what is not linear", "assumed")
        )
    return tuple(found)


def _tied(terms: list[tuple[set[Leaf], set[Expression]]]) -> Leaf | None:
    """Return weights that occur where the term which they begin is not independent of them; None if there are none.

    A term may use the weights of another (a skip connection, W_2 f(W_1 X) + W_1 X): the other comes first then.
    """
    waiting = list(terms)
    while waiting:
        ready = [t for t in waiting if not any(own & t[1] for own, _ in waiting)]
        if not ready:
            return min((w for own, _ in waiting for w in own if any(w in t[1] for t in waiting)), key=lambda w: w.index)
        waiting = [t for t in waiting if t not in ready]
    return None
