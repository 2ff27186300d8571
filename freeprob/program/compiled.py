"""Programs as Python functions over any number type: what the interpreter computes, many times faster.

A procedure is printed as Python source once. Constants are made in the number type beforehand, so that no Python
float enters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import singledispatch
from typing import Any

from ..errors import UnsupportedModel
from . import ir
from .interpreter import dense, inverted
from .paths import IN_FLOATS

__all__ = ["CompiledProgram"]


class CompiledProgram:
    """Evaluates procedures like :class:`~freeprob.program.interpreter.Interpreter`.

    Parameters
    ----------
    number : callable
        ``number(numerator, denominator)`` makes a rational constant.
    functions : mapping of str to callable
        The functions of one argument (``sqrt``, ``exp``, ...); ``pi`` maps any argument to the constant.
    laws : mapping of str to (nodes, weights)
        Quadrature rules in the same number type; tables are listed like rules, with their values as nodes.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from freeprob.program import ir
    >>> from freeprob.program.compiled import CompiledProgram
    >>> half = ir.Procedure((), (ir.Quotient(ir.Name("x"), ir.Number(2)),))
    >>> CompiledProgram(Fraction, {}, {}).run(half, {"x": Fraction(1, 3)})
    [Fraction(1, 6)]
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
        self._compiled: dict[int, tuple[ir.Procedure, Callable[[Mapping[str, Any]], list[Any]]]] = {}

    def run(self, procedure: ir.Procedure, values: Mapping[str, Any]) -> list[Any]:
        """Return the outputs of a procedure at given values of its inputs."""
        known = self._compiled.get(id(procedure))  # procedures are large, and hashing one visits all of it
        if known is None:
            known = self._compiled[id(procedure)] = procedure, self._compile(procedure)
        return known[1](values)

    def _compile(self, procedure: ir.Procedure) -> Callable[[Mapping[str, Any]], list[Any]]:
        source = _Source()
        for statement in procedure.statements:
            source.statement(statement)
        outputs = ", ".join(source.tree(output) for output in procedure.outputs)
        names = sorted(source.inputs)  # assigned at once: one of them may be called _values
        values = ", ".join(f"_values[{name!r}]" for name in names)
        lines = [f"    {', '.join(names)}, = {values}," if names else ""]
        body = "\n".join(["def run(_values):", *lines, *source.lines, f"    return [{outputs}]"])
        scope: dict[str, Any] = {f"_f_{name}": function for name, function in self.functions.items()}
        scope |= {name: self.number(*pair) for pair, name in source.constants.items()}
        scope |= {"_laws": self.laws, "_inverted": inverted, "_dense": dense}
        exec(compile(body, "<freeprob procedure>", "exec"), scope)
        return scope["run"]


class _Source:
    """The source of one procedure while it is written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[tuple[int, int], str] = {}
        self.inputs: set[str] = set()
        self._own: set[str] = set()

    def tree(self, node: ir.Tree) -> str:
        return _print(node, self)

    def name(self, identifier: str) -> str:
        if identifier not in self._own:
            self.inputs.add(identifier)
        return identifier

    def constant(self, numerator: int, denominator: int) -> str:
        return self.constants.setdefault((numerator, denominator), f"_k{len(self.constants)}")

    def assign(self, target: str, value: str, indent: str) -> None:
        self.lines.append(f"{indent}{target} = {value}")
        self._own.add(target)

    def plain(self, statement: ir.Assign | ir.Inverse, indent: str) -> None:
        """Write a statement that is no average."""
        if isinstance(statement, ir.Assign):
            self.assign(statement.target, self.tree(statement.value), indent)
            return
        entries = ", ".join(f"({i}, {j}): {self.tree(entry)}" for i, j, entry in statement.entries)
        zero = self.constant(0, 1)
        self.lines.append(f"{indent}_inverse = _inverted(_dense({statement.size}, {{{entries}}}, {zero}))")
        for target, (i, j) in zip(statement.targets, statement.places, strict=True):
            self.assign(target, f"_inverse[{i}][{j}]", indent)

    def statement(self, statement: ir.Assign | ir.Inverse | ir.Average | ir.PathAverages) -> None:
        """Write a statement; refuse averages along a path."""
        if isinstance(statement, ir.PathAverages):
            raise UnsupportedModel(IN_FLOATS)
        if not isinstance(statement, ir.Average):
            self.plain(statement, "    ")
            return
        columns = [f"_laws[{statement.law!r}][0]", f"_laws[{statement.law!r}][1]"]
        columns += [f"_laws[{table!r}][0]" for _, table in statement.tables]
        names = [statement.node, "_weight", *(name for name, _ in statement.tables)]
        self._own |= set(names)
        zero = self.constant(0, 1)
        for target in statement.targets:
            self.assign(target, zero, "    ")
        self.lines.append(f"    for {', '.join(names)} in zip({', '.join(columns)}, strict=True):")
        for inner in statement.body:
            self.plain(inner, "        ")
        for target, output in zip(statement.targets, statement.outputs, strict=True):
            self.assign(target, f"{target} + _weight * ({self.tree(output)})", "        ")


@singledispatch
def _print(node: object, source: _Source) -> str:
    raise TypeError(f"{node!r} is not a tree of the intermediate representation")


@_print.register
def _(node: ir.Number, source: _Source) -> str:
    return source.constant(node.numerator, node.denominator)


@_print.register
def _(node: ir.Name, source: _Source) -> str:
    return source.name(node.identifier)


@_print.register
def _(node: ir.Sum, source: _Source) -> str:
    return f"({' + '.join(source.tree(term) for term in node.terms)})"


@_print.register
def _(node: ir.Product, source: _Source) -> str:
    return f"({' * '.join(source.tree(factor) for factor in node.factors)})"


@_print.register
def _(node: ir.Quotient, source: _Source) -> str:
    return f"({source.tree(node.numerator)} / {source.tree(node.denominator)})"


@_print.register
def _(node: ir.Power, source: _Source) -> str:
    return f"({source.tree(node.base)} ** {node.exponent})"


@_print.register
def _(node: ir.Call, source: _Source) -> str:
    return f"_f_{node.function}({source.tree(node.argument)})"
