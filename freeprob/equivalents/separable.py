"""u g(v) + h(w) -> sum of products of functions of one variable each: Gaussian means of sums are sums of means.

A mean over several pre-activations at once is a nested integral. A function of several that is a sum of products of
functions of fewer, such as a gate with a skip, needs none: products fall apart where their variables are independent.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache

import networkx as nx
import sympy

from ..language.activations import JointActivation, X, as_activation, joint_arguments
from .entry_function import Factor

__all__ = ["separated_words"]

_MOST_TERMS = 12

Parts = tuple[tuple[sympy.Expr, tuple[int, ...]], ...]
"""Functions of some of the arguments, with the numbers of these."""


def separated_words(factors: Sequence[Factor]) -> list[tuple[sympy.Expr, tuple[Factor, ...]]]:
    """Return a product of factors as a sum of products with numbers in front, of functions of fewer variables.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.equivalents.entry_function import Factor
    >>> from freeprob.equivalents.separable import separated_words
    >>> from freeprob.language.activations import as_joint_activation
    >>> u, v = sympy.symbols("u v")
    >>> gate = Factor(as_joint_activation(2 * u * sympy.tanh(v) + sympy.Max(v, 0), 2), (4, 7), (sympy.S.One,) * 2)
    >>> for number, word in separated_words([gate]):
    ...     print(number, [(str(f.activation), f.variables) for f in word])
    2 [('linear', (4,)), ('tanh', (7,))]
    1 [('relu', (7,))]
    """
    choices = [_factor(factor) for factor in factors]
    words = []
    for choice in itertools.product(*choices):
        words.append((sympy.Mul(*(c for c, _ in choice)), tuple(f for _, own in choice for f in own)))
    return words


def _factor(factor: Factor) -> list[tuple[sympy.Expr, tuple[Factor, ...]]]:
    activation = factor.activation
    terms = _terms(activation) if isinstance(activation, JointActivation) else None
    if terms is None:
        return [(sympy.S.One, (factor,))]
    return [(number, tuple(_part(factor, *part) for part in parts)) for number, parts in terms]


def _part(factor: Factor, formula: sympy.Expr, places: tuple[int, ...]) -> Factor:
    variables, ratios = (tuple(column[k] for k in places) for column in (factor.variables, factor.ratios))
    return Factor(_activation(formula, places), variables, ratios)


@lru_cache(maxsize=256)
def _activation(formula: sympy.Expr, places: tuple[int, ...]) -> object:
    count = len(places)
    names = (X,) if count == 1 else joint_arguments(count)
    own = joint_arguments(max(places) + 1)
    formula = formula.subs({own[k]: name for k, name in zip(places, names, strict=True)}, simultaneous=True)
    return as_activation(formula) if count == 1 else JointActivation(count, formula)


@lru_cache(maxsize=256)
def _terms(activation: JointActivation) -> tuple[tuple[sympy.Expr, Parts], ...] | None:
    """Return the terms of a formula, None where it does not fall apart."""
    if activation.formula is None:
        return None
    terms = sympy.Add.make_args(_expanded(activation.formula))
    arguments = joint_arguments(activation.count)
    if len(terms) > _MOST_TERMS:
        return None
    found = []
    for term in sorted(terms, key=sympy.default_sort_key):
        number, rest = term.as_independent(*arguments, as_Add=False)
        found.append((number, _parts(rest, arguments)))
    whole = any(len(places) == activation.count for _, parts in found for _, places in parts)
    return None if whole and len(found) == 1 else tuple(found)


def _expanded(formula: sympy.Expr) -> sympy.Expr:
    """Return products and powers of sums as sums; arguments of functions stay as they are."""
    terms = []
    for term in sympy.Add.make_args(formula):
        factors = (sympy.expand_multinomial(factor, deep=False) for factor in sympy.Mul.make_args(term))
        terms.append(sympy.expand_mul(sympy.Mul(*factors), deep=False))
    return sympy.Add(*terms)


def _parts(term: sympy.Expr, arguments: Sequence[sympy.Symbol]) -> Parts:
    """Return the factors of a product, with those together that share an argument."""
    factors = sympy.Mul.make_args(term)
    graph = nx.Graph()
    for k, factor in enumerate(factors):
        graph.add_edges_from((("factor", k), i) for i, x in enumerate(arguments) if x in factor.free_symbols)
    parts = []
    for component in nx.connected_components(graph):
        places = tuple(sorted(i for i in component if isinstance(i, int)))
        own = [factor for k, factor in enumerate(factors) if ("factor", k) in component]
        parts.append((sympy.Mul(*own), places))
    return tuple(sorted(parts, key=lambda part: part[1]))
