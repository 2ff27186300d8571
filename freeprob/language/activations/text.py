"""Read a SymPy expression of x from the text that ``str`` writes, without ``eval``."""

from __future__ import annotations

import ast
import operator
import re

import sympy
from sympy.core.function import Application, UndefinedFunction

from freeprob.errors import UnsupportedModel
from freeprob.language.activations.pieces import X

__all__ = ["read_expression"]

_LARGEST = 10_000


def _power(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    """Return base**exponent, unless it is a number of more than ten thousand bits."""
    if base.is_Rational and exponent.is_Rational:
        bits = max(abs(int(base.p)).bit_length(), int(base.q).bit_length())
        if bits * abs(exponent) > _LARGEST:
            raise ValueError(f"a power of {base} is too large a number")
    return base**exponent


_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Pow: _power,
    ast.BitAnd: sympy.And,
    ast.BitOr: sympy.Or,
}
_UNARY = {ast.UAdd: operator.pos, ast.Invert: sympy.Not}
_RELATIONS = {ast.Lt: sympy.Lt, ast.LtE: sympy.Le, ast.Gt: sympy.Gt, ast.GtE: sympy.Ge}
_CONSTANTS = {"pi": sympy.pi, "E": sympy.E, "EulerGamma": sympy.EulerGamma, "oo": sympy.oo, "x": X}
_HELPERS = {"sqrt": sympy.sqrt, "cbrt": sympy.cbrt, "Eq": sympy.Eq, "Ne": sympy.Ne}


def read_expression(text: str) -> sympy.Expr:
    """Return the expression of x that a text describes.

    Parameters
    ----------
    text : str
        Numbers, ``x`` (or ``x1``, ``x2``, ...), ``+ - * / **``, comparisons, and SymPy functions.

    Returns
    -------
    Expr

    Examples
    --------
    >>> from freeprob.language.activations.text import read_expression
    >>> read_expression("Max(0, x) - sqrt(2)/(2*sqrt(pi))")
    Max(0, x) - sqrt(2)/(2*sqrt(pi))
    """
    try:
        return sympy.sympify(_read(ast.parse(text.strip(), mode="eval").body))
    except (SyntaxError, TypeError, ValueError, RecursionError) as error:
        raise UnsupportedModel(f"activation {text!r} is not a SymPy expression of x: {error}") from error


def _factors(node: ast.AST, power: int = 1) -> list[sympy.Expr]:
    """Return the factors of a product, which SymPy must see at once: 2*(x + 1)*y is not (2*x + 2)*y."""
    match node:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return [*_factors(left, power), *_factors(right, power)]
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return [*_factors(left, power), *_factors(right, -power)]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return [sympy.S.NegativeOne, *_factors(operand, power)]
    return [_read(node) ** power]


def _read(node: ast.AST):
    match node:
        case ast.BinOp(op=ast.Mult() | ast.Div()) | ast.UnaryOp(op=ast.USub()):
            return sympy.Mul(*_factors(node))
        case ast.Constant(value=bool() as value):
            return sympy.true if value else sympy.false
        case ast.Constant(value=int() as value):
            return sympy.Integer(value)
        case ast.Constant(value=float() as value):
            return sympy.Rational(repr(value))
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.Name(id=name) if re.fullmatch(r"x[1-9][0-9]?", name):  # an argument of a function of several
            return sympy.Symbol(name, real=True)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_read(left), _read(right))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return _UNARY[type(op)](_read(operand))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _RELATIONS:
            return _RELATIONS[type(op)](_read(left), _read(right))
        case ast.Tuple(elts=items):
            return sympy.Tuple(*map(_read, items))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _function(name)(*map(_read, args))
    raise UnsupportedModel(f"activation text: {ast.unparse(node)!r} is neither a number, x, nor a SymPy function of x")


def _function(name: str):
    if name in _HELPERS:
        return _HELPERS[name]
    found = getattr(sympy, name, None)
    if isinstance(found, type) and issubclass(found, Application) and not isinstance(found, UndefinedFunction):
        return found
    raise UnsupportedModel(f"activation text: {name!r} is not a SymPy function")
