"""A + finite rank -> A: what has finite rank moves no bulk eigenvalue.

Means of entrywise functions (``mu 1 1^T``) and outer products of vectors change finitely many eigenvalues, so by
interlacing the limiting spectral law and normalised traces do not see them (Bai and Silverstein 2010, Theorem A.43).
In a number built from vectors they can matter; :func:`settle_means` says when they may be dropped and refuses else.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..errors import UnsupportedModel
from ..language.expression import ONE, Expression, walk
from ..language.nodes import Entrywise, Identity, Inverse, Leaf, Product, Trace, Transpose, Zero
from ..language.operations import combine, identity, multiply
from ..language.rewriting import expand, substitute
from ..language.scalars import degree
from .preactivation import is_gaussian_factor
from .vector_expectation import is_vector

__all__ = ["drop_finite_rank", "settle_means", "without_vectors"]


def _is_ones(node: Expression) -> bool:
    return isinstance(node, Leaf) and node.ensemble.name == "ones"


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
    vectors = [node for node in walk(expression) if is_vector(node)]
    if not vectors:
        return expression, []
    after = without_vectors(expression)
    statement = "finite-rank part; it moves no bulk eigenvalue (it may create finitely many outliers)"
    return after, [_step(expression, after, vectors, statement)]


def without_vectors(expression: Expression) -> Expression:
    """Return an expression with all vectors put to zero."""
    return _without(expression, [node for node in walk(expression) if is_vector(node)])


def settle_means(
    original: Expression, linear: Expression, image: Mapping[Expression, Expression]
) -> tuple[Expression, list[Step]]:
    """Deal with the means ``mu 1 1^T`` in a number.

    If no inverse holds a mean, vectors of ones stay as generic vectors, in traces too: ``mu 1 1^T`` has a norm that
    grows with the sizes and contributes to ``tr(F F^T / n)``. If an inverse holds one (uncentred features in ridge
    regression), the direction of ones is fitted at no cost, like an intercept, and all means drop out, provided that
    every other mean belongs to the same features on other data and meets such an inverse. A mean of the order of the
    bulk, as of data ``X + mu 1^T / sqrt(d)``, is like any other finite-rank part: Woodbury's identity takes it out.

    Parameters
    ----------
    original : Expression
        The number with its entrywise functions.
    linear : Expression
        Its linear equivalent.
    image : mapping of Expression to Expression
        The linear equivalent of every node of the number.

    Raises
    ------
    UnsupportedModel
        If a mean other than that of the features occurs beside an inverse with a mean, or one that meets none.
    """
    ones = sorted({node for node in walk(linear) if _is_ones(node)}, key=str)
    if not ones:
        return linear, []
    inverses = [node for node in walk(linear) if isinstance(node, Inverse) and not node.is_number]
    if not any(_holds_diverging_mean(inverse) for inverse in inverses):
        return linear, []
    features = _features_inside_inverses(original)
    for node in walk(original):
        if isinstance(node, Entrywise) and (node.rows == (ONE,) or node.columns == (ONE,)):
            weights = _weights(node)
            if not any(node.activation == f and weights == w for f, w in features) and _has_mean(image[node]):
                raise UnsupportedModel(
                    f"finite_rank: {node} has a nonzero mean beside features with a mean inside an inverse, and this "
                    "rule covers a mean of the features alone. Remedy: centre it, f - E f, in fp.entrywise"
                )
    exposed = _exposed(linear)
    if exposed is not None:
        raise UnsupportedModel(
            f"finite_rank: {exposed} has a nonzero mean that does not meet an inverse holding the mean of the "
            "features, and this rule covers a mean that is fitted like an intercept. Remedy: centre it, f - E f, in "
            "fp.entrywise"
        )
    after = _without(linear, ones)
    statement = "the mean direction of the features is fitted like an intercept and drops out at leading order"
    return after, [_step(linear, after, ones, statement)]


def _holds_diverging_mean(inverse: Expression) -> bool:
    """Return whether a matrix that is inverted holds a mean whose norm grows with the sizes."""
    return any(
        part.order + degree(scalar) > 0 and any(_is_ones(leaf) for leaf in walk(part))
        for part, scalar in expand(inverse.arguments[0]).terms()
    )


def _mean_direction(node: Expression) -> Expression | None:
    """Return the column vector v, up to a factor, of a mean ``v w^T`` or ``v`` that a factor shows, or None."""
    pairs = []
    for part, scalar in node.terms():
        factors = part.arguments if isinstance(part, Product) else (part,)
        if any(_is_ones(f.arguments[0] if isinstance(f, Transpose) else f) for f in factors):
            stop = next((k for k, f in enumerate(factors) if f.columns == (ONE,)), None)
            pairs.append((multiply(*factors[: stop + 1]) if stop is not None else identity(ONE), scalar))
    if not pairs or len({(vector.rows, vector.columns) for vector, _ in pairs}) > 1:
        return None if not pairs else node
    vector = combine(pairs)
    return combine([(vector, 1 / scalar) for _, scalar in vector.terms()[:1]])


def _fitted_directions(inverse: Expression) -> set[Expression]:
    """Return the directions in which the mean makes an inverted matrix so large that its inverse vanishes there."""
    products = [part for part, _ in inverse.arguments[0].terms() if isinstance(part, Product)]
    found = {_mean_direction(part.arguments[0]) for part in products}
    return {direction for direction in found if direction is not None}


def _exposed(linear: Expression) -> Expression | None:
    """Return a factor with a mean, outside inverses, that is no neighbour of an inverse which fits its direction."""
    stack, seen = [(linear, False)], set()
    while stack:
        node, cyclic = stack.pop()
        if (node, cyclic) in seen or (isinstance(node, Inverse) and not node.is_number):
            continue
        seen.add((node, cyclic))
        if isinstance(node, Product):
            factors = node.arguments
            for k, factor in enumerate(factors):
                if _mean_direction(factor) is None and _mean_direction(factor.T) is None:
                    stack.append((factor, False))
                    continue
                before = factors[k - 1] if k or cyclic else None
                after = factors[(k + 1) % len(factors)] if k + 1 < len(factors) or cyclic else None
                sides = ((before, factor), (after, factor.T))
                if not any(isinstance(f, Inverse) and _mean_direction(g) in _fitted_directions(f) for f, g in sides):
                    return factor
        elif isinstance(node, Trace):
            stack.extend((part, True) for part, _ in node.arguments[0].terms())
        elif _is_ones(node.arguments[0] if isinstance(node, Transpose) else node):
            return node
        else:
            stack.extend((argument, False) for argument in node.arguments)
    return None


def _weights(node: Entrywise) -> frozenset[Expression]:
    """Return the Gaussian leaves with which the terms of the pre-activation of a network begin."""
    found: set[Expression] = set()
    for part, _ in node.arguments[0].terms():
        first = part.arguments[0] if part.arguments else part
        found.update(leaf for factor, _ in first.terms() if (leaf := is_gaussian_factor(factor)) is not None)
    return frozenset(found)


def _features_inside_inverses(original: Expression) -> set[tuple[object, frozenset[Expression]]]:
    features = set()
    for node in walk(original):
        if isinstance(node, Inverse):
            for inner in walk(node):
                if isinstance(inner, Entrywise):
                    features.add((inner.activation, _weights(inner)))
    return features


def _has_mean(image: Expression) -> bool:
    """Return whether the linear equivalent of a function of a vector or number has a mean, mu 1 or mu."""
    parts = [part.arguments[0] if isinstance(part, Transpose) else part for part, _ in image.terms()]
    return any(isinstance(part, Identity) or _is_ones(part) for part in parts)
