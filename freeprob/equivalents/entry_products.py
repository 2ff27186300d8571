r"""Covariances of the entries of linear expressions at one place, ``<A, B> = lim E A_ij B_ij``.

Independent weights in front are averaged over one layer at a time,

    <W A, W' B> = delta_{W W'} d <A, B>      for Gaussian W (p x d) which occurs neither in A nor in B,
    <O A, O B> = <A, B>                      for orthogonal O, and for wide O (O O^T = 1) that occurs in neither,
    <O A, O B> = (k/N) <A, B>                for tall O (N x k, O^T O = 1),
    <D 1 1^T, D' 1 1^T> = tr(D D'),     <1 1^T, W A> = 0,
    <D W A, D' W B> = tr(D D') <W A, W B>    for diagonal D, D', which may occur in A and B too: averaged over such
                                             weights, W A B^T W^T is a multiple of the identity,

so that the variances of a deep network are a recursion over its layers, each in terms of those of the layer below. What
begins otherwise is a trace of the whole expression.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy

from ..errors import ScalingError
from ..language.expression import Expression
from ..language.hadamard import is_all_ones
from ..language.leaves import leaves_of
from ..language.nodes import Leaf, Product, Sum, entries_order, inner_size
from ..language.operations import combine, family_function, multiply, tr
from ..language.primitive import primitive
from ..language.scalars import degree
from .closed_forms import ClosedForms
from .preactivation import is_gaussian_factor, weight_factor

__all__ = ["EntryProducts"]


class EntryProducts:
    """Computes covariances of entries, each pair of expressions once.

    Parameters
    ----------
    moments : ClosedForms
        For expressions that begin with no weights.
    """

    def __init__(self, moments: ClosedForms) -> None:
        self.moments = moments
        self._values: dict[frozenset[Expression], sympy.Expr] = {}
        self._fronts: dict[Expression, _Front | None] = {}
        self._sums: list[tuple[Expression, dict[Expression, sympy.Expr]]] = []

    def name(self, one: Expression, other: Expression, value: sympy.Expr) -> None:
        """Give a covariance a symbol, in which those of later expressions are written."""
        (a, left), (b, right) = primitive(one), primitive(other)
        self._values[frozenset((left, right))] = value = value / (a * b)
        front = self._front(left) if left is right else None
        if front is not None and front.rest is not None and not front.outer and self._steps_down(front, front):
            self.name(front.rest, front.rest, value / front.gain)

    def __call__(self, one: Expression, other: Expression) -> sympy.Expr:
        """Return ``<one, other>`` for two expressions of one shape."""
        (a, left), (b, right) = primitive(one), primitive(other)
        key = frozenset((left, right))
        if key not in self._values:
            self._values[key] = self._computed(left, right)
            if left is right and isinstance(left, Sum):
                self._sums.append((left, dict(left.terms())))
        return sympy.expand(a * b * self._values[key])

    def limit(self, one: Expression, other: Expression) -> sympy.Expr:
        """Return what is left of ``<one, other>`` in the limit: terms like 1/N vanish.

        Raises
        ------
        ScalingError
            If it grows with the sizes.
        """
        terms = [(term, degree(term)) for term in sympy.Add.make_args(self(one, other))]
        top = max(order for _, order in terms)
        if top > 0:
            raise ScalingError(
                f"the entries of {one} grow like N^({top / 2}), so a function of them has no limit; divide by a size"
            )
        return sympy.Add(*(term for term, order in terms if order == 0))

    def _computed(self, one: Expression, other: Expression) -> sympy.Expr:
        first, second = ([(part, self._front(part), scalar) for part, scalar in _opened(e)] for e in (one, other))
        if any(front is None for _, front, _ in (*first, *second)):
            return self._whole(one, other)
        if one is other and len(first) > 1:
            split = self._known_part(one)
            if split is not None:
                known, ratio, rest = split
                return ratio**2 * self(known, known) + 2 * ratio * self(known, rest) + self(rest, rest)
        if len(first) > 1 or len(second) > 1:
            return sympy.Add(
                *(s * t * self(a, b) for a, f, s in first for b, g, t in second if not self._are_independent(f, g))
            )
        value = self._pair(first[0][1], second[0][1])
        return self._whole(one, other) if value is None else value

    def _known_part(self, node: Expression) -> tuple[Expression, sympy.Expr, Expression] | None:
        """Return a sum whose variance is known, a multiple of which is a part of this one; the multiple; and the rest.

        A skip connection carries the sum of all layers below.
        """
        terms = dict(node.terms())
        for known, part in reversed(self._sums):
            if len(part) < len(terms) and part.keys() <= terms.keys():
                ratios = {terms[e] / scalar for e, scalar in part.items()}
                if len(ratios) == 1:
                    return known, ratios.pop(), combine([(e, s) for e, s in terms.items() if e not in part])
        return None

    def _steps_down(self, one: _Front, other: _Front) -> bool:
        """Return whether the weights in front of two products average to a number, as they occur nowhere else."""
        return all(one.weight_leaves.isdisjoint(leaves_of(e)) for e in (one.rest, other.rest) if e is not None)

    def _pair(self, one: _Front | None, other: _Front | None) -> sympy.Expr | None:
        """Return the covariance of two products, None where it is not a step down to their rests."""
        if one is None or other is None:
            return None
        if one.weight is not other.weight:
            return sympy.S.Zero if self._are_independent(one, other) else None
        if not self._steps_down(one, other):
            return None
        outer = sympy.S.One
        if one.outer or other.outer:
            square = multiply(*(f.T for f in reversed(one.outer)), *other.outer)
            trace = self.moments.closed_form(tr(square))
            if trace is None:
                return None
            outer = trace
        if one.rest is None or other.rest is None:
            return outer if one.rest is other.rest and (one.is_gaussian or one.is_shared) else None
        return outer * self(one.rest, other.rest) * one.gain

    @staticmethod
    def _are_independent(one: _Front | None, other: _Front | None) -> bool:
        """Return whether one of two products is linear in weights that the other does not hold: they average to 0."""
        if one is None or other is None or one.weight is other.weight:
            return False
        return one.is_alone_beside(other) or other.is_alone_beside(one)

    def _whole(self, one: Expression, other: Expression) -> sympy.Expr:
        """Return a covariance by traces of the whole expressions."""
        scales = [inner_size(e) ** -entries_order(e) for e in (one, other)]  # to entries of order one
        first, second = (combine([(e, s)]) for e, s in zip((one, other), scales, strict=True))
        if one is other:
            return self.moments(first) / scales[0] ** 2
        total = combine([(first, sympy.S.One), (second, sympy.S.One)])
        both = self.moments(total) - self.moments(first) - self.moments(second)
        return sympy.expand(both / (2 * scales[0] * scales[1]))

    def _front(self, node: Expression) -> _Front | None:
        """Return a product split at its first weights, None where it does not begin with them."""
        if node not in self._fronts:
            self._fronts[node] = self._split(node)
        return self._fronts[node]

    def _split(self, node: Expression) -> _Front | None:
        factors = node.arguments if isinstance(node, Product) else (node,)
        count = next((k for k, f in enumerate(factors) if family_function(f) is None), len(factors))
        if count == len(factors):
            return None
        weight = factors[count]
        if is_all_ones(weight):
            if not all(is_all_ones(f) for f in factors[count:]):
                return None
            return _Front(factors[:count], weight, None, frozenset(), frozenset().union(*map(leaves_of, factors)))
        if weight_factor(weight) is None:
            return None
        outer, after = factors[:count], factors[count + 1 :]
        rest = multiply(*after) if after else None
        inside = frozenset().union(*(leaves_of(e) for e in (*outer, *([] if rest is None else [rest]))))
        return _Front(outer, weight, rest, leaves_of(weight), inside)


def _opened(node: Expression) -> Iterator[tuple[Expression, sympy.Expr]]:
    """Yield the terms of a sum, and those of a sum behind diagonal matrices, ``D (A + B)``."""
    for part, scalar in node.terms():
        factors = part.arguments if isinstance(part, Product) else (part,)
        count = next((k for k, f in enumerate(factors) if family_function(f) is None), len(factors))
        if 0 < count < len(factors) and isinstance(factors[count], Sum):
            for inner, ratio in factors[count].terms():
                opened = multiply(*factors[:count], inner, *factors[count + 1 :])
                yield from ((e, scalar * ratio * s) for e, s in _opened(opened))
        else:
            yield part, scalar


@dataclass(frozen=True)
class _Front:
    """A product of diagonal matrices, of weights, and of the rest; with the leaves of the weights and of the others."""

    outer: tuple[Expression, ...]
    weight: Expression
    rest: Expression | None
    weight_leaves: frozenset[Expression]
    inside: frozenset[Expression]

    @property
    def is_shared(self) -> bool:
        """Whether all entries of a row are equal, ``D 1 1^T``: a mean in place of weights."""
        return is_all_ones(self.weight)

    @property
    def is_gaussian(self) -> bool:
        return is_gaussian_factor(self.weight) is not None

    def is_alone_beside(self, other: _Front) -> bool:
        """Return whether the weights occur once in this product, and not in the other."""
        mine = self.weight_leaves
        return (
            not self.is_shared
            and mine.isdisjoint(self.inside)
            and mine.isdisjoint(other.inside)
            and mine.isdisjoint(other.weight_leaves)
        )

    @property
    def gain(self) -> sympy.Expr:
        """The factor from the mean square of the entries of A to that of W A."""
        if self.is_gaussian:
            return self.weight.columns[0]
        is_tall = isinstance(self.weight, Leaf) and not self.weight.is_square
        return self.weight.columns[0] / self.weight.rows[0] if is_tall else sympy.S.One
