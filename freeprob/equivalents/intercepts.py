"""inv(R + c F F^T) F 1 -> 1 / (a c p): a mean of the targets beside features with a mean is fitted like an intercept.

Let ``F = a 1_p 1_n^T + F_c`` with an inverse ``Q = inv(R + c F F^T)`` of an R of order one (a penalty, kernels without
a mean), whose value on 1_p vanishes in the limit. With ``c Q F F^T 1_p = 1_p - Q R 1_p`` and ``F^T 1_p = a p 1_n``, up
to a vector of norm smaller by N^(1/2), weights along 1_p fit targets along 1_n at no cost, and ``F^T 1_p`` and the
features of a fresh point times 1_p stand for their means. So the mean of the targets leaves residuals and errors by
itself, whatever combination of them a number holds.

Kernels with a mean are alike: ``1^T inv(R + c 1 1^T) 1 -> 1 / c``.

The rule does not ask which side are samples: with the inverse of a kernel ``F^T F`` it is the mean of the features of a
fresh point that is fitted. Beside other features, ``G F inv(mu + c F^T F) -> G inv(mu + c F F^T) F`` comes first, and
before that ``c F F^T`` beside Q, as in the fit ``K inv(lambda + K) y`` of a kernel, is replaced by ``inv(Q) - R``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sympy

from ..derivation.record import Citation, Formula, Hypothesis, Status, Step
from ..language.expression import ONE, Expression, walk
from ..language.nodes import Identity, Inverse, Product, Transpose
from ..language.operations import combine, identity, inv, multiply
from ..language.rewriting import rebuild
from .mean_directions import fitted_directions, holds_diverging_mean, is_ones, mean_direction

__all__ = ["fit_intercepts"]

Term = tuple[Expression, Any]
Rule = Callable[[Product], Expression | None]


def fit_intercepts(expression: Expression, points: Iterable[sympy.Symbol] = ()) -> tuple[Expression, list[Step]]:
    """Return a number in which means of targets are fitted by features with a mean, and the steps.

    Parameters
    ----------
    expression : Expression
        Without entrywise functions.
    points : iterable of Symbol
        Spectral parameters of functions of matrices: their inverses stay, since a function has a value of its own at
        the eigenvalue that grows.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.equivalents.intercepts import fit_intercepts
    >>> n, p = fp.sizes("n p")
    >>> F = fp.ones(p) @ fp.ones(n).T + fp.gaussian(p, n)
    >>> w = fp.inv(F @ F.T / n + fp.identity(p)) @ F @ (3 * fp.ones(n)) / n
    >>> print(fit_intercepts(F.T @ w)[0])
    3 * 1
    """
    fixed = frozenset(points)
    steps = []
    resolved = _rewritten(expression, lambda product: _resolved(product, fixed))
    if resolved is not expression:
        statement = "(S + c F F^T) inv(R + c F F^T) -> I + (S - R) inv(R + c F F^T)"
        hypothesis = Hypothesis("both sides times R + c F F^T are S + c F F^T", "proved on the graph")
        steps.append(_step("resolvent_identity", statement, "exact", expression, resolved, hypothesis, ()))
    pushed = _rewritten(resolved, lambda product: _pushed(product, fixed))
    if pushed is not resolved:
        statement = "F inv(mu + c F^T F) -> inv(mu + c F F^T) F"
        hypothesis = Hypothesis("both sides times mu + c F^T F are F", "proved on the graph")
        steps.append(_step("push_through", statement, "exact", resolved, pushed, hypothesis, ()))
    spread = _rewritten(pushed, lambda product: _spread(product, fixed))
    fitted = _rewritten(spread, lambda product: _fitted(product, fixed))
    if fitted is not spread:
        statement = "inv(R + c F F^T) F 1 -> 1 / (a c p), F^T 1 -> a p 1, F = a 1 1^T + F_c"
        hypothesis = Hypothesis("F_c^T 1 and the inverse times 1 are small beside the mean", "assumed")
        steps.append(_step("intercept", statement, "asymptotic", spread, fitted, hypothesis, (Citation("Hager1989"),)))
    return fitted, steps


def _step(
    rule: str,
    statement: str,
    status: Status,
    before: Expression,
    after: Expression,
    hypothesis: Hypothesis,
    references: tuple[Citation, ...],
) -> Step:
    return Step(
        rule=rule,
        statement=statement,
        status=status,
        before=(Formula(None, before),),
        after=(Formula(None, after),),
        hypotheses=(hypothesis,),
        references=references,
    )


def _rewritten(expression: Expression, rule: Rule) -> Expression:
    """Return an expression with a rule applied to its products, from the inside, outside the inverses of matrices."""
    done: dict[Expression, Expression] = {}
    for node in walk(expression):
        if isinstance(node, Inverse) and not node.is_number:
            done[node] = node
            continue
        arguments = tuple(done[a] for a in node.arguments)
        new = node if arguments == node.arguments else rebuild(node, arguments)
        terms = [(_until_stable(part, rule), scalar) for part, scalar in new.terms()]
        done[node] = combine(terms) if terms else new
    return done[expression]


def _until_stable(part: Expression, rule: Rule) -> Expression:
    """Apply a rule to a product from both sides until nothing changes."""
    for turn in (lambda node: node, lambda node: node.T):
        after = rule(turn(part)) if isinstance(part, Product) else None
        if after is not None:
            after = turn(after)
            return (
                combine([(_until_stable(p, rule), scalar) for p, scalar in after.terms()]) if after.terms() else after
            )
    return part


@dataclass(frozen=True)
class _Gram:
    """An inverse ``inv(R + c F F^T)`` of features with a mean which grows, beside an R without."""

    features: Expression
    scale: Any
    rest: list[Term]

    @property
    def is_ridge(self) -> bool:
        """Whether R is a multiple of the identity."""
        return len(self.rest) == 1 and isinstance(self.rest[0][0], Identity)


def _gram(inverse: Expression, fixed: frozenset[sympy.Symbol]) -> _Gram | None:
    if not isinstance(inverse, Inverse) or inverse.is_number or not holds_diverging_mean(inverse):
        return None
    terms = inverse.arguments[0].terms()
    grown = [(part, scalar) for part, scalar in terms if any(is_ones(leaf) for leaf in walk(part))]
    rest = [term for term in terms if term not in grown]
    if len(grown) != 1 or not rest or any(fixed & sympy.sympify(scalar).free_symbols for _, scalar in rest):
        return None
    ((word, scale),) = grown
    if not isinstance(word, Product) or len(word.arguments) != 2 or word.arguments[0].T is not word.arguments[1]:
        return None
    return _Gram(word.arguments[0], scale, rest)


def _resolved(product: Product, fixed: frozenset[sympy.Symbol]) -> Expression | None:
    """Return a product in which no ``c F F^T + ...`` stands beside ``inv(R + c F F^T)``, or None."""
    factors = product.arguments
    for k in range(1, len(factors)):
        gram = _gram(factors[k], fixed)
        if gram is None:
            continue
        square = multiply(gram.features, gram.features.T)
        for begin in (k - 1, k - 2) if k > 1 and not gram.is_ridge else (k - 1,):
            terms = multiply(*factors[begin:k]).terms()
            share = sum(scalar for part, scalar in terms if part is square) / gram.scale
            others = [(part, scalar) for part, scalar in terms if part is not square]
            if share == 0 or (gram.is_ridge and not others):
                continue
            left = combine([*others, *((part, -share * scalar) for part, scalar in gram.rest)])
            before, after = factors[:begin], factors[k + 1 :]
            return combine(
                [
                    (multiply(*before, identity(square.rows), *after), share),
                    *((multiply(*before, part, factors[k], *after), scalar) for part, scalar in left.terms()),
                ]
            )
    return None


def _spread(product: Product, fixed: frozenset[sympy.Symbol]) -> Expression | None:
    """Return a product multiplied out where the features of an inverse begin a term of the sum after it, or None."""
    factors = product.arguments
    for k in range(len(factors) - 1):
        gram, terms = _gram(factors[k], fixed), factors[k + 1].terms()
        if gram is None or len(terms) == 1:
            continue
        if any(isinstance(part, Product) and part.arguments[0] is gram.features for part, _ in terms):
            left, after = factors[: k + 1], factors[k + 2 :]
            return combine([(multiply(*left, part, *after), scalar) for part, scalar in terms])
    return None


def _pushed(product: Product, fixed: frozenset[sympy.Symbol]) -> Expression | None:
    """Return a product with an inverse pulled to the left of the features, next to others with a mean, or None."""
    factors = product.arguments
    for k in range(2, len(factors)):
        gram = _gram(factors[k], fixed)
        if gram is None or not gram.is_ridge:
            continue
        if gram.features.T is not factors[k - 1] or factors[k - 2].rows == (ONE,):
            continue
        mean = _mean(factors[k - 1])
        wide = k + 1 < len(factors) and factors[k + 1].columns != (ONE,)
        taken = wide and mean is not None and mean_direction(factors[k + 1]) is mean[1]
        if mean is not None and mean_direction(factors[k - 2].T) is mean[0] and not taken:
            features = factors[k - 1]
            shift = gram.rest[0][1]
            inside = combine([(identity(features.rows), shift), (multiply(features, features.T), gram.scale)])
            return multiply(*factors[: k - 1], inv(inside), features, *factors[k + 1 :])
    return None


def _mean(matrix: Expression) -> tuple[Expression, Expression, Any] | None:
    """Return (u, v, a) of a single mean ``a u v^T`` of ones in a matrix, or None."""
    found = [
        (part.arguments[0], part.arguments[1].T, scalar)
        for part, scalar in matrix.terms()
        if isinstance(part, Product)
        and len(part.arguments) == 2
        and is_ones(part.arguments[0])
        and isinstance(part.arguments[1], Transpose)
        and is_ones(part.arguments[1].arguments[0])
    ]
    return found[0] if len(found) == 1 and mean_direction(matrix) is found[0][0] else None


def _split(vector: Expression) -> tuple[Expression, Any, list[Term]] | None:
    """Return (1, its coefficient, the other terms) of a column vector with a mean, or None."""
    terms = vector.terms()
    ones = [(part, scalar) for part, scalar in terms if is_ones(part)]
    if len(ones) != 1 or vector.columns != (ONE,) or vector.is_number:
        return None
    return *ones[0], [(part, scalar) for part, scalar in terms if part is not ones[0][0]]


def _fitted(product: Product, fixed: frozenset[sympy.Symbol]) -> Expression | None:
    """Return a product without the mean of one of its column vectors, if features stand before it, or None."""
    factors = product.arguments
    for k in range(1, len(factors)):
        if factors[k].columns != (ONE,) or factors[k].is_number:
            continue
        terms = factors[k].terms()
        if len(terms) > 1 and any(_begins_with_inverse(part, fixed) for part, _ in terms):  # a sum of weights
            return combine([(multiply(*factors[:k], part, *factors[k + 1 :]), scalar) for part, scalar in terms])
        split = _split(factors[k])
        fit = None if split is None else _value(factors[:k], split[0], fixed)
        if split is not None and fit is not None:
            after = factors[k + 1 :]
            others = [(multiply(*factors[:k], part, *after), scalar) for part, scalar in split[2]]
            return combine([(multiply(fit[0], *after), fit[1] * split[1]), *others])
    return None


def _begins_with_inverse(part: Expression, fixed: frozenset[sympy.Symbol]) -> bool:
    return isinstance(part, Product) and _gram(part.arguments[0], fixed) is not None


def _value(before: tuple[Expression, ...], one: Expression, fixed: frozenset[sympy.Symbol]) -> Term | None:
    """Return ``before @ 1`` at leading order as (vector or number, scalar), or None where no rule says it."""
    features = before[-1]
    if isinstance(features, Inverse):
        return _kernel_value(before, one, fixed)
    if features.rows == (ONE,):  # a row of features, a 1^T + ..., times 1
        found = sum(scalar for part, scalar in features.terms() if part is one.T)
        hidden = any(is_ones(node) for part, _ in features.terms() if part is not one.T for node in walk(part))
        return None if hidden else (multiply(*before[:-1], identity(ONE)), found * one.rows[0])
    mean = _mean(features)
    if mean is None or mean[1] is not one:
        return None
    u, _, a = mean
    if len(before) == 1 or not isinstance(before[-2], Inverse) or u not in fitted_directions(before[-2]):
        return _times(before[:-1], u, a * one.rows[0], fixed)
    gram = _gram(before[-2], fixed)
    if gram is None or gram.features is not features or len(before) == 2:
        return None
    return _times(before[:-2], u, 1 / (a * gram.scale * u.rows[0]), fixed)


def _kernel_value(before: tuple[Expression, ...], one: Expression, fixed: frozenset[sympy.Symbol]) -> Term | None:
    """Return ``before @ 1`` where it ends with a row with a mean and the inverse of a kernel with one.

    With ``Q = inv(R + c 1 1^T)`` a row ``a 1^T + v^T`` gives ``(a 1^T + v^T) Q 1 = a / c`` at leading order.
    """
    if len(before) < 2 or before[-2].rows != (ONE,) or before[-2].is_number:
        return None
    split = _split(before[-2].T)
    scale = _kernel_mean(before[-1], one, fixed)
    if split is None or split[0] is not one or scale is None:
        return None
    return multiply(*before[:-2], identity(ONE)), split[1] / scale


def _kernel_mean(inverse: Expression, one: Expression, fixed: frozenset[sympy.Symbol]) -> Any:
    """Return c of ``inv(R + c 1 1^T)`` with an R without means, or None."""
    terms = inverse.arguments[0].terms()
    grown = [(part, scalar) for part, scalar in terms if any(is_ones(leaf) for leaf in walk(part))]
    symbols = {symbol for _, scalar in terms for symbol in sympy.sympify(scalar).free_symbols}
    if len(grown) != 1 or fixed & symbols or grown[0][0] is not multiply(one, one.T):
        return None
    return grown[0][1]


def _times(before: tuple[Expression, ...], one: Expression, scalar: Any, fixed: frozenset[sympy.Symbol]) -> Term:
    """Return ``scalar * before @ 1``, at leading order where a rule says it."""
    value = _value(before, one, fixed) if before else None
    if value is not None:
        return value[0], value[1] * scalar
    return multiply(*before, one), scalar
