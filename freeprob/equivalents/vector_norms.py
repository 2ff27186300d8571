r"""Normalisation of the vectors of a network, and its derivative: norms that concentrate are numbers.

For a vector h of a wide network ``|h|^2 / p`` and ``1^T h / p`` have limits (:mod:`.vector_moments`), so that
``layer_norm(h) = (h - m 1) / s`` with numbers m and s, and the derivative is the identity over s but for its part of
rank two.
"""

from __future__ import annotations

import sympy

from ..derivation.record import Formula, Hypothesis, Step
from ..errors import UnsupportedModel
from ..language.ensembles.ones import ones
from ..language.expression import ONE, Expression, walk
from ..language.nodes import HALF, Diagonal, Normalised, NormScaled, inner_size
from ..language.operations import combine
from ..language.rewriting import rebuild
from .concentrating_norm import OUTLIERS, RULE, derivative_step
from .linear_equivalent import LinearEquivalent
from .vector_moments import VectorMoments

__all__ = ["vector_norms"]


def vector_norms(expression: Expression, moments: VectorMoments) -> LinearEquivalent:
    """Replace normalised vectors by linear functions of them, and what is divided by their norms by multiples.

    Parameters
    ----------
    expression : Expression
    moments : VectorMoments
        The limits of inner products; takes in the coefficients.

    Returns
    -------
    LinearEquivalent
        With an empty ``image`` where nothing is differentiated or no vector is normalised.

    Raises
    ------
    UnsupportedModel
        If a norm vanishes in the limit.
    """
    nodes = list(walk(expression))
    scaled = any(isinstance(node, NormScaled) and _is_vector(node.norms) for node in nodes)
    if not scaled and not any(isinstance(node, Diagonal) for node in nodes):
        return LinearEquivalent(expression, {}, (), ())
    image: dict[Expression, Expression] = {}
    steps: list[Step] = []
    for node in nodes:
        arguments = tuple(image[a] for a in node.arguments)
        if isinstance(node, NormScaled) and _is_vector(node.norms):
            value = 1 / _limits(moments, node.norms, _upright(arguments[1]))[1]
            image[node] = combine([(arguments[0], value)])
            if node.norms.columns == (ONE,):
                steps.append(derivative_step(node.norms, value))
        elif isinstance(node, Normalised) and _is_vector(node):
            vector = _upright(arguments[0])
            mean, deviation = _limits(moments, node, vector)
            pairs = [(vector, 1 / deviation), (ones(vector.rows[0]), -mean / deviation)]
            result = combine(pairs if mean != 0 else pairs[:1])
            image[node] = result if node.columns == (ONE,) else result.T
            if node.columns == (ONE,):
                steps.append(_step(node, result))
        else:
            image[node] = node if arguments == node.arguments else rebuild(node, arguments)
    if not steps:
        return LinearEquivalent(expression, {}, (), ())
    refused = (OUTLIERS,) if scaled else ()
    return LinearEquivalent(image[expression], image, (), tuple(dict.fromkeys(steps)), refused=refused)


def _is_vector(node: Expression) -> bool:
    return (ONE,) in (node.rows, node.columns)


def _upright(vector: Expression) -> Expression:
    return vector if vector.columns == (ONE,) else vector.T


def _limits(moments: VectorMoments, node: Normalised, vector: Expression) -> tuple[sympy.Expr, sympy.Expr]:
    """Return the mean that is subtracted (0 where it is kept) and the root of the mean square that divides."""
    unit = inner_size(vector) ** (vector.order - HALF)  # of the entries, so that those of h / unit are of order one
    inside, one = combine([(vector, 1 / unit)]), ones(vector.rows[0])
    mean = moments.inner(one, inside) if node.centred else sympy.S.Zero
    square = moments.short(sympy.expand(moments.inner(inside, inside) - mean**2))
    if square == 0:
        raise UnsupportedModel(f"{RULE}: the norm in {node} vanishes in the limit, and nothing can be divided by 0")
    return unit * mean, unit * sympy.sqrt(square)


def _step(node: Normalised, image: Expression) -> Step:
    words = "the norm and the mean of a vector of a wide network are numbers in the limit"
    return Step(
        RULE,
        "layer_norm(h) -> (h - m 1) / s with the limits m, s of mean and standard deviation",
        "asymptotic",
        (Formula(node, None),),
        (Formula(node, image),),
        (Hypothesis(words, "assumed"),),
        (),
    )
