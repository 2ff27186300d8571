"""A + finite rank -> A: what has finite rank moves no bulk eigenvalue.

Means of entrywise functions (``mu 1 1^T``) and outer products of vectors change finitely many eigenvalues, so by
interlacing the limiting spectral law and normalised traces do not see them (Bai and Silverstein 2010, Theorem A.43).
In a number built from vectors they can matter; :func:`settle_means` says when they may be dropped and refuses else.
"""

from __future__ import annotations

from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..errors import UnsupportedModel
from ..language.expression import ONE, Expression, walk
from ..language.nodes import Entrywise, Inverse, Leaf, Trace, Zero
from ..language.operations import substitute
from .preactivation import is_gaussian_factor

__all__ = ["drop_finite_rank", "settle_means"]


def _is_ones(node: Expression) -> bool:
    return isinstance(node, Leaf) and node.ensemble.name == "ones"


def _is_vector(node: Expression) -> bool:
    return isinstance(node, Leaf) and node.columns == (ONE,)


def _without(expression: Expression, leaves: list[Expression]) -> Expression:
    return substitute(expression, {leaf: Zero.intern(leaf.rows, leaf.columns) for leaf in leaves})


def _step(before: Expression, after: Expression, leaves: list[Expression], statement: str) -> Step:
    names = ", ".join(sorted({str(leaf) for leaf in leaves}))
    return Step(
        rule="finite_rank",
        statement="A + (finite rank) -> A",
        status="exact",
        before=(Formula(None, before),),
        after=(Formula(None, after),),
        hypotheses=(Hypothesis(f"{names}: {statement}", "assumed"),),
        references=(Citation("BaiSilverstein2010", "Theorem A.43"),),
    )


def drop_finite_rank(expression: Expression) -> tuple[Expression, list[Step]]:
    """Return a matrix without its finite-rank parts, for a spectral law or a normalised trace."""
    vectors = [node for node in walk(expression) if _is_vector(node)]
    if not vectors:
        return expression, []
    after = _without(expression, vectors)
    statement = "finite-rank part; it moves no bulk eigenvalue (it may create finitely many outliers)"
    return after, [_step(expression, after, vectors, statement)]


def settle_means(original: Expression, linear: Expression) -> tuple[Expression, list[Step]]:
    """Deal with the means ``mu 1 1^T`` in a number.

    If no inverse holds a mean, vectors of ones stay as generic vectors. If an inverse holds one (uncentred features
    in ridge regression), the direction of ones is fitted at no cost, like an intercept, and all means drop out,
    provided that every other mean belongs to the same features on other data.

    Parameters
    ----------
    original : Expression
        The number with its entrywise functions.
    linear : Expression
        Its linear equivalent.

    Raises
    ------
    UnsupportedModel
        If a mean other than that of the features occurs beside an inverse with a mean.
    """
    ones = sorted({node for node in walk(linear) if _is_ones(node)}, key=str)
    if not ones:
        return linear, []
    inverses = [node for node in walk(linear) if isinstance(node, Inverse) and not node.is_number]
    if not any(_is_ones(leaf) for inverse in inverses for leaf in walk(inverse)):
        after = _traces_without(linear)
        if after is linear:
            return linear, []
        return after, [_step(linear, after, ones, "finite-rank part inside a normalised trace")]
    features = _features_inside_inverses(original)
    for node in walk(original):
        if isinstance(node, Entrywise) and (node.rows == (ONE,) or node.columns == (ONE,)):
            weights = _weights(node)
            if not any(node.activation == f and weights == w for f, w in features) and _has_mean(node):
                raise UnsupportedModel(
                    f"finite_rank: {node} has a nonzero mean beside features with a mean inside an inverse, and this "
                    "rule covers a mean of the features alone. Remedy: centre it, f - E f, in fp.entrywise"
                )
    after = _without(linear, ones)
    statement = "the mean direction of the features is fitted like an intercept and drops out at leading order"
    return after, [_step(linear, after, ones, statement)]


def _traces_without(linear: Expression) -> Expression:
    replace: dict[Expression, Expression] = {}
    for node in walk(linear):
        if isinstance(node, Trace):
            leaves = [leaf for leaf in walk(node) if _is_ones(leaf)]
            if leaves:
                replace[node] = _without(node, leaves)
    return substitute(linear, replace) if replace else linear


def _weights(node: Entrywise) -> frozenset[Expression]:
    """Return the Gaussian leaves with which the terms of the pre-activation of a network begin."""
    found = set()
    for part, _ in node.arguments[0].terms():
        first = part.arguments[0] if part.arguments else part
        leaf = is_gaussian_factor(first)
        if leaf is not None:
            found.add(leaf)
    return frozenset(found)


def _features_inside_inverses(original: Expression) -> set[tuple[object, frozenset[Expression]]]:
    features = set()
    for node in walk(original):
        if isinstance(node, Inverse):
            for inner in walk(node):
                if isinstance(inner, Entrywise):
                    features.add((inner.activation, _weights(inner)))
    return features


def _has_mean(node: Entrywise) -> bool:
    return any(abs(node.activation.numeric_mean(q, 15)) > 1e-12 for q in (0.731, 1.37))
