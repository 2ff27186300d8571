"""V V^T -> P, a projection in a Haar distributed basis, where V occurs nowhere else.

V is an n x p isometry of the Haar distribution; it has the law of ``O_1 J O_2^T`` with Haar orthogonal matrices O_1 and
O_2 and the inclusion J of the p coordinates. Then ``V V^T = O_1 J J^T O_1^T``: a self-adjoint matrix of the spectral
law Bernoulli(p/n) in a Haar distributed basis, exactly. As one self-adjoint letter it has a fraction of the equations
that V has.
"""

from __future__ import annotations

from dataclasses import replace

from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..language.ensembles.rotated import rotated
from ..language.expression import Expression, walk
from ..language.laws.bernoulli import bernoulli
from ..language.nodes import Leaf, Product
from ..language.operations import multiply
from ..language.printing import Names, text
from ..language.rewriting import rebuild
from .linear_equivalent import LinearEquivalent

__all__ = ["isometry_projection"]

Pairs = dict[tuple[Expression, Expression], Leaf]
"""The projection of each pair V, V^T."""


def isometry_projection(linear: LinearEquivalent, names: Names) -> LinearEquivalent:
    """Return a linear equivalent with projections instead of isometries that occur only as V V^T.

    Parameters
    ----------
    linear : LinearEquivalent
    names : mapping of Expression to str

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.equivalents.isometry_projection import isometry_projection
    >>> from freeprob.equivalents.linear_equivalent import LinearEquivalent
    >>> n, p = fp.sizes("n p")
    >>> V, W = fp.haar(n, p), fp.wigner(n)
    >>> linear = isometry_projection(LinearEquivalent(V @ V.T @ W @ V @ V.T, {}, (), ()), {})
    >>> linear.steps[0].rule
    'isometry_projection'
    """
    letters = [n for n in walk(linear.expression) if isinstance(n, Leaf) and n.ensemble.is_isometry and not n.is_square]
    table = {leaf: rotated(leaf.rows[0], bernoulli(leaf.columns[0] / leaf.rows[0])) for leaf in letters}
    expression = linear.expression
    while table:
        expression = _rewritten(linear.expression, table)
        left = _found(expression, table)
        if not left:
            break
        table = {leaf: projection for leaf, projection in table.items() if leaf not in left}
    if not table:
        return linear
    rewritten = {node: _rewritten(old, table) for node, old in linear.image.items()}
    image = {node: linear.image[node] if _found(new, table) else new for node, new in rewritten.items()}
    steps = tuple(_step(leaf, projection, names) for leaf, projection in table.items())
    return replace(linear, expression=expression, image=image, steps=(*linear.steps, *steps), isometries=tuple(table))


def _found(expression: Expression, table: dict[Leaf, Leaf]) -> set[Expression]:
    return set(walk(expression)) & set(table)


def _rewritten(expression: Expression, table: dict[Leaf, Leaf]) -> Expression:
    """Replace V V^T inside products."""
    pairs: Pairs = {(leaf, leaf.T): projection for leaf, projection in table.items()}
    done: dict[Expression, Expression] = {}
    for node in walk(expression):
        if isinstance(node, Product):
            factors = _merged(node.arguments, pairs)
            arguments = tuple(factor if factor in pairs.values() else done[factor] for factor in factors)
            done[node] = multiply(*arguments)
        else:
            arguments = tuple(done[argument] for argument in node.arguments)
            done[node] = node if arguments == node.arguments else rebuild(node, arguments)
    return done[expression]


def _merged(factors: tuple[Expression, ...], pairs: Pairs) -> list[Expression]:
    """Return the factors with each pair of neighbours V, V^T replaced by its projection."""
    merged: list[Expression] = []
    for factor in factors:
        if merged and (merged[-1], factor) in pairs:
            merged[-1] = pairs[merged[-1], factor]
        else:
            merged.append(factor)
    return merged


def _step(leaf: Leaf, projection: Leaf, names: Names) -> Step:
    word = text(leaf, names)
    return Step(
        rule="isometry_projection",
        statement="V V^T, V n x p isometry -> P, a projection of the law Bernoulli(p/n) in a Haar distributed basis",
        status="exact",
        before=(Formula(None, multiply(leaf, leaf.T)),),
        after=(Formula(None, projection),),
        hypotheses=(Hypothesis(f"{word} occurs only in {word} @ {word}.T", "proved on the graph"),),
        references=(Citation("CollinsSniady2006"),),
    )
