"""Quadrature rules of any precision on which the laws rest."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np

__all__ = ["cauchy_integral", "legendre", "tanh_sinh"]


@lru_cache(maxsize=64)
def legendre(count: int, digits: int = 15):
    """Gauss-Legendre rule on (-1, 1), weights of sum 2.

    Newton's method in the angle from Tricomi's approximation (Hale and Townsend, SIAM J. Sci. Comput. 35, 2013,
    section 3), continued in integer arithmetic beyond double precision.

    Parameters
    ----------
    count : int
    digits : int
        Up to 15: NumPy arrays. Beyond: tuples of mpmath numbers.

    Returns
    -------
    points, weights
        In increasing order of the points.

    Examples
    --------
    >>> from freeprob.language.laws.quadrature import legendre
    >>> points, weights = legendre(2)
    >>> bool(abs(points[1] ** 2 - 1 / 3) < 1e-15)
    True
    """
    k = np.arange(count, 0, -1)
    angle = np.pi * (k - 0.25) / (count + 0.5)
    for _ in range(6):
        x = np.cos(angle)
        before, last = np.ones_like(x), x
        for j in range(2, count + 1):
            before, last = last, ((2 * j - 1) * x * last - (j - 1) * before) / j
        slope = count * (before - x * last)  # (1 - x^2) P'
        angle = angle + np.sin(angle) * last / slope
    x = np.cos(angle)
    weights = 2 * np.sin(angle) ** 2 / slope**2
    if digits <= 15:
        x = (x - x[::-1]) / 2
        weights = weights + weights[::-1]
        return x, weights * (2 / weights.sum())
    return _legendre_precise(x, digits)


def _legendre_precise(start: np.ndarray, digits: int):
    count = len(start)
    bits = int(digits * 3.33) + 40 + 4 * count.bit_length()
    one = 1 << bits
    points, weights = [None] * count, [None] * count
    rounds = max(1, int(np.ceil(np.log2(bits / 40)))) + 1
    with mpmath.workprec(bits):
        for i in range((count + 1) // 2):
            x = 0 if 2 * i + 1 == count else int(mpmath.mpf(float(start[i])) * one)
            for step in range(rounds + 1):
                before, last = one, x
                for j in range(2, count + 1):
                    before, last = last, ((2 * j - 1) * (x * last >> bits) - (j - 1) * before) // j
                slope = count * (before - (x * last >> bits))
                gap = one - (x * x >> bits)
                if step < rounds:
                    x -= last * gap // slope
            weight = mpmath.mpf(2 * gap * one) / (mpmath.mpf(slope) ** 2)
            point = mpmath.mpf(x) / one
            points[i], points[count - 1 - i] = point, -point
            weights[i] = weights[count - 1 - i] = weight
    return tuple(points), tuple(weights)


@lru_cache(maxsize=64)
def tanh_sinh(count: int, digits: int = 15):
    """Double-exponential rule on (0, 1) that tolerates integrable singularities at both ends.

    H. Takahasi and M. Mori, Publ. RIMS 9 (1974). The precision fixes the reach of the rule, ``count`` its step.

    Returns
    -------
    left, right, weights
        Distances of the points from 0 and from 1 (each to full relative accuracy) and weights; NumPy arrays up to 15
        digits, tuples of mpmath numbers beyond.

    Examples
    --------
    >>> from freeprob.language.laws.quadrature import tanh_sinh
    >>> left, right, weights = tanh_sinh(80)
    >>> bool(abs(sum(weights / left**0.5) - 2) < 1e-13)
    True
    """
    reach = float(np.arcsinh((4.4 * digits * np.log(10)) / np.pi))  # ends at 10^-(4.4 digits), enough for x^(-3/4)
    if digits <= 15:
        t, step = np.linspace(-reach, reach, count, retstep=True) if count > 1 else (np.zeros(1), 1.0)
        grow = np.exp(np.pi * np.sinh(t))
        left, right = grow / (1 + grow), 1 / (1 + grow)
        return left, right, step * np.pi * np.cosh(t) * left * right
    with mpmath.workdps(digits + 15):
        step = mpmath.mpf(2 * reach) / max(1, count - 1)
        lefts: list[Any] = []
        rights: list[Any] = []
        weights: list[Any] = []
        for i in range(count):
            t = (2 * i - count + 1) * step / 2
            grow = mpmath.exp(mpmath.pi * mpmath.sinh(t))
            lefts.append(grow / (1 + grow))
            rights.append(1 / (1 + grow))
            weights.append(step * mpmath.pi * mpmath.cosh(t) * lefts[-1] * rights[-1])
    return tuple(lefts), tuple(rights), tuple(weights)


def cauchy_integral(
    density: Callable[[np.ndarray, np.ndarray], np.ndarray], a: float, b: float, z: np.ndarray
) -> np.ndarray:
    """Return the integral of density(x - a, b - x) / (z - x) over (a, b); inside (a, b) the boundary value from above.

    The density is a function of the distances from both ends, so that a pole at an end loses no digits.

    Close to the axis the density at Re z is subtracted and integrated in closed form; the rest is integrated by a
    double-exponential rule on each side of Re z, which resolves the distance of z to the axis at every scale.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.language.laws.quadrature import cauchy_integral
    >>> value = cauchy_integral(lambda left, right: np.ones_like(left), 0.0, 1.0, np.array([0.5 + 0j]))
    >>> bool(abs(value[0] + 1j * np.pi) < 1e-12)
    True
    """
    left, right, weights = tanh_sinh(640)
    out = np.empty(z.shape, dtype=complex)
    for start in range(0, len(z), 512):
        part = z[start : start + 512]
        middle = np.clip(part.real, a, b)
        inside = (middle > a) & (middle < b) & (np.abs(part.imag) <= np.minimum(middle - a, b - middle))
        height = np.zeros(len(part))
        height[inside] = density(middle[inside] - a, b - middle[inside])
        total = np.zeros(len(part), dtype=complex)
        for end, other in ((a, b), (b, a)):
            reach = (end - middle)[:, None]
            near, far = np.abs(reach) * right, np.abs(middle - other)[:, None] + np.abs(reach) * left
            offset = (part - middle)[:, None] - np.where(right > 0.5, reach * left, reach - reach * right)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                values = density(near, far) if end == a else density(far, near)
                terms = np.where(reach == 0, 0, (values - height[:, None]) / offset) * weights * np.abs(reach)
            total += np.where(np.isfinite(terms), terms, 0).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithm = np.log((part - a).astype(complex)) - np.log((part - b).astype(complex))
        total[inside] += height[inside] * logarithm[inside]
        out[start : start + 512] = total
    return out
