"""Nodes of the computation graph: frozen, interned, with shape and order.

Two equal expressions are one object, so equality is identity and a shared sub-expression is stored once. Operators
(``@``, ``+``, ``.T``, ...) are attached in :mod:`.operators`.
A linear combination is a :class:`Sum` of (node, scalar) pairs; every other node carries no scalar, so that
``(2 * A) @ B`` and ``A @ (2 * B)`` are the same object. Transposes are pushed down to the leaves.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import sympy

__all__ = ["ONE", "Dimension", "Expression", "Space", "dimension_text", "walk"]

ONE = sympy.S.One
"""The dimension of the column of a vector: it stays 1 while sizes go to infinity."""

Dimension: TypeAlias = sympy.Expr
"""A ``Size`` or ``ONE``."""

Space = tuple[Dimension, ...]
"""The dimensions that make up the rows or columns of a (block) matrix, in order."""

_NODES: weakref.WeakValueDictionary[tuple, Expression] = weakref.WeakValueDictionary()


def dimension_text(space: Space) -> str:
    """Return a space as printed in messages, for example ``d`` or ``p+n``."""
    return "+".join(str(s) for s in space)


class Expression:
    """A node of the graph of matrices.

    Attributes
    ----------
    rows, columns : tuple of Size or 1
        The spaces of the matrix; more than one entry for block matrices.
    arguments : tuple of Expression
        The nodes on which this one depends.
    """

    __slots__ = ("__weakref__", "_order", "_transpose", "arguments", "columns", "fields", "rows")
    __array_ufunc__ = None
    __array_priority__ = 1000

    _order: Any
    _transpose: Any
    fields: tuple
    arguments: tuple[Expression, ...]
    rows: Space
    columns: Space

    @classmethod
    def intern(cls, *fields: Any) -> Self:
        """Return the one node of this class with these fields."""
        key = (cls, fields, tuple(type(f) for f in fields))
        node: Any = _NODES.get(key)
        if node is None:
            node = object.__new__(cls)
            object.__setattr__(node, "fields", fields)
            object.__setattr__(node, "_order", None)
            object.__setattr__(node, "_transpose", None)
            node._setup(*fields)
            node = _NODES.setdefault(key, node)
        return node

    def _setup(self, *fields: Any) -> None:
        raise TypeError(f"{type(self).__name__} is abstract")

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("expressions are frozen; build a new one")

    def __reduce__(self):
        return _rebuild, (type(self), self.fields)

    def __copy__(self) -> Expression:
        return self

    def __deepcopy__(self, memo: dict) -> Expression:
        return self

    @property
    def shape(self) -> tuple[sympy.Expr, sympy.Expr]:
        """Numbers of rows and columns as SymPy expressions in the sizes."""
        return sympy.Add(*self.rows), sympy.Add(*self.columns)

    @property
    def is_number(self) -> bool:
        """Whether the expression is 1 x 1."""
        return self.rows == (ONE,) and self.columns == (ONE,)

    @property
    def is_square(self) -> bool:
        """Whether rows and columns are the same space."""
        return self.rows == self.columns

    # -- hooks of each node type ------------------------------------------------------------------
    def growth(self) -> sympy.Rational:
        """Return k such that the operator norm is of order N^k."""
        raise TypeError(f"{type(self).__name__} has no order")

    def terms(self) -> tuple[tuple[Expression, sympy.Expr], ...]:
        """Return the expression as a linear combination."""
        return ((self, sympy.S.One),)

    # -- derived ----------------------------------------------------------------------------------
    @property
    def order(self) -> sympy.Rational:
        """The exponent k of the operator norm N^k; an upper bound for products with vectors."""
        if self._order is None:
            object.__setattr__(self, "_order", self.growth())
        return self._order

    @property
    def shape_text(self) -> str:
        """The shape as printed in messages."""
        return f"({dimension_text(self.rows)}) x ({dimension_text(self.columns)})"

    def __bool__(self) -> bool:
        raise TypeError("an expression has no truth value; compare with `is`")

    def __iter__(self):
        raise TypeError("an expression is not iterable")

    if TYPE_CHECKING:  # attached in operators.py

        @property
        def T(self) -> Expression:
            """The transpose."""

        def __matmul__(self, other: Expression) -> Expression: ...
        def __add__(self, other: Any) -> Expression: ...
        def __radd__(self, other: Any) -> Expression: ...
        def __sub__(self, other: Any) -> Expression: ...
        def __rsub__(self, other: Any) -> Expression: ...
        def __mul__(self, other: Any) -> Expression: ...
        def __rmul__(self, other: Any) -> Expression: ...
        def __truediv__(self, other: Any) -> Expression: ...
        def __rtruediv__(self, other: Any) -> Expression: ...
        def __neg__(self) -> Expression: ...
        def __pow__(self, exponent: Any) -> Expression: ...
        def subs(self, mapping: Mapping[Any, Any]) -> Expression:
            """Replace nodes by nodes or parameters by scalars."""

        def simulate(self, sizes: Mapping, parameters: Mapping | None = None, seed: int = 0) -> Any:
            """Sample the expression at finite size."""


def _rebuild(cls: type[Expression], fields: tuple) -> Expression:
    return cls.intern(*fields)


def walk(*roots: Expression) -> Iterator[Expression]:
    """Yield every node below the roots once, arguments before the nodes that use them."""
    seen: set[Expression] = set()
    stack: list[tuple[Expression, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        if node in seen:
            continue
        if ready:
            seen.add(node)
            yield node
        else:
            stack.append((node, True))
            stack.extend((argument, False) for argument in reversed(node.arguments))
