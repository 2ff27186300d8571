"""Scalars inside a law: how they are read, bound, turned into numbers and written as data."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy
from sympy.functions.elementary.piecewise import ExprCondPair

from ...algebra.symbols import Size
from ...errors import UnsupportedModel

__all__ = [
    "bind",
    "decode",
    "encode",
    "exact_or_float",
    "free_symbols",
    "precise",
    "require_positive",
    "scalar",
    "text",
]

_CONSTANTS = {
    "pi": sympy.pi,
    "E": sympy.E,
    "EulerGamma": sympy.EulerGamma,
    "GoldenRatio": sympy.GoldenRatio,
    "Catalan": sympy.Catalan,
    "true": sympy.true,
    "false": sympy.false,
}
_OPERATIONS = {
    c.__name__: c
    for c in (
        sympy.Add,
        sympy.Mul,
        sympy.Pow,
        sympy.And,
        sympy.Or,
        sympy.Not,
        sympy.Max,
        sympy.Min,
        sympy.Piecewise,
        sympy.StrictLessThan,
        sympy.StrictGreaterThan,
        sympy.LessThan,
        sympy.GreaterThan,
        ExprCondPair,
    )
}
_NOT_OPERATIONS = ("Function", "Lambda", "WildFunction")


def scalar(value: Any, role: str) -> sympy.Expr:
    """Read a real scalar; exact input stays exact.

    Parameters
    ----------
    value : int, float, Fraction, Decimal, str, NumPy or mpmath number, or SymPy expression
        A string is an exact rational such as ``"2/5"`` or ``"0.4"``; it is parsed as a number only.
    role : str
        What the scalar is, for the error message.

    Returns
    -------
    Expr

    Raises
    ------
    UnsupportedModel
        If the value is not a finite real scalar.

    Examples
    --------
    >>> from freeprob.language.laws.scalars import scalar
    >>> scalar("2/5", "weight"), scalar(0.5, "weight")
    (2/5, 0.500000000000000)
    """
    read = _read(value, role)
    if read.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
        raise UnsupportedModel(
            f"{role} is {value}: a non-finite law is refused, the support must be bounded; cut it off at a finite value"
        )
    if read.is_extended_real is False or (read.is_number and not _is_real(read)):
        raise UnsupportedModel(f"{role} is {read}, which is not real; the law of a self-adjoint matrix is real")
    return read


def _read(value: Any, role: str) -> sympy.Expr:
    if isinstance(value, sympy.Expr):
        return value
    if isinstance(value, str):
        try:
            return sympy.Rational(value)
        except (TypeError, ValueError, ZeroDivisionError):
            raise UnsupportedModel(
                f"{role} is the text {value!r}, which is not a rational number; "
                "write '2/5' for a number, or pass a SymPy symbol or expression"
            ) from None
    if isinstance(value, (bool, np.bool_)) or value is None:
        raise UnsupportedModel(f"{role} is {value!r}; give a real number or a SymPy expression")
    if isinstance(value, numbers.Integral):
        return sympy.Integer(int(value))
    if isinstance(value, (Fraction, Decimal)):
        return sympy.Rational(value) if not isinstance(value, Decimal) or value.is_finite() else sympy.nan
    if isinstance(value, numbers.Real):
        return sympy.Float(float(value)) if math.isfinite(value) else sympy.nan
    if isinstance(value, mpmath.mpf):
        return sympy.Float(value, precision=max(53, value.man.bit_length())) if mpmath.isfinite(value) else sympy.nan
    raise UnsupportedModel(f"{role} has type {type(value).__name__}; give a real number or a SymPy expression")


def _is_real(number: sympy.Expr) -> bool:
    real = number.is_extended_real
    return bool(real) if real is not None else sympy.im(number.evalf(30)) == 0


def require_positive(value: sympy.Expr, message: str) -> None:
    """Raise UnsupportedModel with this message when the scalar is known not to be positive."""
    if not value.is_number:
        refused = value.is_positive is False
    else:
        refused = value.is_positive is False or not value.evalf(30) > 0
    if refused:
        raise UnsupportedModel(message)


def precise(value: sympy.Expr) -> mpmath.mpf:
    """Return a SymPy number at the present mpmath precision; a float keeps its exact binary value."""
    if value.is_Rational:
        return mpmath.mpf(value.p) / value.q
    return mpmath.mpf(value.evalf(mpmath.mp.dps + 5).num)


def exact_or_float(value: sympy.Expr) -> sympy.Expr:
    """Evaluate an expression to a Float when it contains one; leave it exact otherwise."""
    floats = value.atoms(sympy.Float)
    return value if not floats else value.evalf(max(15, *(f._prec * 3 // 10 for f in floats)))


def text(value: sympy.Expr) -> str:
    """Return plain text of a scalar, floats without trailing zeros."""
    return sympy.sstr(value, full_prec=False)


def free_symbols(argument: Any) -> set[sympy.Symbol]:
    """Return the symbols in a scalar or in nested tuples of scalars."""
    if isinstance(argument, tuple):
        return set().union(*map(free_symbols, argument))
    return set(argument.free_symbols) if isinstance(argument, sympy.Basic) else set()


def bind(argument: Any, mapping: Mapping[sympy.Symbol, Any], owner: str) -> Any:
    """Substitute symbols in a scalar or in nested tuples of scalars; the owner is named in errors."""
    if isinstance(argument, tuple):
        return tuple(bind(a, mapping, owner) for a in argument)
    if not isinstance(argument, sympy.Basic):
        return argument
    present = {s: scalar(v, f"{s} in {owner}") for s, v in mapping.items() if s in argument.free_symbols}
    return argument.subs(present, simultaneous=True) if present else argument


def encode(value: Any) -> Any:
    """Describe a scalar, or nested tuples of scalars, as JSON data.

    Exact rationals become text, binary floats numbers, symbols ``{"symbol": name}``, other expressions a tree.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.laws.scalars import encode
    >>> encode((sympy.Rational(1, 2), sympy.Float(0.25)))
    ['1/2', 0.25]
    """
    if isinstance(value, tuple):
        return [encode(v) for v in value]
    if isinstance(value, str):
        return {"text": value}
    if not isinstance(value, sympy.Basic):
        value = scalar(value, "an argument")
    if isinstance(value, sympy.Rational):
        return str(value)
    if isinstance(value, sympy.Float):
        if value._prec == 53:
            return float(value)
        return {"float": str(sympy.Rational(value)), "precision": value._prec}
    if isinstance(value, Size):
        return {"size": value.name}
    if isinstance(value, sympy.Symbol):
        facts = {k: v for k, v in sorted(value._assumptions_orig.items()) if v is not None and k != "commutative"}
        return {"symbol": value.name, "assumptions": facts} if facts else {"symbol": value.name}
    for name, constant in _CONSTANTS.items():
        if value is constant:
            return {"constant": name}
    kind: Any = type(value)
    if _operation(kind.__name__) is kind:
        return {"call": type(value).__name__, "arguments": [encode(a) for a in value.args]}
    raise UnsupportedModel(f"{value} cannot be written as data: {type(value).__name__} is no standard SymPy function")


def decode(data: Any) -> Any:
    """Rebuild what ``encode`` described; nothing is evaluated as code."""
    if isinstance(data, list):
        return tuple(decode(d) for d in data)
    if isinstance(data, dict):
        return _decode_tagged(data)
    return scalar(data, "the number")


def _decode_tagged(data: Mapping[str, Any]) -> Any:
    if "text" in data:
        return str(data["text"])
    if "size" in data:
        return Size(str(data["size"]))
    if "symbol" in data:
        facts = {str(k): bool(v) for k, v in data.get("assumptions", {}).items()}
        return sympy.Symbol(str(data["symbol"]), **facts)
    if "float" in data:
        return sympy.Float(sympy.Rational(str(data["float"])), precision=int(data["precision"]))
    if data.get("constant") in _CONSTANTS:
        return _CONSTANTS[data["constant"]]
    operation = _operation(str(data.get("call")))
    if operation is None:
        raise UnsupportedModel(f"the data {dict(data)!r} does not describe a scalar of a law")
    return operation(*(decode(a) for a in data["arguments"]))


def _operation(name: str) -> type | None:
    """Return the SymPy class of this name when it is a plain operation or a standard function."""
    if name in _OPERATIONS:
        return _OPERATIONS[name]
    found = getattr(sympy, name, None)
    standard = isinstance(found, type) and issubclass(found, sympy.Function) and name not in _NOT_OPERATIONS
    return found if standard else None
