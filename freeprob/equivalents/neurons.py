r"""Shifts of neurons: what all samples share of a pre-activation, ``H = g 1^T + C``.

The mean ``mu`` of a layer below makes ``W (mu 1 1^T) = g 1^T``, and so do a random bias and a mean of the data: neuron
i sees the shift ``g_i`` at every sample. The shifts of one neuron in several pre-activations are jointly Gaussian, and
independent between neurons: ``g_a = sum_k L_ak t_k`` with t_k independent standard normal, L the Cholesky factor of
their covariance. Diagonal matrices of coefficients that depend on the neuron are functions of one family of points t
(a mixture of activations across neurons: Adlam, Levinson and Pennington 2022, with random coefficients).
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from typing import Any

import mpmath
import numpy as np
import sympy

from ..algebra.coordinate import Coordinate
from ..errors import UnsupportedModel
from ..language.activations import X
from ..language.ensembles.diagonal import diagonal
from ..language.ensembles.diagonals import Diagonals
from ..language.ensembles.family import family_leaf
from ..language.expression import ONE, Expression, walk
from ..language.hadamard import is_all_ones
from ..language.laws import Law
from ..language.laws.density import Density
from ..language.laws.normal_chain import NormalChain
from ..language.laws.product import Product
from ..language.laws.quadrature import legendre
from ..language.leaves import leaves_of
from ..language.nodes import HALF, Leaf, SpectralFunction, Transpose, Zero
from ..language.nodes import Product as Word
from ..language.operations import FAMILY_VARIABLE, combine, multiply, spectral_function
from ..language.rewriting import expand, images, substitute
from ..language.scalars import degree
from .adjacent_factors import AdjacentFactors
from .preactivation import weight_factor

__all__ = [
    "NeuronFamily",
    "chained_family",
    "neuron_family",
    "normal_nodes",
    "refuse_shift_beside_functions",
    "split_shared",
]

_REACH = 9.0
_SCALE = 0.75
"""The a of ``t = a sinh(x)``: nodes are evenly spaced where t is smaller."""
_NODES = 200
_SIDE = 64


class _Normal(Density):
    """The standard normal law, cut off where its density is below 1e-18.

    Its rule is the trapezoidal one in x for ``t = a sinh(x)``, which converges exponentially for analytic functions
    (L. N. Trefethen and J. A. C. Weideman, SIAM Review 56, 2014): the poles of an integrand come near the real axis
    where the law has its mass, and the nodes are dense there and sparse in the tails.
    """

    __slots__ = ()

    @property
    def is_cut_off(self) -> bool:
        return True

    def _moment(self, k: int) -> sympy.Expr:
        return sympy.factorial2(k - 1) if k % 2 == 0 else sympy.S.Zero

    def _rule(self, count: int, digits: int) -> tuple[Any, Any]:
        if digits <= 15:
            return _weighted(np.linspace(-1, 1, count + 2)[1:-1], np.ones(count))
        shares = [mpmath.mpf(2 * k) / (count + 1) - 1 for k in range(1, count + 1)]
        return _precisely_weighted(shares, [mpmath.mpf(1)] * count, digits)


class _SplitNormal(_Normal):
    """The same law with a Gauss-Legendre rule on either side of 0, for functions that kink or jump there."""

    __slots__ = ()

    def _rule(self, count: int, digits: int) -> tuple[Any, Any]:
        points, weights = legendre(max(1, count // 2), digits if digits <= 15 else digits + 10)
        right = [(1 + t) / 2 for t in points]
        shares, masses = [*(-t for t in reversed(right)), *right], [*reversed(list(weights)), *weights]
        if digits <= 15:
            return _weighted(np.array(shares), np.array(masses))
        return _precisely_weighted(shares, masses, digits)


def _weighted(shares: np.ndarray, masses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return places a sinh(x), with x given as shares of the largest one, and weights of sum 1."""
    x = np.arcsinh(_REACH / _SCALE) * shares
    places = _SCALE * np.sinh(x)
    weights = masses * np.cosh(x) * np.exp(-(places**2) / 2)
    return places, weights / weights.sum()


def _precisely_weighted(shares: list[Any], masses: list[Any], digits: int) -> tuple[list[Any], list[Any]]:
    reach = max(mpmath.mpf(_REACH), mpmath.sqrt(2 * mpmath.log(10) * (digits + 2)))
    scale = mpmath.mpf(_SCALE)
    x = [mpmath.asinh(reach / scale) * share for share in shares]
    places = [scale * mpmath.sinh(y) for y in x]
    weights = [w * mpmath.cosh(y) * mpmath.exp(-(t**2) / 2) for w, y, t in zip(masses, x, places, strict=True)]
    total = mpmath.fsum(weights)
    return places, [w / total for w in weights]


@lru_cache(maxsize=2)
def _normal(split: bool = False) -> Law:
    kind = _SplitNormal if split else _Normal
    return kind(sympy.exp(-(X**2) / 2) / sympy.sqrt(2 * sympy.pi), (-_REACH, _REACH))


@lru_cache(maxsize=8)
def normal_nodes(rank: int, digits: int) -> tuple[list[Any], Any]:
    """Return a rule for independent standard normal coordinates: one column for each, and weights."""
    if rank == 1:
        nodes, weights = _normal().nodes(max(_NODES, 4 * digits), digits)
        return [nodes], weights
    nodes, weights = _normal().nodes(max(_SIDE, 4 * digits), digits)
    points = list(itertools.product(nodes, repeat=rank))
    masses = [mpmath.fprod(w) if digits > 15 else float(np.prod(w)) for w in itertools.product(weights, repeat=rank)]
    columns = [[p[k] for p in points] for k in range(rank)]
    if digits > 15:
        return columns, masses
    return [np.array(c, dtype=float) for c in columns], np.array(masses)


def split_shared(image: Expression) -> tuple[Expression | None, Expression] | None:
    """Return (shift of the neurons, centred part) of a pre-activation with one row for each neuron.

    Returns
    -------
    (Expression or None, Expression), or None
        The shift is a vector over the neurons, None where there is no shared part; no pair at all where the shared
        part is not of the form ``g 1^T``.
    """
    leaves = {leaf for leaf in leaves_of(image) if is_all_ones(leaf)}
    if not leaves:
        return None, image
    centred = [(substitute(image, {leaf: Zero.intern(leaf.rows, leaf.columns) for leaf in leaves}), sympy.S.One)]
    shift: list[tuple[Expression, sympy.Expr]] = []
    for part, scalar in expand(image, is_all_ones).terms():
        if not any(is_all_ones(node) for node in walk(part)):
            continue
        factors = _factors(part)
        if image.columns != (ONE,):
            if not (isinstance(factors[-1], Transpose) and is_all_ones(factors[-1])) or len(factors) < 2:
                return None
            factors = factors[:-1]
        vector = multiply(*factors)
        if vector.order + degree(scalar) < HALF:  # entries that vanish are a part of finite rank, and no shift
            centred.append((part, scalar))
        else:
            shift.append((vector, scalar))
    total = combine(shift) if shift else None
    return None if total is not None and total.rows == (ONE,) else (total, combine(centred))


def refuse_shift_beside_functions(expression: Expression, families: Iterable[NeuronFamily]) -> None:
    """Refuse a sum in which a shift occurs beside functions of it: they are correlated, and treated as independent.

    In a vector, functions behind weights of their own do no harm: ``g + W D(g) 1`` has independent terms. Words with
    the same weights in front are compared behind them. In a Gram matrix the shift is a part of rank one, of which only
    its inner products with functions matter, ``g^T D(g)``; through weights, ``g^T W D(g)``, they vanish.

    Raises
    ------
    UnsupportedModel
        The message names the shift.
    """
    present = set(walk(expression))
    for family in families:
        if family.leaf not in present:
            continue
        matters = partial(_is_of, family.leaf)
        patterns = [
            (source, _factors(part)) for source in family.sources for part, _ in expand(source, matters).terms()
        ]
        found = AdjacentFactors(expression, matters)
        patterns = [
            (source, pattern)
            for source, pattern in patterns
            if found.may_hold(pattern) or found.may_hold(_turned(pattern))
        ]
        words = [_factors(part) for part, _ in expand(expression, matters).terms()] if patterns else []
        for source, pattern in patterns:
            if expression.columns == (ONE,):
                meet = any(_meet(word, other, pattern, family.leaf) for word in words for other in words)
            else:
                meet = any(_beside(p, word, family.leaf) for p in (pattern, _turned(pattern)) for word in words)
            if meet:
                raise UnsupportedModel(
                    f"gaussian_equivalence: the shift {source} of the neurons (a bias, or the mean of a layer) "
                    "occurs beside functions of it (a skip connection), and this rule does not know their "
                    "correlation. Remedy: centre the activation below, or leave out the bias on the skip"
                )


def _turned(pattern: tuple[Expression, ...]) -> tuple[Expression, ...]:
    return tuple(factor.T for factor in reversed(pattern))


def _meet(word: tuple[Expression, ...], other: tuple[Expression, ...], pattern: tuple, family: Leaf) -> bool:
    """Return whether, behind what two words begin with together, one has the shift and the other a function of it."""
    common = 0
    while common < min(len(word), len(other)) and word[common] is other[common]:
        common += 1
    for k in range(common + 1):  # a function of the shift times the shift, inside one word
        start = k + 1 if k < len(word) and _is_function(word[k], family) else k
        behind = word[start : start + len(pattern)] == pattern
        if behind and (start > k or (k < len(other) and _is_function(other[k], family))):
            return True
    return False


def _is_function(node: Expression, family: Leaf) -> bool:
    return node is family or (isinstance(node, SpectralFunction) and node.leaf is family)


def _is_of(family: Leaf, leaf: Leaf) -> bool:
    return leaf is family or is_all_ones(leaf)


def _factors(node: Expression) -> tuple[Expression, ...]:
    return node.arguments if isinstance(node, Word) else (node,)


def _beside(pattern: tuple[Expression, ...], word: tuple[Expression, ...], family: Leaf) -> bool:
    """Return whether a word has the shift and a function of it with nothing between them that makes them independent.

    Weights that occur once between the two do: they are centred, and averaged over together with weights outside they
    leave one of the two inside a trace of its own.
    """
    count = len(pattern)
    starts = [k for k in range(len(word) - count + 1) if word[k : k + count] == pattern]
    functions = [k for k, node in enumerate(word) if _is_function(node, family)]
    for start, k in itertools.product(starts, functions):
        if start <= k < start + count:
            continue
        between = word[start + count : k] if k >= start else word[k + 1 : start]
        weights = Counter(leaf for node in between if (leaf := weight_factor(node)) is not None)
        if 1 not in weights.values():
            return True
    return False


class NeuronFamily:
    """The coordinates t_1, t_2, ... of the neurons of some pre-activations.

    Attributes
    ----------
    sources : list of Expression
        The shifts that brought in a coordinate each.
    leaf : Leaf
        The diagonal matrix of which the tables are functions.
    """

    def __init__(self, size: sympy.Expr, source: Expression, name: str):
        self.size, self.sources, self.name = size, [source], name
        self.leaf: Leaf = neuron_family(size, name)

    @property
    def rank(self) -> int:
        """The number of coordinates."""
        return len(self.sources)

    def coordinates(self) -> tuple[sympy.Expr, ...]:
        """Return t, or t_1, t_2, ..."""
        if self.rank == 1:
            return (FAMILY_VARIABLE,)
        return tuple(Coordinate(FAMILY_VARIABLE, k + 1) for k in range(self.rank))

    def extended(self, sources: Iterable[Expression], others: Iterable[NeuronFamily] = ()) -> dict[Leaf, int]:
        """Take in more coordinates; return the old leaves with the number of their first coordinate."""
        old = {self.leaf: 0}
        for other in others:
            old[other.leaf] = len(self.sources)
            self.sources += other.sources
        self.sources += list(sources)
        law = Product(*[_normal()] * self.rank)
        self.leaf = family_leaf(Diagonals(law), self.size, self.name)
        return old

    def function(self, formula: sympy.Expr) -> Expression:
        """Return a function of the coordinates as a diagonal matrix."""
        return spectral_function(self.leaf, formula)

    def moved(self, expressions: Iterable[Expression], old: dict[Leaf, int]) -> dict[Expression, Expression]:
        """Return the nodes of expressions with functions of the present leaf in place of those of old leaves."""
        roots = list(expressions)
        mapping: dict[Expression, Expression] = {}
        for node in walk(*roots):
            leaf = node.leaf if isinstance(node, SpectralFunction) else node
            if leaf not in old or not isinstance(node, (Leaf, SpectralFunction)):
                continue
            first = old[leaf]
            formula = node.formula if isinstance(node, SpectralFunction) else FAMILY_VARIABLE
            renumbered = {c: Coordinate(FAMILY_VARIABLE, first + c.index) for c in formula.atoms(Coordinate)}
            if renumbered:
                mapping[node] = self.function(formula.xreplace(renumbered))
            else:
                mapping[node] = self.function(formula.subs(FAMILY_VARIABLE, Coordinate(FAMILY_VARIABLE, first + 1)))
        return images(roots, mapping)


def neuron_family(size: sympy.Expr, name: str, *, split: bool = False) -> Leaf:
    """Return a diagonal matrix with a standard normal law; with ``split``, its functions may kink or jump at 0."""
    return diagonal(size, _normal(split), name=name)


def chained_family(size: sympy.Expr, name: str, correlations: Sequence[sympy.Expr], *, split: bool = False) -> Leaf:
    """Return a diagonal matrix whose entries are points of a Gaussian Markov chain; ``split`` as above."""
    return family_leaf(Diagonals(NormalChain(_normal(split), *correlations)), size, name)
