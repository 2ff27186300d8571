"""A slow and obvious interpreter of programs over any number type: the oracle of every target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import singledispatchmethod
from typing import Any

from ..errors import UnsupportedModel
from . import ir
from .paths import IN_FLOATS

__all__ = ["Interpreter", "dense", "inverted"]


class Interpreter:
    """Evaluates procedures with numbers that have ``+ - * /`` and integer powers.

    Parameters
    ----------
    number : callable
        ``number(numerator, denominator)`` makes a rational constant.
    functions : mapping of str to callable
        The functions of one argument (``sqrt``, ``exp``, ...); ``pi`` maps any argument to the constant.
    laws : mapping of str to (nodes, weights)
        Quadrature rules in the same number type; tables are listed like rules, with their values as nodes.
    """

    def __init__(
        self,
        number: Callable[[int, int], Any],
        functions: Mapping[str, Callable[[Any], Any]],
        laws: Mapping[str, tuple[Sequence[Any], Sequence[Any]]],
    ):
        self.number = number
        self.functions = functions
        self.laws = laws

    def run(self, procedure: ir.Procedure, values: Mapping[str, Any]) -> list[Any]:
        """Return the outputs of a procedure at given values of its inputs."""
        scope = dict(values)
        for statement in procedure.statements:
            if isinstance(statement, ir.PathAverages):
                raise UnsupportedModel(IN_FLOATS)
            if isinstance(statement, ir.Average):
                self.average(statement, scope)
            else:
                self.assign(statement, scope)
        return [self.value(output, scope) for output in procedure.outputs]

    def average(self, statement: ir.Average, scope: dict[str, Any]) -> None:
        """Run an average and assign its targets."""
        totals: list[Any] = [None] * len(statement.targets)
        for k, (node, weight) in enumerate(zip(*self.laws[statement.law], strict=True)):
            inner = dict(scope)
            inner[statement.node] = node
            inner.update((name, self.laws[table][0][k]) for name, table in statement.tables)
            for assign in statement.body:
                self.assign(assign, inner)
            for i, output in enumerate(statement.outputs):
                term = weight * self.value(output, inner)
                totals[i] = term if totals[i] is None else totals[i] + term
        scope.update(zip(statement.targets, totals, strict=True))

    def assign(self, statement: ir.Assign | ir.Inverse, scope: dict[str, Any]) -> None:
        """Run a statement that is no average."""
        if isinstance(statement, ir.Assign):
            scope[statement.target] = self.value(statement.value, scope)
            return
        entries = {(i, j): self.value(entry, scope) for i, j, entry in statement.entries}
        inverse = inverted(dense(statement.size, entries, self.number(0, 1)))
        scope.update((name, inverse[i][j]) for name, (i, j) in zip(statement.targets, statement.places, strict=True))

    @singledispatchmethod
    def value(self, node: Any, scope: Mapping[str, Any]) -> Any:
        """Return the value of a tree."""
        raise TypeError(f"{node!r} is not a tree of the intermediate representation")

    @value.register
    def _(self, node: ir.Number, scope: Mapping[str, Any]) -> Any:
        return self.number(node.numerator, node.denominator)

    @value.register
    def _(self, node: ir.Name, scope: Mapping[str, Any]) -> Any:
        return scope[node.identifier]

    @value.register
    def _(self, node: ir.Sum, scope: Mapping[str, Any]) -> Any:
        total = self.value(node.terms[0], scope)
        for term in node.terms[1:]:
            total = total + self.value(term, scope)
        return total

    @value.register
    def _(self, node: ir.Product, scope: Mapping[str, Any]) -> Any:
        total = self.value(node.factors[0], scope)
        for factor in node.factors[1:]:
            total = total * self.value(factor, scope)
        return total

    @value.register
    def _(self, node: ir.Quotient, scope: Mapping[str, Any]) -> Any:
        return self.value(node.numerator, scope) / self.value(node.denominator, scope)

    @value.register
    def _(self, node: ir.Power, scope: Mapping[str, Any]) -> Any:
        return self.value(node.base, scope) ** node.exponent

    @value.register
    def _(self, node: ir.Call, scope: Mapping[str, Any]) -> Any:
        return self.functions[node.function](self.value(node.argument, scope))


def dense(size: int, entries: Mapping[tuple[int, int], Any], zero: Any) -> list[list[Any]]:
    """Return the rows of a matrix of which some entries are given."""
    return [[entries.get((i, j), zero) for j in range(size)] for i in range(size)]


def inverted(matrix: list[list[Any]]) -> list[list[Any]]:
    """Return the inverse by Gauss-Jordan elimination with the largest pivot of each column."""
    size = len(matrix)
    rows = [[*row, *(row[0] * 0 + int(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for k in range(size):
        pivot = max(range(k, size), key=lambda i: abs(complex(rows[i][k])))
        rows[k], rows[pivot] = rows[pivot], rows[k]
        head = rows[k][k]
        rows[k] = [x / head for x in rows[k]]
        for i in range(size):
            factor = rows[i][k]
            if i != k:
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[k], strict=True)]
    return [row[size:] for row in rows]
