"""Sums and products of features, numbers and parameters, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from ...language.entry_formulas import multiply_entries, of_several, shifted
from ...language.expression import Expression
from ...language.operations import combine
from ..reader import Reader
from ..values import Parameter


def _numbers(reader: Reader, first: Any, second: Any) -> bool:
    return reader.is_number(first) and reader.is_number(second)


def add(reader: Reader, input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Add features, a bias or a number; alpha multiplies the second."""
    if _numbers(reader, input, other):
        return reader.number(input) + reader.number(alpha) * reader.number(other)
    if isinstance(input, Parameter) or reader.is_number(input):
        input, other, scale, first = other, input, sympy.S.One, reader.number(alpha)
    else:
        scale, first = reader.number(alpha), sympy.S.One
    features = combine([(reader.features(input), first)])
    if reader.is_number(other):
        return shifted(features, scale * reader.number(other))
    if isinstance(other, Parameter):
        if len(other.shape) != 1:
            reader.refuse(f"{other.path} is added, and has {len(other.shape)} axes", "a vector: a bias for all samples")
        return reader.biased(features, other.times(scale), None, other.shape[0])
    return combine([(features, sympy.S.One), (reader.features(other), scale)])


def subtract(reader: Reader, input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Subtract."""
    return add(reader, input, other, alpha=-reader.number(alpha))


def multiply(reader: Reader, input: Any, other: Any) -> Any:
    """Multiply: gates of features, and multiples."""
    if _numbers(reader, input, other):
        return reader.number(input) * reader.number(other)
    for first, second in ((input, other), (other, input)):
        if reader.is_number(second):
            factor = reader.number(second)
            return first.times(factor) if isinstance(first, Parameter) else _multiple(reader, first, factor)
    for first, second in ((input, other), (other, input)):
        if isinstance(second, Parameter):
            return _multiple(reader, first, reader.number(second))
    return multiply_entries(reader.features(input), reader.features(other))


def _multiple(reader: Reader, features: Any, factor: sympy.Expr) -> Expression:
    return combine([(reader.features(features), factor)])


def divide(reader: Reader, input: Any, other: Any) -> Any:
    """Divide by numbers; a quotient of features must be bounded."""
    if reader.is_number(other):
        if reader.number(other) == 0:
            reader.refuse("it divides by 0", "another number")
        return multiply(reader, input, 1 / reader.number(other))
    if reader.is_number(input):
        return of_several(lambda h: reader.number(input) / h, reader.features(other))
    return of_several(lambda h, g: h / g, reader.features(input), reader.features(other))


def power(reader: Reader, input: Any, exponent: Any) -> Any:
    """Raise to a power that is a number."""
    if _numbers(reader, input, exponent):
        return reader.number(input) ** reader.number(exponent)
    if not reader.is_number(exponent):
        reader.refuse("the exponent depends on the data", "a number")
    return of_several(lambda h: h ** reader.number(exponent), reader.features(input))


def negate(reader: Reader, input: Any) -> Any:
    """Change the sign."""
    return multiply(reader, input, -1)


def maximum(reader: Reader, input: Any, other: Any) -> Expression:
    """Return the larger one of two features."""
    return of_several(sympy.Max, reader.features(input), reader.features(other))


def minimum(reader: Reader, input: Any, other: Any) -> Expression:
    """Return the smaller one of two features."""
    return of_several(sympy.Min, reader.features(input), reader.features(other))


def root(reader: Reader, input: Any) -> Any:
    """Return the square root."""
    if not reader.is_number(input):
        return of_several(sympy.sqrt, reader.features(input))
    return sympy.sqrt(reader.number(input))


OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": add,
    "sub": subtract,
    "subtract": subtract,
    "mul": multiply,
    "multiply": multiply,
    "div": divide,
    "divide": divide,
    "truediv": divide,
    "true_divide": divide,
    "pow": power,
    "neg": negate,
    "negative": negate,
    "maximum": maximum,
    "minimum": minimum,
    "sqrt": root,
}
