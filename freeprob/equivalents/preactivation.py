"""When the entries of a matrix are asymptotically Gaussian with one variance: hypotheses, checked on the graph."""

from __future__ import annotations

from ..derivation.record import Hypothesis, Refusal
from ..language.expression import ONE, Expression, walk
from ..language.nodes import Entrywise, Identity, Inverse, Leaf, Product, Sum, Transpose
from ..language.printing import Names, text

__all__ = ["is_gaussian_factor", "preactivation_hypotheses"]

RULE = "gaussian_equivalence"


def is_gaussian_factor(node: Expression) -> Leaf | None:
    """Return the leaf when a node is a Gaussian matrix or vector, or its transpose."""
    leaf = node.arguments[0] if isinstance(node, Transpose) else node
    if isinstance(leaf, Leaf) and leaf.ensemble.name == "gaussian":
        return leaf
    return None


def _exchangeable_columns(node: Expression) -> bool:
    """Return whether all columns of a random matrix have one law, so that their norms concentrate together."""
    if node.columns == (ONE,) or isinstance(node, Identity) or is_gaussian_factor(node) is not None:
        return True
    if isinstance(node, Product):
        return _exchangeable_columns(node.arguments[-1])
    if isinstance(node, (Sum,)):
        return all(_exchangeable_columns(part) for part in node.arguments)
    if isinstance(node, Entrywise):
        return _exchangeable_columns(node.arguments[0])
    if isinstance(node, Transpose) and isinstance(node.arguments[0], Leaf):
        return _exchangeable_columns(node.arguments[0])
    if isinstance(node, Transpose):
        return _exchangeable_columns(node.arguments[0].arguments[0].T)  # of an entrywise function
    if isinstance(node, Inverse):
        return not any(isinstance(leaf, Leaf) and leaf.ensemble.is_family for leaf in walk(node))
    return isinstance(node, Leaf) and node.ensemble.is_exchangeable


def _leaves(node: Expression) -> set[Expression]:
    return {leaf for leaf in walk(node) if isinstance(leaf, Leaf)}


def preactivation_hypotheses(node: Expression, names: Names | None = None) -> tuple[Hypothesis, ...] | Refusal:
    """Check that a pre-activation H = sum_k W_k B_k has Gaussian rows given the B's (or H.T has).

    Returns
    -------
    tuple of Hypothesis, or Refusal
        The refusal names the hypothesis that fails.
    """
    forward = _left_gaussian(node, names)
    if not isinstance(forward, Refusal):
        return forward
    backward = _left_gaussian(node.T, names)
    return forward if isinstance(backward, Refusal) else backward


def _left_gaussian(node: Expression, names: Names | None) -> tuple[Hypothesis, ...] | Refusal:
    weights: list[Leaf] = []
    rests: list[Expression] = []
    for part, _ in node.terms():
        factors = part.arguments if isinstance(part, Product) else (part,)
        leading = [is_gaussian_factor(factor) for factor, _ in factors[0].terms()]
        if None in leading:
            return Refusal(
                RULE,
                f"the pre-activation {node} must be a sum of products that begin (or all end) with a Gaussian matrix "
                f"which does not occur in the rest; {part} does not begin with one",
                "multiply by independent Gaussian weights, or remove the entrywise function",
            )
        weights.extend(leaf for leaf in leading if leaf is not None)
        rests.extend(factors[1:])
        if len(factors) > 1 and not _exchangeable_columns(part):
            return Refusal(
                RULE,
                f"all columns of {part} must have the same norm in the limit, but its last factor is {factors[-1]}",
                "let the product end with a Gaussian data matrix",
            )
    if len(set(weights)) != len(weights):
        return Refusal(RULE, f"the weights of {node} occur in two of its terms", "collect the terms: W @ (A + B)")
    inside = set().union(*(_leaves(rest) for rest in rests)) if rests else set()
    tied = next((w for w in weights if w in inside), None)
    if tied is not None:
        return Refusal(
            RULE,
            f"the weights {tied} must be independent of the layer below, but they occur in it (tied weights)",
            "use a new Gaussian matrix for each layer",
        )
    letters = ", ".join(text(w, names) for w in weights)
    return (
        Hypothesis(f"{letters} is Gaussian and independent of the matrices it multiplies", "proved on the graph"),
        Hypothesis("all columns of the pre-activation have the same norm in the limit", "proved on the graph"),
    )
