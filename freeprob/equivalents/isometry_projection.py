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
from ..language.nodes import Leaf
from ..language.operations import multiply
from ..language.printing import Names, text
from .linear_equivalent import LinearEquivalent
from .merged_factors import Merge, merged, occur_in, with_merged

__all__ = ["isometry_projection"]


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
    while left := occur_in(merged(linear.expression, _merge(table)), table):
        table = {leaf: projection for leaf, projection in table.items() if leaf not in left}
    if not table:
        return linear
    steps = tuple(_step(leaf, projection, names) for leaf, projection in table.items())
    return replace(with_merged(linear, _merge(table), table, steps), isometries=tuple(table))


def _merge(table: dict[Leaf, Leaf]) -> Merge:
    """Return the replacement of neighbours V, V^T by the projection of V."""
    pairs: dict[tuple[Expression, ...], Leaf] = {(leaf, leaf.T): projection for leaf, projection in table.items()}

    def merge(factors: tuple[Expression, ...]) -> tuple[int, Expression] | None:
        projection = pairs.get(factors[:2])
        return None if projection is None else (2, projection)

    return merge


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
