r"""Random patterns of 0 and 1 beside functions are functions themselves, and patterns of weights scale them.

    B       -> f(Z),        f = 1 where |x| < c, P(|x| < c) = q, Z Gaussian
    B o W   -> sqrt(q) W'   for Gaussian weights W that occur with this pattern alone

The first is an identity in law: the entries of B are independent, 1 with probability q. So a pattern that multiplies
several functions, as dropout does in the forward and the backward pass, is one more pre-activation that they share; f
is even and has no linear part. In the second the entries are iid and centred, of variance q, and the limits of matrices
with iid entries depend on the variance alone (Bai and Silverstein 2010, Theorem 3.10).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import sympy

from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..language.activations import Activation, X
from ..language.ensembles.gaussian import gaussian
from ..language.entrywise import entrywise
from ..language.expression import ONE, Expression, walk
from ..language.nodes import Entrywise, Hadamard, Leaf, Transpose
from ..language.operations import combine
from ..language.printing import Names
from ..language.rewriting import images
from .linear_equivalent import LinearEquivalent

__all__ = ["Kept", "random_patterns"]

Status = Literal["exact", "asymptotic"]


@dataclass(frozen=True, eq=False)
class Kept(Activation):
    """f(x) = 1 for |x| < c, else 0, where c is such that E f(h) = keep for standard normal h.

    Its moments are stated at unit variance, the only one at which it is used.
    """

    keep: sympy.Expr
    name = "kept"
    latex = r"\mathbf{1}_{|x|<c}"

    @property
    def formula(self) -> sympy.Expr:
        """The indicator function of an interval."""
        return sympy.Heaviside(sympy.sqrt(2) * sympy.erfinv(self.keep) - sympy.Abs(X))

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """The ends of the interval."""
        end = float(sympy.N(sympy.sqrt(2) * sympy.erfinv(self.keep)))
        return (-end, end)

    def _evaluate(self, h: np.ndarray) -> np.ndarray:
        return (np.abs(h) < self.breakpoints[1]).astype(float)

    def _mean(self, q: sympy.Expr) -> sympy.Expr:
        return self.keep

    def _slope(self, q: sympy.Expr) -> sympy.Expr:
        return sympy.S.Zero

    def _second_moment(self, q: sympy.Expr) -> sympy.Expr:
        return self.keep


def random_patterns(expression: Expression, names: Names) -> LinearEquivalent:
    """Replace patterns of weights by factors, and patterns that several functions share by functions.

    Parameters
    ----------
    expression : Expression
    names : mapping of Expression to str
        Names of matrices in the record.

    Returns
    -------
    LinearEquivalent
        With an empty ``image`` when there is nothing to do.
    """
    products = _products(expression)
    mapping: dict[Expression, Expression] = {}
    steps = []
    for node in products:
        weights = _diluted_weights(node, products, expression)
        if weights is not None:
            leaf, keep = weights
            name = f"{leaf.name}_kept" if leaf.name else None
            scaled = combine([(gaussian(node.rows[0], node.columns[0], name=name), sympy.sqrt(keep))])
            mapping |= {node: scaled, node.T: scaled.T}
            steps.append(_step("diluted_weights", "B o W -> sqrt(q) W'", "asymptotic", node, scaled))
    for pattern in dict.fromkeys(b for node in products if node not in mapping for b in _patterns(node)):
        if _is_shared(pattern, [node for node in products if node not in mapping], expression):
            name = f"Z_{pattern.name}" if pattern.name else None
            fresh = gaussian(pattern.rows[0], pattern.columns[0], name=name)
            mapping[pattern] = entrywise(Kept(pattern.ensemble.keep), fresh)
            steps.append(_step("random_pattern", "B -> f(Z)", "exact", pattern, mapping[pattern]))
    if not mapping:
        return LinearEquivalent(expression, {}, (), ())
    image = images(expression, mapping)
    return LinearEquivalent(image[expression], image, (), tuple(steps))


def _plain(node: Expression) -> Expression:
    return node.arguments[0] if isinstance(node, Transpose) else node


def _products(expression: Expression) -> list[Hadamard]:
    """Return the entrywise products with random patterns, each in one orientation."""
    found: dict[Hadamard, None] = {}
    for node in walk(expression):
        if isinstance(node, Hadamard) and _patterns(node) and node.T not in found:
            found[node] = None
    return list(found)


def _patterns(node: Hadamard) -> list[Leaf]:
    """Return the patterns with independent entries, one probability known as a number, in an entrywise product."""
    leaves = [_plain(factor) for factor in node.arguments]
    return [leaf for leaf in leaves if isinstance(leaf, Leaf) and _is_plain_pattern(leaf)]


def _is_plain_pattern(leaf: Leaf) -> bool:
    ensemble = leaf.ensemble
    if ensemble.name != "bonds" or ensemble.mirror or ensemble.has_unit_diagonal:
        return False
    return bool(ensemble.entry_mean.is_number) and ONE not in (*leaf.rows, *leaf.columns)


def _holders(leaf: Leaf, expression: Expression) -> set[Expression]:
    """Return the nodes of which a leaf or its transpose is an argument, transposes left out."""
    return {
        node for node in walk(expression) if not isinstance(node, Transpose) and leaf in map(_plain, node.arguments)
    }


def _diluted_weights(
    node: Hadamard, products: list[Hadamard], expression: Expression
) -> tuple[Leaf, sympy.Expr] | None:
    """Return Gaussian weights and the chance that an entry is kept, if they and their patterns occur here alone."""
    leaves = [_plain(factor) for factor in node.arguments]
    weights = [e for e in leaves if isinstance(e, Leaf) and e.ensemble.name == "gaussian"]
    patterns = _patterns(node)
    if len(weights) != 1 or len(patterns) != len(leaves) - 1:
        return None
    if not any(isinstance(inner, Entrywise) for inner in walk(expression)):
        return None  # the rule for diluted matrices is sharper
    if any(_holders(leaf, expression) - {node, node.T} for leaf in (*patterns, *weights)):
        return None
    (leaf,) = weights
    keep = sympy.Mul(*(pattern.ensemble.entry_mean for pattern in patterns))
    return leaf, keep


def _is_shared(pattern: Leaf, products: list[Hadamard], expression: Expression) -> bool:
    """Return whether a pattern multiplies several functions, or one of a layer that may see shifts of its neurons."""
    mine = [node for node in products if pattern in map(_plain, node.arguments)]
    if any(node not in mine and node.T not in mine for node in _holders(pattern, expression)):
        return False
    others = [[f for f in node.arguments if _plain(f) is not pattern] for node in mine]
    if not any(isinstance(inner, Entrywise) for factors in others for inner in walk(*factors)):
        return False
    functions = {inner for factors in others for inner in walk(*factors) if isinstance(inner, Entrywise)}
    deep = any(isinstance(below, Entrywise) for f in functions for below in walk(*f.arguments))
    return len(mine) > 1 or any(len(factors) > 1 for factors in others) or deep


def _step(rule: str, statement: str, status: Status, before: Expression, after: Expression) -> Step:
    words = (
        "the entries of the pattern are independent, 1 with one probability"
        if rule == "random_pattern"
        else "the pattern and the weights occur here only, and their entries are independent"
    )
    return Step(
        rule=rule,
        statement=statement,
        status=status,
        before=(Formula(None, before),),
        after=(Formula(None, after),),
        hypotheses=(Hypothesis(words, "proved on the graph"),),
        references=() if rule == "random_pattern" else (Citation("BaiSilverstein2010", "Theorem 3.10"),),
    )
