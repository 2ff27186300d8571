"""Parameters of a module as leaves: one tensor is one random matrix, wherever and however often it is read."""

from __future__ import annotations

import math

import sympy

from ..errors import UnsupportedModel
from ..language.ensembles.gaussian import gaussian
from ..language.ensembles.haar import haar
from ..language.expression import ONE, Dimension, Expression
from ..language.nodes import Leaf
from ..language.operations import combine, zeros
from .biases import Biases
from .initialisation import UNIT, Initialisation, initialisation, rounded
from .memory import remembered
from .network import ImportedWeight
from .values import Parameter, Part, part_text
from .widths import Widths

__all__ = ["Letters"]


class Letters:
    """The leaves of one network.

    Parameters
    ----------
    widths : Widths
    limit : bool
        Whether well-known initialisers stand for themselves and biases that vanish are left out; else each variance is
        that of the tensor at hand, and each bias is kept.
    """

    def __init__(self, widths: Widths, limit: bool) -> None:
        self.widths = widths
        self.limit = limit
        self.found: list[ImportedWeight] = []
        self._count = 0
        self._laws: dict[int, Initialisation] = {}
        self._parts: dict[int, dict[tuple[Part, Part], Leaf | None]] = {}
        self._biases = Biases(widths, limit, self.found)

    # -- weights ----------------------------------------------------------------------------------
    def matrix(self, parameter: Parameter, rows: Part | None = None, columns: Part | None = None) -> Expression:
        """Return a parameter, or a part of it, as a multiple of a leaf.

        Raises
        ------
        UnsupportedModel
            If its entries are not those of a random initialisation, or it is used in parts that overlap.
        """
        height, width = parameter.shape
        rows, columns = rows or (0, height), columns or (0, width)
        if parameter.transposed:
            return combine([(self._matrix(parameter.T, columns, rows).T, sympy.S.One)])
        return self._matrix(parameter, rows, columns)

    def _matrix(self, parameter: Parameter, rows: Part, columns: Part) -> Expression:
        height, width = parameter.shape
        law = self._laws.get(id(parameter.tensor))
        if law is None:
            law = self._laws[id(parameter.tensor)] = initialisation(parameter.numbers)
        sizes = self.widths.size(rows[1] - rows[0]), self.widths.size(columns[1] - columns[0])
        partial = (rows, columns) != ((0, height), (0, width))
        if law.kind == "orthogonal" and partial:
            raise UnsupportedModel(
                "the weights are orthogonal and used in parts, which are not independent. Remedy: a layer for each part"
            )
        leaf = self._leaf(parameter, law, rows, columns, sizes)
        if leaf is None:
            return zeros(*sizes)
        variance = self._variance(law, sizes, (rows, columns), parameter.shape)
        turned = leaf.T if leaf.rows != (sizes[0],) or leaf.columns != (sizes[1],) else leaf
        return combine([(turned, parameter.factor * sympy.sqrt(variance))])

    def _leaf(
        self, parameter: Parameter, law: Initialisation, rows: Part, columns: Part, sizes: tuple[Dimension, Dimension]
    ) -> Leaf | None:
        parts = self._parts.setdefault(id(parameter.tensor), {})
        if (rows, columns) in parts:
            return parts[rows, columns]
        for other_rows, other_columns in parts:
            if _overlap(rows, other_rows) and _overlap(columns, other_columns):
                one, other = _block_text(rows, columns), _block_text(other_rows, other_columns)
                raise UnsupportedModel(
                    f"the part {one} of {parameter.path} is used beside the part {other}: parts of one matrix are "
                    "independent only where they do not overlap. Remedy: use the parts, or the whole, in all places"
                )
        whole = (rows, columns) == ((0, parameter.shape[0]), (0, parameter.shape[1]))
        leaf = None
        if law.kind != "zero":
            self._count += 1
            name = f"W_{self._count}"
            leaf = remembered(
                parameter.tensor,
                (rows, columns, sizes, law.kind),
                lambda: _weights(law.kind, rows, columns, sizes, name),
            )
        parts[rows, columns] = leaf
        where = "" if whole else _block_text(rows, columns)
        self.found.append(ImportedWeight(parameter.path + where, leaf, law.statement))
        return leaf

    def _variance(
        self, law: Initialisation, sizes: tuple[Dimension, Dimension], part: tuple[Part, Part], shape: tuple[int, ...]
    ) -> sympy.Expr:
        """Return the variance of an entry as a function of the sizes; of an orthogonal matrix, its scale."""
        if law.kind == "orthogonal":
            return law.gain if self.limit and law.is_recognised else rounded(math.sqrt(law.variance)) ** 2
        rows, columns = (
            size * sympy.Rational(length, end - start)
            for size, (start, end), length in zip(sizes, part, shape, strict=True)
        )
        if self.limit and law.fan == UNIT:
            return sympy.S.One if sizes[1] == ONE else shape[1] / columns
        if self.limit and law.is_recognised:
            if ONE not in sizes or law.fan == "fan in":
                return law.fan_value(columns, rows)
            if sizes[0] == ONE and law.fan == "Xavier":
                return law.fan_value(columns, sympy.S.Zero)
            if sizes[0] == ONE:
                return law.fan_value(columns, sympy.S.One) * shape[1] / columns
        if sizes[1] == ONE:
            return rounded(math.sqrt(law.variance)) ** 2
        return rounded(math.sqrt(law.variance * shape[1])) ** 2 / columns

    def bias(self, parameter: Parameter, part: Part | None, fan_in: int) -> tuple[Expression | None, sympy.Expr]:
        """Return the random part of a bias and its constant part; see :class:`Biases`."""
        return self._biases.read(parameter, part or (0, parameter.shape[0]), fan_in)


def _weights(kind: str, rows: Part, columns: Part, sizes: tuple[Dimension, Dimension], name: str) -> Leaf:
    """Return the leaf of a matrix of weights, or of its transpose where the language has no other form."""
    height, width = sizes
    if kind == "orthogonal":
        tall = rows[1] - rows[0] >= columns[1] - columns[0]
        return haar(height, width, name=name) if tall else haar(width, height, name=name)
    return gaussian(width, name=name) if height == ONE else gaussian(height, width, name=name)


def _block_text(rows: Part, columns: Part) -> str:
    return f"[{part_text(rows)}, {part_text(columns)}]"


def _overlap(one: Part, other: Part) -> bool:
    return one[0] < other[1] and other[0] < one[1]
