"""Gradients of contour integrals: the integral of the derivative of the integrand, on a contour that stays.

A contour around a spectrum is one around those at nearby parameters, too. So

    d/dp oint f(z; p) c(z; p) dz = oint (df/dp c + f dc/dp) dz

where dc/dp follows from the equations at each node by implicit differentiation, and df/dp from the formula of f.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from ..errors import SolveError
from ..program.binding import Binding
from ..program.sensitivity import Sensitivity
from ..targets.contour_runtime import FINER, weighted
from .bound_law import NODES
from .contour_rule import Density
from .contour_system import ContourSystem
from .contour_value import bound_densities, chosen_shapes
from .nodes import resolved_nodes

__all__ = ["contour_gradients"]

_AGREE = 1e-8
_CANCELLED = 1e-11
"""Accepted difference of two rules, relative to the derivative and to the sum of the absolute values of all terms."""

Bound = list[tuple[sympy.Symbol, Density]]


def contour_gradients(
    system: ContourSystem,
    bindings: Sequence[Binding],
    derivatives: Sensitivity,
    chain: np.ndarray,
    scale: float,
    intervals: Mapping[sympy.Symbol, tuple[float, float]],
    matrices: Mapping[sympy.Symbol, Any],
    diverging: bool,
) -> np.ndarray:
    """Return derivatives at bindings that differ in parameters of the functions alone, shape (bindings, symbols).

    Parameters
    ----------
    system : ContourSystem
    bindings : sequence of Binding
    derivatives : Sensitivity
        Of the system, in some symbols.
    chain : ndarray, shape (coefficients, symbols)
        Derivatives of the coefficients of activations.
    scale : float
        The largest size.
    intervals, matrices, diverging
        As in :func:`freeprob.solve.contour_value.contour_numbers`.

    Raises
    ------
    UnsupportedModel
        If a function or its derivative is singular on a spectrum.
    SolveError
        If two rules do not agree.
    """
    known: dict[sympy.Expr, Density] = {}
    plain = [[bound_densities(i.densities, binding, known) for i in system.integrals] for binding in bindings]
    moving = [
        [[_moved(integral, symbol, binding, known) for integral in system.integrals] for symbol in derivatives.symbols]
        for binding in bindings
    ]
    every = [
        [*row, *(pairs for of_symbol in moved for of_integral in of_symbol for pairs in of_integral)]
        for row, moved in zip(plain, moving, strict=True)
    ]
    shapes = chosen_shapes(system, every, intervals, matrices, diverging)

    def integrated(nodes: int, factor: float) -> tuple[np.ndarray, np.ndarray]:
        rules = {p: shape.rule(2 * round(factor * count / 2)) for p, (shape, count) in shapes.items()}
        responses = system.solve(bindings[0], nodes, rules)
        slopes = system.slopes(bindings[0], nodes, rules, derivatives, chain, scale)
        totals = np.tile(slopes.constant, (len(bindings), 1))
        sizes = np.abs(totals)
        for b in range(len(bindings)):
            for k, table in enumerate(slopes.tables):
                values = weighted(plain[b][k], rules) * table
                rest = tuple(range(1, values.ndim))
                totals[b] += values.sum(axis=rest).real
                sizes[b] += np.abs(values).sum(axis=rest)
            for j, of_symbol in enumerate(moving[b]):
                for table, terms in zip(responses.tables, of_symbol, strict=True):
                    for pairs in terms:
                        values = weighted(pairs, rules) * table
                        totals[b, j] += values.sum().real
                        sizes[b, j] += np.abs(values).sum()
        return totals, sizes

    nodes = resolved_nodes(bindings[0], lambda count: integrated(count, 1.0)[0].ravel(), NODES)
    numbers, sizes = integrated(nodes, 1.0)
    others, _ = integrated(nodes, FINER)
    bad = ~(np.abs(numbers - others) <= _AGREE * np.abs(others) + _CANCELLED * sizes)
    if bad.any():
        b, j = (int(k[0]) for k in np.nonzero(bad))
        raise SolveError(
            f"two rules on the contours give {numbers[b, j]:.12g} and {others[b, j]:.12g} for the derivative in "
            f"{derivatives.symbols[j]} at {bindings[b]}; the functions vary too fast on the spectrum, or their values "
            "cancel. Remedy: differences of .curve"
        )
    return others


def _moved(integral: Any, symbol: sympy.Symbol, binding: Binding, known: dict[sympy.Expr, Density]) -> list[Bound]:
    """Return the terms of the product rule for the functions of an integral: their points with functions."""
    found = []
    for k, (point, density) in enumerate(integral.densities):
        slope = sympy.diff(density, symbol)
        if slope != 0:
            pairs = [*integral.densities[:k], (point, slope), *integral.densities[k + 1 :]]
            found.append(bound_densities(pairs, binding, known))
    return found
