"""Expressions that differ in the names of their symbols alone: one template for all of them.

The equations of a stack of L equal layers are L copies of one, with the unknowns and coefficients of each layer. Where
that is so, it is enough to differentiate, to print and to compile the template.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sympy

__all__ = ["Template", "templates"]


@dataclass(frozen=True)
class Template:
    """One expression for many.

    Attributes
    ----------
    members : tuple of int
        The numbers of the expressions that it stands for.
    expression : SymPy expression
        The expression in placeholders.
    places : dict of Symbol to tuple of Symbol
        For each placeholder the symbol that each member has there.
    """

    members: tuple[int, ...]
    expression: sympy.Expr
    places: dict[sympy.Symbol, tuple[sympy.Symbol, ...]]


def templates(
    expressions: Sequence[sympy.Expr],
    kinds: Mapping[sympy.Symbol, Hashable],
    order: Mapping[sympy.Symbol, int],
    least: int = 2,
    prefix: str = "x",
) -> list[Template]:
    """Group expressions that become equal when symbols of one kind are renamed.

    Parameters
    ----------
    expressions : sequence of SymPy expressions
    kinds : mapping of Symbol to kind
        The symbols that may differ; a symbol is renamed to one of its own kind. Others are part of the template.
    order : mapping of Symbol to int
        A place for each of these symbols. Arguments of sums and products that look alike are paired in this order, so
        that what is shifted from member to member is paired with itself.
    least : int
        The least number of members of a template; what occurs less often is left out.
    prefix : str
        Placeholders are called ``<prefix><template>_<number>``.

    Returns
    -------
    list of Template
        In the order of their first members.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.algebra.templates import templates
    >>> a, b, c, t = sympy.symbols("a b c t")
    >>> found, = templates([t / (1 + a * b), a - c, t / (1 + b * c)], dict.fromkeys((a, b, c), 0), {a: 0, b: 1, c: 2})
    >>> found.expression, found.members, [*found.places.values()]
    (t/(x0_0*x0_1 + 1), (0, 2), [(a, b), (b, c)])
    """
    shapes = _Shapes(kinds, order)
    groups: dict[int, list[tuple[int, tuple[sympy.Symbol, ...]]]] = {}
    for number, expression in enumerate(expressions):
        shape, leaves = shapes.of(expression)
        groups.setdefault(shape, []).append((number, leaves))
    found: list[Template] = []
    for shape, members in groups.items():
        if len(members) < least:
            continue
        columns = list(zip(*(leaves for _, leaves in members), strict=True))
        names = {column: sympy.Symbol(f"{prefix}{len(found)}_{k}") for k, column in enumerate(dict.fromkeys(columns))}
        expression = shapes.build(shape, iter([names[column] for column in columns]))
        found.append(
            Template(tuple(n for n, _ in members), expression, {name: column for column, name in names.items()})
        )
    return found


class _Shapes:
    """Numbers for expressions without the names of their symbols."""

    def __init__(self, kinds: Mapping[sympy.Symbol, Hashable], order: Mapping[sympy.Symbol, int]):
        self.kinds, self.order = kinds, order
        self.numbers: dict[tuple, int] = {}
        self.structures: list[tuple] = []
        self.known: dict[sympy.Expr, tuple[int, tuple[sympy.Symbol, ...]]] = {}

    def of(self, expression: sympy.Expr) -> tuple[int, tuple[sympy.Symbol, ...]]:
        """Return the number of the shape of an expression, and the symbols that fill it."""
        known = self.known.get(expression)
        if known is None:
            known = self.known[expression] = self._read(expression)
        return known

    def _read(self, expression: sympy.Expr) -> tuple[int, tuple[sympy.Symbol, ...]]:
        if expression in self.kinds:
            return self._number(("leaf", self.kinds[expression])), (expression,)
        if not expression.args:
            return self._number(("atom", expression)), ()
        children = [self.of(argument) for argument in expression.args]
        if expression.is_Add or expression.is_Mul:
            children.sort(key=lambda child: (child[0], [self.order[leaf] for leaf in child[1]]))
        shape = self._number((expression.func, *(number for number, _ in children)))
        return shape, tuple(leaf for _, leaves in children for leaf in leaves)

    def _number(self, structure: tuple) -> int:
        if structure not in self.numbers:
            self.numbers[structure] = len(self.structures)
            self.structures.append(structure)
        return self.numbers[structure]

    def build(self, shape: int, leaves: Iterator[sympy.Symbol]) -> sympy.Expr:
        """Return the expression of a shape, filled with symbols in order."""
        head, *rest = self.structures[shape]
        if head == "leaf":
            return next(leaves)
        if head == "atom":
            return rest[0]
        make: Callable[..., sympy.Expr] = head
        return make(*(self.build(child, leaves) for child in rest))
