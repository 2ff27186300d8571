"""Growth of a function at infinity: for which Gaussian variances E f(h)^2 is finite."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import mpmath
import numpy as np
import sympy

from freeprob.language.activations.pieces import X, smooth_pieces

__all__ = ["float_variance_limit", "variance_limit"]

_BOUNDED = 100.0
"""Up to this logarithm a value far out is that of a bounded function, or of a power."""


@lru_cache(maxsize=1024)
def variance_limit(function: sympy.Expr) -> float:
    """E f(h)^2 < oo only if q < 1/(4 a), where log|f(x)| ~ a x^2 at infinity.

    The rate is read off from the values of f at distances 1e3 and 1e10, in mpmath, whose exponents do not overflow.

    Parameters
    ----------
    function : Expr
        Expression in ``X``.

    Returns
    -------
    float
        ``inf`` below Gaussian growth, 0 above it.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.language.activations.growth import variance_limit
    >>> from freeprob.language.activations.pieces import X
    >>> [round(variance_limit(f), 8) for f in (sympy.exp(X), sympy.exp(X**2), sympy.exp(X**4))]
    [inf, 0.25, 0.0]
    """
    pieces = smooth_pieces(function)
    return min(_limit_on_ray(pieces[0][2], -1), _limit_on_ray(pieces[-1][2], 1))


def float_variance_limit(function: Callable[[np.ndarray], np.ndarray]) -> float:
    """Return what :func:`variance_limit` does, for a function of float64 arrays, as far as these reach.

    The rate is read off at the largest power of two at which the function is finite; a function that is finite up to
    1e300 grows less than any Gaussian.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.language.activations.growth import float_variance_limit
    >>> [round(float_variance_limit(f), 8) for f in (np.tanh, np.exp, lambda h: np.exp(h**2), lambda h: np.exp(h**4))]
    [inf, inf, 0.25, 0.0]
    """
    return min(_float_limit_on_ray(function, -1.0), _float_limit_on_ray(function, 1.0))


def _float_limit_on_ray(function: Callable[[np.ndarray], np.ndarray], direction: float) -> float:
    points = direction * 2.0 ** np.arange(-6, 997)
    try:
        with np.errstate(all="ignore"):
            values = np.abs(np.asarray(function(points), dtype=np.float64))
    except (ArithmeticError, ValueError):
        return math.inf
    infinite = np.flatnonzero(~np.isfinite(values))
    last = (infinite[0] if len(infinite) else len(values)) - 1
    if last < 1 or not (values[last - 1] > 1 and values[last] > 1):
        return math.inf
    near, far = math.log(values[last - 1]), math.log(values[last])
    order = math.log2(far / near)
    if order > 2.5:
        return 0.0
    return math.inf if not 1.98 < order < 2.02 else float(points[last]) ** 2 / (4 * far)


def _absolute(f: Callable, point: mpmath.mpf) -> mpmath.mpf:
    """Return |f(point)|, and 0 at a pole, where it says nothing of the growth."""
    try:
        return abs(f(point))
    except (ArithmeticError, ValueError):
        return mpmath.mpf(0)


def _limit_on_ray(body: sympy.Expr, direction: int) -> float:
    f = sympy.lambdify(X, body, "mpmath")

    def rate(distance):
        """Return the largest of log|f(x)|/x^2 near a distance; three points, since f may have zeros."""
        points = [direction * (mpmath.mpf(distance) + shift) for shift in (0, mpmath.mpf("0.7"), mpmath.mpf("1.3"))]
        values = [(_absolute(f, point), point) for point in points]
        return max((mpmath.log(value) / point**2 for value, point in values if value > 0), default=mpmath.mpf(0))

    with mpmath.workdps(40):
        for distance in (1e3, 1e10):
            near, far = rate(distance), rate(2 * distance)
            if not far > 0:
                return math.inf
            order = 2 + mpmath.log(far / near, 2) if near > 0 else mpmath.mpf(0)
            grows = far * (2 * distance) ** 2 > _BOUNDED  # values of order one do not show an order of growth
            if order > 2.5 and grows:
                return 0.0
        if order > 2.02 and grows:
            return 0.0
        return math.inf if order < 1.98 or not grows else float(1 / (4 * far))
