"""diag(u(g) v(h) + w(g)) -> diag(u(g)) diag(v(h)) + diag(w(g)): functions of several vectors that fall apart."""

from __future__ import annotations

import sympy

from ..language.diagonal_matrix import diag
from ..language.entrywise import entrywise
from ..language.expression import Expression, walk
from ..language.nodes import Diagonal, Entrywise
from ..language.operations import combine, identity, multiply
from ..language.rewriting import images
from .entry_function import Factor
from .linear_equivalent import LinearEquivalent
from .separable import separated_words

__all__ = ["separable_diagonals"]


def separable_diagonals(expression: Expression) -> LinearEquivalent:
    """Write diagonal matrices of functions of several vectors as sums of products where the functions fall apart.

    Examples
    --------
    >>> import freeprob as fp, sympy
    >>> from freeprob.equivalents.separable_diagonals import separable_diagonals
    >>> n, (u, v) = fp.sizes("n"), sympy.symbols("u v")
    >>> g, h = fp.gaussian(n, name="g"), fp.gaussian(n, name="h")
    >>> print(separable_diagonals(fp.diag(fp.entrywise(u * sympy.tanh(v) + 1, g, h))).expression)
    I + diag(tanh(h)) @ diag(g)
    """
    diagonals = [node for node in walk(expression) if isinstance(node, Diagonal)]
    functions = {node: node.vector for node in diagonals if len(node.vector.arguments) > 1}
    mapping = {node: _split(node, f) for node, f in functions.items() if isinstance(f, Entrywise)}
    if not mapping:
        return LinearEquivalent(expression, {}, (), ())
    image = images(expression, mapping)
    return LinearEquivalent(image[expression], image, (), ())


def _split(node: Diagonal, function: Entrywise) -> Expression:
    arguments = function.arguments
    factor = Factor(function.activation, tuple(range(len(arguments))), (sympy.S.One,) * len(arguments))
    terms = []
    for number, word in separated_words([factor]):
        if any(f is factor for f in word):
            return node
        parts = [diag(_function(f, arguments)) for f in word]
        terms.append((multiply(identity(node.rows[0]), *parts), number))
    return combine(terms)


def _function(factor: Factor, arguments: tuple[Expression, ...]) -> Expression:
    own = [arguments[k] for k in factor.variables]
    return own[0] if str(factor.activation) == "linear" else entrywise(factor.activation, *own)
