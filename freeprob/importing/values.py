"""What the nodes of a traced network stand for, besides expressions and numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy

from ..language.expression import Expression

__all__ = ["SAMPLES", "LinearOutput", "Parameter", "Part", "SampleCount", "Stack", "part_text"]

Part = tuple[int, int]
"""Start and end of consecutive rows or columns."""


def part_text(part: Part) -> str:
    """Return a part as Python writes it."""
    return f"{part[0]}:{part[1]}"


class SampleCount:
    """The number of samples, which a network may pass on but not compute with."""

    def __repr__(self) -> str:
        return "the number of samples"


SAMPLES = SampleCount()


@dataclass(frozen=True, eq=False)
class Parameter:
    """A tensor of a module, perhaps transposed and multiplied by a number.

    Attributes
    ----------
    tensor : torch.Tensor
        The same tensor is the same random matrix, wherever it is used.
    path : str
        Where the module holds it.
    is_row : bool
        Whether a tensor with one axis is used as the weights of one neuron.
    """

    tensor: Any
    path: str
    transposed: bool = False
    factor: sympy.Expr = sympy.S.One
    is_row: bool = False

    @property
    def T(self) -> Parameter:
        """The transpose."""
        return replace(self, transposed=not self.transposed)

    @property
    def row(self) -> Parameter:
        """The same with one axis more, the weights of one neuron."""
        return replace(self, is_row=True)

    def times(self, factor: sympy.Expr) -> Parameter:
        """Return a multiple."""
        return replace(self, factor=self.factor * factor)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, transposed if the matrix is."""
        shape = (*((1,) if self.is_row else ()), *(int(length) for length in self.tensor.shape))
        return shape[::-1] if self.transposed else shape

    @property
    def numbers(self) -> np.ndarray:
        """The entries of the tensor, neither transposed nor multiplied."""
        values = self.tensor.detach().double().cpu().numpy()
        return values[None] if self.is_row else values


@dataclass(frozen=True)
class Stack:
    """Features above each other: ``torch.cat`` along the features."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, eq=False)
class LinearOutput:
    """The output of a linear layer, before it is known whether it is used whole or in parts (gates)."""

    place: str
    weight: Parameter
    bias: Parameter | None
    inputs: tuple[Expression, ...]

    @property
    def width(self) -> int:
        """The number of features."""
        return self.weight.shape[0]
