"""Quadrature rules of laws under the names that a program uses.

The rule of a law has the name of its symbol. A joint law has one more entry for each coordinate, with the values of
that coordinate at its points; the points themselves are then only counted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import numpy as np
import sympy

from ..algebra.coordinate import column_name
from ..language.laws import JointLaw, Law
from ..language.laws.measure import Measure
from ..language.laws.product import Product
from .paths import chain_width, chained_nodes, chains, coordinate_nodes, correlation_name, independent_parts, side_nodes

__all__ = ["rules"]


Factor = Callable[[str, Law, int], tuple[Any, Any] | None]
"""``factor(place, law, nodes)``: another rule for one factor of a product, None where the law's own is to be taken."""


def rules(
    laws: Mapping[sympy.Symbol, Measure],
    count: int,
    digits: int = 15,
    factor: Factor | None = None,
    along: Collection[sympy.Symbol] = (),
) -> dict[str, tuple[Any, Any]]:
    """Return places and weights by name.

    Parameters
    ----------
    laws : dict of Symbol to law
    count, digits : int
    factor : callable, optional
        Rules for coordinates of products with several continuous factors.
    along : collection of Symbol
        Products whose averages are taken along a path: each coordinate has a rule of its own, and the name of the law
        has as many nodes as stand for one side of the path.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language import laws
    >>> from freeprob.program.quadrature import rules
    >>> law = laws.joint_atoms({(1, 2): "1/2", (3, 0): "1/2"})
    >>> {name: places.tolist() for name, (places, _) in rules({sympy.Symbol("H"): law}, 10).items()}
    {'H': [0.0, 1.0], 'H__1': [1.0, 3.0], 'H__2': [2.0, 0.0]}
    """
    found: dict[str, tuple[Any, Any]] = {}
    for symbol, law in laws.items():
        if symbol in along and isinstance(law, JointLaw):
            found[symbol.name] = np.arange(float(side_nodes(count))), np.ones(side_nodes(count))
            found.update(_rules_along(symbol.name, law, count, digits, factor))
            continue
        if factor is not None and isinstance(law, Product):
            places, weights = _product_rule(symbol.name, law, count, digits, factor)
        else:
            places, weights = law.nodes(count, digits)
        if not isinstance(law, JointLaw):
            found[symbol.name] = places, weights
            continue
        found[symbol.name] = np.arange(float(len(weights))) if digits <= 15 else list(range(len(weights))), weights
        found.update((column_name(symbol.name, k), (column, weights)) for k, column in enumerate(places, start=1))
    return found


def _rules_along(
    name: str, law: JointLaw, count: int, digits: int, factor: Factor | None
) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Yield a rule for each coordinate, and the correlations of neighbours in chains."""
    chained, width = chains(law), chain_width(law) or 1.0
    for k, part in enumerate(law.marginals, start=1):
        place = column_name(name, k)
        if k in chained:
            yield place, part.nodes(chained_nodes(count, width), digits)
            continue
        size = coordinate_nodes(count)
        own = factor(place, part, size) if factor is not None and not part.is_atomic else None
        yield place, own if own is not None else part.nodes(size, digits)
    parts = independent_parts(law)
    for k, (number, before) in chained.items():
        if (k + 1) in chained and chained[k + 1][0] == number:
            yield correlation_name(name, k), (np.array([float(parts[number].arguments[1 + before])]), np.ones(1))


def _product_rule(name: str, law: Product, count: int, digits: int, factor: Factor) -> tuple[Any, Any]:
    share = law.share(count)
    if share == count:  # one continuous factor
        return law.nodes(count, digits)
    found, first = [], 1
    for part in law.arguments:
        own = factor(column_name(name, first), part, share) if isinstance(part, Law) else None
        found.append(own if own is not None else part.nodes(share, digits))
        first += part.dimension
    return law.combined(found)
