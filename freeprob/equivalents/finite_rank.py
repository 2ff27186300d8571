"""A + finite rank -> A: what has finite rank moves no bulk eigenvalue.

Means of entrywise functions (``mu 1 1^T``) and outer products of vectors change finitely many eigenvalues, so by
interlacing the limiting spectral law and normalised traces do not see them (Bai and Silverstein 2010, Theorem A.43).
In a number built from vectors they can matter; :func:`settle_means` says when they may be dropped and refuses else.
"""

from __future__ import annotations

from collections.abc import Iterable

import sympy

from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..errors import UnsupportedModel
from ..language.expression import Expression, walk
from ..language.nodes import Inverse, Product, Trace, Transpose, Zero
from ..language.rewriting import substitute
from .intercepts import fit_intercepts
from .mean_directions import fitted_directions, holds_diverging_mean, is_ones, mean_direction
from .vector_expectation import is_vector

__all__ = ["drop_finite_rank", "settle_means", "without_vectors"]


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


def settle_means(linear: Expression, points: Iterable[sympy.Symbol] = ()) -> tuple[Expression, list[Step]]:
    """Deal with the means ``mu 1 1^T`` in a number.

    If no inverse holds a mean, vectors of ones stay as generic vectors, in traces too: ``mu 1 1^T`` has a norm that
    grows with the sizes and contributes to ``tr(F F^T / n)``. If an inverse holds one (uncentred features in ridge
    regression), the direction of ones is fitted at no cost, like an intercept, and all means drop out, provided that
    every other mean meets such an inverse or is itself fitted, as that of the labels. A mean of the order of the
    bulk, as of data ``X + mu 1^T / sqrt(d)``, is like any other finite-rank part: Woodbury's identity takes it out.

    Parameters
    ----------
    linear : Expression
        The linear equivalent of the number.
    points : iterable of Symbol
        Spectral parameters of functions of matrices.

    Raises
    ------
    UnsupportedModel
        If a mean other than that of the features occurs beside an inverse with a mean, or one that meets none.
    """
    ones = sorted({node for node in walk(linear) if is_ones(node)}, key=str)
    if not ones:
        return linear, []
    inverses = [node for node in walk(linear) if isinstance(node, Inverse) and not node.is_number]
    if not any(holds_diverging_mean(inverse) for inverse in inverses):
        return linear, []
    before, steps = fit_intercepts(linear, points)
    exposed = _exposed(before)
    if exposed is not None:
        raise UnsupportedModel(
            f"finite_rank: {exposed} has a nonzero mean that does not meet an inverse holding the mean of the "
            "features, and this rule covers a mean that is fitted like an intercept. Remedy: centre it, f - E f, in "
            "fp.entrywise"
        )
    after = _without(before, ones)
    statement = "the mean direction of the features is fitted like an intercept and drops out at leading order"
    return after, [*steps, _step(before, after, ones, statement)]


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
                if mean_direction(factor) is None and mean_direction(factor.T) is None:
                    stack.append((factor, False))
                    continue
                before = factors[k - 1] if k or cyclic else None
                after = factors[(k + 1) % len(factors)] if k + 1 < len(factors) or cyclic else None
                sides = ((before, factor), (after, factor.T))
                if not any(isinstance(f, Inverse) and mean_direction(g) in fitted_directions(f) for f, g in sides):
                    return factor
        elif isinstance(node, Trace):
            stack.extend((part, True) for part, _ in node.arguments[0].terms())
        elif is_ones(node.arguments[0] if isinstance(node, Transpose) else node):
            return node
        else:
            stack.extend((argument, False) for argument in node.arguments)
    return None
