"""Chains of entrywise functions, written as one function of the matrices below them.

``tanh(relu(H) + 1)`` is one function of H, and ``tanh(relu(H) + G)`` one of H and G: a rule of the theory sees
pre-activations, not intermediate results. Matrices that occur linearly only are one pre-activation, ``tanh(H + G)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeGuard

import sympy

from .activations import Activation, X, as_activation, joint_arguments
from .ensembles.ones import ones
from .entrywise import entrywise
from .expression import ONE, Expression
from .hadamard import hadamard
from .nodes import HALF, Entrywise, Hadamard, Zero, inner_size
from .operations import combine, multiply, zeros

__all__ = ["apply", "constant_matrix", "is_function", "multiply_entries", "of_order_one", "of_several", "shifted"]


def constant_matrix(value: sympy.Expr, like: Expression) -> Expression:
    """Return the matrix of one number, of the shape of another."""
    if value == 0:
        return zeros(like.rows, like.columns)
    one = ones(like.rows[0]) if like.columns == (ONE,) else multiply(ones(like.rows[0]), ones(like.columns[0]).T)
    return combine([(one, value)])


class _Reading:
    """Expressions as formulas in symbols of the matrices below their entrywise functions."""

    def __init__(self) -> None:
        self.matrices: dict[sympy.Symbol, Expression] = {}

    def formula(self, expression: Expression) -> sympy.Expr:
        """Return a formula; the linear part is one matrix, or multiples of matrices that are known."""
        result: sympy.Expr = sympy.S.Zero
        linear: dict[Expression, sympy.Expr] = {}
        for node, scalar in () if isinstance(expression, Zero) else expression.terms():
            straight = _straight(node)
            if straight is not None:
                slope, constant, argument = straight
                result += scalar * constant
                for inner, factor in argument.terms():
                    linear[inner] = linear.get(inner, sympy.S.Zero) + scalar * slope * factor
            elif is_function(node) and not (read := of_order_one(node, scalar))[1].free_symbols:
                result += read[1] * self.function(*read[0])
            else:
                linear[node] = linear.get(node, sympy.S.Zero) + scalar
        return result + self.linear({node: scalar for node, scalar in linear.items() if scalar != 0})

    def function(self, node: Entrywise | Hadamard, *arguments: Expression) -> sympy.Expr:
        inner = [self.formula(argument) for argument in arguments]
        if isinstance(node, Hadamard):
            return sympy.Mul(*inner)
        joint = not isinstance(node.activation, Activation)
        names = joint_arguments(node.activation.count) if joint else (X,)
        return node.activation.formula.subs(dict(zip(names, inner, strict=True)), simultaneous=True)

    def linear(self, terms: dict[Expression, sympy.Expr]) -> sympy.Expr:
        result: sympy.Expr = sympy.S.Zero
        for symbol, matrix in self.matrices.items():
            ratios = {terms.get(node, sympy.S.Zero) / scalar for node, scalar in matrix.terms()}
            ratio = ratios.pop()
            if not ratios and ratio != 0 and not ratio.free_symbols:
                result += ratio * symbol
                terms = {node: scalar for node, scalar in terms.items() if node not in dict(matrix.terms())}
        if terms:
            symbol = sympy.Dummy(f"h{len(self.matrices)}", real=True)
            self.matrices[symbol] = combine(list(terms.items()))
            result += symbol
        return result


def of_order_one(
    node: Entrywise | Hadamard, scalar: sympy.Expr
) -> tuple[tuple[Entrywise | Hadamard, *tuple[Expression, ...]], sympy.Expr]:
    """Return (node, its arguments) and the scalar left over when matrices in a product have entries of order one.

    A product keeps the scalars of its matrices in front: ``(W X / sqrt(d)) o f(G)`` is ``(W X o f(G)) / sqrt(d)``.
    """
    arguments = []
    for argument in node.arguments:
        if isinstance(node, Hadamard) and not is_function(argument):
            scale = inner_size(argument) ** (HALF - argument.order)
            argument, scalar = combine([(argument, scale)]), scalar / scale
        arguments.append(argument)
    return (node, *arguments), scalar


def is_function(node: Expression) -> TypeGuard[Entrywise | Hadamard]:
    """Return whether a node is an entrywise function with a formula, or an entrywise product."""
    return isinstance(node, Hadamard) or (isinstance(node, Entrywise) and node.activation.formula is not None)


def _straight(node: Expression) -> tuple[sympy.Expr, sympy.Expr, Expression] | None:
    """Return (a, b, H) of a node a H + b."""
    if not isinstance(node, Entrywise) or not isinstance(node.activation, Activation):
        return None
    slope = node.activation.constant_slope
    if slope is None:
        return None
    return slope, node.activation.formula.subs(X, 0), node.arguments[0]


def of_several(function: Callable[..., sympy.Expr], *expressions: Expression) -> Expression:
    """Return an entrywise function of expressions, as a function of the matrices below their own functions.

    Parameters
    ----------
    function : callable
        From SymPy expressions, one for each expression, to a SymPy expression.

    Examples
    --------
    >>> import freeprob as fp, sympy
    >>> from freeprob.language.entry_formulas import of_several
    >>> n, d, p = fp.sizes("n d p")
    >>> X, W = fp.gaussian(d, n, name="X"), fp.gaussian(p, d, name="W")
    >>> H = W @ X / fp.sqrt(d)
    >>> of_several(sympy.tanh, fp.relu(H))
    entrywise(tanh(Max(0, x)), W @ X / sqrt(d))
    >>> of_several(lambda h, g: h * g, H, fp.sigmoid(H))
    silu(W @ X / sqrt(d))
    """
    reading = _Reading()
    formula = function(*(reading.formula(expression) for expression in expressions))
    symbols = [symbol for symbol in reading.matrices if symbol in formula.free_symbols]
    matrices = [reading.matrices[symbol] for symbol in symbols]
    if not symbols:
        return constant_matrix(formula, expressions[0])
    if len(symbols) > 1:
        return entrywise(sympy.Lambda(tuple(symbols), formula), *matrices)
    if formula == symbols[0]:
        return matrices[0]
    return entrywise(as_activation(formula.subs(symbols[0], X)), matrices[0])


def apply(activation: Activation, expression: Expression) -> Expression:
    """Return an activation of an expression; chains are one function.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.language.entry_formulas import apply
    >>> from freeprob.language.activations import as_activation
    >>> h = fp.gaussian(fp.sizes("n"), name="h")
    >>> apply(as_activation("tanh"), apply(as_activation("relu"), h))
    entrywise(tanh(Max(0, x)), h)
    """
    if isinstance(expression, Zero) or any(is_function(node) for node, _ in expression.terms()):
        return of_several(lambda h: activation.formula.subs(X, h), expression)
    return entrywise(activation, expression)


def shifted(expression: Expression, shift: sympy.Expr) -> Expression:
    """Return an expression with a number added to each entry: to one of its functions, if there are any.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.language.entry_formulas import shifted
    >>> n = fp.sizes("n")
    >>> h, g = fp.gaussian(n, name="h"), fp.gaussian(n, name="g")
    >>> shifted(h + fp.tanh(g), 1), shifted(h, 1)
    (entrywise(tanh(x) + 1, g) + h, entrywise(x + 1, h))
    """
    if shift == 0:
        return expression
    if isinstance(expression, Zero):
        return constant_matrix(shift, expression)
    terms = list(expression.terms())
    own = [k for k, (node, _) in enumerate(terms) if isinstance(node, Entrywise)]
    if not own:
        return of_several(lambda h: h + shift, expression)
    node, scalar = terms.pop(own[0])
    moved = of_several(lambda h: h + shift / scalar, node)
    return combine([*terms, (moved, scalar)])


def multiply_entries(first: Expression, second: Expression) -> Expression:
    """Return the entrywise product; two functions of one matrix are one function.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.language.entry_formulas import multiply_entries
    >>> n = fp.sizes("n")
    >>> h, g = fp.gaussian(n, name="h"), fp.gaussian(n, name="g")
    >>> multiply_entries(h, fp.sigmoid(g)), multiply_entries(h, fp.sigmoid(h))
    (hadamard(sigmoid(g), h), silu(h))
    """
    reading = _Reading()
    formula = reading.formula(first) * reading.formula(second)
    if len(formula.free_symbols) > 1:
        return hadamard(first, second)
    return of_several(lambda h, g: h * g, first, second)
