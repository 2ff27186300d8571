"""Products with parameters: linear layers, and the same written out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...language.expression import ONE
from ..layer import Layer
from ..reader import Reader
from ..values import LinearOutput, Parameter


def linear(reader: Reader, input: Any, weight: Any, bias: Any = None) -> LinearOutput:
    """Return ``input @ weight.T + bias`` of torch, whose rows are samples: ``W @ X + b 1^T`` here."""
    return reader.linear(input, weight, bias)


def matmul(reader: Reader, input: Any, other: Any) -> LinearOutput:
    """Return ``input @ P`` of torch, P a parameter."""
    if isinstance(other, Parameter) and not isinstance(input, Parameter):
        if len(other.shape) == 1:
            return reader.linear(input, other.row, None)
        return reader.linear(input, other.T, None)
    if isinstance(input, Parameter) and not isinstance(other, Parameter):
        if reader.features(other).columns == (ONE,):
            return reader.linear(other, input, None)
        reader.refuse(
            f"the parameter {input.path} multiplies features from the left, and features are the last axis in torch",
            "x @ W.T, which has one row for each sample",
        )
    reader.refuse(
        "it is a matrix product of two things that depend on the data, or of two parameters",
        "products of features with a parameter; attention is not covered",
    )


def addmm(reader: Reader, input: Any, mat1: Any, mat2: Any) -> LinearOutput:
    """Return ``input + mat1 @ mat2`` of torch, with a bias and a parameter."""
    if not isinstance(mat2, Parameter):
        reader.refuse("the second factor is no parameter", "x @ P with a parameter P")
    return reader.linear(mat1, mat2.T, input)


def transpose(reader: Reader, input: Any, *axes: Any) -> Parameter:
    """Transpose a parameter."""
    if isinstance(input, Parameter) and len(input.shape) == 2:
        return input.T
    reader.refuse("features are transposed, so that samples and features change places", "operations on features")


OPERATIONS: dict[str, Callable[..., Any]] = {
    "linear": linear,
    "matmul": matmul,
    "mm": matmul,
    "addmm": addmm,
    "t": transpose,
    "transpose": transpose,
    "swapaxes": transpose,
}

LAYERS = {"Linear": Layer("linear", "weight", "bias")}
