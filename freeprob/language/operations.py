"""Checking constructors of the graph: each returns the canonical node or raises a named error."""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import sympy

from ..algebra.symbols import Eigenvalue, Size
from ..errors import ScalingError, ShapeError, UnsupportedModel
from .expression import ONE, Expression, dimension_text
from .nodes import (
    Block,
    Diagonal,
    Identity,
    Inverse,
    Leaf,
    MatrixFunction,
    Product,
    SpectralFunction,
    Sum,
    Trace,
    Transpose,
    Zero,
    factor_text,
    is_outer_product,
)
from .scalars import as_scalar, degree

__all__ = [
    "FAMILY_VARIABLE",
    "block",
    "combine",
    "family_function",
    "identity",
    "inv",
    "multiply",
    "power",
    "sort_key",
    "spectral_function",
    "sqrt",
    "tr",
    "zeros",
]

FAMILY_VARIABLE = Eigenvalue("t")
"""The eigenvalue of a population matrix, in formulas of functions of it."""


def sort_key(node: Expression) -> tuple:
    """Return a key that depends on the structure and on the order of creation of leaves, never on hashes."""
    return _key(node)[0]


def _key(node: Expression) -> tuple[tuple, int, str]:
    """Return key, height and digest; keys of nodes far below are digests, as deep tuples cannot be compared."""
    cached = _KEYS.get(node)
    if cached is None:
        below = [_key(a) for a in node.arguments]
        parts = [str(field) for field in node.fields if not isinstance(field, (tuple, Expression))]
        scalars = [str(s) for s in node.scalars] if isinstance(node, Sum) else []
        height = 1 + max((h for _, h, _ in below), default=0)
        own = (type(node).__name__, node.index if isinstance(node, Leaf) else 0, parts, scalars)
        inner = tuple((*key[:4], (), digest) if h % _TALL == 0 else key for key, h, digest in below)
        text = repr((*own, [digest for _, _, digest in below], node.shape_text))
        digest = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
        cached = _KEYS[node] = ((*own, inner, node.shape_text), height, digest)
    return cached


_TALL = 30
_KEYS: weakref.WeakKeyDictionary[Expression, tuple[tuple, int, str]] = weakref.WeakKeyDictionary()


def identity(size: Any) -> Expression:
    """Return the identity matrix of a size (or of a list of sizes, for block matrices).

    Parameters
    ----------
    size : Size or sequence of Size

    Examples
    --------
    >>> import freeprob as fp
    >>> fp.identity(fp.sizes("n")).shape
    (n, n)
    """
    space = tuple(size) if isinstance(size, (tuple, list)) else (size,)
    for part in space:
        if not isinstance(part, Size) and part != ONE:
            raise ShapeError(f"{part!r} is not a size; make sizes with fp.sizes('n d p')")
    return Identity.intern(tuple(ONE if s == 1 else s for s in space))


def zeros(rows: Any, columns: Any) -> Expression:
    """Return the zero matrix of given sizes, for use in :func:`block`."""
    return Zero.intern(identity(rows).rows, identity(columns).columns)


def combine(pairs: Sequence[tuple[Expression, sympy.Expr]]) -> Expression:
    """Return the canonical linear combination of (expression, scalar) pairs.

    Raises
    ------
    ShapeError
        If two shapes differ.
    ScalingError
        If two terms are of different order in the sizes, so that one of them vanishes in the limit.
    """
    first = pairs[0][0]
    collected: dict[Expression, sympy.Expr] = {}
    for expression, scalar in pairs:
        if expression.rows != first.rows or expression.columns != first.columns:
            raise ShapeError(
                f"cannot add {first} of shape {first.shape_text} and {expression} of shape {expression.shape_text}"
            )
        for node, inner in expression.terms():
            collected[node] = collected.get(node, sympy.S.Zero) + inner * scalar
    collected = {node: scalar for node, scalar in collected.items() if scalar != 0}
    if not collected:
        return Zero.intern(first.rows, first.columns)
    if len(collected) > 1 and not first.is_number:
        _check_orders(collected)
    if len(collected) == 1 and next(iter(collected.values())) == 1:
        return next(iter(collected))
    nodes = tuple(sorted(collected, key=sort_key))
    return Sum.intern(nodes, tuple(collected[node] for node in nodes))


def _is_vector(node: Expression) -> bool:
    """Return whether a node is one column or row: small beside others it may matter, as a mean does beside noise."""
    return not node.is_number and (ONE,) in (node.rows, node.columns)


def _check_orders(collected: dict[Expression, sympy.Expr]) -> None:
    bulk = {node: scalar for node, scalar in collected.items() if not (_is_vector(node) or is_outer_product(node))}
    if not bulk:  # finite rank next to nothing else: no order to compare with
        return
    orders = {node: node.order + degree(scalar) for node, scalar in bulk.items()}
    top = max(orders, key=orders.__getitem__)
    for node, order in orders.items():
        if order != orders[top]:
            gap = orders[top] - order
            raise ScalingError(
                f"in the sum, {node} is of order N^({order}) but {top} of order N^({orders[top]}), so the first "
                f"vanishes in the limit; scale one of them, for example ({top}) {factor_text(_a_size(top), -gap)}"
            )


def _a_size(node: Expression) -> sympy.Expr:
    """Return a size by which a user would divide: the inner dimension of a product, else a dimension."""
    inner = [f.columns[0] for part, _ in node.terms() if isinstance(part, Product) for f in part.arguments[:-1]]
    return next((s for s in [*inner, *node.columns, *node.rows] if s != ONE), ONE)


def multiply(*expressions: Expression) -> Expression:
    """Return the matrix product; scalars are pulled out, identities dropped, functions of one family merged.

    Raises
    ------
    ShapeError
        If inner dimensions differ.
    """
    scalar = sympy.S.One
    factors: list[Expression] = []
    for left, right in pairwise(expressions):
        if left.columns != right.rows:
            raise ShapeError(
                f"cannot multiply {left} of shape {left.shape_text} by {right} of shape {right.shape_text}: "
                f"{dimension_text(left.columns)} columns against {dimension_text(right.rows)} rows"
            )
    rows, columns = expressions[0].rows, expressions[-1].columns
    for expression in expressions:
        if isinstance(expression, Zero):
            return Zero.intern(rows, columns)
        expression, outside = _without_scalar(expression)
        scalar *= outside
        for factor in expression.arguments if isinstance(expression, Product) else (expression,):
            scalar *= _append(factors, factor)
    if not factors:
        node: Expression = Identity.intern(rows)
    elif len(factors) == 1:
        node = factors[0]
    else:
        node = Product.intern(tuple(factors))
    return combine([(node, scalar)])


def _without_scalar(expression: Expression) -> tuple[Expression, sympy.Expr]:
    """Split a scalar multiple of a node into the node and the scalar."""
    if isinstance(expression, Sum) and len(expression.arguments) == 1:
        return expression.arguments[0], expression.scalars[0]
    return expression, sympy.S.One


def _append(factors: list[Expression], factor: Expression) -> sympy.Expr:
    """Multiply a product by a factor, in place, and return the scalar that falls out."""
    if isinstance(factor, Identity):
        return sympy.S.One
    if factors:
        previous = factors[-1]
        first, second = family_function(previous), family_function(factor)
        if first is not None and second is not None and first[0] is second[0]:
            factors.pop()
            merged, scalar = _without_scalar(spectral_function(first[0], first[1] * second[1]))
            if not isinstance(merged, Identity):
                factors.append(merged)
            return scalar
        if isinstance(previous, MatrixFunction) and isinstance(factor, MatrixFunction):
            if previous.matrix is factor.matrix:
                factors.pop()
                formula = sympy.powsimp(previous.formula * factor.formula)
                if not formula.has(factor.fields[2]):
                    return formula
                factors.append(MatrixFunction.intern(factor.matrix, formula, factor.fields[2]))
                return sympy.S.One
        inverse_pair = (isinstance(factor, Inverse) and factor.arguments[0] is previous) or (
            isinstance(previous, Inverse) and previous.arguments[0] is factor
        )
        if inverse_pair or _is_isometry_pair(previous, factor):
            factors.pop()
            return sympy.S.One
    factors.insert(_place(factors, factor), factor)
    return sympy.S.One


def _place(factors: list[Expression], factor: Expression) -> int:
    """Return where a factor goes: diagonal matrices of vectors side by side commute, and stand in order."""
    place = len(factors)
    if isinstance(factor, Diagonal):
        while place and isinstance(factors[place - 1], Diagonal) and sort_key(factors[place - 1]) > sort_key(factor):
            place -= 1
    return place


def _is_isometry_pair(left: Expression, right: Expression) -> bool:
    """Return whether a product is ``V^T V`` of a matrix with orthonormal columns, or ``O O^T`` of a square one."""
    for turned, plain in ((left, right), (right, left)):
        if isinstance(turned, Transpose) and turned.arguments[0] is plain and isinstance(plain, Leaf):
            return plain.ensemble.is_isometry and (turned is left or plain.is_square)
    return False


def _family(node: Expression) -> tuple[Leaf | None, sympy.Expr]:
    """Return the population leaf of which a node is a function, and the function."""
    if isinstance(node, SpectralFunction):
        return node.leaf, node.formula
    if isinstance(node, Leaf) and node.ensemble.is_family:
        return node, FAMILY_VARIABLE
    return None, sympy.S.Zero


def spectral_function(leaf: Expression, formula: sympy.Expr) -> Expression:
    """Return the function ``formula`` (in the variable ``t``) of a population matrix, as a linear combination."""
    formula = sympy.factor_terms(sympy.powsimp(formula)) if formula.is_Mul or formula.is_Pow else formula
    if formula.is_Add:
        return combine([(spectral_function(leaf, term), sympy.S.One) for term in formula.args])
    scalar, formula = formula.as_independent(FAMILY_VARIABLE, as_Add=False)
    if formula.is_Add:  # a multiple of a sum
        return combine([(spectral_function(leaf, formula), scalar)])
    if formula == 1:
        node: Expression = Identity.intern(leaf.rows)
    elif formula == FAMILY_VARIABLE:
        node = leaf
    else:
        node = SpectralFunction.intern(leaf, formula, FAMILY_VARIABLE)
    return combine([(node, scalar)])


def inv(expression: Any) -> Expression:
    """Return the inverse of a square expression.

    Raises
    ------
    ShapeError
        If the expression is not square.
    UnsupportedModel
        If it is singular by construction (the zero matrix, a product through a smaller space, a population
        with an atom at 0).
    """
    if not isinstance(expression, Expression):
        raise TypeError(f"fp.inv needs an expression, not {type(expression).__name__}")
    if not expression.is_square:
        raise ShapeError(f"only a square matrix has an inverse; {expression} is {expression.shape_text}")
    if isinstance(expression, Zero):
        raise UnsupportedModel("the zero matrix is singular: it has no inverse")
    if isinstance(expression, Identity):
        return expression
    if isinstance(expression, Inverse):
        return expression.arguments[0]
    as_family = family_function(expression)
    if as_family is not None:
        leaf, formula = as_family
        leaf.ensemble.check_invertible(leaf, formula)
        return spectral_function(leaf, 1 / formula)
    if isinstance(expression, Sum) and len(expression.arguments) == 1:
        return combine([(inv(expression.arguments[0]), 1 / expression.scalars[0])])
    _refuse_low_rank(expression)
    return Inverse.intern(expression)


def _refuse_low_rank(expression: Expression) -> None:
    if isinstance(expression, Product) and expression.rows != (ONE,):
        for left in expression.arguments[:-1]:
            if left.columns == (ONE,):
                raise UnsupportedModel(
                    f"{expression} has rank one, so it is singular and has no inverse; add a multiple of "
                    f"fp.identity({dimension_text(expression.rows)})"
                )


def family_function(expression: Expression) -> tuple[Leaf, sympy.Expr] | None:
    """Return (leaf, formula) when an expression is a function of one population matrix."""
    formula, leaf = sympy.S.Zero, None
    for node, scalar in expression.terms():
        if isinstance(node, Identity):
            formula += scalar
            continue
        found, part = _family(node)
        if found is None or (leaf is not None and found is not leaf):
            return None
        leaf = found
        formula += scalar * part
    return None if leaf is None else (leaf, formula)


def power(expression: Expression, exponent: Any) -> Expression:
    """Return an integer power, or any real power of a function of a population matrix."""
    if not expression.is_square:
        raise ShapeError(f"only a square matrix has powers; {expression} is {expression.shape_text}")
    exponent = as_scalar(exponent)
    family = family_function(expression)
    if family is not None and not (exponent.is_Integer and exponent >= 0):
        leaf, formula = family
        if exponent.is_negative:
            leaf.ensemble.check_invertible(leaf, formula)
        if not exponent.is_Integer:
            leaf.ensemble.check_nonnegative(leaf, formula)
            positive = leaf.ensemble.positive_variables  # sqrt(t**2) is t, else Abs(t)
            back = {symbol: variable for variable, symbol in positive.items()}
            formula = (formula.xreplace(positive) ** exponent).xreplace(back)
        else:
            formula = formula**exponent
        return spectral_function(leaf, formula)
    if not exponent.is_Integer:
        raise UnsupportedModel(
            f"({expression})**{exponent}: only functions of a population matrix have non-integer powers; "
            "integer powers and fp.inv work for every square expression"
        )
    if exponent < 0:
        return power(inv(expression), -exponent)
    if exponent == 0:
        return Identity.intern(expression.rows)
    return multiply(*[expression] * int(exponent))


def sqrt(value: Any) -> Any:
    """Return the square root of a size or scalar (SymPy), or of a population matrix.

    Examples
    --------
    >>> import freeprob as fp
    >>> fp.sqrt(fp.sizes("d"))
    sqrt(d)
    """
    if isinstance(value, Expression):
        return power(value, sympy.Rational(1, 2))
    return sympy.sqrt(as_scalar(value))


def tr(expression: Expression) -> Expression:
    """Return the normalised trace ``(1/N) sum_i A_ii`` of a square expression as a number.

    Raises
    ------
    ShapeError
        If the expression is not square.
    """
    if not isinstance(expression, Expression) or not expression.is_square:
        shape = expression.shape_text if isinstance(expression, Expression) else type(expression).__name__
        raise ShapeError(f"only a square matrix has a trace, not {shape}")
    if expression.is_number:
        return expression
    if isinstance(expression, Zero):
        return Zero.intern((ONE,), (ONE,))
    if isinstance(expression, Identity):
        return Identity.intern((ONE,))
    return combine([(_trace_of(node), scalar) for node, scalar in expression.terms()])


def _trace_of(node: Expression) -> Expression:
    return Identity.intern((ONE,)) if isinstance(node, Identity) else Trace.intern(node)


def block(grid: Sequence[Sequence[Any]]) -> Expression:
    """Return a matrix of blocks; ``0`` stands for a zero block.

    Parameters
    ----------
    grid : sequence of rows of expressions
        For example ``[[A, B], [B.T, C]]``.

    Raises
    ------
    ShapeError
        If blocks of one row or column differ in size, or a size cannot be told because all blocks are 0.
    """
    table = [list(row) for row in grid]
    if not table or any(len(row) != len(table[0]) for row in table) or not table[0]:
        raise ShapeError("a block matrix needs rows of equal length")
    height, width = len(table), len(table[0])

    def is_empty(entry: Any) -> bool:
        if isinstance(entry, Expression):
            return False
        if as_scalar(entry) != 0:
            raise ShapeError(f"the scalar {entry} is no block; write {entry} * fp.identity(size)")
        return True

    row_spaces: list[Any] = [next((e.rows for e in row if not is_empty(e)), None) for row in table]
    column_spaces: list[Any] = [
        next((row[j].columns for row in table if not is_empty(row[j])), None) for j in range(width)
    ]
    if None in row_spaces or None in column_spaces:
        raise ShapeError("a row or column of zeros has no size; use fp.zeros(rows, columns) for one of its blocks")
    for i in range(height):
        for j in range(width):
            if is_empty(table[i][j]):
                table[i][j] = Zero.intern(row_spaces[i], column_spaces[j])
            entry = table[i][j]
            if entry.rows != row_spaces[i] or entry.columns != column_spaces[j]:
                raise ShapeError(
                    f"block ({i}, {j}), {entry}, is {entry.shape_text} but its row and column of blocks are "
                    f"({dimension_text(row_spaces[i])}) x ({dimension_text(column_spaces[j])})"
                )
    if height == width == 1:
        return table[0][0]
    return Block.intern(tuple(tuple(row) for row in table))
