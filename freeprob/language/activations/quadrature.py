"""Gaussian expectations by quadrature: adaptive panels in float64, tanh-sinh in mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import mpmath
import numpy as np

__all__ = ["NotIntegrable", "integrate_float", "integrate_precise"]

_NODES = 16
_REGIONS = (13.0, 20.0, 38.0)  # in standard deviations; the Gaussian weight underflows beyond the last
_DEPTH = 200
_PANELS = 20_000
_TOLERANCE = 1e-15
_ACCEPTED = 1e-10


class NotIntegrable(ArithmeticError):
    """No finite value could be established; the caller says of what."""


@lru_cache(maxsize=1)
def _rule() -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(_NODES)


def _panel_sums(integrand, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the integral of each component, and of its absolute value, over each panel."""
    nodes, weights = _rule()
    half = (right - left) / 2
    points = (left + half)[:, None] + half[:, None] * nodes
    values = integrand(points.ravel())
    if not np.all(np.isfinite(values)):
        raise NotIntegrable("the integrand is not finite")
    values = values.reshape(len(values), *points.shape)
    return (values @ weights) * half, (np.abs(values) @ weights) * half


def _adapt(integrand, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return integral, error and absolute integral; a panel is halved until its value no longer changes."""
    left, right = edges[:-1], edges[1:]
    old, _ = _panel_sums(integrand, left, right)
    total = np.zeros(len(old))
    error, absolute = np.zeros_like(total), np.zeros_like(total)
    for depth in range(_DEPTH):
        middle = (left + right) / 2
        halves, sizes = _panel_sums(integrand, np.concatenate([left, middle]), np.concatenate([middle, right]))
        n = len(left)
        new, size = halves[:, :n] + halves[:, n:], sizes[:, :n] + sizes[:, n:]
        change = np.abs(new - old)
        scale = absolute + size.sum(axis=1)
        bad = np.any(change > _TOLERANCE * scale[:, None], axis=0) & (middle > left) & (middle < right)
        if depth == _DEPTH - 1 or bad.sum() > _PANELS:
            bad[:] = False
        total += new[:, ~bad].sum(axis=1)
        error += change[:, ~bad].sum(axis=1)
        absolute += size[:, ~bad].sum(axis=1)
        if not bad.any():
            break
        both = np.concatenate([bad, bad])
        left, right = np.concatenate([left[bad], middle[bad]]), np.concatenate([middle[bad], right[bad]])
        old = halves[:, both]
    return total, error, absolute


def _edges(low: float, high: float, deviation: float, points: Sequence[float]) -> np.ndarray:
    """Return panel edges in units of the deviation: unit steps, powers of two around h = 0, and the breakpoints."""
    steps = np.arange(math.ceil(low), math.floor(high) + 1, dtype=float)
    top = max(high, -low) * deviation
    powers = 2.0 ** np.arange(-3, math.ceil(math.log2(top)) + 1) if top > 0.125 else np.zeros(0)
    inner = np.concatenate([steps, powers / deviation, -powers / deviation, np.asarray(points, float) / deviation])
    inner = inner[(inner > low) & (inner < high)]
    return np.unique(np.concatenate([[low], inner, [high]]))


def integrate_float(
    functional: Callable[[np.ndarray], np.ndarray], q: float, points: Sequence[float] = ()
) -> np.ndarray:
    """E g(h), h ~ N(0, q), for each component of a vectorised g, in float64.

    Parameters
    ----------
    functional : callable
        Maps an array of shape (N,) to one of shape (components, N).
    q : float
        Variance.
    points : sequence of float
        Places where g kinks or jumps.

    Returns
    -------
    ndarray of shape (components,)

    Raises
    ------
    NotIntegrable
        When 1e-10 of the integral of the absolute value is not reached, or the integrand does not decay.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.language.activations.quadrature import integrate_float
    >>> bool(abs(integrate_float(lambda h: np.array([h**2, h**4]), 2.0) - [2, 12]).max() < 1e-13)
    True
    """
    deviation = math.sqrt(q)

    def integrand(t):
        with np.errstate(all="ignore"):
            return functional(deviation * t) * (np.exp(-t * t / 2) / math.sqrt(2 * math.pi))

    inner = 0.0
    total = error = absolute = np.zeros(())
    for outer in _REGIONS:
        spans = [(-outer, outer)] if inner == 0 else [(-outer, -inner), (inner, outer)]
        for low, high in spans:
            value, uncertainty, size = _adapt(integrand, _edges(low, high, deviation, points))
            total, error, absolute = total + value, error + uncertainty, absolute + size
        rim = np.linspace(outer - 0.4, outer, 9)
        tail = np.abs(integrand(np.concatenate([-rim, rim]))).max(axis=1)
        if not np.all(np.isfinite(tail)):
            raise NotIntegrable("the integrand is not finite")
        if np.all(tail <= 1e-17 * absolute):
            break
        inner = outer
    else:
        raise NotIntegrable("the integrand does not decay")
    if np.any(error > _ACCEPTED * absolute):
        raise NotIntegrable("the quadrature did not converge to 1e-10")
    return total


def integrate_precise(pieces: Sequence[tuple], q: mpmath.mpf, digits: int) -> mpmath.mpf:
    """E g(h), h ~ N(0, q), to ``digits`` digits relative to its largest part.

    Parameters
    ----------
    pieces : sequence of (left, right, function)
        Intervals in increasing order, whose ends are functions of no argument that give an mpf (evaluated at the
        working precision), and the mpmath function that g is between them.
    q : mpf
        Variance.
    digits : int
        Decimal digits.

    Returns
    -------
    mpf

    Raises
    ------
    NotIntegrable
        When the error estimate of tanh-sinh quadrature exceeds the request.
    """
    with mpmath.workdps(digits + 12):
        deviation = mpmath.sqrt(q)
        reach = _reach(pieces, deviation, digits)
        norm = 1 / mpmath.sqrt(2 * mpmath.pi)
        total = error = mpmath.mpf(0)
        size = mpmath.mpf(0)
        for left, right, function in pieces:
            low, high = max(left() / deviation, -reach), min(right() / deviation, reach)
            if low >= high:
                continue

            def integrand(t, function=function):
                return function(deviation * t) * mpmath.exp(-t * t / 2) * norm

            for start, end in pairwise(_splits(low, high, deviation)):
                value, uncertainty = mpmath.quad(integrand, [start, end], error=True)
                total, error, size = total + value, error + uncertainty, max(size, abs(value))
        if not mpmath.isfinite(total) or error > mpmath.mpf(10) ** (-digits) * size:
            raise NotIntegrable(f"the quadrature did not converge to {digits} digits")
    return total


def _reach(pieces, deviation, digits):
    """Return the number of standard deviations beyond which the integrand is below 10^-(digits + 5)."""
    reach = mpmath.sqrt(2 * mpmath.log(10) * (digits + 6)) + 1
    small = mpmath.mpf(10) ** (-digits - 6)
    for _ in range(40):
        ends = ((pieces[0][2], -reach), (pieces[-1][2], reach))
        if all(abs(f(deviation * t)) * mpmath.exp(-t * t / 2) <= small for f, t in ends):
            return reach
        reach = reach * mpmath.mpf(5) / 4
    raise NotIntegrable("the integrand does not decay")


def _splits(low, high, deviation):
    """Return points from low to high, with powers of 16 of h in between, where h is large."""
    inner, h = [mpmath.mpf(0)], mpmath.mpf(1)
    while h < max(high, -low) * deviation / 8:
        inner += [h / deviation, -h / deviation]
        h *= 16
    return [low, *sorted(t for t in inner if low < t < high), high]
