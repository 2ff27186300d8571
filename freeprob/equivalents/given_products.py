"""A B -> C for given matrices: neighbours that are known entry by entry become one known matrix.

Products of given matrices, and functions without parameters of given populations, are computed. So is a normalised
trace of one. A product with inner dimension 1, of a column and a row, stays as it is: an outer product of vectors.
"""

from __future__ import annotations

import numpy as np
import sympy

from ..derivation.record import Formula, Hypothesis, Step
from ..language.ensembles.given import given
from ..language.ensembles.population import population
from ..language.expression import ONE, Expression, walk
from ..language.given_array import GivenArray
from ..language.given_sizes import array_of, given_sizes
from ..language.nodes import Inverse, Leaf, Product, SpectralFunction, Transpose
from ..language.operations import combine, identity, multiply
from ..language.rewriting import expand, rebuild, substitute
from .vector_expectation import TracePolynomial, rotate

__all__ = ["fold_given", "fold_traces", "given_values"]


def given_values(node: Expression) -> np.ndarray | None:
    """Return the entries of a given matrix, of its transpose, or of a function of a given population; else None."""
    if isinstance(node, Transpose):
        inner = given_values(node.arguments[0])
        return None if inner is None else inner.T
    if isinstance(node, SpectralFunction) and array_of(node.leaf) is not None:
        if node.formula.free_symbols != {node.fields[2]}:
            return None
        function = sympy.lambdify(node.fields[2], node.formula, "numpy")
        rows = array_of(node.leaf).shape[0]  # type: ignore[union-attr]
        return node.leaf.ensemble.image(function, rows, np.random.default_rng(0), {})
    array = array_of(node)
    return None if array is None else array.values


def _runs(factors: tuple[Expression, ...]) -> list[list[Expression]]:
    """Return factors in runs of neighbours that are given and not separated by a space of dimension 1."""
    runs: list[list[Expression]] = []
    for factor in factors:
        joins = bool(runs) and factor.rows != (ONE,) and given_values(factor) is not None
        if joins and given_values(runs[-1][-1]) is not None:
            runs[-1].append(factor)
        else:
            runs.append([factor])
    return runs


class _Folding:
    """Folds products; equal products become one leaf, with the letter and a number as name."""

    def __init__(self, letter: str) -> None:
        self.letter = letter
        self.outer: dict[Leaf, Expression] = {}
        self.leaves: dict[Expression, Leaf] = {}

    def leaf(self, whole: Expression, values: np.ndarray) -> Expression:
        """Return a leaf of the entries of a product; a symmetric matrix is a population."""
        if whole.rows == (ONE,) or (whole.T is not whole and whole.T in self.leaves):
            return self.leaf(whole.T, values.T).T
        if whole not in self.leaves:
            ((rows,), (columns,)) = whole.rows, whole.columns
            name = f"{self.letter}_{len(self.leaves) + 1}"
            array = GivenArray(values)
            if rows == columns and array.is_symmetric:
                self.leaves[whole] = population(rows, 0.5 * (values + values.T), name=name)
            else:
                self.leaves[whole] = given(rows, columns, array, name=name)
        return self.leaves[whole]

    @property
    def steps(self) -> list[Step]:
        """The record of what was computed."""
        found = []
        if self.outer:
            found.append(
                Step(
                    rule="given_vectors",
                    statement="a^T M b -> N tr(M E), E = b a^T",
                    status="exact",
                    before=(),
                    after=tuple(Formula(leaf, product) for leaf, product in self.outer.items()),
                    hypotheses=(Hypothesis("a and b are given, entry by entry", "proved on the graph"),),
                )
            )
        if not self.leaves:
            return found
        return [
            *found,
            Step(
                rule="given_products",
                statement="A B -> C",
                status="exact",
                before=(),
                after=tuple(Formula(leaf, product) for product, leaf in self.leaves.items()),
                hypotheses=(Hypothesis("the factors are given, entry by entry", "proved on the graph"),),
            ),
        ]

    def product(self, node: Product) -> Expression:
        """Return a product with neighbours that are given folded."""
        folded: list[Expression] = []
        scalar = sympy.S.One
        for run in _runs(node.arguments):
            if len(run) == 1:
                folded.append(run[0])
                continue
            arrays = [np.asarray(given_values(factor)) for factor in run]
            values = np.linalg.multi_dot(arrays)
            if run[0].rows == run[-1].columns == (ONE,):  # of the order of a size in the dimensions
                scalar *= run[-1].rows[0] * sympy.Float(float(values[0, 0]) / len(arrays[-1]), 17)
                continue
            ((whole, outside),) = multiply(*run).terms()
            folded.append(self.leaf(whole, values / float(outside)))
            scalar *= outside
        if len(folded) == len(node.arguments):
            return node
        if not folded:
            return combine([(identity(ONE), scalar)])
        return combine([(multiply(*folded), scalar)])

    def __call__(self, expression: Expression) -> Expression:
        done: dict[Expression, Expression] = {}
        for node in walk(expression):
            arguments = tuple(done[a] for a in node.arguments)
            new = node if arguments == node.arguments else rebuild(node, arguments)
            done[node] = combine([(self.part(p), s) for p, s in new.terms()]) if new.terms() else new
        return done[expression]

    def part(self, part: Expression) -> Expression:
        """Return a term with its given neighbours folded."""
        return self.product(part) if isinstance(part, Product) else part


def _has_neighbours(expression: Expression) -> bool:
    return any(
        isinstance(node, Product) and len(_runs(node.arguments)) < len(node.arguments) for node in walk(expression)
    )


def _with_given_ones(expression: Expression) -> Expression:
    """Return an expression in which vectors of ones on the spaces of given arrays are given, too."""
    sizes = given_sizes(expression)
    constant = [leaf for leaf in walk(expression) if isinstance(leaf, Leaf) and leaf.ensemble.name == "ones"]
    table = {
        leaf: given(leaf.rows[0], ONE, np.ones(sizes[leaf.rows[0]]), name=leaf.name)
        for leaf in constant
        if leaf.rows[0] in sizes
    }
    return substitute(expression, table) if table else expression


def fold_given(expression: Expression) -> tuple[Expression, list[Step]]:
    """Return an expression in which products of given matrices are computed, and the steps.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.equivalents.given_products import fold_given
    >>> n = fp.sizes("n")
    >>> y = fp.given(n, 1, [1.0, 3.0], name="y")
    >>> A = fp.population(n, [[2.0, 0.0], [0.0, 1.0]], name="A")
    >>> fold_given(A @ y)[0], float(fp.limit(fold_given(y.T @ y / n)[0]).at())
    (C_1, 5.0)
    """
    expression = _with_given_ones(expression)
    if not _has_neighbours(expression):
        return expression, []
    folding = _Folding("C")
    return folding(expression), folding.steps


def fold_traces(polynomial: TracePolynomial) -> tuple[TracePolynomial, list[Step]]:
    """Return a polynomial of traces in which products of given matrices are computed, in cyclic order."""
    folding = _Folding("D")
    folding.outer = dict(polynomial.outer)
    traces: dict[Expression, sympy.Symbol] = {}
    values: dict[sympy.Symbol, sympy.Expr] = {}
    for symbol, word in polynomial.traces.items():
        total = sympy.S.Zero
        for part, scalar in folding(_apart(word)).terms():
            folded, factor = _cyclic(part, folding)
            total += scalar * factor * _number(folded, traces)
        values[symbol] = total
    formula = polynomial.formula.xreplace(values)
    used = formula.free_symbols
    kept = {s: w for w, s in traces.items() if s in used}
    return TracePolynomial(formula, kept, polynomial.averaged), folding.steps


def _apart(word: Expression) -> Expression:
    """Return a word with its sums distributed if a given rectangle lies outside inverses, to meet its neighbours."""
    outside, stack = False, [word]
    while stack and not outside:
        node = stack.pop()
        outside = array_of(node) is not None and node.rows != node.columns
        stack.extend(() if isinstance(node, Inverse) else node.arguments)
    return expand(word) if outside else word


def _cyclic(part: Expression, folding: _Folding) -> tuple[Expression, sympy.Expr]:
    """Return (word, factor) with ``tr(part) = factor tr(word)``; the last and the first factor are neighbours too."""
    if not isinstance(part, Product):
        return part, sympy.S.One
    first, last = part.arguments[0], part.arguments[-1]
    if given_values(first) is None or given_values(last) is None:
        return part, sympy.S.One
    turned = multiply(last, *part.arguments[:-1])
    ((word, scalar),) = turned.terms()
    factor = scalar * sympy.Add(*word.rows) / sympy.Add(*part.rows)
    ((word, scalar),) = folding.part(word).terms()
    return word, factor * scalar


def _number(word: Expression, traces: dict[Expression, sympy.Symbol]) -> sympy.Expr:
    """Return a trace as a number, where the word is known, or as a placeholder."""
    values = given_values(word)
    if values is not None:
        return sympy.Float(float(np.trace(values)) / len(values), 17)
    turned, factor = rotate(word)
    mirrored, other = rotate(word.T)
    if mirrored in traces:
        return other * traces[mirrored]
    if turned not in traces:
        traces[turned] = sympy.Symbol(f"T{len(traces) + 1}")
    return factor * traces[turned]
