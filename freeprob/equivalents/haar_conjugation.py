"""O f(D) O^T -> f(B), where the Haar matrix O and D occur nowhere else, and B has the law of D in a random basis.

B = O D O^T is, by definition, a self-adjoint matrix of the law of D in a Haar distributed basis, exactly. As one letter
it has a fraction of the equations that O and D have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import MutableMapping

import sympy

from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..language.ensembles.rotated import rotated
from ..language.expression import Expression, walk
from ..language.laws import Law
from ..language.nodes import Leaf, Product, SpectralFunction, Transpose
from ..language.operations import family_function, multiply, spectral_function
from ..language.printing import Names, text
from .linear_equivalent import LinearEquivalent
from .merged_factors import Merge, with_merged

__all__ = ["haar_conjugation"]

Turned = dict[tuple[Expression, Leaf], Leaf]
"""The rotated matrix of each pair (O as it stands on the left, D)."""


def haar_conjugation(
    linear: LinearEquivalent, names: Names, symbols: MutableMapping[Leaf, sympy.Symbol]
) -> LinearEquivalent:
    """Return a linear equivalent with rotated matrices for what occurs only between a Haar matrix and its transpose.

    Parameters
    ----------
    linear : LinearEquivalent
    names : mapping of Expression to str
    symbols : mapping of Leaf to Symbol
        The names of spectral laws; a rotated matrix gets that of its origin.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.equivalents.haar_conjugation import haar_conjugation
    >>> from freeprob.equivalents.linear_equivalent import LinearEquivalent
    >>> n = fp.sizes("n")
    >>> O, D = fp.haar(n), fp.diagonal(n, fp.laws.uniform(0, 1))
    >>> haar_conjugation(LinearEquivalent(O @ D @ O.T + O @ D**2 @ O.T, {}, (), ()), {}, {}).steps[0].rule
    'haar_conjugation'
    """
    turned = _pairs(linear.expression, names)
    if not turned:
        return linear
    for (_, inner), leaf in turned.items():
        if inner in symbols:
            symbols[leaf] = symbols[inner]
    gone = {letter for left, inner in turned for letter in (_plain(left), inner)}
    steps = tuple(_step(left, inner, leaf, names) for (left, inner), leaf in turned.items())
    return with_merged(linear, _merge(turned), gone, steps)


def _merge(turned: Turned) -> Merge:
    """Return the replacement of neighbours O, f(D), O^T by the function of the rotated matrix."""

    def merge(factors: tuple[Expression, ...]) -> tuple[int, Expression] | None:
        found = _sandwich(factors)
        if found is None or found[:2] not in turned:
            return None
        return 3, spectral_function(turned[found[:2]], found[2])

    return merge


def _plain(factor: Expression) -> Expression:
    return factor.arguments[0] if isinstance(factor, Transpose) else factor


def _is_haar(factor: Expression) -> bool:
    leaf = _plain(factor)
    return isinstance(leaf, Leaf) and leaf.ensemble.is_isometry and leaf.is_square


def _sandwich(factors: tuple[Expression, ...]) -> tuple[Expression, Leaf, sympy.Expr] | None:
    """Return (left factor, leaf, function) where factors begin with O, f(D), O^T, or with O^T, f(D), O."""
    if len(factors) < 3 or not _is_haar(factors[0]) or factors[2] is not factors[0].T:
        return None
    found = family_function(factors[1])
    if found is None or not isinstance(found[0].ensemble.law, Law):
        return None
    return factors[0], *found


def _pairs(expression: Expression, names: Names) -> Turned:
    """Return the pairs that occur together only, each with a new leaf."""
    together: Counter[tuple[Expression, Leaf]] = Counter()
    seen: Counter[Expression] = Counter()
    for node in walk(expression):
        if isinstance(node, (SpectralFunction, Transpose)):
            continue
        for k, factor in enumerate(node.arguments):
            found = _sandwich(node.arguments[k:]) if isinstance(node, Product) else None
            if found is not None:
                together[found[0], found[1]] += 1
            function = family_function(factor)
            if _is_haar(factor):
                seen[_plain(factor)] += 1
            elif isinstance(factor, (Leaf, SpectralFunction)) and function is not None:
                seen[function[0]] += 1
    result: Turned = {}
    for (left, inner), count in together.items():
        if seen[_plain(left)] == 2 * count and seen[inner] == count and expression not in (left, inner):
            name = f"{text(inner, names)}_{text(_plain(left), names)}"
            result[left, inner] = rotated(inner.rows[0], inner.ensemble.law, name=name)
    return result


def _step(haar: Expression, inner: Leaf, leaf: Leaf, names: Names) -> Step:
    words = f"{text(_plain(haar), names)} and {text(inner, names)}"
    return Step(
        rule="haar_conjugation",
        statement="O f(D) O^T -> f(B), B of the law of D in a Haar distributed basis",
        status="exact",
        before=(Formula(None, multiply(haar, inner, haar.T)),),
        after=(Formula(None, leaf),),
        hypotheses=(Hypothesis(f"{words} occur in such products only", "proved on the graph"),),
        references=(Citation("CollinsSniady2006", "Theorem 5.2"),),
    )
