r"""Quadrature rules in the values of a function, for coordinates that enter through that function alone.

Where a coordinate x of a joint law is read by one table f alone, an average over x is one over the law of v = f(x),
and its Gauss rule needs few nodes: averages of random-matrix equations are rational functions of v whose poles stay
off the real axis, whatever singularities f has in the complex plane (the derivative of tanh has poles). The rule of a
product has all combinations of the nodes of its factors, so that this is what makes several layers affordable: 8 nodes
for each layer give what 100 nodes in x do.

The Gauss rule comes from a rule of x so fine that the first moments of v no longer change, by the Lanczos process in
float64 and by the discretised Stieltjes procedure beyond (W. Gautschi, *Orthogonal Polynomials: Computation and
Approximation*, 2004, sections 2.2.3 and 2.2.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import mpmath
import numpy as np
import sympy
from sympy.core.function import AppliedUndef

from ..algebra.coordinate import coordinates_in, place_name
from ..derivation.average import Average
from ..derivation.table import Table
from ..language.laws import Law
from ..language.laws.compression import gauss_rule

__all__ = ["lone_tables", "value_rule"]

_FIRST, _LAST = 400, 12_800
"""Nodes of the fine rule, and the largest number tried."""

_MOMENTS, _SAME = 6, 1e-12
"""How many moments of the values must agree between two fine rules, and how closely."""

Values = Callable[[Any], Any]


def lone_tables(expressions: Iterable[sympy.Expr], tables: Iterable[tuple[tuple[str, ...], Table]]) -> dict[str, Table]:
    """Return, by its place, each table that is the only thing read there and is read nowhere else.

    Parameters
    ----------
    expressions : iterable of SymPy expression
        All in which laws occur.
    tables : iterable of (places, Table)
    """
    direct: set[str] = set()
    for average in set().union(*(expression.atoms(Average) for expression in expressions)):
        integrand, _, law = average.args
        plain = integrand.xreplace({f: sympy.S.Zero for f in integrand.atoms(AppliedUndef)})
        direct |= {place_name(law.name, coordinate) for coordinate in coordinates_in(plain)}
    readers: dict[str, list[tuple[tuple[str, ...], Table]]] = {}
    for places, table in tables:
        for place in places:
            readers.setdefault(place, []).append((places, table))
    return {
        place: found[0][1]
        for place, found in readers.items()
        if len(found) == 1 and found[0][0] == (place,) and place not in direct
    }


def value_rule(law: Law, values: Values, count: int, digits: int) -> tuple[Any, Any] | None:
    """Return the Gauss rule of at most ``count`` nodes of the law of f(x), x of a law.

    Parameters
    ----------
    law : law on the line
    values : callable
        f at nodes.
    count, digits : int

    Returns
    -------
    (values, weights), or None
        Arrays up to 15 digits and lists of mpmath numbers beyond; None where f is not smooth enough for the fine rule.
    """
    size = _FIRST
    coarse = _fine_rule(law, values, size)
    scale = np.abs(coarse[0]).max() or 1.0
    while True:
        size *= 2
        if size > _LAST:
            return None
        fine = _fine_rule(law, values, size)
        if np.abs(_moments(*fine, scale) - _moments(*coarse, scale)).max() <= _SAME:
            break
        coarse = fine
    if digits <= 15:
        order = np.argsort(fine[0], kind="stable")
        return gauss_rule(fine[0][order], fine[1][order], count)
    nodes, weights = law.nodes(max(size, 16 * digits), digits)
    return _stieltjes(values(nodes), weights, count)


def _fine_rule(law: Law, values: Values, size: int) -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = law.nodes(size)
    return np.asarray(values(nodes), dtype=float), weights


def _moments(values: np.ndarray, weights: np.ndarray, scale: float) -> np.ndarray:
    return np.array([weights @ (values / scale) ** k for k in range(1, _MOMENTS + 1)])


def _stieltjes(values: list[Any], weights: list[Any], count: int) -> tuple[list[Any], list[Any]]:
    """Return the Gauss rule of point masses in the working precision."""
    before, now = [mpmath.mpf(0)] * len(values), [mpmath.mpf(1)] * len(values)
    norm = mpmath.mpf(0)
    centres: list[Any] = []
    norms: list[Any] = []
    for _ in range(count):
        masses = [w * p * p for w, p in zip(weights, now, strict=True)]
        total = mpmath.fsum(masses)
        if norms and total <= norms[-1] * mpmath.eps**2:  # as many nodes as there are distinct values
            break
        centre = mpmath.fdot(masses, values) / total
        ratio = total / norm if norm else mpmath.mpf(0)
        before, now = now, [(v - centre) * p - ratio * q for v, p, q in zip(values, now, before, strict=True)]
        centres.append(centre)
        norms.append(total)
        norm = total
    jacobi = mpmath.diag(centres)
    for k in range(1, len(centres)):
        jacobi[k, k - 1] = jacobi[k - 1, k] = mpmath.sqrt(norms[k] / norms[k - 1])
    places, vectors = mpmath.eigsy(jacobi)
    return list(places), [norms[0] * vectors[0, k] ** 2 for k in range(len(centres))]
