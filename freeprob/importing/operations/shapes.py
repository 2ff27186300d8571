"""Operations that leave features as they are: changes of type, flattening what is flat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...language.expression import ONE, Expression
from ..layer import Layer
from ..reader import Reader
from ..values import SAMPLES, LinearOutput, Parameter, SampleCount
from .weights import transpose


def same(reader: Reader, input: Any, *arguments: Any, **keywords: Any) -> Any:
    """Return the input."""
    return input


def _shape(reader: Reader, input: Any) -> tuple[Any, ...]:
    """Return (samples, features), as torch orders them."""
    if isinstance(input, Parameter):
        return input.shape
    if isinstance(input, LinearOutput):
        return SAMPLES, input.width
    features = reader.features(input)
    width = reader.widths.number(features.rows[0]) if len(features.rows) == 1 else None
    if width is None:
        reader.refuse("the width of the features is not known here", "a number in place of the shape")
    return SAMPLES, width


def size(reader: Reader, input: Any, dim: int | None = None) -> Any:
    """Return the shape, or one entry of it."""
    if dim == 0 and not isinstance(input, Parameter):
        return SAMPLES
    shape = _shape(reader, input)
    return shape if dim is None else shape[dim]


def attribute(reader: Reader, input: Any, name: str, *default: Any) -> Any:
    """Return an attribute of a tensor."""
    if name == "shape":
        return _shape(reader, input)
    if name in ("T", "mT"):
        return transpose(reader, input)
    if name == "data":
        return input
    reader.refuse(f"the attribute {name} of a tensor is not understood", "operations on features")


def flatten(reader: Reader, input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Return the input: features are flat already."""
    if start_dim != 1 or end_dim not in (-1, 1):
        reader.refuse("it mixes samples", "flatten(start_dim=1)")
    return input


def reshape(reader: Reader, input: Any, *shape: Any) -> Any:
    """Return the input, if the shape is (samples, features)."""
    lengths = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    if isinstance(input, (Expression, LinearOutput)) and len(lengths) == 2:
        first, second = lengths
        fits = second == -1 or second == _shape(reader, input)[1]
        if fits and (isinstance(first, SampleCount) or (first == -1 and second != -1)):
            return input
    reader.refuse(f"the shape {tuple(lengths)} is not (samples, features)", "x.view(x.size(0), -1), or nothing at all")


def squeeze(reader: Reader, input: Any, dim: int | None = None) -> Any:
    """Drop the axis of a single feature."""
    features = reader.features(input)
    if features.rows == (ONE,) and dim in (None, -1, 1):
        return features
    reader.refuse("there is no axis of length 1 among the features", "squeeze(-1) after a layer of one output")


_UNCHANGED = ("contiguous", "clone", "detach", "float", "double", "to", "type_as", "identity", "positive")

OPERATIONS: dict[str, Callable[..., Any]] = {
    **{name: same for name in _UNCHANGED},
    "size": size,
    "getattr": attribute,
    "flatten": flatten,
    "view": reshape,
    "reshape": reshape,
    "squeeze": squeeze,
}

LAYERS = {"Identity": Layer("identity"), "Flatten": Layer("flatten", "start_dim", "end_dim")}
