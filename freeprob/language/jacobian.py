"""Jacobians of vector networks, by the chain rule on the graph.

``f(h)`` entry by entry has the Jacobian ``diag(f'(h)) J(h)``, a matrix goes through, and sums add. A vector that is
used in several places (the skip connection of a residual network) is a junction: the Jacobian of what follows is a
matrix times that of the junction. So ``x + W f(x)`` gives ``(I + W D) J(x)``, and the length of the result grows with
the depth, not exponentially.
"""

from __future__ import annotations

from collections import Counter

import sympy

from ..errors import ShapeError, UnsupportedModel
from .activation_derivative import entrywise_derivative
from .diagonal_matrix import diag
from .expression import ONE, Expression, walk
from .hadamard import hadamard
from .nodes import Block, Diagonal, Entrywise, Hadamard, Identity, Normalised, Product, Sum, Zero
from .normalisation import norm_scaled
from .operations import block, combine, identity, multiply

__all__ = ["jacobian"]

Pairs = list[tuple[Expression, sympy.Expr]]
Local = dict[Expression, Expression]
"""Matrices A_b with J = sum_b A_b J(b), by the vectors b."""


def jacobian(output: Expression, input: Expression) -> Expression:
    """Return the matrix of partial derivatives of a vector with respect to a vector.

    Parameters
    ----------
    output : Expression, shape (p, 1)
        Made from ``input`` by matrices from the left, sums, entrywise functions, entrywise products, layer and RMS
        normalisation, and blocks.
    input : Expression, shape (d, 1)
        A leaf, or any vector on the way.

    Returns
    -------
    Expression, shape (p, d)
        The derivative of a normalisation, ``(I - 1 1^T / p - y y^T / p) / norm(h)`` with y the normalised h, is written
        without its part of rank two, which moves no bulk eigenvalue.

    Raises
    ------
    ShapeError
        If one of the two is not a vector.
    UnsupportedModel
        If the input does not occur in the output, or an operation on the way has no derivative here; the message
        names the node.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> W, V, x = fp.gaussian(n, d, name="W"), fp.gaussian(n, n, name="V"), fp.gaussian(d, name="x")
    >>> h = fp.relu(W @ x / fp.sqrt(d))
    >>> fp.jacobian(fp.relu(h + V @ h / fp.sqrt(n)), h)
    diag(step(relu(W @ x / sqrt(d)) + V @ relu(W @ x / sqrt(d)) / sqrt(n))) @ (I + V / sqrt(n))
    """
    for name, vector in (("output", output), ("input", input)):
        if not isinstance(vector, Expression):
            raise TypeError(f"the {name} of fp.jacobian must be an expression, not {type(vector).__name__}")
        if vector.columns != (ONE,) or vector.is_number:
            raise ShapeError(f"the {name} of fp.jacobian must be a vector; {vector} is {vector.shape_text}")
    return _Differentiation(output, input).result()


class _Differentiation:
    def __init__(self, output: Expression, source: Expression):
        self.output, self.source = output, source
        self.sums: dict[Expression, Pairs] = {}
        self.dependent: list[Expression] = []
        depends: set[Expression] = {source}
        for node in walk(output):
            if node is source or any(argument in depends for argument in node.arguments):
                depends.add(node)
                self.dependent.append(node)
        if output not in depends:
            raise UnsupportedModel(f"jacobian: {source} does not occur in {output}")
        self.depends = depends
        below: list[Expression] = []
        for node in self.dependent:
            if isinstance(node, Sum) and node is not source:
                self.sums[node] = self.regrouped(node, below)
                below.append(node)
        self.local: dict[Expression, Local] = {}
        self.whole: dict[Expression, Expression] = {}

    def regrouped(self, node: Sum, below: list[Expression]) -> Pairs:
        """Return the terms of a sum, in which a multiple of a sum below (a skip connection) is one term again."""
        terms = dict(node.terms())
        for inner in reversed([self.source, *below] if isinstance(self.source, Sum) else below):
            if inner.rows != node.rows:
                continue
            ratios = {terms.get(part, sympy.S.Zero) / scalar for part, scalar in inner.terms()}
            if len(ratios) == 1 and (ratio := ratios.pop()) != 0 and len(inner.terms()) > 1:
                rest = [(part, scalar) for part, scalar in node.terms() if part not in dict(inner.terms())]
                return [(inner, ratio), *rest]
        return list(node.terms())

    def parents(self, node: Expression) -> list[Expression]:
        """Return the vectors on which a vector depends, those that depend on the input, with repetition."""
        if isinstance(node, Sum):
            return [part for part, _ in self.sums[node] if part in self.depends]
        if isinstance(node, Product):
            return [node.arguments[-1]]
        return [argument for argument in node.arguments if argument in self.depends]

    def result(self) -> Expression:
        if self.output is self.source:
            return Identity.intern(self.output.rows)
        reached, stack = {self.output}, [self.output]
        uses: Counter[Expression] = Counter()
        while stack:
            node = stack.pop()
            if node is self.source:
                continue
            for parent in self.parents(node):
                uses[parent] += 1
                if parent not in reached:
                    reached.add(parent)
                    stack.append(parent)
        junctions = {node for node, count in uses.items() if count > 1} | {self.source}
        self.whole[self.source] = Identity.intern(self.source.rows)
        for node in self.dependent:
            if node not in reached or node is self.source:
                continue
            self.local[node] = self.differentiate(node)
            if node in junctions or node is self.output:
                self.whole[node] = self.total(self.local[node], node)
                self.local[node] = {node: Identity.intern(node.rows)}
        return self.whole[self.output]

    def total(self, local: Local, node: Expression) -> Expression:
        pairs = [(multiply(matrix, self.whole[base]), sympy.S.One) for base, matrix in local.items()]
        return combine(pairs) if pairs else Zero.intern(node.rows, self.source.rows)

    def of(self, node: Expression) -> Local:
        """Return the derivative of a vector in terms of the junctions."""
        if node is self.source:
            return {node: Identity.intern(node.rows)}
        return self.local.get(node, {})

    def differentiate(self, node: Expression) -> Local:
        if isinstance(node, Sum):
            return _added([_times(scalar * identity(node.rows), self.of(part)) for part, scalar in self.sums[node]])
        if isinstance(node, Product):
            return self.product(node)
        if isinstance(node, Entrywise):
            return _added([self.argument(node, k) for k in range(len(node.arguments))])
        if isinstance(node, Hadamard):
            return _added([self.factor(node, k) for k in range(len(node.arguments))])
        if isinstance(node, Normalised) and node.over == "rows":
            return {base: norm_scaled(matrix, node) for base, matrix in self.of(node.arguments[0]).items()}
        if isinstance(node, Block) and len(node.grid[0]) == 1:
            rows = [self.total(self.of(part), part) for (part,) in node.grid]
            return {self.source: block([[row] for row in rows])}
        raise self.refused(node, "has no derivative with respect to a vector here")

    def argument(self, node: Entrywise, k: int) -> Local:
        """Return the derivative through one argument of an entrywise function."""
        slope = entrywise_derivative(node, k)
        left = diag(slope) if isinstance(slope, Expression) else slope * identity(node.rows)
        return _times(left, self.of(node.arguments[k]))

    def factor(self, node: Hadamard, k: int) -> Local:
        others = [*node.arguments[:k], *node.arguments[k + 1 :]]
        rest = others[0] if len(others) == 1 else hadamard(others[0], others[1], *others[2:])
        return _times(diag(rest), self.of(node.arguments[k]))

    def product(self, node: Product) -> Local:
        *matrices, vector = node.arguments
        if vector.columns != (ONE,) or any(matrix.columns == (ONE,) for matrix in matrices):
            raise self.refused(node, "is not a matrix times a vector")
        for matrix in matrices:
            if isinstance(matrix, Diagonal) and matrix in self.depends:
                raise self.refused(node, f"holds {matrix}, and is fp.hadamard(v, ...) in disguise: write that")
            if matrix in self.depends:
                raise self.refused(node, f"holds the matrix {matrix}, which depends on the input")
        return _times(multiply(*matrices), self.of(vector))

    def refused(self, node: Expression, reason: str) -> UnsupportedModel:
        return UnsupportedModel(
            f"jacobian: {node} {reason}; the rules cover matrices from the left that do not depend on {self.source}, "
            "sums, entrywise functions, entrywise products, layer and RMS normalisation, and columns of blocks"
        )


def _times(matrix: Expression, local: Local) -> Local:
    return {base: multiply(matrix, inner) for base, inner in local.items()}


def _added(parts: list[Local]) -> Local:
    found: dict[Expression, Pairs] = {}
    for part in parts:
        for base, matrix in part.items():
            found.setdefault(base, []).append((matrix, sympy.S.One))
    return {base: combine(pairs) for base, pairs in found.items()}
