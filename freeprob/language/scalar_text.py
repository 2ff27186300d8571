"""Scalars as exact text that is read back without evaluating code."""

from __future__ import annotations

import ast
import keyword
import operator
from collections.abc import Iterable, Mapping

import sympy
from sympy.printing.str import StrPrinter

from ..algebra.coordinate import Coordinate

__all__ = ["read_scalar", "symbol_words", "write_scalar"]

_CONSTANTS = {"pi": sympy.pi, "E": sympy.E, "EulerGamma": sympy.EulerGamma, "GoldenRatio": sympy.GoldenRatio}
_FUNCTIONS = {
    f.__name__: f
    for f in (
        *(sympy.exp, sympy.log, sympy.Abs, sympy.sign, sympy.Max, sympy.Min, sympy.erf, sympy.erfc),
        *(sympy.sin, sympy.cos, sympy.tan, sympy.asin, sympy.acos, sympy.atan, sympy.atan2),
        *(sympy.sinh, sympy.cosh, sympy.tanh, sympy.asinh, sympy.acosh, sympy.atanh),
    )
}
_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_UNEVALUATED = {c.__name__: c for c in (sympy.Add, sympy.Mul, sympy.Pow)}
_LARGEST_EXPONENT = 4096


class _Printer(StrPrinter):
    """Prints with the words of the symbols, and floats in binary."""

    def __init__(self, words: Mapping[sympy.Symbol, str], *, structure: bool):
        super().__init__()
        self.words = words
        self.structure = structure

    def _print(self, expr, **kwargs):
        if self.structure and type(expr).__name__ in _UNEVALUATED:
            return f"{type(expr).__name__}({', '.join(self._print(a) for a in expr.args)})"
        return super()._print(expr, **kwargs)

    def _print_Symbol(self, expr: sympy.Symbol) -> str:
        return self.words[expr]

    _print_Size = _print_Eigenvalue = _print_Symbol

    def _print_Float(self, expr: sympy.Float) -> str:
        sign, mantissa, exponent, _ = expr._mpf_
        return f"binary({-int(mantissa) if sign else int(mantissa)}, {int(exponent)}, {int(expr._prec)})"


def symbol_words(symbols: Iterable[sympy.Symbol]) -> dict[sympy.Symbol, str]:
    """Return an identifier for each symbol: its name where possible, and a different one for each.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.scalar_text import symbol_words
    >>> symbol_words(sympy.symbols("lambda x"))
    {lambda: 'lambda_', x: 'x'}
    """
    taken = {*_CONSTANTS, *_FUNCTIONS, *_UNEVALUATED, "sqrt", "binary"}
    words: dict[sympy.Symbol, str] = {}
    for symbol in sorted(symbols, key=lambda s: (s.name, type(s).__name__, sympy.srepr(s))):
        word = symbol.name if symbol.name.isidentifier() and symbol.name.isascii() else "symbol"
        while word in taken or keyword.iskeyword(word):
            word += "_"
        taken.add(word)
        words[symbol] = word
    return words


def write_scalar(scalar: sympy.Expr, words: Mapping[sympy.Symbol, str]) -> str:
    """Return a text from which :func:`read_scalar` makes the same scalar.

    Raises
    ------
    ValueError
        If the scalar has a function that is not elementary.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.scalar_text import write_scalar
    >>> x = sympy.Symbol("lambda")
    >>> write_scalar(x / 2 + sympy.sqrt(3), {x: "lambda_"})
    'lambda_/2 + sqrt(3)'
    """
    symbols = {word: symbol for symbol, word in words.items()}
    for structure in (False, True):
        text = _Printer(words, structure=structure).doprint(scalar)
        try:
            if read_scalar(text, symbols) == scalar:
                return text
        except ValueError:
            continue
    raise ValueError(f"the scalar {scalar} cannot be written as data: it has a function that is not elementary")


def read_scalar(text: str, symbols: Mapping[str, sympy.Symbol]) -> sympy.Expr:
    """Return the scalar that a text describes; only arithmetic and elementary functions are understood.

    Parameters
    ----------
    text : str
    symbols : mapping of str to Symbol
        The words that may occur.

    Raises
    ------
    ValueError
        With the part that is not understood.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.scalar_text import read_scalar
    >>> read_scalar("lambda_/2 + sqrt(3)", {"lambda_": sympy.Symbol("lambda")})
    lambda/2 + sqrt(3)
    """
    try:
        value = _read(ast.parse(text.strip(), mode="eval").body, symbols)
    except (SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(f"{text!r} is not a scalar ({error})") from error
    if value.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
        raise ValueError(f"{text!r} is not finite")
    return value


def _read(node: ast.AST, symbols: Mapping[str, sympy.Symbol]) -> sympy.Expr:
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return sympy.Integer(value)
        case ast.Name(id=name) if name in symbols:
            return symbols[name]
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_read(left, symbols), _read(right, symbols))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_read(left, symbols), _read(right, symbols))
        case ast.Subscript(value=point, slice=ast.Constant(value=int() as k)) if k > 0:
            return Coordinate(_read(point, symbols), k)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_read(operand, symbols)
        case ast.Call(func=ast.Name(id="binary"), args=args, keywords=[]) if len(args) == 3:
            return _binary_float(*(int(ast.literal_eval(a)) for a in args))
        case ast.Call(func=ast.Name(id="sqrt"), args=[argument], keywords=[]):
            return sympy.sqrt(_read(argument, symbols))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_read(a, symbols) for a in args))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _UNEVALUATED:
            return _UNEVALUATED[name](*(_read(a, symbols) for a in args), evaluate=False)
    raise ValueError(f"{ast.unparse(node)!r} is neither a number, a known symbol nor an elementary function")


def _power(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    if base.is_number and exponent.is_number and not abs(exponent) <= _LARGEST_EXPONENT:
        raise ValueError(f"the exponent {exponent} of a number is too large")
    return base**exponent


def _binary_float(mantissa: int, exponent: int, precision: int) -> sympy.Float:
    if not (0 < precision <= 10**5 and abs(exponent) <= 10**5):
        raise ValueError("a float is out of range")
    return sympy.Float(mantissa * sympy.Integer(2) ** exponent, precision=precision)
