"""inv(A + V C V^T) -> inv(A) - inv(A) V C (1 + G C)^-1 V^T inv(A), G = V^T inv(A) V: vectors leave an inverse.

A finite-rank part inside an inverse, as of data with a mean, is taken out by the identity of Sherman, Morrison and
Woodbury. The entries of G are quadratic forms in vectors, which concentrate, so that their limits, traces without
vectors, may stand for them; those that vanish make the small inverse sparse.
"""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx
import numpy as np
import sympy

from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..errors import UnsupportedModel
from ..language.expression import ONE, Expression, walk
from ..language.nodes import Block, Identity, Inverse, Product, Sum, Zero
from ..language.operations import combine, identity, inv, multiply, tr
from ..language.rewriting import rebuild
from .vector_expectation import expand_vectors, is_vector, leading_moments, word

__all__ = ["woodbury"]

_LARGEST = 6


def woodbury(expression: Expression) -> tuple[Expression, list[Step]]:
    """Return a number without vectors inside the inverses of matrices, and the steps.

    Raises
    ------
    UnsupportedModel
        If the finite-rank part of an inverse has more than a few vectors, or no inverse is left without it.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.equivalents.woodbury import woodbury
    >>> d = fp.sizes("d")
    >>> u, I = fp.gaussian(d, name="u"), fp.identity(d)
    >>> woodbury(u.T @ fp.inv(I + u @ u.T / d) @ u / d)[0]
    u.T @ u / (2*d)
    """
    done: dict[Expression, Expression] = {}
    steps: list[Step] = []
    updated: set[Expression] = set()
    for node in walk(expression):
        arguments = tuple(done[a] for a in node.arguments)
        new = node if arguments == node.arguments else rebuild(node, arguments)
        if steps and isinstance(new, Product):
            new = _with_constants(new, updated)
        if isinstance(new, Inverse) and not new.is_number and _has_vector(new):
            after = _without_vectors(new)
            steps.append(_step(new, after))
            new = after
            updated |= {after, after.T}
        done[node] = new
    return done[expression], steps


def _has_vector(node: Expression) -> bool:
    return any(is_vector(leaf) for leaf in walk(node))


def _without_vectors(inverse: Inverse) -> Expression:
    """Return an inverse by the identity of Woodbury."""
    bulk: list[tuple[Expression, sympy.Expr]] = []
    table: dict[tuple[Expression, Expression], list[tuple[Expression, sympy.Expr]]] = {}
    for part, scalar in _expanded(inverse.arguments[0]).terms():
        if not _has_vector(part):
            bulk.append((part, scalar))
            continue
        left, middle, right = _split(part, inverse)
        table.setdefault((left, right), []).append((middle, scalar))
    if not bulk:
        raise UnsupportedModel(
            f"woodbury: {inverse} is the inverse of a matrix of finite rank. Remedy: add a penalty, lambda * I"
        )
    vectors = list(dict.fromkeys(v for pair in table for v in pair))
    core = inv(combine(bulk))
    size = len(vectors)
    entries: dict[sympy.Symbol, Expression] = {}

    def symbol(number: Expression, bound: sympy.Expr) -> sympy.Expr:
        found = _concentrated(number, bound, inverse)
        if isinstance(found, Zero):
            return sympy.S.Zero
        name = sympy.Symbol(f"e{len(entries)}")
        entries[name] = found
        return name

    G, C = sympy.zeros(size), sympy.zeros(size)
    for i, u in enumerate(vectors):
        for j, v in enumerate(vectors):
            G[i, j] = symbol(multiply(u.T, core, v), u.order + v.order) if i <= j else G[j, i]
            if (u, v) in table:
                C[i, j] = symbol(combine(table[u, v]), -u.order - v.order)
    terms: list[tuple[Expression, sympy.Expr]] = [(core, sympy.S.One)]
    for group in _groups(G, C):
        if len(group) > _LARGEST:
            raise UnsupportedModel(
                f"woodbury: the finite-rank part of {inverse} is made of {len(group)} vectors that are correlated "
                f"given the rest, and this rule takes at most {_LARGEST}. Remedy: make fewer of them, or independent "
                "ones, for example one mean for each class"
            )
        g, c = G.extract(group, group), C.extract(group, group)
        # vectors may have norms of any order: only products of both matrices are of order one
        small = sympy.eye(len(group)) + g * c
        weights = c * small.adjugate() / small.det()
        for i, row in enumerate(group):
            for j, column in enumerate(group):
                weight = sympy.cancel(weights[i, j])
                if weight != 0:
                    number = _whole(_number(weight, entries))
                    term = multiply(core, vectors[row], number, vectors[column].T, core)
                    terms.append((term, sympy.S.NegativeOne))
    return combine(terms)


def _groups(G: sympy.Matrix, C: sympy.Matrix) -> list[list[int]]:
    """Return the vectors that products of both matrices join: means of several classes do not meet."""
    graph = nx.Graph()
    graph.add_nodes_from(range(G.rows))
    graph.add_edges_from((i, j) for matrix in (G, C) for i, j in np.argwhere(np.array(matrix) != 0).tolist())
    return [sorted(group) for group in nx.connected_components(graph)]


def _expanded(node: Expression) -> Expression:
    """Distribute products over sums that hold vectors, but keep sums of vectors whole."""
    if isinstance(node, Block):
        return expand_vectors(node)
    if isinstance(node, Sum):
        return combine([(_expanded(part), scalar) for part, scalar in node.terms()])
    if not isinstance(node, Product):
        return node
    words: list[tuple[list[Expression], sympy.Expr]] = [([], sympy.S.One)]
    for factor in node.arguments:
        thin = ONE in (*factor.rows, *factor.columns) and len(factor.rows) == len(factor.columns) == 1
        whole = thin or not _has_vector(factor) or not isinstance(factor, (Sum, Product, Block))
        parts = ((factor, sympy.S.One),) if whole else _expanded(factor).terms()
        words = [([*before, part], scalar * c) for before, scalar in words for part, c in parts]
    return combine([(word(factors), scalar) for factors, scalar in words])


def _with_constants(product: Product, updated: set[Expression]) -> Expression:
    """Return a product with an inverse written out, and the numbers in it that concentrate at their limits.

    Only numbers with a mean that does not vanish are replaced: others may matter by their fluctuations.
    """
    places = [k for k, factor in enumerate(product.arguments) if factor in updated]
    if not places:
        return product
    if len(places) > 1:  # numbers to the left of the first inverse, and to the right of the others
        cut = places[0] + 1
        left, right = (multiply(*product.arguments[:cut])).T, multiply(*product.arguments[cut:])
        sides = [_with_constants(side, updated) if isinstance(side, Product) else side for side in (left, right)]
        return combine([(multiply(a.T, b), x * y) for a, x in sides[0].terms() for b, y in sides[1].terms()])
    (place,) = places
    before, after = product.arguments[:place], product.arguments[place + 1 :]
    terms = []
    for part, scalar in product.arguments[place].terms():
        factors = list(part.arguments) if isinstance(part, Product) else [part]
        tail = [*after]
        start = next((k for k in range(len(factors) - 1, -1, -1) if factors[k].rows == (ONE,)), None)
        stop = next((k for k, factor in enumerate(tail) if factor.columns == (ONE,)), None)
        if start is not None and stop is not None:
            number = multiply(*factors[start:], *tail[: stop + 1])
            moments = leading_moments(number)
            if moments.spread_order == sympy.S.NegativeInfinity and moments.mean.formula != 0:
                traces = {symbol: tr(node) for symbol, node in moments.mean.traces.items()}
                factors, tail = [*factors[:start], _whole(_number(moments.mean.formula, traces))], tail[stop + 1 :]
        terms.append((multiply(*before, *factors, *tail), scalar))
    return combine(terms)


def _split(part: Expression, inverse: Inverse) -> tuple[Expression, Expression, Expression]:
    """Return (u, number, v) of a part ``u number v^T``."""
    factors = part.arguments if isinstance(part, Product) else (part,)
    first = next((k for k, f in enumerate(factors) if f.columns == (ONE,)), None)
    last = next((k for k in range(len(factors) - 1, -1, -1) if factors[k].rows == (ONE,)), None)
    if first is None or last is None or last <= first:
        raise UnsupportedModel(f"woodbury: the part {part} of {inverse} is not an outer product of vectors")
    middle = factors[first + 1 : last]
    left, right = multiply(*factors[: first + 1]), multiply(*factors[last:]).T
    return left, multiply(*middle) if middle else identity(ONE), right


def _concentrated(number: Expression, bound: sympy.Expr, inverse: Expression) -> Expression:
    """Return the limit of a number as a function of traces without vectors, at its leading order.

    Fluctuations below the order ``bound``, at which the number matters, vanish in the limit.
    """
    if isinstance(number, Identity) or not _has_vector(number):
        return number
    moments = leading_moments(number)
    if moments.spread_order >= bound:
        raise UnsupportedModel(
            f"woodbury: {number}, which weighs a finite-rank part of {inverse}, fluctuates in the limit, and this rule "
            "needs numbers that concentrate. Remedy: use vectors whose products are traces or vanish"
        )
    return _number(moments.mean.formula, {symbol: tr(node) for symbol, node in moments.mean.traces.items()})


def _number(formula: sympy.Expr, entries: Mapping[sympy.Symbol, Expression]) -> Expression:
    """Return a rational function with numbers of the graph for some symbols."""
    top, bottom = sympy.fraction(sympy.together(formula))
    return (
        _polynomial(top, entries)
        if bottom == 1
        else multiply(_polynomial(top, entries), inv(_polynomial(bottom, entries)))
    )


def _whole(number: Expression) -> Expression:
    """Return a number in a form in which products are not distributed over its terms."""
    terms = number.terms()
    product = terms[0][0] if len(terms) == 1 else None
    if product is not None and not any(isinstance(factor, Sum) for factor in product.arguments):
        return number
    return Inverse.intern(Inverse.intern(number))


def _polynomial(formula: sympy.Expr, entries: Mapping[sympy.Symbol, Expression]) -> Expression:
    used = sorted(formula.free_symbols & set(entries), key=str)
    if not used:
        return combine([(identity(ONE), formula)]) if formula != 0 else Zero.intern((ONE,), (ONE,))
    terms = []
    for powers, scalar in sympy.Poly(formula, *used).terms():
        factors = [entries[s] for s, power in zip(used, powers, strict=True) for _ in range(power)]
        terms.append((multiply(*factors) if factors else identity(ONE), scalar))
    return combine(terms)


def _step(before: Expression, after: Expression) -> Step:
    return Step(
        "woodbury",
        "inv(A + V C V^T) -> inv(A) - inv(A) V C (1 + G C)^-1 V^T inv(A), G = V^T inv(A) V",
        "asymptotic",
        (Formula(None, before),),
        (Formula(None, after),),
        (Hypothesis("quadratic forms concentrate on their means", "assumed"),),
        (Citation("Hager1989"), Citation("RudelsonVershynin2013", "Theorem 1.1")),
    )
