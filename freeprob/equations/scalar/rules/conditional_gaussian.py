"""F K F^T, F = sum Z_i A_i -> Z B^{1/2} K B^{1/2} Z^T, B = sum A_i^T A_i: rows that are Gaussian given the rest.

Given the matrices ``A_i`` the rows of F are independent Gaussian vectors of covariance B, so F and ``Z B^{1/2}`` have
one law; and ``F = sum A_i Z_i`` is in law ``C^{1/2} Z`` with ``C = sum A_i A_i^T``. This is how the kernel of a layer
follows from that of the layer below (Fan and Wang 2020, Theorem 3.4; Louart, Liao and Couillet 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from ....derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from ....language.expression import Expression, walk
from ....language.nodes import Identity, Leaf, Product, Sum
from ....language.operations import combine, multiply
from ....language.rewriting import transpose
from ..part import Part, Reading
from ..sandwich import Sandwich, is_gaussian, letter_of, sandwich
from .free_product import product_part
from .gaussian_sandwich import CompoundPoisson

__all__ = ["conditional_gaussian"]

_RULE = "conditional_gaussian"


@dataclass(frozen=True)
class _Split:
    """``F = sum Z A`` (``left``) or ``F = sum A Z``; ``rest`` maps each Gaussian letter Z to its A."""

    left: bool
    rest: dict[Leaf, Expression]

    @property
    def covariance(self) -> Expression:
        """The sum of A^T A, or of A A^T."""
        squares = [multiply(transpose(a), a) if self.left else multiply(a, transpose(a)) for a in self.rest.values()]
        return combine([(square, sympy.S.One) for square in squares])


def conditional_gaussian(expression: Expression, reader: Reading) -> Part | Refusal:
    """Read F K F^T where each term of F begins, or each ends, with a Gaussian letter of its own."""
    found = sandwich(expression)
    if found is None or not isinstance(found.outer, Sum):
        return Refusal(_RULE, f"{reader.text(expression)} is not F K F^T with a sum F of products")
    split = _split(found.outer, found.inner)
    if split is None:
        return Refusal(
            _RULE,
            f"the terms of {reader.text(found.outer)} do not all begin, nor all end, with a matrix of independent "
            "entries that occurs nowhere else",
        )
    covariance, inner = reader.read(split.covariance), reader.read(found.inner)
    if isinstance(covariance, Refusal):
        return covariance
    if isinstance(inner, Refusal):
        return inner
    return (_outer if split.left else _inner)(expression, found, split, covariance, inner, reader)


def _split(outer: Sum, inner: Expression) -> _Split | None:
    for left in (True, False):
        rest: dict[Leaf, list[tuple[Expression, sympy.Expr]]] = {}
        for term, scalar in outer.terms():
            factors = term.arguments if isinstance(term, Product) else (term,)
            found = letter_of(factors[0 if left else -1])
            if found is None or not is_gaussian(found[0]):
                break
            others = factors[1:] if left else factors[:-1]
            space = term.columns if left else term.rows
            matrix = multiply(*others) if others else Identity.intern(space)
            rest.setdefault(found[0], []).append((matrix, scalar))
        else:
            joined = {leaf: combine(pairs) for leaf, pairs in rest.items()}
            elsewhere = set(walk(inner, *joined.values()))
            if not elsewhere & set(joined):
                return _Split(left, joined)
    return None


def _step(expression: Expression, split: _Split, reader: Reading) -> Step:
    names = ", ".join(reader.text(leaf) for leaf in split.rest)
    words = "F = sum Z_i A_i -> F K F^T = Z B^{1/2} K B^{1/2} Z^T, B = sum A_i^T A_i"
    if not split.left:
        words = "F = sum A_i Z_i -> F K F^T = C^{1/2} Z K Z^T C^{1/2}, C = sum A_i A_i^T"
    return Step(
        rule=_RULE,
        statement=words,
        status="exact",
        before=(Formula(None, expression),),
        after=(Formula(None, split.covariance),),
        hypotheses=(
            Hypothesis(f"{names} occur once in F, and not in what they multiply", "proved on the graph"),
            Hypothesis("independent entries act like Gaussian ones (universality)", "assumed"),
        ),
        references=(Citation("FanWang2020", "Theorem 3.4"), Citation("LouartLiaoCouillet2018")),
    )


def _outer(
    expression: Expression, found: Sandwich, split: _Split, covariance: Part, inner: Part, reader: Reading
) -> Part | Refusal:
    """Return Z (B^(1/2) K B^(1/2)) Z^T."""
    if not isinstance(found.inner, Identity):
        middle = product_part(found.inner, covariance, inner, reader)
        if isinstance(middle, Refusal):
            return middle
        covariance = middle
    (rows,), (columns,) = found.outer.rows, found.outer.columns
    node = CompoundPoisson(rows, columns, covariance.node)
    return Part(expression, node, frozenset(split.rest), (_step(expression, split, reader), *covariance.steps))


def _inner(
    expression: Expression, found: Sandwich, split: _Split, covariance: Part, inner: Part, reader: Reading
) -> Part | Refusal:
    """Return C^(1/2) (Z K Z^T) C^(1/2)."""
    (rows,), (columns,) = found.outer.rows, found.outer.columns
    core = Part(found.inner, CompoundPoisson(rows, columns, inner.node), frozenset(split.rest), inner.steps)
    product = product_part(expression, covariance, core, reader)
    if isinstance(product, Refusal):
        return product
    return Part(expression, product.node, product.shield, (_step(expression, split, reader), *product.steps))
