"""Features side by side: halves of a layer, gates on halves, concatenation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...language.activations import as_activation
from ...language.entry_formulas import apply
from ...language.expression import Expression
from ...language.hadamard import hadamard
from ..layer import Layer
from ..reader import Reader
from ..values import LinearOutput, Part, Stack


def _rows(reader: Reader, input: Any, parts: Sequence[Part]) -> tuple[Expression, ...]:
    """Return consecutive rows of a linear layer: parts of its weights, which are independent."""
    if not isinstance(input, LinearOutput):
        reader.refuse(
            "it takes a part of features that are not the output of a linear layer",
            "split right after the layer, or use a layer for each part",
        )
    return tuple(reader.linear_part(input, part) for part in parts)


def _check_axis(reader: Reader, dim: int) -> None:
    if dim not in (-1, 1):
        reader.refuse(f"it works along axis {dim}; samples are axis 0 and features axis 1", "dim=-1")


def chunk(reader: Reader, input: Any, chunks: int, dim: int = 0) -> tuple[Expression, ...]:
    """Return equal parts, by their number."""
    _check_axis(reader, dim)
    width = input.width if isinstance(input, LinearOutput) else 0
    return split(reader, input, -(-width // chunks) or 1, dim)


def split(reader: Reader, input: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Expression, ...]:
    """Return parts of one length, or of given lengths."""
    _check_axis(reader, dim)
    width = input.width if isinstance(input, LinearOutput) else 0
    if isinstance(split_size_or_sections, int):
        step = split_size_or_sections
        ends = [*range(step, width, step), width]
    else:
        ends = [sum(split_size_or_sections[: k + 1]) for k in range(len(split_size_or_sections))]
    return _rows(reader, input, list(zip([0, *ends[:-1]], ends, strict=True)))


def glu(reader: Reader, input: Any, dim: int = -1) -> Expression:
    """Return the first half times the sigmoid of the second."""
    first, second = chunk(reader, input, 2, dim)
    return hadamard(first, apply(as_activation("sigmoid"), second))


def cat(reader: Reader, tensors: Sequence[Any], dim: int = 0, axis: int | None = None) -> Stack:
    """Stack features above each other; a layer on them is a sum of layers."""
    _check_axis(reader, dim if axis is None else axis)
    parts: list[Expression] = []
    for tensor in tensors:
        parts.extend(tensor.parts if isinstance(tensor, Stack) else (reader.features(tensor),))
    if any(part.columns != parts[0].columns for part in parts):
        reader.refuse("the parts have different samples", "features of the same samples")
    return Stack(tuple(parts))


def getitem(reader: Reader, input: Any, index: Any) -> Any:
    """Return an item of a tuple, or consecutive features of a linear layer."""
    if isinstance(input, (tuple, list)):
        return input[index]
    slices = index if isinstance(index, tuple) else (index,)
    plain = slice(None)
    if len(slices) == 2 and slices[0] in (plain, Ellipsis) and isinstance(slices[1], slice):
        if slices[1] == plain:
            return input
        if isinstance(input, LinearOutput) and slices[1].step in (None, 1):
            start, end, _ = slices[1].indices(input.width)
            return _rows(reader, input, [(start, end)])[0]
    reader.refuse(f"the index {index} is not understood", "h[:, start:end] of the output h of a linear layer")


OPERATIONS: dict[str, Callable[..., Any]] = {
    "chunk": chunk,
    "split": split,
    "glu": glu,
    "cat": cat,
    "concat": cat,
    "concatenate": cat,
    "getitem": getitem,
}

LAYERS = {"GLU": Layer("glu", "dim")}
