r"""The joint law of standard normal coordinates that form a Markov chain."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Any

import mpmath
import numpy as np
import sympy

from ...algebra.coordinate import Coordinate, coordinates_in
from ...errors import UnsupportedModel
from .base import Law
from .density import Density
from .joint import JointLaw
from .measure import Measure
from .product import Product
from .scalars import bind, decode, encode, precise, scalar, text

__all__ = ["NormalChain"]


class NormalChain(JointLaw):
    r"""Standard normal coordinates, ``normal_chain(law, rho_1, rho_2, ...)``: a Gaussian Markov chain.

    Each coordinate depends on those before it through the last one alone, so that the correlation of coordinates j < k
    is ``rho_j ... rho_{k-1}``. The pre-activations of a residual network ``h + W f(h)`` are one: Gaussian vectors with
    independent increments.

    Parameters
    ----------
    law : law on the line
        The standard normal law; its quadrature rule is that of each coordinate.
    *correlations : number, text or SymPy expression
        Those of neighbours, between -1 and 1.

    Raises
    ------
    UnsupportedModel
        If the first argument is no law on the line, there is no correlation, or one is not between -1 and 1.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.algebra.coordinate import Coordinate
    >>> from freeprob.language import laws
    >>> x, t = sympy.symbols("x t")
    >>> normal = laws.density(sympy.exp(-x**2 / 2) / sympy.sqrt(2 * sympy.pi), (-9, 9))
    >>> chain = laws.normal_chain(normal, "1/2", "4/5")
    >>> print(chain.correlation(1, 3), round(float(chain.expectation(Coordinate(t, 1) * Coordinate(t, 3), t)), 12))
    2/5 0.4
    """

    __slots__ = ()
    name = "normal_chain"

    def __init__(self, law: Law, *correlations: Any) -> None:
        if not isinstance(law, Law) or not correlations:
            raise UnsupportedModel("normal_chain needs the normal law and at least one correlation")
        found = tuple(scalar(rho, "a correlation") for rho in correlations)
        for rho in found:
            if rho.is_number and not abs(rho.evalf(30)) < 1:
                raise UnsupportedModel(f"the correlation {rho} of normal_chain must lie between -1 and 1")
        super().__init__(law, *found)

    @classmethod
    def examples(cls) -> tuple[JointLaw, ...]:
        """Return chains of two coordinates."""
        x = sympy.Symbol("x")
        normal = Density(sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi), (-9, 9))
        return cls(normal, "1/2"), cls(normal, "-3/10")

    @property
    def marginals(self) -> tuple[Law, ...]:
        """The normal law, once for each coordinate."""
        return (self.arguments[0],) * len(self.arguments)

    def correlation(self, j: int, k: int) -> sympy.Expr:
        """Return the correlation of two coordinates."""
        return sympy.Mul(*self.arguments[min(j, k) : max(j, k)])

    @property
    def free_symbols(self) -> set[sympy.Symbol]:
        """The symbols in the correlations."""
        return set().union(*(rho.free_symbols for rho in self.arguments[1:]))

    def subs(self, mapping: Mapping[sympy.Symbol, Any]) -> NormalChain:
        """Return the law with symbols bound."""
        bound = bind(self.arguments[1:], mapping, self.name)
        return self if bound == self.arguments[1:] else type(self)(self.arguments[0], *bound)

    def __str__(self) -> str:
        return f"normal_chain({', '.join(map(text, self.arguments[1:]))})"

    def latex(self) -> str:
        r"""Return ``N(0, C)`` with the correlations of neighbours."""
        return rf"\mathrm{{normal\ chain}}\left({', '.join(map(sympy.latex, self.arguments[1:]))}\right)"

    @property
    def extremes(self) -> Iterable[sympy.Tuple]:
        """The corners of the box that holds the support."""
        return [sympy.Tuple(*corner) for corner in itertools.product(*(law.extremes for law in self.marginals))]

    def draw(self, k: int, rng: np.random.Generator) -> np.ndarray:
        """Return points whose innovations are quantiles of the normal law in independent random orders."""
        quantiles = self.arguments[0].quantiles(k)
        points = [rng.permutation(quantiles)]
        for rho in map(float, self.arguments[1:]):
            points.append(rho * points[-1] + math.sqrt(1 - rho**2) * rng.permutation(quantiles))
        return np.stack(points)

    def monomial_mean(self, monomial: sympy.Expr) -> sympy.Expr | None:
        """Return the mean of a product of powers of coordinates: the sum over all pairings (Isserlis 1918)."""
        powers = monomial.as_powers_dict()
        if not all(isinstance(c, Coordinate) and k.is_Integer and k > 0 for c, k in powers.items()):
            return None
        return self._pairings(tuple(c.index for c, k in powers.items() for _ in range(int(k))))

    def _separated(self, term: sympy.Expr, t: sympy.Symbol, digits: int) -> mpmath.mpf | None:
        """Return the mean of a monomial or of a function of one coordinate; None for any other."""
        inner = coordinates_in(term)
        if len(inner) > 1:
            scale, monomial = term.as_independent(*inner)
            mean = self.monomial_mean(monomial)
            return None if mean is None else mpmath.mpmathify((scale * mean).evalf(digits + 10))
        return super()._separated(term, t, digits)

    def _pairings(self, indices: tuple[int, ...]) -> sympy.Expr:
        if not indices:
            return sympy.S.One
        first, rest = indices[0], indices[1:]
        return sympy.Add(
            *(self.correlation(first, k) * self._pairings(rest[:i] + rest[i + 1 :]) for i, k in enumerate(rest))
        )

    def share(self, count: int) -> int:
        """Return the number of nodes of each coordinate, of which the rule has all combinations."""
        return math.ceil(2 * count ** (1 / self.dimension))

    def rule_size(self, count: int) -> int:
        """Return the number of all combinations, without building them."""
        return self.arguments[0].rule_size(self.share(count)) ** self.dimension

    def _rule(self, count: int, digits: int):
        nodes, weights = self.arguments[0].nodes(self.share(count), digits)
        columns, masses = Product.combined([(nodes, weights)] * self.dimension)
        rhos = [precise(rho) if digits > 15 else float(rho) for rho in self.arguments[1:]]
        for k, rho in enumerate(rhos, start=1):  # from innovations to coordinates
            new = mpmath.sqrt(1 - rho**2) if digits > 15 else math.sqrt(1 - rho**2)
            columns[k] = [rho * x + new * xi for x, xi in zip(columns[k - 1], columns[k], strict=True)]
        return columns, masses

    def _arguments_to_data(self) -> list:
        return [self.arguments[0].to_data(), *encode(self.arguments[1:])]

    @classmethod
    def _arguments_from_data(cls, data: list) -> tuple:
        return Measure.from_data(data[0]), *decode(data[1:])
