r"""Averages over many independent coordinates that follow one another on a path.

The blocks of a residual network ``h + f(W h)`` share one basis, and each has a coordinate of its own: the rule of their
product law would have all combinations of the nodes of the layers. But each coordinate stands in few rows of the matrix
that is inverted, a site, and a site is coupled to its two neighbours alone. Such averages are taken from site to site
(:mod:`freeprob.targets.path_averages`), with a rule for each coordinate, in a time that is linear in the depth.

A matrix has this structure when the rows and columns of each coordinate are its own, or shared with few others, those
of no coordinate can be given to sites, and neighbouring sites are coupled by one entry in either direction.
Coordinates that form a Markov chain, as those of blocks ``h + W f(h)``, follow one another in its order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import networkx as nx
import sympy
from sympy.core.function import AppliedUndef

from ..algebra.coordinate import Coordinate, column_name
from ..derivation.average import Average
from ..derivation.inverse_entry import InverseEntry, SquareMatrix
from ..equations.system import SelfConsistentSystem
from ..language.laws import JointLaw, Law
from ..language.laws.measure import Measure
from ..language.laws.normal_chain import NormalChain
from ..language.laws.product import Product

__all__ = [
    "IN_FLOATS",
    "Path",
    "SideRule",
    "Site",
    "chain_width",
    "chained_nodes",
    "chains",
    "coordinate_nodes",
    "correlation_name",
    "independent_parts",
    "path_laws",
    "paths_of",
    "side_nodes",
]

_SPREAD = 3
"""Continuous coordinates of a law whose averages are taken along a path ..."""

_ATOMS = 64
"""... and combinations of values, where all coordinates have few."""

IN_FLOATS = (
    "the equations average over many independent coordinates, one for each layer that a skip connection joins, and "
    "these averages are taken from layer to layer in float64 alone. Remedy: .stieltjes, .density "
    "and .edges; or fewer layers (up to two of smooth activations)"
)
"""Why a system whose averages are taken along a path has no answers of high precision."""


def side_nodes(count: int) -> int:
    """Return the number of nodes that stand for all sites on one side.

    Answers converge geometrically in it, and their cost grows with its third power.
    """
    return max(4, round(math.sqrt(count)))


def coordinate_nodes(count: int) -> int:
    """Return the number of nodes of each coordinate: Gauss rules need fewer than a side, whose nodes interpolate."""
    return math.ceil(0.6 * side_nodes(count))


def chained_nodes(count: int, width: float) -> int:
    """Return the number of nodes of each coordinate of a chain: they resolve functions, and a density of this width."""
    return math.ceil(max(32 + side_nodes(count), (14 + side_nodes(count) / 2) / width))


def independent_parts(law: Measure) -> tuple[Measure, ...]:
    """Return the factors of a product, or the law itself."""
    return law.arguments if isinstance(law, Product) else (law,)


def chain_width(law: Measure) -> float | None:
    """Return the smallest standard deviation of a coordinate of a chain given its neighbour; None without chains."""
    correlations = [
        float(rho) for part in independent_parts(law) if isinstance(part, NormalChain) for rho in part.arguments[1:]
    ]
    return math.sqrt(1 - max(map(abs, correlations)) ** 2) if correlations else None


def chains(law: Measure) -> dict[int, tuple[int, int]]:
    """Return the coordinates of a law that belong to chains: the number of the chain, and the place in it."""
    found: dict[int, tuple[int, int]] = {}
    first = 1
    for number, part in enumerate(independent_parts(law)):
        if isinstance(part, NormalChain):
            found |= {first + k: (number, k) for k in range(part.dimension)}
        first += part.dimension
    return found


def correlation_name(law: str, k: int) -> str:
    """Return the name under which the correlation of the coordinates k and k + 1 of a law is listed."""
    return f"{column_name(law, k)}_{k + 1}"


@dataclass(frozen=True)
class SideRule:
    """The rule of a law whose averages are taken along a path, as far as its size is concerned.

    Attributes
    ----------
    coordinates : int
        The largest number of continuous ones of a site.
    width : float or None
        That of :func:`chain_width` where one of them may belong to a chain.
    """

    coordinates: int
    width: float | None = None
    is_atomic = False
    has_many_atoms = False

    def rule_size(self, count: int) -> int:
        """Return the number of nodes of a side and a site, in all combinations."""
        if self.width is None:
            return side_nodes(count) * coordinate_nodes(count) ** self.coordinates
        others = coordinate_nodes(count) ** (self.coordinates - 1)
        return side_nodes(count) * others * chained_nodes(count, self.width)

    def rule_is_exact(self, count: int) -> bool:
        """Return False: nodes stand for a law that is known by its moments."""
        return False


@dataclass(frozen=True)
class Site:
    """The rows of a coordinate.

    Attributes
    ----------
    indices : tuple of int
    coordinates : tuple of Coordinate
        Those that stand in its rows; averages are over all combinations of their nodes.
    left, right : (int, int)
        Row and column, among the indices, at which the sites on each side enter; (0, 0) at an end of the path.
    coupling : SymPy expression
        The factor with which the site before enters; 0 at the first.
    link : (Coordinate, Coordinate) or None
        Neighbours in a chain: one of the site before, and one of this site.
    """

    indices: tuple[int, ...]
    coordinates: tuple[Coordinate, ...]
    left: tuple[int, int]
    right: tuple[int, int]
    coupling: sympy.Expr
    link: tuple[Coordinate, Coordinate] | None = None


@dataclass(frozen=True)
class Path:
    """A matrix whose coordinates follow one another."""

    matrix: SquareMatrix
    sites: tuple[Site, ...]

    @cached_property
    def _place(self) -> dict[int, tuple[int, int]]:
        return {i: (k, site.indices.index(i)) for k, site in enumerate(self.sites) for i in site.indices}

    def place(self, row: int, column: int) -> tuple[int, int, int] | None:
        """Return the site of an entry and its place there; None where it belongs to no site."""
        (site, i), (other, j) = self._place[row], self._place[column]
        return (site, i, j) if site == other else None

    @cached_property
    def entries(self) -> list[list[tuple[int, int, sympy.Expr]]]:
        """The entries of the block of each site that do not vanish, with their places there."""
        found: list[list[tuple[int, int, sympy.Expr]]] = [[] for _ in self.sites]
        for (i, j), entry in self.matrix.items():
            if (place := self.place(i, j)) is not None:
                found[place[0]].append((*place[1:], entry))
        return found


def paths_of(system: SelfConsistentSystem) -> dict[tuple[sympy.Symbol, SquareMatrix], Path]:
    """Return the paths of a system: of each law with too many combinations of nodes, all whose averages have one.

    Parameters
    ----------
    system : SelfConsistentSystem

    Returns
    -------
    dict of (law, entries of the matrix) to Path
    """
    many = {symbol for symbol, law in system.laws.items() if isinstance(law, JointLaw) and _has_many_nodes(law)}
    if not many:
        return {}
    expressions = [*(r for component in system.components for r in component.right), system.readout]
    unknowns = {u for component in system.components for u in component.unknowns}
    found: dict[tuple[sympy.Symbol, SquareMatrix], Path] = {}
    for average in set().union(*(expression.atoms(Average) for expression in expressions)):
        integrand, variable, law = average.args
        if law not in many:
            continue
        path = None
        if isinstance(integrand, InverseEntry):
            key = law, integrand.matrix
            path = found.get(key) or _path(integrand.matrix, variable, unknowns, chains(system.laws[law]))
        if path is None or path.place(integrand.row, integrand.column) is None:
            many.discard(law)
        else:
            found[key] = path
    return {key: path for key, path in found.items() if key[0] in many}


def path_laws(system: SelfConsistentSystem) -> dict[sympy.Symbol, int]:
    """Return the names of the laws whose averages are taken along a path, with the most coordinates of a site.

    Those that have few values are not counted.
    """
    found: dict[sympy.Symbol, int] = {}
    for (symbol, _), path in paths_of(system).items():
        marginals = system.laws[symbol].marginals
        counts = [sum(not marginals[c.index - 1].is_atomic for c in site.coordinates) for site in path.sites]
        found[symbol] = max(found.get(symbol, 0), *counts)
    return found


def _has_many_nodes(law: JointLaw) -> bool:
    if isinstance(law, NormalChain):
        return True
    if not isinstance(law, Product) or not all(isinstance(factor, (Law, NormalChain)) for factor in law.arguments):
        return False
    if chains(law) or sum(not factor.is_atomic for factor in law.arguments) >= _SPREAD:
        return True
    if any(factor.has_many_atoms for factor in law.arguments):
        return False
    return law.is_atomic and math.prod(len(factor.atoms) for factor in law.arguments) > _ATOMS


def _path(
    matrix: SquareMatrix,
    variable: sympy.Symbol,
    unknowns: set[sympy.Symbol],
    chained: Mapping[int, tuple[int, int]],
) -> Path | None:
    """Return the path of a matrix; None where it has none, unknowns couple its sites, or chains are out of order."""
    places = list(matrix.items())
    owner: dict[int, Coordinate] = {}
    together = nx.utils.UnionFind()
    for place, entry in places:
        own = entry.atoms(Coordinate)
        if (variable in entry.free_symbols and not own) or any(len(f.args) > 1 for f in entry.atoms(AppliedUndef)):
            return None
        for coordinate in own:
            together.union(coordinate, *own, *(owner.setdefault(i, coordinate) for i in place))
    owner = {i: together[coordinate] for i, coordinate in owner.items()}
    groups = _groups(matrix.size, [place for place, _ in places], owner)
    if groups is None:
        return None
    group_of = {i: k for k, group in enumerate(groups) for i in group}
    links: dict[tuple[int, int], list[tuple[tuple[int, int], sympy.Expr]]] = {}
    for (i, j), entry in places:
        if group_of[i] != group_of[j]:
            links.setdefault((group_of[i], group_of[j]), []).append(((i, j), entry))
    order = _order(len(groups), links)
    couplings = [entry for found in links.values() for _, entry in found]
    if order is None or len(couplings) > len(links) or any(unknowns & entry.free_symbols for entry in couplings):
        return None
    joined = {owner: tuple(sorted(found, key=lambda c: c.index)) for found in together.to_sets() for owner in found}
    sites = _linked(list(_sites(order, groups, links, owner, joined)), chained)
    return None if sites is None else Path(matrix, sites)


def _groups(size: int, places: Iterable[tuple[int, int]], owner: Mapping[int, Coordinate]) -> list[list[int]] | None:
    """Return the indices of each coordinate, with those of none given to a neighbour; None where they are in doubt."""
    coordinates = sorted(set(owner.values()), key=lambda c: c.index)
    groups = [[i for i in range(size) if owner.get(i) == c] for c in coordinates]
    graph = nx.Graph()
    graph.add_nodes_from(range(size))
    graph.add_edges_from(places)
    free = graph.subgraph([i for i in range(size) if i not in owner])
    for part in nx.connected_components(free):
        around = {owner[j] for i in part for j in graph[i] if j in owner}
        if not around or len(around) > 2:
            return None
        groups[min(coordinates.index(c) for c in around)] += sorted(part)
    return [sorted(group) for group in groups]


def _order(count: int, links: Mapping[tuple[int, int], object]) -> list[int] | None:
    """Return the groups in the order of the path; None where they form no path, coupled in both directions."""
    graph = nx.Graph(links.keys())
    if len(graph) != count or not nx.is_connected(graph) or any((b, a) not in links for a, b in links):
        return None
    ends = [k for k in graph if graph.degree(k) == 1]
    if len(ends) != 2 or graph.number_of_edges() != count - 1:
        return None
    return list(nx.shortest_path(graph, min(ends), max(ends)))


def _sites(order, groups, links, owner, joined) -> Iterable[Site]:
    """Yield the sites in order; a side enters as ``- kappa [inverse]_cd e_p e_q^T``."""
    for k, number in enumerate(order):
        group = groups[number]
        left, right, coupling = (0, 0), (0, 0), sympy.S.Zero
        if k:
            ((p, _), there), ((_, q), back) = links[number, order[k - 1]][0], links[order[k - 1], number][0]
            left, coupling = (group.index(p), group.index(q)), there * back
        if k + 1 < len(order):
            ((_, c), _), ((d, _), _) = links[order[k + 1], number][0], links[number, order[k + 1]][0]
            right = group.index(d), group.index(c)
        coordinates = next((joined[owner[i]] for i in group if i in owner), ())
        yield Site(tuple(group), coordinates, left, right, coupling)


def _linked(sites: Sequence[Site], chained: Mapping[int, tuple[int, int]]) -> tuple[Site, ...] | None:
    """Return the sites with the links of chains; None where neighbours in a chain are not neighbours on the path."""
    own = [[c for c in site.coordinates if c.index in chained] for site in sites]
    if any(len(found) > 1 for found in own):
        return None
    linked = list(sites)
    met: set[int] = set()
    for k, found in enumerate(own):
        if not found:
            continue
        number, place = chained[found[0].index]
        if k and own[k - 1] and chained[own[k - 1][0].index][0] == number:
            before = own[k - 1][0]
            if abs(chained[before.index][1] - place) != 1:
                return None
            linked[k] = replace(sites[k], link=(before, found[0]))
        elif number in met:
            return None
        met.add(number)
    return tuple(linked)
