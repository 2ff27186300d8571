r"""Marginals of a product law: an average over independent coordinates needs those alone that its integrand reads.

The matrix B of a space falls apart into blocks that are not coupled. Coordinates of a product law that meet in no block
are never averaged together, so that the integral over all of them is one over a few: the layers of a network each have
coordinates of their own.
"""

from __future__ import annotations

import string
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import networkx as nx
import sympy

from ..algebra.coordinate import Coordinate
from ..language.laws import JointLaw
from ..language.laws.measure import Measure
from ..language.laws.product import Product

__all__ = ["Marginals"]


class Marginals:
    """The laws that take the place of one product law, and its coordinates in them.

    Parameters
    ----------
    law : Symbol
        The name of the product law.
    measure : law
    variable : Symbol
        The variable of its averages.
    parts : iterable of collections of hashable
        Indices that are coupled.
    members : dict of (row, column) to SymPy expression
        Functions of the coordinates, by their places.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.algebra.coordinate import Coordinate
    >>> from freeprob.equations.marginals import Marginals
    >>> from freeprob.language import laws
    >>> H, t = sympy.symbols("H t")
    >>> law = laws.product(laws.uniform(0, 1), laws.semicircle(1))
    >>> found = Marginals(H, law, t, [{0}, {1}], {(0, 0): Coordinate(t, 1), (1, 1): Coordinate(t, 2)})
    >>> found.of(1), found.laws
    ((Hb, {t[2]: t}), {Ha: uniform(0, 1), Hb: semicircle(1, 0)})
    """

    def __init__(
        self,
        law: sympy.Symbol,
        measure: Measure,
        variable: sympy.Symbol,
        parts: Iterable[Collection[Any]],
        members: Mapping[tuple[Any, Any], sympy.Expr],
    ):
        self.laws: dict[sympy.Symbol, Measure] = {law: measure}
        self._whole = law, dict[sympy.Expr, sympy.Expr]()
        self._of: dict[Any, tuple[sympy.Symbol, dict[sympy.Expr, sympy.Expr]]] = {}
        if not isinstance(measure, Product):
            return
        owner = [k for k, factor in enumerate(measure.arguments) for _ in range(factor.dimension)]
        graph = nx.Graph()
        for number, part in enumerate(parts):
            graph.add_edges_from((("index", index), ("part", number)) for index in part)
        for (row, _), formula in members.items():
            own = formula.atoms(Coordinate)
            graph.add_edges_from((("index", row), ("factor", owner[c.index - 1])) for c in own)
        groups = [
            (sorted(node for kind, node in component if kind == "factor"), component)
            for component in nx.connected_components(graph)
        ]
        groups = sorted(((factors, component) for factors, component in groups if factors), key=lambda pair: pair[0])
        if not groups or len(groups[0][0]) == len(measure.arguments):
            return
        self.laws = {}
        for factors, component in groups:
            symbol = sympy.Symbol(f"{law.name}{_suffix(factors, len(measure.arguments))}", **law.assumptions0)
            chosen = [measure.arguments[k] for k in factors]
            self.laws[symbol] = chosen[0] if len(chosen) == 1 else Product(*chosen)
            numbers = [k + 1 for k, factor in enumerate(owner) if factor in factors]
            places = _places(variable, self.laws[symbol], len(numbers))
            renamed = {Coordinate(variable, k): place for k, place in zip(numbers, places, strict=True)}
            self._of.update({node: (symbol, renamed) for kind, node in component if kind == "index"})

    def of(self, index: Any) -> tuple[sympy.Symbol, dict[sympy.Expr, sympy.Expr]]:
        """Return the name of the law that is averaged over at an index, and the coordinates in it."""
        return self._of.get(index, self._whole)


def _places(variable: sympy.Symbol, law: Measure, count: int) -> Sequence[sympy.Expr]:
    return [Coordinate(variable, k + 1) for k in range(count)] if isinstance(law, JointLaw) else [variable]


def _suffix(factors: Sequence[int], count: int) -> str:
    """Return letters that say which factors are meant, the same ones wherever the law is split."""
    if count <= len(string.ascii_lowercase):
        return "".join(string.ascii_lowercase[k] for k in factors)
    return "".join(f"f{k + 1}" for k in factors)
