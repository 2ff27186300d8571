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

from ..algebra.symbols import Size
from ..errors import UnsupportedModel
from ..language.expression import ONE, Dimension, Expression, walk
from ..language.given_sizes import array_of
from ..language.nodes import Block, Hadamard, Identity, Inverse, Leaf, Product, SpectralFunction, Sum, Transpose, Zero
from ..language.operations import FAMILY_VARIABLE
from .balancing import balanced, crowd, multiples
from .forms import PLAIN, Combination, Form, accumulate, common_factor
from .linear_pencil import FamilyEntry, LetterEntry, LinearPencil, Readout

__all__ = ["Realiser", "realise"]

_LONG = 3
"""A letter is applied to combinations of fewer variables; longer ones get a variable of their own ..."""

_MANY = 14
"""... and in a pencil with as many variables those of two as well, so that layers know their neighbours only."""

_CROWDED = 6
"""A pencil in which an entry has more factors is balanced; in others copies of a resolvent keep one scale."""


class Realiser:
    """Collects the variables and rows of a pencil while expressions are applied to them."""

    def __init__(self) -> None:
        self.spaces: list[Dimension] = []
        self.rows: list[Form] = []
        self.resolvents: dict[int, Expression] = {}
        self.known: dict[tuple, tuple[int, ...]] = {}
        self.heights: dict[Expression, int] = {}
        self.distributed: dict[tuple, tuple[Form, ...]] = {}
        self.products: dict[tuple, tuple[Combination, ...]] = {}
        self.applications: list[tuple[int, Form]] = []
        self.factors: dict[int, sympy.Expr] = {}

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
            self.rows[variable] = {(PLAIN, variable): sympy.S.One}
            self.known[key] = (variable,)
        return self.known[key][0]

    def materialise(self, form: Form, space: Dimension) -> Combination:
        """Return a combination equal to a form; letters in it cost one variable."""
        if all(letter == PLAIN for letter, _ in form):
            return {variable: scalar for (_, variable), scalar in form.items()}
        return self.application(form, space)

    def application(self, form: Form, space: Dimension) -> Combination:
        """Return a multiple of one variable that equals a form."""
        lead = common_factor(list(form.values()))
        normal = self.shortened({key: _quotient(scalar, lead) for key, scalar in form.items()})
        if len(normal) == 1:
            ((letter, variable), scalar) = next(iter(normal.items()))
            if letter == PLAIN:
                return {variable: scalar * lead}
        key = ("application", frozenset(normal.items()))
        if key not in self.known:
            variable = self.new_variable(space)
            self.rows[variable] = {(PLAIN, variable): sympy.S.One} | {k: -s for k, s in normal.items()}
            self.known[key] = (variable,)
            self.applications.append((variable, normal))
        return {self.known[key][0]: lead}

    def shortened(self, form: Form) -> Form:
        """Return a form in which variables stand for the parts that define them."""
        for variable, part in self.applications:
            if len(part) > 1 and part.keys() <= form.keys():
                ratios = {form[key] / scalar for key, scalar in part.items()}
                if len(ratios) == 1 and not _may_vanish(sympy.fraction(ratio := ratios.pop())[1]):
                    form = {k: v for k, v in form.items() if k not in part}
                    accumulate(form, (PLAIN, variable), ratio)
        return form

    def lettered(self, letter: tuple, combination: Combination, space: Dimension) -> Form:
        """Return a letter times a combination, which gets a variable of its own where it is long."""
        long = _LONG if len(self.spaces) < _MANY else 2
        if len(combination) >= long:
            short = self.shortened({(PLAIN, v): s for v, s in combination.items()})
            combination = (
                self.application(short, space) if len(short) >= long else {v: s for (_, v), s in short.items()}
            )
        return {(letter, v): s for v, s in combination.items()}

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
                    accumulate(row, (PLAIN, other), -scalar)
                self.rows[variable] = row
        return self.known[key]

    # -- expressions -------------------------------------------------------------------------------
    @singledispatchmethod
    def apply(self, node: Expression, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        """Return ``node`` times the inputs (one for each column space), one form for each row space."""
        if isinstance(node, Hadamard):
            raise UnsupportedModel(
                f"linear pencil: no rule makes the entrywise product {node} linear. Its factors must be functions of "
                "pre-activations, kernels of samples, or random patterns; a pattern that several share must have "
                "independent entries, and its probability is a number. Remedy: give keep= as a number, or use a "
                "pattern of its own for each matrix"
            )
        raise UnsupportedModel(f"{node}: {type(node).__name__} cannot enter a linear pencil")

    @apply.register
    def _(self, node: Identity, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        return tuple({(PLAIN, v): s for v, s in combination.items()} for combination in inputs)

    @apply.register
    def _(self, node: Zero, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        return tuple({} for _ in node.rows)

    @apply.register
    def _(self, node: Leaf, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        letter = ("family", node, FAMILY_VARIABLE) if node.ensemble.is_family else (_kind(node), node, False)
        return (self.lettered(letter, inputs[0], node.columns[0]),)

    @apply.register
    def _(self, node: Transpose, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        return (self.lettered((_kind(node.arguments[0]), node.arguments[0], True), inputs[0], node.columns[0]),)

    @apply.register
    def _(self, node: SpectralFunction, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        return (self.lettered(("family", node.leaf, node.formula), inputs[0], node.columns[0]),)

    @apply.register
    def _(self, node: Sum, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        return self.distribute(node, inputs)

    @apply.register
    def _(self, node: Product, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        return self.distribute(node, inputs)

    def distribute(self, node: Expression, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        """Return sums of products times the inputs; what several words begin with is applied once, to their sum."""
        key = (node, tuple(frozenset(combination.items()) for combination in inputs))
        if key not in self.distributed:  # a skip connection asks again for what its layer has asked for
            self.distributed[key] = self._distribute(node, inputs)
        return tuple(dict(form) for form in self.distributed[key])

    def _distribute(self, node: Expression, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        totals: tuple[Form, ...] = tuple({} for _ in node.rows)
        pending = {node: inputs}
        while pending:
            current = max(pending, key=self.height)  # all that leads to it has been applied
            found = pending.pop(current)
            if isinstance(current, Sum):
                for part, scalar in current.terms():
                    self._defer(pending, part, found, scalar)
                continue
            outer, found = _normalised(found)
            if isinstance(current, Product):
                *first, last = current.arguments
                applied = self.applied(last, found)
                self._defer(pending, first[0] if len(first) == 1 else Product.intern(tuple(first)), applied, outer)
                continue
            for total, form in zip(totals, self.apply(current, found), strict=True):
                for key, value in form.items():
                    accumulate(total, key, outer * value)
        return totals

    def applied(self, node: Expression, inputs: tuple[Combination, ...]) -> tuple[Combination, ...]:
        """Return a factor times the inputs as variables; each layer above a skip connection asks for it again."""
        key = ("applied", node, *(frozenset(combination.items()) for combination in inputs))
        if key not in self.products:
            forms = zip(self.apply(node, inputs), node.rows, strict=True)
            self.products[key] = tuple(self.materialise(form, space) for form, space in forms)
        return self.products[key]

    @staticmethod
    def _defer(
        pending: dict[Expression, tuple[Combination, ...]],
        node: Expression,
        inputs: tuple[Combination, ...],
        scalar: sympy.Expr,
    ) -> None:
        targets = pending.setdefault(node, tuple({} for _ in inputs))
        for target, combination in zip(targets, inputs, strict=True):
            for variable, value in combination.items():
                accumulate(target, variable, scalar * value)

    def height(self, node: Expression) -> int:
        """Return a number that is larger for a node than for its terms, its factors and what a product begins with."""
        if node not in self.heights:
            for inner in walk(node):
                below = [self.heights[a] for a in inner.arguments]
                self.heights[inner] = 1 + (sum(below) + len(below) if isinstance(inner, Product) else max([0, *below]))
        return self.heights[node]

    @apply.register
    def _(self, node: Inverse, inputs: tuple[Combination, ...]) -> tuple[Form, ...]:
        variables = self.inverse(node.arguments[0], inputs)
        return tuple({(PLAIN, v): sympy.S.One} for v in variables)

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
                        accumulate(total, key, value)
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

    def balance(self, readouts: tuple[Readout, ...]) -> None:
        """Choose the multiples of the variables so far in which a pencil with crowded entries is written."""
        scalars = [scalar for row in self.rows for scalar in row.values()]
        if any(crowd(scalar) > _CROWDED for scalar in scalars):
            self.factors = multiples(self.rows, readouts, [variable for variable, _ in self.applications])

    def finish(self, readouts: tuple[Readout, ...]) -> LinearPencil:
        """Collect the rows into a pencil."""
        constant: dict[tuple[int, int], sympy.Expr] = {}
        letters: dict[str, dict[Leaf, list[LetterEntry]]] = {"letter": {}, "bi_invariant": {}, "given": {}}
        families: dict[Leaf, list[FamilyEntry]] = {}
        rows, readouts = balanced(self.rows, readouts, self.factors)
        for row, form in enumerate(rows):
            for (letter, column), scalar in form.items():
                if scalar == 0:
                    continue
                if letter == PLAIN:
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
            given=_in_order(letters["given"]),
        )


def _normalised(inputs: tuple[Combination, ...]) -> tuple[sympy.Expr, tuple[Combination, ...]]:
    """Return (factor, multiple): the inputs with their common factor taken out."""
    factor = common_factor([scalar for combination in inputs for scalar in combination.values()])
    return factor, tuple({v: _quotient(s, factor) for v, s in combination.items()} for combination in inputs)


def _quotient(scalar: sympy.Expr, factor: sympy.Expr) -> sympy.Expr:
    return sympy.S.One if scalar == factor else scalar / factor  # products of many coefficients, as a rule


def _may_vanish(scalar: sympy.Expr) -> bool:
    """Return whether a scalar vanishes for some values of parameters."""
    return any(not isinstance(symbol, Size) for symbol in scalar.free_symbols)


def _kind(leaf: Expression) -> str:
    if isinstance(leaf, Leaf) and leaf.ensemble.is_bi_invariant:
        return "bi_invariant"
    return "given" if array_of(leaf) is not None else "letter"


def _in_order(found: dict[Leaf, list]) -> dict[Leaf, tuple]:
    return {leaf: tuple(entries) for leaf, entries in sorted(found.items(), key=lambda item: item[0].index)}


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
    realiser.balance(readouts)
    return realiser.finish(readouts)
