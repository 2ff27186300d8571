"""(B + U K V^T)^-1 -> Q - Q U (I + K V^T Q U)^-1 K V^T Q, Q = B^-1: vectors inside an inverse.

Means of classes and spikes in the data make outer products of vectors inside inverses. The formula of Sherman, Morrison
and Woodbury (Hager 1989) takes them out; the quadratic forms ``V^T Q U`` concentrate, so that they may be averaged by
themselves. Parts whose norm diverges are left as they are.
"""

from __future__ import annotations

from itertools import permutations

import sympy
from sympy.combinatorics import Permutation

from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..language.expression import ONE, Expression, walk
from ..language.nodes import Inverse, Product, Trace, Zero
from ..language.operations import combine, identity, inv, multiply
from ..language.rewriting import images
from ..language.scalars import degree
from .finite_rank import without_vectors
from .vector_expectation import expand_vectors, is_vector, require_concentrated

__all__ = ["updated_inverses"]

_MOST = 3
"""Vectors on each side of an inverse whose update is written down."""

_Numbers = dict[tuple[int, int], Expression]
"""A small matrix of numbers; entries that are not there vanish."""


def updated_inverses(expression: Expression) -> tuple[Expression, list[Step]]:
    """Take vectors out of the inverses of a number, where they make a part of small rank."""
    done: dict[Expression, Expression] = {}
    for node in walk(expression):
        if isinstance(node, Inverse) and not node.is_number and any(is_vector(leaf) for leaf in walk(node)):
            update = _updated(images(node.arguments[0], done)[node.arguments[0]])
            if update is not None:
                done[node] = update
    if not done:
        return expression, []
    after = images(expression, done)[expression]
    step = Step(
        rule="updated_inverse",
        statement="(B + U K V^T)^-1 -> Q - Q U (I + K V^T Q U)^-1 K V^T Q, Q = B^-1",
        status="asymptotic",
        before=tuple(Formula(None, node) for node in done),
        after=tuple(Formula(None, inv(without_vectors(node.arguments[0]))) for node in done),
        hypotheses=(Hypothesis("the quadratic forms V^T Q U concentrate on their means", "assumed"),),
        references=(Citation("Hager1989"), Citation("RudelsonVershynin2013", "Theorem 1.1")),
    )
    return after, [step]


def _updated(matrix: Expression) -> Expression | None:
    """Return the inverse of a matrix with a part of small rank, or None where the rank is not small."""
    bulk = without_vectors(matrix)
    if isinstance(bulk, Zero):
        return None
    left: list[Expression] = []
    right: list[Expression] = []
    middle: _Numbers = {}
    for part, scalar in expand_vectors(matrix).terms():
        factors = part.arguments if isinstance(part, Product) else (part,)
        if not any(is_vector(leaf) for leaf in walk(part)):
            continue
        first = next((k for k, f in enumerate(factors) if f.columns == (ONE,)), None)
        last = next((k for k in reversed(range(len(factors))) if factors[k].rows == (ONE,)), None)
        if first is None or last is None or first >= last or part.order + degree(scalar) > 0:
            return None
        (u, a), (v, b) = (_bare(multiply(*side)) for side in (factors[: first + 1], factors[last:]))
        i, j = (_place(side, vector) for side, vector in ((left, u), (right, v)))
        number = multiply(*factors[first + 1 : last]) if last > first + 1 else identity(ONE)
        if any(is_vector(leaf) for leaf in walk(number)):
            require_concentrated(number)
        _add(middle, (i, j), _alone(combine([(number, scalar * a * b)])))
    if max(len(left), len(right)) > _MOST:
        return None
    resolvent = inv(bulk)
    forms = {(j, i): _alone(multiply(v, resolvent, u)) for j, v in enumerate(right) for i, u in enumerate(left)}
    system: _Numbers = {(i, i): identity(ONE) for i in range(len(left))}
    for (i, j), number in middle.items():
        for k in range(len(left)):
            _add(system, (i, k), multiply(number, forms[j, k]))
    determinant = inv(_determinant(system, range(len(left)), range(len(left))))
    terms = [(resolvent, sympy.S.One)]
    for i, u in enumerate(left):
        for j, v in enumerate(right):
            response = [
                (multiply(_cofactor(system, len(left), k, i), middle[k, j], determinant), sympy.S.One)
                for k in range(len(left))
                if (k, j) in middle
            ]
            if response:
                terms.append((multiply(resolvent, u, _alone(combine(response)), v, resolvent), sympy.Integer(-1)))
    return combine(terms)


def _bare(vector: Expression) -> tuple[Expression, sympy.Expr]:
    """Return a multiple of one node as the node and the factor."""
    return vector.terms()[0]


def _place(vectors: list[Expression], vector: Expression) -> int:
    if vector not in vectors:
        vectors.append(vector)
    return vectors.index(vector)


def _add(numbers: _Numbers, key: tuple[int, int], number: Expression) -> None:
    numbers[key] = combine([(numbers[key], sympy.S.One), (number, sympy.S.One)]) if key in numbers else number


def _alone(number: Expression) -> Expression:
    """Return a number that is averaged by itself, as every quantity that concentrates may be."""
    return Trace.intern(number) if any(is_vector(leaf) for leaf in walk(number)) else number


def _cofactor(numbers: _Numbers, size: int, row: int, column: int) -> Expression:
    """Return the entry (column, row) of the adjugate."""
    rows = [k for k in range(size) if k != row]
    columns = [k for k in range(size) if k != column]
    return combine([(_determinant(numbers, rows, columns), sympy.Integer((-1) ** (row + column)))])


def _determinant(numbers: _Numbers, rows: list[int] | range, columns: list[int] | range) -> Expression:
    terms = []
    for order in permutations(range(len(rows))):
        entries = [(rows[k], columns[order[k]]) for k in range(len(rows))]
        if all(entry in numbers for entry in entries):
            product = multiply(identity(ONE), *(numbers[entry] for entry in entries))
            terms.append((product, sympy.Integer(Permutation(list(order)).signature())))
    return combine(terms) if terms else Zero.intern((ONE,), (ONE,))
