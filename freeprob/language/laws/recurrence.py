"""Gauss rules from the three-term recurrence of orthogonal polynomials."""

from __future__ import annotations

from collections.abc import Sequence

import mpmath
import numpy as np

__all__ = ["gauss_of_recurrence"]

_TINY = 1e-300


def gauss_of_recurrence(diagonal: Sequence, off_diagonal: Sequence, digits: int):
    """Return the Gauss rule with as many nodes as the Jacobi matrix has rows.

    The nodes are the eigenvalues of the Jacobi matrix, isolated by Sturm's theorem, and the weights the Christoffel
    numbers 1/sum_k p_k(x)^2 of the orthonormal polynomials b_{k+1} p_{k+1} = (x - a_k) p_k - b_k p_{k-1} (G. H. Golub
    and J. H. Welsch, Math. Comp. 23, 1969). Beyond double precision Newton's method continues in integer arithmetic,
    with the Christoffel-Darboux formula p_n' = sum_k p_k^2/(b_n p_{n-1}) at a node.

    Parameters
    ----------
    diagonal : sequence of n numbers
        a_0, ..., a_{n-1}: floats up to 15 digits, mpmath numbers beyond; with nodes in (0, 1).
    off_diagonal : sequence of n numbers
        b_1, ..., b_n; positive.
    digits : int

    Returns
    -------
    points, weights
        In increasing order; NumPy arrays up to 15 digits, lists of mpmath numbers beyond.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.language.laws.recurrence import gauss_of_recurrence
    >>> points, weights = gauss_of_recurrence([0.5, 0.5, 0.5], [0.25, 0.25, 0.25], 15)
    >>> round(float(weights @ (4 * points - 2) ** 4), 12)
    2.0
    """
    a, b = (np.array([float(v) for v in column]) for column in (diagonal, off_diagonal))
    points = _zeros(a, b)
    if digits > 15:
        return _precise(points, diagonal, off_diagonal, digits)
    weights = _newton(points, a, b)[1]
    return points, weights / weights.sum()


def _zeros(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Isolate by counting sign changes (Sturm) at bisected angles, and polish by Newton's method in the brackets."""
    count = len(a)
    index = np.arange(count)

    def beyond(angle: np.ndarray) -> np.ndarray:
        return _zeros_below(np.sin(angle / 2) ** 2, a, b) > index

    low, high = np.maximum((index - 1) * np.pi / count, 0), np.minimum((index + 5) * np.pi / count, np.pi)
    low, high = np.where(beyond(low), 0.0, low), np.where(beyond(high), high, np.pi)  # a guess, where it is right
    for _ in range(60):
        middle = (low + high) / 2
        below = beyond(middle)
        low, high = np.where(below, low, middle), np.where(below, middle, high)
        if count == 1 or (high - low).max() < np.diff(low + high).min() / 32:
            break
    left, right = np.sin(low / 2) ** 2, np.sin(high / 2) ** 2
    x = (left + right) / 2
    for _ in range(12):
        step = _newton(x, a, b)[0]
        x = np.clip(x - step, left, right)
        if np.abs(step).max() < 1e-15:
            break
    return x


def _zeros_below(x: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    ratio = np.full(x.shape, np.inf)  # b_k p_k/p_{k-1}: negative where the sign changes
    below = np.zeros(x.shape, dtype=int)
    with np.errstate(over="ignore"):
        for k in range(len(a)):
            ratio = x - a[k] - (b[k - 1] ** 2 if k else 0.0) / ratio
            ratio = np.where(ratio == 0, _TINY, ratio)  # a zero of p_k: one of the two signs that follow changes
            below += ratio > 0
    return below


def _newton(x: np.ndarray, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Newton's step and the Christoffel number at each point."""
    before, last, total = np.zeros_like(x), np.ones_like(x), np.zeros_like(x)
    slope_before, slope = np.zeros_like(x), np.zeros_like(x)
    shrink = np.ones_like(x)
    for k in range(len(a)):
        total = total + last**2
        back = b[k - 1] if k else 0.0
        slope_before, slope = slope, ((x - a[k]) * slope + last - back * slope_before) / b[k]
        before, last = last, ((x - a[k]) * last - back * before) / b[k]
        if total.max() > 1e200:  # a weight far below rounding
            factor = np.where(total > 1e200, 1e-100, 1.0)
            before, last, slope_before, slope = (v * factor for v in (before, last, slope_before, slope))
            total, shrink = total * factor**2, shrink * factor**2
    return last / slope, shrink / total


def _precise(start: np.ndarray, diagonal: Sequence, off_diagonal: Sequence, digits: int):
    count = len(start)
    bits = int(digits * 3.33) + 60 + 8 * count.bit_length()
    one = 1 << bits
    with mpmath.workprec(bits):
        a, b = ([int(mpmath.mpf(v) * one) for v in column] for column in (diagonal, off_diagonal))
        inverse = [(one << bits) // v for v in b]
        points, weights = [], []
        for value in start:
            x = int(mpmath.mpf(float(value)) * one)
            for _ in range(int(np.ceil(np.log2(bits / 40))) + 2):
                before, last, total = 0, one, one << bits
                for k in range(count):
                    following = ((x - a[k]) * last - (b[k - 1] * before if k else 0)) >> bits
                    before, last = last, following * inverse[k] >> bits
                    total += last * last
                total = (total - last * last) >> bits
                x -= (last * before // total) * b[-1] >> bits
            points.append(mpmath.mpf(x) / one)
            weights.append(mpmath.mpf(one) / total)
    return points, weights
