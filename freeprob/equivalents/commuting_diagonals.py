"""D_1, D_2 -> t_1(D), t_2(D), t of law H_1 x H_2: diagonal matrices in one basis are functions of one matrix.

Diagonal matrices commute. Where their entries come in independent orders, the empirical law of the pairs of entries at
one place tends to the product of their laws (almost surely, by the strong law of large numbers for random
permutations; Hoeffding 1951 gives the variance of such a mean). So they are one family with a joint law, and every
rule for functions of one matrix applies. Diagonal matrices whose bases are joined through rotation-invariant matrices
only are asymptotically free instead, and stay apart (:mod:`.bases`).
"""

from __future__ import annotations

from collections.abc import Hashable

from ..algebra.coordinate import Coordinate
from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..language.ensembles.diagonals import Diagonals
from ..language.ensembles.family import family_leaf
from ..language.expression import Expression, walk
from ..language.laws import JointLaw
from ..language.laws.product import Product
from ..language.nodes import Leaf, SpectralFunction
from ..language.operations import FAMILY_VARIABLE, spectral_function
from ..language.printing import Names, text
from ..language.rewriting import images
from .bases import Bases
from .linear_equivalent import LinearEquivalent

__all__ = ["commuting_diagonals"]

RULE = "commuting_diagonals"


def commuting_diagonals(expression: Expression, names: Names) -> LinearEquivalent:
    """Write diagonal matrices that share a basis as functions of one matrix.

    Parameters
    ----------
    expression : Expression
    names : mapping of Expression to str
        Names of matrices in the record.

    Returns
    -------
    LinearEquivalent
        With an empty ``image`` when there is nothing to do.
    """
    diagonal = [leaf for leaf in walk(expression) if isinstance(leaf, Leaf) and _is_diagonal(leaf)]
    spaces = [leaf.rows for leaf in diagonal]
    if len(set(spaces)) == len(spaces):
        return LinearEquivalent(expression, {}, (), ())
    bases = Bases(expression)
    groups: dict[tuple[tuple, Hashable], list[Leaf]] = {}
    for leaf in diagonal:
        groups.setdefault((leaf.rows, bases.of(leaf)), []).append(leaf)
    steps = []
    mapping: dict[Expression, Expression] = {}
    for (space, _), group in groups.items():
        if len(group) > 1:
            merged = _merged(group, expression, names)
            mapping |= merged
            steps.append(_commuting_step(group, merged, names))
        apart = [leaf for (other, _), members in groups.items() if other == space for leaf in members]
        if len(apart) > len(group) and group[0] is apart[0]:
            steps.append(_free_step(apart, names))
    if not mapping:
        return LinearEquivalent(expression, {}, (), tuple(steps))
    image = images(expression, mapping)
    return LinearEquivalent(image[expression], image, (), tuple(steps))


def _is_diagonal(leaf: Leaf) -> bool:
    return leaf.ensemble.is_family and leaf.ensemble.is_diagonal


def _merged(group: list[Leaf], expression: Expression, names: Names) -> dict[Expression, Expression]:
    """Return the image of each matrix of a group, a function of one new leaf."""
    laws = [leaf.ensemble.law for leaf in group]
    law = Product(*(factor for own in laws for factor in (own.arguments if isinstance(own, Product) else (own,))))
    joint = family_leaf(Diagonals(law), group[0].rows[0], f"({', '.join(text(leaf, names) for leaf in group)})")
    merged: dict[Expression, Expression] = {}
    first = 0
    for leaf in group:
        own = leaf.ensemble.law
        if not isinstance(own, JointLaw):
            merged[leaf] = spectral_function(joint, Coordinate(FAMILY_VARIABLE, first + 1))
            first += 1
            continue
        shift = {
            Coordinate(FAMILY_VARIABLE, k + 1): Coordinate(FAMILY_VARIABLE, first + k + 1) for k in range(own.dimension)
        }
        for node in walk(expression):
            if isinstance(node, SpectralFunction) and node.leaf is leaf:
                merged[node] = spectral_function(joint, node.formula.xreplace(shift))
        first += own.dimension
    return merged


def _commuting_step(group: list[Leaf], merged: dict[Expression, Expression], names: Names) -> Step:
    letters = ", ".join(text(leaf, names) for leaf in group)
    return Step(
        rule=RULE,
        statement="D_1, D_2 -> t_1(D), t_2(D), t of law H_1 x H_2",
        status="asymptotic",
        before=(Formula(None, None, f"the diagonal matrices {letters} share a basis: they commute"),),
        after=tuple(Formula(node, image) for node, image in merged.items()),
        hypotheses=(
            Hypothesis(f"the entries of {letters} come in independent orders", "asserted by the user"),
            Hypothesis("the law of the entries at one place tends to the product of their laws", "assumed"),
        ),
        references=(Citation("Hoeffding1951"),),
    )


def _free_step(leaves: list[Leaf], names: Names) -> Step:
    letters = ", ".join(text(leaf, names) for leaf in leaves)
    return Step(
        rule="separated_diagonals",
        statement="D_1, O D_2 O^T -> free, for a Haar matrix O of its own",
        status="asymptotic",
        before=(Formula(None, None, f"the diagonal matrices {letters} on one space"),),
        after=(Formula(None, None, "those that do not share a basis are free of each other"),),
        hypotheses=(
            Hypothesis(
                "the bases are joined only through matrices that are invariant under rotations", "proved on the graph"
            ),
        ),
        references=(Citation("HiaiPetz2000", "Chapter 4"), Citation("CollinsSniady2006", "Theorem 5.2")),
    )
