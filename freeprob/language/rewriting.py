"""Rewriting of whole graphs: transposition, substitution, expansion, and rebuilding over other arguments."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import singledispatch
from typing import Any

import sympy

from ..algebra.symbols import Size
from ..errors import UnsupportedModel
from .diagonal_matrix import diag
from .entrywise import entrywise
from .expression import Expression, walk
from .hadamard import hadamard
from .kernels import off_diagonal, squared_distances
from .matrix_function import matrix_function
from .nodes import (
    Block,
    Diagonal,
    Entrywise,
    Hadamard,
    Identity,
    Inverse,
    Leaf,
    MatrixFunction,
    Normalised,
    NormScaled,
    OffDiagonal,
    Product,
    SpectralFunction,
    SquaredDistances,
    Sum,
    Trace,
    Transpose,
    Zero,
)
from .normalisation import norm_scaled, normalised
from .operations import (
    FAMILY_VARIABLE,
    block,
    combine,
    family_function,
    inv,
    multiply,
    spectral_function,
    tr,
)
from .scalars import as_scalar

__all__ = ["expand", "rebuild", "substitute", "transpose"]


def expand(expression: Expression, holding: Callable[[Leaf], bool] | None = None) -> Expression:
    """Distribute products over sums, everywhere outside inverses and entrywise functions.

    Parameters
    ----------
    expression : Expression
    holding : callable, optional
        Distribute over those sums only that hold a leaf for which it is true; the others stay factors.
    """
    held: set[Expression] | None = None
    if holding is not None:
        held = set()
        for node in walk(expression):
            if (isinstance(node, Leaf) and holding(node)) or not held.isdisjoint(node.arguments):
                held.add(node)
    return _expanded(expression, held)


def _expanded(expression: Expression, held: set[Expression] | None) -> Expression:
    if held is not None and expression not in held:
        return expression
    if isinstance(expression, (Sum,)):
        return combine([(_expanded(node, held), scalar) for node, scalar in expression.terms()])
    if isinstance(expression, Product):
        words: list[tuple[list[Expression], sympy.Expr]] = [([], sympy.S.One)]
        for factor in expression.arguments:
            whole = held is not None and factor not in held
            parts = ((factor, sympy.S.One),) if whole else _expanded(factor, held).terms()
            words = [([*word, node], scalar * c) for word, scalar in words for node, c in parts]
        if not words:
            return Zero.intern(expression.rows, expression.columns)
        return combine([(multiply(*word), scalar) for word, scalar in words])
    return expression


def substitute(expression: Expression, mapping: Mapping[Any, Any]) -> Expression:
    """Return the graph with nodes replaced by nodes and scalars by scalars.

    Raises
    ------
    TypeError
        If a key is neither an expression nor a parameter, or a node is replaced by something else.
    """
    for key, value in mapping.items():
        if isinstance(key, Expression) != isinstance(value, Expression):
            raise TypeError(
                f"subs replaces expressions by expressions and parameters by scalars, not {key} by {value!r}"
            )
        if isinstance(key, Size):
            raise TypeError(
                f"the size {key} cannot be replaced: shapes depend on it; give its value to .at or .simulate"
            )
        holder = next((leaf for leaf in walk(expression) if isinstance(leaf, Leaf) and key in _symbols(leaf)), None)
        if holder is not None:
            raise TypeError(
                f"the parameter {key} belongs to the ensemble of the leaf {holder}, which is given: give its value to "
                ".at or .simulate, or make the leaf with that value"
            )
        if not isinstance(key, (Expression, sympy.Symbol)):
            raise TypeError(f"subs needs an expression or a parameter (a SymPy symbol) as key, not {key!r}")
    return images(expression, mapping)[expression]


def images(root: Expression | Iterable[Expression], mapping: Mapping[Any, Any]) -> dict[Expression, Expression]:
    """Return what every node of a graph becomes when nodes are replaced by nodes and scalars by scalars.

    Parameters
    ----------
    root : Expression, or several
        The graph is that of all nodes below.
    mapping : mapping of Expression or Symbol to their images
    """
    nodes = {k: v for k, v in mapping.items() if isinstance(k, Expression)}
    scalars = {k: as_scalar(v) for k, v in mapping.items() if not isinstance(k, Expression)}
    done: dict[Expression, Expression] = {}
    for node in walk(root) if isinstance(root, Expression) else walk(*root):
        if node in nodes:
            done[node] = nodes[node]
            continue
        arguments = tuple(done[a] for a in node.arguments)
        if isinstance(node, Sum) and scalars:
            new = combine(
                [(a, c.subs(scalars, simultaneous=True)) for a, c in zip(arguments, node.scalars, strict=True)]
            )
        elif isinstance(node, SpectralFunction) and scalars:
            new = spectral_function(arguments[0], node.formula.subs(scalars, simultaneous=True))
        elif isinstance(node, MatrixFunction) and scalars:
            new = matrix_function(arguments[0], node.formula.subs(scalars, simultaneous=True))
        elif arguments == node.arguments:
            new = node
        else:
            new = rebuild(node, arguments)
        done[node] = new
    return done


def transpose(node: Expression) -> Expression:
    """Return the transpose, pushed down to leaves and entrywise functions."""
    kept: list[Expression] = []  # of the nodes below, from the bottom up: a deep graph must not recurse
    stack = [node]
    while stack:
        top = stack[-1]
        known = _known_transpose(top)
        waiting = [] if known is not None else [a for a in _turned_with(top) if _known_transpose(a) is None]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        if known is None:
            known = _transposed(top)
            object.__setattr__(top, "_transpose", weakref.ref(known))  # a strong one would keep both alive for ever
        kept.append(known)
    return kept[-1]


def _turned_with(node: Expression) -> tuple[Expression, ...]:
    """Return the nodes whose transposes are needed; a function of a matrix that is not square is just turned over."""
    return () if isinstance(node, Entrywise) and node.rows != node.columns else node.arguments


def _known_transpose(node: Expression) -> Expression | None:
    return None if node._transpose is None else node._transpose()


@singledispatch
def _transposed(node: Expression) -> Expression:
    raise TypeError(f"{type(node).__name__} has no transpose")


@_transposed.register(Identity)
@_transposed.register(SpectralFunction)
@_transposed.register(MatrixFunction)
@_transposed.register(Diagonal)
@_transposed.register(Trace)
def _(node: Expression) -> Expression:
    return node


@_transposed.register
def _(node: SquaredDistances) -> Expression:
    return SquaredDistances.intern(*reversed(node.arguments))


@_transposed.register
def _(node: Leaf) -> Expression:
    mirror = node.ensemble.mirror
    return combine([(node, sympy.Integer(mirror))]) if mirror else Transpose.intern(node)


@_transposed.register
def _(node: Transpose) -> Expression:
    return node.arguments[0]


@_transposed.register
def _(node: Entrywise) -> Expression:
    inside = _turned_with(node)
    return node if inside and all(transpose(a) is a for a in inside) else Transpose.intern(node)


@_transposed.register
def _(node: Zero) -> Expression:
    return Zero.intern(node.columns, node.rows)


@_transposed.register
def _(node: Sum) -> Expression:
    return combine([(transpose(part), scalar) for part, scalar in node.terms()])


@_transposed.register
def _(node: Product) -> Expression:
    return multiply(*(transpose(factor) for factor in reversed(node.arguments)))


@_transposed.register
def _(node: Inverse) -> Expression:
    return Inverse.intern(transpose(node.arguments[0]))


@_transposed.register
def _(node: Hadamard) -> Expression:
    return hadamard(*(transpose(factor) for factor in node.arguments))


@_transposed.register
def _(node: Normalised) -> Expression:
    other = "columns" if node.over == "rows" else "rows"
    return normalised(transpose(node.arguments[0]), other, node.mean)


@_transposed.register
def _(node: NormScaled) -> Expression:
    return norm_scaled(transpose(node.arguments[0]), transpose(node.norms))


@_transposed.register
def _(node: OffDiagonal) -> Expression:
    return off_diagonal(transpose(node.arguments[0]))


@_transposed.register
def _(node: Block) -> Expression:
    return block([[transpose(part) for part in column] for column in zip(*node.grid, strict=True)])


@singledispatch
def rebuild(node: Expression, arguments: tuple[Expression, ...]) -> Expression:
    """Return the node over other arguments, through the checking constructors."""
    raise TypeError(f"{type(node).__name__} cannot be rebuilt")


@rebuild.register
def _(node: Transpose, arguments: tuple[Expression, ...]) -> Expression:
    return transpose(arguments[0])


@rebuild.register
def _(node: SpectralFunction, arguments: tuple[Expression, ...]) -> Expression:
    family = family_function(arguments[0])
    if family is None:
        raise UnsupportedModel(
            f"{arguments[0]} cannot replace {node.leaf} in {node}: only a population matrix has such functions"
        )
    leaf, inner = family
    leaf.ensemble.check_invertible(leaf, sympy.fraction(node.formula)[1].subs(FAMILY_VARIABLE, inner))
    return spectral_function(leaf, node.formula.subs(FAMILY_VARIABLE, inner))


@rebuild.register
def _(node: MatrixFunction, arguments: tuple[Expression, ...]) -> Expression:
    return matrix_function(arguments[0], node.formula)


@rebuild.register
def _(node: Sum, arguments: tuple[Expression, ...]) -> Expression:
    return combine(list(zip(arguments, node.scalars, strict=True)))


@rebuild.register
def _(node: Product, arguments: tuple[Expression, ...]) -> Expression:
    return multiply(*arguments)


@rebuild.register
def _(node: Inverse, arguments: tuple[Expression, ...]) -> Expression:
    return inv(arguments[0])


@rebuild.register
def _(node: Entrywise, arguments: tuple[Expression, ...]) -> Expression:
    return entrywise(node.activation, *arguments)


@rebuild.register
def _(node: Diagonal, arguments: tuple[Expression, ...]) -> Expression:
    return diag(arguments[0])


@rebuild.register
def _(node: Hadamard, arguments: tuple[Expression, ...]) -> Expression:
    return hadamard(*arguments)


@rebuild.register
def _(node: OffDiagonal, arguments: tuple[Expression, ...]) -> Expression:
    return off_diagonal(arguments[0])


@rebuild.register
def _(node: Normalised, arguments: tuple[Expression, ...]) -> Expression:
    return normalised(arguments[0], node.over, node.mean)


@rebuild.register
def _(node: NormScaled, arguments: tuple[Expression, ...]) -> Expression:
    matrix, features = arguments
    norms = normalised(features, node.norms.over, node.norms.mean)
    scaled = norm_scaled(matrix, norms)
    if norms.terms()[0][0].arguments[0] is features:
        return scaled
    return combine([(scaled, 1 / sympy.Abs(features.terms()[0][1]))])  # of a multiple the norms are larger


@rebuild.register
def _(node: SquaredDistances, arguments: tuple[Expression, ...]) -> Expression:
    return squared_distances(*arguments)


@rebuild.register
def _(node: Block, arguments: tuple[Expression, ...]) -> Expression:
    width = len(node.grid[0])
    return block([arguments[i : i + width] for i in range(0, len(arguments), width)])


@rebuild.register
def _(node: Trace, arguments: tuple[Expression, ...]) -> Expression:
    return tr(arguments[0])


def _symbols(leaf: Leaf) -> frozenset[sympy.Symbol]:
    return leaf.ensemble.free_symbols
