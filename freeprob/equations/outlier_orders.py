"""Orders in the sizes of the entries of an outlier matrix: what stays in the limit, and what diverges.

With all sizes of order N, entry (a, b) of the Schur complement D = A - V B^-1 U is a sum of terms of order N^e and of
fluctuations: quadratic forms in independent vectors, smaller than a deterministic term by N^(-1/2). Rows and columns
are scaled by N^(-alpha_a) and N^(-beta_b) such that every entry stays bounded, an optimal assignment of rows to columns
stays of order one, and every fluctuation vanishes; these are the dual variables of the assignment problem, and the
scaled matrix has the leading term of det D as its determinant. As a function of ``log |z| / log N`` the optimal value
is convex and piecewise linear (a Newton polygon), and its bends are the orders of the outliers that diverge.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy

from ..errors import UnsupportedModel
from ..language.scalars import degree
from ..pencil.bordered import BorderedPencil, VectorEntry

__all__ = ["Scaling", "balance", "diverging_orders", "exponent", "responses"]

NEVER = -1e9
"""The order of what vanishes identically."""

_SLACK = 0.125
_TOLERANCE = 1e-6
_FAR = 8.0
"""No eigenvalue is expected to diverge faster than N to this power."""


def exponent(scalar: sympy.Expr) -> float:
    """Return k for a scalar of order N^k."""
    return float(degree(scalar))


def responses(bordered: BorderedPencil, spectral: float = 0.0) -> np.ndarray:
    """Return orders of the operator norms of the blocks of B^-1, at z of order N^spectral.

    Row i of the pencil reads ``y_i = sum of entries times y_j + source``, or is the row of an inverse, of the order of
    the inverted matrix; the order of a response is that of the best path from its source.

    Raises
    ------
    UnsupportedModel
        If some path grows without end, so that the resolvent has no order.
    """
    pencil = bordered.bulk
    size = pencil.size
    pivot = np.zeros(size)
    for variable, node in pencil.resolvents.items():
        pivot[variable] = float(node.order)
    main = [*bordered.resolvent, *(row for _, row, _ in pencil.readouts[0].entries)]
    pivot[main] = spectral
    weight = np.full((size, size), NEVER)
    found = [(i, j, exponent(c)) for (i, j), c in pencil.constant.items() if i != j]
    found += [(i, j, exponent(c) + float(matrix.order)) for i, j, c, matrix in pencil.matrices]
    for i, j, order in found:
        weight[i, j] = max(weight[i, j], order - pivot[i])
    np.fill_diagonal(weight, np.maximum(np.diag(weight), 0.0))
    for k in range(size):
        weight = np.maximum(weight, weight[:, [k]] + weight[[k], :])
    if np.diag(weight).max(initial=0.0) > _TOLERANCE:
        raise UnsupportedModel(
            "outliers: the orders of the parts of the matrix do not balance, so this rule gives none"
        )
    return np.where(weight < NEVER / 2, NEVER, weight - pivot)


@dataclass(frozen=True)
class Scaling:
    """Exponents ``alpha`` of rows and ``beta`` of columns; ``shift`` of the read-outs, one for each vector."""

    alpha: np.ndarray
    beta: np.ndarray
    shift: np.ndarray


@dataclass(frozen=True)
class Orders:
    """Orders of an outlier matrix and of its read-outs, deterministic parts and fluctuations.

    Attributes
    ----------
    matrix, noise : ndarray, shape (k, k)
    right, right_noise : ndarray, shape (vectors, k)
        Of the row ``u^T B^-1 U / N`` of each vector u.
    left, left_noise : ndarray, shape (vectors, k)
        Of the column ``V B^-1 u``.
    """

    matrix: np.ndarray
    noise: np.ndarray
    right: np.ndarray
    right_noise: np.ndarray
    left: np.ndarray
    left_noise: np.ndarray


def noise_order(first: VectorEntry, second: VectorEntry, response: np.ndarray) -> float:
    """Return the order of the fluctuations of ``first^T B^-1 second``."""
    order = response[first.variable, second.variable]
    return exponent(first.scalar) + exponent(second.scalar) + 0.5 + order if order > NEVER / 2 else NEVER


def balance(orders: Orders) -> Scaling | None:
    """Return a scaling after which the limit is deterministic and bounded; None if fluctuations are not negligible."""
    k, vectors = len(orders.matrix), len(orders.right)
    trivial = Scaling(np.zeros(k), np.zeros(k), np.zeros(vectors))
    from scipy.optimize import linear_sum_assignment  # loaded when it is needed

    rows, columns = linear_sum_assignment(orders.matrix, maximize=True)
    if _holds(trivial, orders, rows, columns):
        return trivial
    equal, bound, right_hand, left_hand = [], [], [], []
    for a, b in zip(rows, columns, strict=True):
        equal.append(_row(k, vectors, {a: 1.0, k + b: 1.0}))
        left_hand.append(orders.matrix[a, b])

    def at_least(entries: dict[int, float], order: float, strict: bool) -> None:
        if order > NEVER / 2:
            bound.append(-_row(k, vectors, entries, -1.0 if strict else 0.0))
            right_hand.append(-order)

    for a in range(k):
        for b in range(k):
            at_least({a: 1.0, k + b: 1.0}, orders.matrix[a, b], False)
            at_least({a: 1.0, k + b: 1.0}, orders.noise[a, b], True)
        for u in range(vectors):
            at_least({k + a: 1.0, 2 * k + u: -1.0}, orders.right[u, a], False)
            at_least({k + a: 1.0, 2 * k + u: -1.0}, orders.right_noise[u, a], True)
            at_least({a: 1.0, 2 * k + u: 1.0}, orders.left[u, a], False)
            at_least({a: 1.0, 2 * k + u: 1.0}, orders.left_noise[u, a], True)
    cost = np.append(np.zeros(2 * k + vectors), -1.0)
    limits = [(None, None)] * (2 * k + vectors) + [(None, _SLACK)]
    from scipy.optimize import linprog  # loaded when it is needed

    found = linprog(cost, A_ub=bound, b_ub=right_hand, A_eq=equal, b_eq=left_hand, bounds=limits)
    if found.status != 0 or found.x[-1] < _TOLERANCE:
        return None
    return Scaling(found.x[:k], found.x[k : 2 * k], found.x[2 * k : -1])


def _row(k: int, vectors: int, entries: dict[int, float], slack: float = 0.0) -> np.ndarray:
    row = np.zeros(2 * k + vectors + 1)
    for place, value in entries.items():
        row[place] = value
    row[-1] = slack
    return row


def _holds(scaling: Scaling, orders: Orders, rows: np.ndarray, columns: np.ndarray) -> bool:
    total = scaling.alpha[:, None] + scaling.beta
    right = scaling.beta - scaling.shift[:, None]
    left = scaling.alpha + scaling.shift[:, None]
    bounded = (
        (total >= orders.matrix - _TOLERANCE).all()
        and (right >= orders.right - _TOLERANCE).all()
        and (left >= orders.left - _TOLERANCE).all()
    )
    quiet = (
        (total >= orders.noise + _SLACK).all()
        and (right >= orders.right_noise + _SLACK).all()
        and (left >= orders.left_noise + _SLACK).all()
    )
    return bool(bounded and quiet and (np.abs((total - orders.matrix)[rows, columns]) < _TOLERANCE).all())


def diverging_orders(value) -> tuple[Fraction, ...]:
    """Return the orders k of the eigenvalues that diverge like N^k, largest first.

    Parameters
    ----------
    value : callable
        The largest order of a term of det D at z of order N^s, for s > 0: convex and piecewise linear in s.
    """
    bends: list[tuple[float, float]] = []
    step = 1e-4

    def slope(s: float) -> float:
        return (value(s + step) - value(s)) / step

    def search(low: float, high: float) -> None:
        first, last = slope(low), slope(high)
        if last - first < 0.25:
            return
        # the tangents meet at the bend, if there is only one
        place = (value(high) - value(low) + first * low - last * high) / (first - last)
        if abs(value(place) - value(low) - first * (place - low)) < _TOLERANCE:
            bends.append((place, last - first))
            return
        search(low, place)
        search(place + 2 * step, high)

    search(2 * step, _FAR)
    found: list[Fraction] = []
    for place, jump in bends:
        found += [Fraction(place).limit_denominator(12)] * round(jump)
    return tuple(sorted(found, reverse=True))
