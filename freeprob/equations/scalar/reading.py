"""From an expression to a tree of laws: the rules are tried in the order of this file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import sympy
from sympy.core.function import AppliedUndef

from ...derivation.record import Refusal
from ...derivation.table import Table
from ...language.expression import Expression
from ...language.nodes import Identity, Inverse, Leaf, Product, SpectralFunction, Sum, Transpose
from ...language.operations import family_function
from ...language.printing import text
from .part import Part, Reading
from .rules.compression import compression
from .rules.conditional_gaussian import conditional_gaussian
from .rules.free_chain import free_chain, long_chain
from .rules.free_product import free_product
from .rules.free_sum import free_sum
from .rules.gaussian_sandwich import gaussian_sandwich
from .rules.inverse import inverse
from .rules.other_side import other_side
from .rules.point import Point
from .rules.rotation import rotation
from .rules.semicircle import semicircle
from .rules.spectral_law import spectral_law
from .rules.wigner_square import wigner_square

__all__ = ["ROUTE", "Reader"]

ROUTE = "scalar free calculus"

Rule = Callable[[Expression, Reading], Part | Refusal]

RULES: dict[type[Expression], tuple[Rule, ...]] = {
    Leaf: (spectral_law, semicircle),
    SpectralFunction: (spectral_law,),
    Sum: (free_sum,),
    Product: (
        long_chain,
        rotation,
        compression,
        other_side,
        gaussian_sandwich,
        free_product,
        wigner_square,
        conditional_gaussian,
        free_chain,
    ),
    Inverse: (inverse,),
}
"""The rules that may apply to each type of node."""


class Reader:
    """Reads self-adjoint expressions as trees of laws.

    Parameters
    ----------
    laws : mapping of Leaf to Symbol
        The symbol that names the spectral law of each family.
    labels : mapping of Expression to str
        Names in messages and descriptions.
    tables : sequence of Table
        Functions of families that are known by numbers.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.equations.scalar.reading import Reader
    >>> n, d = fp.sizes("n d")
    >>> X, W = fp.gaussian(d, n, name="X"), fp.wigner(d, name="W")
    >>> Reader({}, {}).read(W / fp.sqrt(d) + X @ X.T / n).node.described()
    'the free sum of W times 1/sqrt(d), X @ X.T times 1/n'
    """

    def __init__(
        self, laws: Mapping[Leaf, sympy.Symbol], labels: Mapping[Expression, str], tables: Sequence[Table] = ()
    ):
        self.laws = laws
        self.labels = labels
        self.first = {table.function: min(tables, key=lambda other: not table.is_same(other)) for table in tables}

    def text(self, expression: Expression) -> str:
        """Return an expression in the names of the user; one with a name is written out if it is not a letter."""
        return text(expression, dict(self.labels))

    def law_of(self, leaf: Leaf) -> sympy.Symbol:
        """Return the symbol of the law of a family."""
        return self.laws[leaf]

    def unnamed(self, formula: sympy.Expr) -> sympy.Expr:
        """Return a formula with one name for all functions of one definition."""
        applied = [f for f in formula.atoms(AppliedUndef) if f.func in self.first]
        return formula.xreplace({f: self.first[f.func].function(*f.args) for f in applied})

    def read(self, expression: Expression) -> Part | Refusal:
        """Return a self-adjoint expression as a law, or say which rules were tried and why they do not apply."""
        if isinstance(expression, Identity):
            return Part(expression, Point(sympy.S.One), frozenset())
        if family_function(expression) is not None:
            part = spectral_law(expression, self)
            return (
                replace(part, node=replace(part.node, words=self.text(expression))) if isinstance(part, Part) else part
            )
        refusals: list[Refusal] = []
        for rule in RULES.get(type(expression), ()):
            outcome = rule(expression, self)
            if isinstance(outcome, Part):
                return replace(outcome, node=replace(outcome.node, words=self.text(expression)))
            if outcome.rule == ROUTE:  # this rule fits, but not what is inside
                return outcome
            refusals.append(outcome)
        what = self.text(expression)
        if not refusals:
            kind = "a transpose" if isinstance(expression, Transpose) else f"a {type(expression).__name__.lower()}"
            return Refusal(ROUTE, f"there is no rule for {kind} such as {what}; use the pencil.")
        decisive = [r for r in refusals if r.hypothesis.endswith(".")]  # a rule that fits, but for a hypothesis
        reasons = "; ".join(str(r).rstrip(".") for r in decisive or refusals)
        return Refusal(ROUTE, f"no rule applies to {what} ({reasons}).")
