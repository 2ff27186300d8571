"""What operations need to know of the network that is read: its letters, its widths, and how to refuse."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
import sympy

from ..errors import ShapeError, UnsupportedModel
from ..language.ensembles.ones import ones
from ..language.entry_formulas import shifted
from ..language.expression import ONE, Expression
from ..language.operations import block, combine, multiply
from ..language.scalars import as_scalar
from .letters import Letters
from .values import LinearOutput, Parameter, Part, Stack
from .widths import Widths

__all__ = ["Reader"]


class Reader:
    """The state of one reading.

    Parameters
    ----------
    widths : Widths
    letters : Letters

    Attributes
    ----------
    place : str
        The node that is read, in words; messages begin with it.
    """

    def __init__(self, widths: Widths, letters: Letters) -> None:
        self.widths = widths
        self.letters = letters
        self.place = "the module"

    def refuse(self, reason: str, remedy: str) -> NoReturn:
        """Raise UnsupportedModel for the node that is read."""
        raise UnsupportedModel(f"from_torch: {self.place}: {reason}. Remedy: {remedy}")

    # -- values -----------------------------------------------------------------------------------
    def features(self, value: Any) -> Expression:
        """Return a value as features times samples."""
        if isinstance(value, Expression):
            return value
        if isinstance(value, LinearOutput):
            return self.linear_part(value, (0, value.width))
        if isinstance(value, Stack):
            return block([[part] for part in value.parts])
        if isinstance(value, Parameter):
            self.refuse(f"the parameter {value.path} is used as features", "let it multiply features, or be a bias")
        self.refuse(f"{value!r} is used as features", "write the network with operations on features")

    def number(self, value: Any) -> sympy.Expr:
        """Return a number, or a parameter all of whose entries are one number."""
        if isinstance(value, Parameter):
            values = value.numbers
            if values.size == 0 or np.ptp(values) > 1e-7 * np.abs(values).max():
                self.refuse(
                    f"the entries of {value.path} differ, and multiply features one by one",
                    "a number in place of the vector: give all entries one value",
                )
            single = np.float32(values.flat[0])
            return value.factor * _exact(float(single), str(single), 1000)
        if isinstance(value, float):
            return _exact(value, str(value), 10**6)
        if isinstance(value, (int, sympy.Expr)) and not isinstance(value, bool):
            return as_scalar(value)
        self.refuse(f"{value!r} is no number", "numbers that do not depend on the data")

    def is_number(self, value: Any) -> bool:
        """Whether a value is a number that does not depend on the data."""
        if isinstance(value, Parameter):
            return value.numbers.size == 1
        return isinstance(value, (int, float, sympy.Expr)) and not isinstance(value, (bool, Expression))

    # -- linear layers ----------------------------------------------------------------------------
    def linear(self, inputs: Any, weight: Any, bias: Any) -> LinearOutput:
        """Return a linear layer; nothing is drawn before it is known which parts of the output are used."""
        if not isinstance(weight, Parameter) or len(weight.shape) != 2:
            self.refuse("the weights are no matrix of parameters", "a parameter of the module with two axes")
        if bias is not None and (not isinstance(bias, Parameter) or len(bias.shape) != 1):
            self.refuse("the bias is no vector of parameters", "a parameter of the module with one axis")
        parts = inputs.parts if isinstance(inputs, Stack) else (self.features(inputs),)
        if len(parts) == 1:
            (part,) = parts
            if len(part.rows) != 1:
                self.refuse(f"its input {part} has several kinds of rows", "an input over one size")
            self.widths.fix(part.rows[0], weight.shape[1], f"the input of {self.place}")
        return LinearOutput(self.place, weight, bias, parts)

    def linear_part(self, output: LinearOutput, rows: Part) -> Expression:
        """Return rows of a linear layer: sums over the parts of its input of weights times features, and the bias."""
        outer, self.place = self.place, output.place  # errors are those of the layer
        result = self._linear_part(output, rows)
        self.place = outer
        return result

    def _linear_part(self, output: LinearOutput, rows: Part) -> Expression:
        pairs, start = [], 0
        widths = [self.widths.number(part.rows[0]) for part in output.inputs]
        if None in widths or sum(w for w in widths if w) != output.weight.shape[1]:
            raise ShapeError(
                f"{output.weight.path} has {output.weight.shape[1]} columns, but its inputs "
                f"have {' + '.join(map(str, widths))} rows"
            )
        for part, width in zip(output.inputs, widths, strict=True):
            columns = (start, start + int(width or 0))
            pairs.append((multiply(self.letters.matrix(output.weight, rows, columns), part), sympy.S.One))
            start = columns[1]
        result = combine(pairs)
        if output.bias is None:
            return result
        whole = rows == (0, output.width)
        return self.biased(result, output.bias, None if whole else rows, output.weight.shape[1])

    def biased(self, features: Expression, bias: Parameter, part: Part | None, fan_in: int) -> Expression:
        """Add a bias: a vector for all samples, and a number for all neurons."""
        vector, shift = self.letters.bias(bias, part, fan_in)
        if vector is not None:
            same = features.columns == (ONE,)
            for_all = vector if same else multiply(vector, ones(features.columns[0]).T)
            features = combine([(features, sympy.S.One), (for_all, sympy.S.One)])
        return shifted(features, shift)


def _exact(value: float, text: str, largest: int) -> sympy.Expr:
    """Return a float as the decimal that it prints as, or as the root of a whole number or of its inverse.

    The whole numbers go up to ``largest``, and the root must be all that the digits of a long text show.
    """
    tolerance = 10.0 ** (3 - len(text))
    for square, inverse in ((value**2, False), (1 / value**2 if value else 0.0, True)):
        whole = round(min(square, 2.0 * largest))
        if 1 < whole <= largest and len(text) > 8 and abs(square / whole - 1) < tolerance:
            root = sympy.sqrt(whole) if value > 0 else -sympy.sqrt(whole)
            return 1 / root if inverse else root
    return sympy.Rational(text)
