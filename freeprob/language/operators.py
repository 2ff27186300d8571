"""Operators and methods of expressions; importing this module attaches them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from ..errors import ShapeError
from . import operations, rewriting
from .expression import ONE, Expression, dimension_text
from .printing import latex, text
from .scalars import as_scalar, is_scalar
from .simulation import simulate


def _transpose(self: Expression) -> Expression:
    """Return the transpose."""
    return rewriting.transpose(self)


def _matmul(self: Expression, other: Any) -> Expression:
    return operations.multiply(self, other) if isinstance(other, Expression) else NotImplemented


def _linear(self: Expression, other: Any, mine: int, theirs: int) -> Expression:
    if is_scalar(other):
        value = as_scalar(other)
        if value != 0 and not self.is_number:
            raise ShapeError(
                f"the scalar {other} cannot be added to the matrix {self} of shape {self.shape_text}; "
                f"write {other} * fp.identity({dimension_text(self.rows)}), or fp.entrywise for each entry"
            )
        other = operations.combine([(operations.identity(ONE), value)]) if value != 0 else None
    elif not isinstance(other, Expression):
        return NotImplemented
    pairs = [(self, sympy.Integer(mine))] + ([(other, sympy.Integer(theirs))] if other is not None else [])
    return operations.combine(pairs)


def _add(self: Expression, other: Any) -> Expression:
    return _linear(self, other, 1, 1)


def _subtract(self: Expression, other: Any) -> Expression:
    return _linear(self, other, 1, -1)


def _subtract_from(self: Expression, other: Any) -> Expression:
    return _linear(self, other, -1, 1)


def _multiply(self: Expression, other: Any) -> Expression:
    if is_scalar(other):
        return operations.combine([(self, as_scalar(other))])
    if isinstance(other, Expression):
        if self.is_number and other.is_number:
            return operations.multiply(self, other)
        raise ShapeError(
            f"* multiplies by scalars; use @ for the matrix product of {self.shape_text} and {other.shape_text}"
        )
    return NotImplemented


def _divide(self: Expression, other: Any) -> Expression:
    if is_scalar(other):
        value = as_scalar(other)
        if value == 0:
            raise ZeroDivisionError(f"{self} / 0")
        return operations.combine([(self, 1 / value)])
    if isinstance(other, Expression) and other.is_number:
        return _multiply(operations.inv(other), self) if self.is_number else NotImplemented
    return NotImplemented


def _divide_into(self: Expression, other: Any) -> Expression:
    if is_scalar(other) and self.is_number:
        return operations.combine([(operations.inv(self), as_scalar(other))])
    raise ShapeError(f"a matrix cannot divide; use fp.inv({self})")


def _negate(self: Expression) -> Expression:
    return operations.combine([(self, sympy.S.NegativeOne)])


def _subs(self: Expression, mapping: Mapping[Any, Any]) -> Expression:
    """Replace nodes by nodes or scalars by scalars; the graph is rebuilt and checked again.

    Parameters
    ----------
    mapping : mapping
        From expressions to expressions, for example ``{X: x}`` to apply a network to a fresh point, or from
        parameters to scalars.
    """
    return rewriting.substitute(self, mapping)


def _simulate(self: Expression, sizes: Mapping, parameters: Mapping | None = None, seed: int = 0):
    """Sample the expression at finite size.

    Parameters
    ----------
    sizes : mapping of str or Size to int
    parameters : mapping of str or Symbol to float, optional
    seed : int
        A leaf gets the same sample in every expression that is simulated with the same seed.

    Returns
    -------
    numpy.ndarray or float
        The matrix; a float for a 1 x 1 expression.
    """
    return simulate(self, sizes, parameters or {}, seed)


def _repr_latex(self: Expression) -> str:
    return f"$\\displaystyle {latex(self)}$"


_ATTACHED: dict[str, Any] = {
    "T": property(_transpose),
    "__matmul__": _matmul,
    "__add__": _add,
    "__radd__": _add,
    "__sub__": _subtract,
    "__rsub__": _subtract_from,
    "__mul__": _multiply,
    "__rmul__": _multiply,
    "__truediv__": _divide,
    "__rtruediv__": _divide_into,
    "__neg__": _negate,
    "__pow__": operations.power,
    "subs": _subs,
    "simulate": _simulate,
    "__str__": text,
    "__repr__": text,
    "_repr_latex_": _repr_latex,
}
for _name, _value in _ATTACHED.items():
    setattr(Expression, _name, _value)
