"""Gauss rules of densities that are a Chebyshev weight divided by a positive polynomial."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import mpmath
import numpy as np

__all__ = ["distance", "gauss_angles"]


def distance(root: Any, angle: Any, ops: ModuleType) -> Any:
    """Return ``|1 - root exp(i angle)|^2`` for a real root, without cancellation when the root is close to -1 or 1."""
    half = ops.sin(angle / 2) if root >= 0 else ops.cos(angle / 2)
    return (1 - abs(root)) ** 2 + 4 * abs(root) * half**2


def gauss_angles(count: int, roots: Sequence[Any], sines: int, digits: int) -> tuple[Any, Any]:
    """Return the angles and steps of the Gauss rule in cos(angle) of a Bernstein-Szego weight.

    The weight has the density ``sin(t)^(2 sines) / prod_j |1 - r_j exp(i t)|^2`` (up to a factor) in the angle
    t of (0, pi). Its orthogonal polynomials are, times ``sin(t)^sines``, the real (sines = 0) or imaginary (sines = 1)
    part of ``exp(i (n + sines) t) prod_j (1 - r_j exp(-i t))``, so that the nodes solve

        (n + sines) t - sum_j arg(1 - r_j exp(i t)) = (k - (1 - sines)/2) pi,      k = 1, ..., n,

    and the Christoffel weight of a node is its density times ``pi`` over the derivative of the left side
    (G. Szego, Orthogonal Polynomials, 1939, theorem 2.6).

    Parameters
    ----------
    count : int
        Number n of nodes.
    roots : sequence of real numbers
        At most 2 sines + 1 of them, in [-1, 1].
    sines : int
        1 for a weight that vanishes like a square root at its ends, 0 for one with poles there.
    digits : int
        Up to 15: NumPy arrays. Beyond: lists of mpmath numbers at the present precision.

    Returns
    -------
    angles, steps
        In increasing order; the sum of ``density * step`` over the nodes is the integral over the angle.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.language.laws.bernstein_szego import gauss_angles
    >>> angles, steps = gauss_angles(3, [], 1, 15)
    >>> round(float(np.sum(2 / np.pi * np.sin(angles) ** 2 * (2 * np.cos(angles)) ** 4 * steps)), 12)
    2.0
    """
    target = np.pi * (np.arange(1, count + 1) - (1 - sines) / 2)
    angles = _solve(target, [float(r) for r in roots], count + sines)
    if digits <= 15:
        return angles, np.pi / _phase(angles, [float(r) for r in roots], count + sines, np)[1]
    precise, steps = [], []
    rounds = int(np.ceil(np.log2((digits + 10) / 13))) + 1
    for k, start in enumerate(angles):
        t, goal = mpmath.mpf(float(start)), mpmath.pi * (2 * k + 1 + sines) / 2
        for _ in range(rounds):
            value, slope = _phase(t, roots, count + sines, mpmath)
            t -= (value - goal) / slope
        precise.append(t)
        steps.append(mpmath.pi / _phase(t, roots, count + sines, mpmath)[1])
    return precise, steps


def _phase(t: Any, roots: Sequence[Any], order: int, ops: ModuleType) -> tuple[Any, Any]:
    """Return the increasing function whose values at the nodes are known, and its derivative."""
    sine, cosine = ops.sin(t), ops.cos(t)
    value, slope = order * t, order + 0 * t
    argument = mpmath.atan2 if ops is mpmath else np.arctan2
    for r in roots:
        value = value - argument(-r * sine, 1 - r * cosine)
        slope = slope + r * (cosine - r) / distance(r, t, ops)
    return value, slope


def _solve(target: np.ndarray, roots: Sequence[float], order: int) -> np.ndarray:
    """Newton's method, kept inside a bracket that shrinks."""
    low, high = np.zeros(target.shape), np.full(target.shape, np.pi)
    t = target / order
    for _ in range(100):
        value, slope = _phase(t, roots, order, np)
        low, high = np.where(value < target, t, low), np.where(value < target, high, t)
        step = t - (value - target) / slope
        following = np.where((step > low) & (step < high), step, (low + high) / 2)
        moved = np.abs(following - t).max()
        t = following
        if moved < 1e-15:
            break
    return t
