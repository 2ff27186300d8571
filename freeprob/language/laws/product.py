"""The joint law of independent coordinates."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import mpmath
import numpy as np
import sympy

from ...algebra.coordinate import Coordinate, coordinates_in
from ...errors import UnsupportedModel
from .atoms import Atoms
from .base import Law
from .joint import JointLaw
from .measure import Measure
from .uniform import Uniform

__all__ = ["Product"]


_MANY = 1000
"""More combinations of values than this are not written down."""


class Product(JointLaw):
    """Product of laws, ``product(law_1, law_2, ...)``: the coordinates are independent.

    It is the joint law of diagonal matrices whose entries come in independent orders.

    Examples
    --------
    >>> from freeprob.language import laws
    >>> law = laws.product(laws.bernoulli("1/4"), laws.atoms({2: 1}))
    >>> law, law.atoms
    (product(atoms({0: 3/4, 1: 1/4}), atoms({2: 1})), {(0, 2): 3/4, (1, 2): 1/4})
    """

    __slots__ = ()
    name = "product"

    def __init__(self, *laws: Measure) -> None:
        if len(laws) < 2 or not all(isinstance(law, Measure) for law in laws):
            raise UnsupportedModel(f"product needs two laws or more, not {laws!r}")
        super().__init__(*laws)

    @classmethod
    def examples(cls) -> tuple[JointLaw, ...]:
        """Return a product of atoms and one with a continuous factor."""
        coin = Atoms({0: "1/4", 1: "3/4"})
        return cls(coin, Atoms({-1: "1/2", 2: "1/2"})), cls(Uniform(1, 2), coin, coin)

    @property
    def marginals(self) -> tuple[Law, ...]:
        """The law of each coordinate."""
        return tuple(m for law in self.arguments for m in (law.marginals if isinstance(law, JointLaw) else (law,)))

    @property
    def free_symbols(self) -> set[sympy.Symbol]:
        """The symbols of the factors."""
        return set().union(*(law.free_symbols for law in self.arguments))

    @property
    def law_symbols(self) -> set[sympy.Symbol]:
        """The symbols of factors that are given later."""
        return set().union(*(law.law_symbols for law in self.arguments))

    def subs(self, mapping: Mapping[sympy.Symbol, Any]) -> Product:
        """Return the law with symbols bound, in each factor."""
        bound = tuple(
            law.subs({s: value for s, value in mapping.items() if s in law.free_symbols}) for law in self.arguments
        )
        return self if bound == self.arguments else type(self)(*bound)

    def __str__(self) -> str:
        return f"product({', '.join(map(str, self.arguments))})"

    def latex(self) -> str:
        r"""Return ``H_1 \otimes H_2`` of the factors."""
        return r" \otimes ".join(law.latex() for law in self.arguments)

    @property
    def is_atomic(self) -> bool:
        """True when all factors are."""
        return all(law.is_atomic for law in self.arguments)

    @property
    def has_many_atoms(self) -> bool:
        """True when a factor is a long list of values, or there are many combinations."""
        if any(law.has_many_atoms for law in self.arguments):
            return True
        return self.is_atomic and math.prod(len(law.atoms) for law in self.arguments) > _MANY

    @property
    def extremes(self) -> Iterable[sympy.Tuple]:
        """The corners of the box that holds the support."""
        return [_joined(corner) for corner in itertools.product(*(law.extremes for law in self.arguments))]

    def _atoms(self) -> dict[sympy.Expr, sympy.Expr]:
        return {
            _joined(x for x, _ in pairs): sympy.Mul(*(w for _, w in pairs))
            for pairs in itertools.product(*(law.atoms.items() for law in self.arguments))
        }

    def draw(self, k: int, rng: np.random.Generator) -> np.ndarray:
        """Return the quantiles of each factor in independent random orders."""
        return np.vstack(
            [
                law.draw(k, rng) if isinstance(law, JointLaw) else rng.permutation(law.quantiles(k))[None, :]
                for law in self.arguments
            ]
        )

    def _separated(self, term: sympy.Expr, t: sympy.Symbol, digits: int) -> mpmath.mpf | None:
        """Return the mean of a product of functions of single factors; None for any other."""
        owner = [i for i, law in enumerate(self.arguments) for _ in range(law.dimension)]
        first = list(itertools.accumulate((law.dimension for law in self.arguments), initial=0))
        constant, groups = sympy.S.One, dict[int, sympy.Expr]()
        for factor in sympy.Mul.make_args(term):
            owners = {owner[c.index - 1] for c in coordinates_in(factor)}
            if len(owners) > 1:
                return None
            if owners:
                i = owners.pop()
                groups[i] = groups.get(i, sympy.S.One) * factor
            else:
                constant *= factor
        value = mpmath.mpmathify(constant.evalf(digits + 10))
        for i, factor in groups.items():
            law = self.arguments[i]
            if isinstance(law, JointLaw):
                own = {c: Coordinate(t, c.index - first[i]) for c in coordinates_in(factor)}
            else:
                own = {c: t for c in coordinates_in(factor)}
            value *= law.expectation(factor.xreplace(own), t, digits)
        return value

    def monomial_mean(self, monomial: sympy.Expr) -> sympy.Expr | None:
        """Return the product of the moments of the factors, None for factors that are joint laws themselves."""
        powers = monomial.as_powers_dict()
        known = all(isinstance(c, Coordinate) and k.is_Integer and k > 0 for c, k in powers.items())
        if not known or any(isinstance(law, JointLaw) for law in self.arguments):
            return None
        return sympy.Mul(*(self.arguments[c.index - 1].moment(int(k)) for c, k in powers.items()))

    def share(self, count: int) -> int:
        """Return the number of nodes of each continuous factor, of which the rule has all combinations.

        With k continuous factors it is ``2 count^(1/k)``, so that the rule grows by the factor that the count does.
        """
        continuous = sum(map(_is_spread, self.arguments))
        return count if continuous < 2 else math.ceil(2 * count ** (1 / continuous))

    def rule_size(self, count: int) -> int:
        """Return the number of all combinations, without building them."""
        return math.prod(law.rule_size(self.share(count)) for law in self.arguments)

    @staticmethod
    def combined(rules: Sequence[tuple[Any, Any]]) -> tuple[list, Any]:
        """Return the rule of all combinations of the nodes of some rules.

        Parameters
        ----------
        rules : sequence of (columns, weights)
            For each factor one column of numbers, or a list of columns for the coordinates of a joint law.

        Returns
        -------
        (columns, weights)
            Arrays, or lists where a rule has mpmath numbers.
        """
        parts = [(list(places) if _has_columns(places) else [places], weights) for places, weights in rules]
        if all(isinstance(weights, np.ndarray) for _, weights in parts):
            indices = np.indices([len(weights) for _, weights in parts]).reshape(len(parts), -1)
            points = [
                np.asarray(column)[i] for (columns, _), i in zip(parts, indices, strict=True) for column in columns
            ]
            return points, np.prod([weights[i] for (_, weights), i in zip(parts, indices, strict=True)], axis=0)
        places = list(itertools.product(*(range(len(weights)) for _, weights in parts)))
        which = list(zip(*places, strict=True))
        lists = [[column[i] for i in own] for (columns, _), own in zip(parts, which, strict=True) for column in columns]
        return lists, [math.prod(weights[i] for (_, weights), i in zip(parts, p, strict=True)) for p in places]

    def _rule(self, count: int, digits: int):
        return self.combined([law.nodes(self.share(count), digits) for law in self.arguments])

    def _arguments_to_data(self) -> list:
        return [law.to_data() for law in self.arguments]

    @classmethod
    def _arguments_from_data(cls, data: list) -> tuple:
        return tuple(Measure.from_data(entry) for entry in data)


def _is_spread(law: Measure) -> bool:
    """Return whether the rule of a law has as many nodes as are asked for."""
    return not law.is_atomic or law.has_many_atoms


def _has_columns(places: Any) -> bool:
    return np.ndim(places[0]) > 0 if isinstance(places, (list, tuple)) else np.ndim(places) > 1


def _joined(parts: Iterable[Any]) -> sympy.Tuple:
    """Return the point of the coordinates of several points."""
    return sympy.Tuple(*(x for part in parts for x in (part if isinstance(part, sympy.Tuple) else (part,))))
