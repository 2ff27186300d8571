"""Realisation: a rational expression becomes a linear pencil.

One variable is introduced for each application of a letter to a vector (``y = Z v``) and one for each inverse
(``A y = v``); sums and scalars add none, and equal applications share one variable (Cohn's linearisation trick;
Helton, Mai and Speicher 2018, section 4). A row of the pencil is the equation of its variable, so that
``(L^-1)[i, j]`` is the response of variable i to a source in equation j.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatchmethod

import sympy

from ..errors import UnsupportedModel
from ..language.expression import ONE, Dimension, Expression
from ..language.nodes import Block, Identity, Inverse, Leaf, Product, SpectralFunction, Sum, Transpose, Zero
from ..language.operations import FAMILY_VARIABLE
from .linear_pencil import FamilyEntry, LetterEntry, LinearPencil, Readout

__all__ = ["Combination", "Form", "Realiser", "realise"]

Combination = dict[int, sympy.Expr]
"""A linear combination of variables."""

Form = dict[tuple, sympy.Expr]
"""A linear combination of variables and of letters applied to variables; keys (letter key, variable)."""

_PLAIN = ("1",)


class Realiser:
    """Collects the variables and rows of a pencil while expressions are applied to them."""

    def __init__(self) -> None:
        self.spaces: list[Dimension] = []
        self.rows: list[Form] = []
        self.resolvents: dict[int, Expression] = {}
        self.known: dict[tuple, tuple[int, ...]] = {}

    # -- variables ---------------------------------------------------------------------------------
    def new_variable(self, space: Dimension) -> int:
        """Return a variable on a space, with an empty row."""
        self.spaces.append(space)
        self.rows.append({})
        return len(self.spaces) - 1

    def source(self, space: Dimension) -> int:
        """Return the variable that equals the source on a space."""
        key = ("source", space)
        if key not in self.known:
            variable = self.new_variable(space)
            self.rows[variable] = {(_PLAIN, variable): sympy.S.One}
            self.known[key] = (variable,)
        return self.known[key][0]

    def materialise(self, form: Form, space: Dimension) -> Combination:
        """Return a combination equal to a form; letters in it cost one variable."""
        if all(letter == _PLAIN for letter, _ in form):
            return {variable: scalar for (_, variable), scalar in form.items()}
        lead = next(iter(form.values())) if len(form) == 1 else sympy.S.One
        normal = {key: scalar / lead for key, scalar in form.items()}
        key = ("application", frozenset(normal.items()))
        if key not in self.known:
            variable = self.new_variable(space)
            self.rows[variable] = {(_PLAIN, variable): sympy.S.One} | {k: -s for k, s in normal.items()}
            self.known[key] = (variable,)
        return {self.known[key][0]: lead}

    def inverse(self, node: Expression, inputs: tuple[Combination, ...]) -> tuple[int, ...]:
        """Return the variables y with ``node y = inputs``."""
        key = ("inverse", node, tuple(frozenset(c.items()) for c in inputs))
        if key not in self.known:
            variables = tuple(self.new_variable(space) for space in node.columns)
            self.known[key] = variables
            self.resolvents.update(dict.fromkeys(variables, node))
            forms = self.apply(node, tuple({v: sympy.S.One} for v in variables))
            for variable, form, combination in zip(variables, forms, inputs, strict=True):
                row = dict(form)
                for other, scalar in combination.items():
                    _accumulate(row, (_PLAIN, other), -scalar)
                self.rows[variable] = row
        return self.known[key]

    # -- expressions -------------------------------------------------------------------------------
    @singledispatchmethod
    def apply(self, node: Expression, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        """Return ``node`` times the inputs (one for each column space), one form for each row space."""
        raise UnsupportedModel(f"{node}: {type(node).__name__} cannot enter a linear pencil")

    @apply.register
    def _(self, node: Identity, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        return tuple({(_PLAIN, v): s for v, s in combination.items()} for combination in inputs)

    @apply.register
    def _(self, node: Zero, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        return tuple({} for _ in node.rows)

    @apply.register
    def _(self, node: Leaf, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        letter = ("family", node, FAMILY_VARIABLE) if node.ensemble.is_family else (_kind(node), node, False)
        return ({(letter, v): s for v, s in inputs[0].items()},)

    @apply.register
    def _(self, node: Transpose, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        return ({((_kind(node.arguments[0]), node.arguments[0], True), v): s for v, s in inputs[0].items()},)

    @apply.register
    def _(self, node: SpectralFunction, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        return ({(("family", node.leaf, node.formula), v): s for v, s in inputs[0].items()},)

    @apply.register
    def _(self, node: Sum, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        forms: tuple[Form, ...] = tuple({} for _ in node.rows)
        for part, scalar in node.terms():
            for total, form in zip(forms, self.apply(part, inputs), strict=True):
                for key, value in form.items():
                    _accumulate(total, key, scalar * value)
        return forms

    @apply.register
    def _(self, node: Product, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        for factor in reversed(node.arguments[1:]):
            forms = self.apply(factor, inputs)
            inputs = tuple(self.materialise(f, s) for f, s in zip(forms, factor.rows, strict=True))
        return self.apply(node.arguments[0], inputs)

    @apply.register
    def _(self, node: Inverse, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        variables = self.inverse(node.arguments[0], inputs)
        return tuple({(_PLAIN, v): sympy.S.One} for v in variables)

    @apply.register
    def _(self, node: Block, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        forms: list[Form] = []
        for row in node.grid:
            totals: list[Form] = [{} for _ in row[0].rows]
            start = 0
            for part in row:
                stop = start + len(part.columns)
                for total, form in zip(totals, self.apply(part, inputs[start:stop]), strict=True):
                    for key, value in form.items():
                        _accumulate(total, key, value)
                start = stop
            forms.extend(totals)
        return tuple(forms)

    # -- read-outs ---------------------------------------------------------------------------------
    def trace(self, node: Expression) -> Readout:
        """Return the read-out of the normalised trace of a product or inverse."""
        factors = node.arguments if isinstance(node, Product) else (node,)
        total = sympy.Add(*node.columns)
        entries: list[tuple[int, int, sympy.Expr]] = []
        if isinstance(factors[-1], Inverse):
            sources = self.inverse(factors[-1].arguments[0], tuple({} for _ in node.columns))
            outputs = tuple({v: sympy.S.One} for v in sources)
            for factor in reversed(factors[:-1]):
                forms = self.apply(factor, outputs)
                outputs = tuple(self.materialise(f, s) for f, s in zip(forms, factor.rows, strict=True))
            for source, output, space in zip(sources, outputs, node.columns, strict=True):
                entries.extend((v, source, space / total * s) for v, s in output.items())
            return Readout(tuple(entries))
        for k, space in enumerate(node.columns):
            source = self.source(space)
            inputs = tuple({source: sympy.S.One} if i == k else {} for i in range(len(node.columns)))
            form = self.apply(node, inputs)[k]
            output = self.materialise(form, space)
            entries.extend((v, source, space / total * s) for v, s in output.items())
        return Readout(tuple(entries))

    def finish(self, readouts: tuple[Readout, ...]) -> LinearPencil:
        """Collect the rows into a pencil."""
        constant: dict[tuple[int, int], sympy.Expr] = {}
        letters: dict[str, dict[Leaf, list[LetterEntry]]] = {"letter": {}, "bi_invariant": {}}
        families: dict[Leaf, list[FamilyEntry]] = {}
        for row, form in enumerate(self.rows):
            for (letter, column), scalar in form.items():
                if scalar == 0:
                    continue
                if letter == _PLAIN:
                    constant[row, column] = scalar
                elif letter[0] in letters:
                    letters[letter[0]].setdefault(letter[1], []).append(LetterEntry(row, column, scalar, letter[2]))
                else:
                    families.setdefault(letter[1], []).append(FamilyEntry(row, column, scalar, letter[2]))
        return LinearPencil(
            spaces=tuple(self.spaces),
            constant=constant,
            letters=_in_order(letters["letter"]),
            bi_invariant=_in_order(letters["bi_invariant"]),
            families=_in_order(families),
            resolvents=dict(self.resolvents),
            readouts=readouts,
        )


def _kind(leaf: Expression) -> str:
    return "bi_invariant" if isinstance(leaf, Leaf) and leaf.ensemble.is_bi_invariant else "letter"


def _in_order(found: dict[Leaf, list]) -> dict[Leaf, tuple]:
    return {leaf: tuple(entries) for leaf, entries in sorted(found.items(), key=lambda item: item[0].index)}


def _accumulate(form: Form, key: tuple, scalar: sympy.Expr) -> None:
    total = form.get(key, sympy.S.Zero) + scalar
    if total == 0:
        form.pop(key, None)
    else:
        form[key] = total


def realise(traces: Sequence[Expression]) -> LinearPencil:
    """Return one pencil that holds the normalised traces of several expressions.

    Parameters
    ----------
    traces : sequence of Expression
        Square expressions without entrywise functions and without vectors; sums are to be split beforehand.

    Returns
    -------
    LinearPencil
        ``readouts[i]`` gives the trace of ``traces[i]``.

    Raises
    ------
    UnsupportedModel
        If a node cannot enter a pencil.
    """
    realiser = Realiser()
    readouts = tuple(realiser.trace(node) for node in traces)
    for space in realiser.spaces:
        if space == ONE:
            raise UnsupportedModel("a vector inside an inverse is a finite-rank part; it has no rule here")
    return realiser.finish(readouts)
