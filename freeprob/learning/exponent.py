"""y ~ x^slope: the exponent of a power law, fitted where the local slope is steady.

A power law holds between a beginning and an end (finite numbers of modes, floors of noise). The local slope is the
difference quotient of log y in log x between neighbours. A range of points is steady if one number is within half the
tolerance, and two error bars if there are any, of every local slope in it; the widest steady range is the one fitted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import NotIdentified, ShapeError, UnsupportedModel

__all__ = ["Exponent", "scaling_exponent"]

_POINTS = 4
"""Smallest number of points of a fit."""


@dataclass(frozen=True)
class Exponent:
    """The exponent of a power law y = prefactor * x^slope; made by :func:`scaling_exponent`.

    Attributes
    ----------
    slope : float
    standard_error : float
        Of the least-squares line, from the residuals, or from ``y_error`` if that was given.
    drift : float
        Half the spread of the local slopes over the range (not the part that ``y_error`` explains): how far the curve
        is from a power law. Residuals of a smooth curve are not independent, so that the standard error alone would
        be too small.
    prefactor : float
    range : (float, float)
        The values of x that were fitted.
    points : int
    x, local_slopes : ndarray
        All local slopes, at the geometric means of neighbouring x.
    """

    slope: float
    standard_error: float
    drift: float
    prefactor: float
    range: tuple[float, float]
    points: int
    x: np.ndarray = field(repr=False, compare=False)
    local_slopes: np.ndarray = field(repr=False, compare=False)

    @property
    def error(self) -> float:
        """Standard error and drift, added in squares."""
        return float(np.hypot(self.standard_error, self.drift))

    def __float__(self) -> float:
        return self.slope

    def __call__(self, x: Any) -> Any:
        """Return the fitted power law at x."""
        return self.prefactor * np.asarray(x, dtype=float) ** self.slope

    def __str__(self) -> str:
        low, high = self.range
        return f"{self.slope:.4f} +- {self.error:.4f} for x in [{low:.4g}, {high:.4g}] ({self.points} points)"


def scaling_exponent(
    x: Any, y: Any, y_error: Any = None, *, window: tuple[float, float] | None = None, tolerance: float = 0.1
) -> Exponent:
    """Fit the exponent of a power law, with its error bar and the range over which it holds.

    Parameters
    ----------
    x : array, shape (m,)
        Positive and all different, in any order.
    y : array, shape (m,)
        Positive; subtract a known floor (noise of the labels) first.
    y_error : array, shape (m,), optional
        Standard errors of y.
    window : (float, float), optional
        Fit the points with x in this range, whether the slope is steady there or not.
    tolerance : float
        How much the local slopes may differ in the range.

    Returns
    -------
    Exponent

    Raises
    ------
    ShapeError
        If the arrays are not alike, or fewer than four points are left.
    UnsupportedModel
        If a value is not positive and finite.
    NotIdentified
        If the slope is nowhere steady over four points.

    Notes
    -----
    A straight line in (log x, log y), by least squares, with weights 1 / (y_error / y)^2 where these are given
    (``numpy.polyfit``).

    Examples
    --------
    A power law with a floor is one at its beginning only:

    >>> import numpy as np
    >>> from freeprob.learning import scaling_exponent
    >>> x = np.geomspace(1, 1e6, 61)
    >>> fit = scaling_exponent(x, x**-1.5 + 1e-6)
    >>> abs(fit.slope + 1.5) < fit.error < 0.05, fit.range[0] < 2, fit.range[1] < 1e4
    (True, True, True)
    """
    x, y, noise = _checked(x, y, y_error)
    if not tolerance > 0:
        raise UnsupportedModel(f"scaling_exponent: the tolerance must be positive, not {tolerance}")
    u, v = np.log(x), np.log(y)
    slopes = np.diff(v) / np.diff(u)
    slack = 2 * np.hypot(noise[1:], noise[:-1]) / np.diff(u)
    if window is None:
        first, last = _widest_steady(u, slopes, slack, tolerance)
    else:
        inside = np.flatnonzero((x >= window[0]) & (x <= window[1]))
        if len(inside) < _POINTS:
            raise ShapeError(f"scaling_exponent: {len(inside)} points in the window {window}; a fit needs {_POINTS}")
        first, last = int(inside[0]), int(inside[-1])
    part, between = slice(first, last + 1), slice(first, last)
    weighted = bool(noise.any())
    line, covariance = np.polyfit(
        u[part], v[part], 1, w=1 / noise[part] if weighted else None, cov="unscaled" if weighted else True
    )
    spread = (slopes[between] - slack[between]).max() - (slopes[between] + slack[between]).min()
    return Exponent(
        slope=float(line[0]),
        standard_error=float(np.sqrt(max(covariance[0, 0], 0.0))),
        drift=float(max(spread, 0.0)) / 2,
        prefactor=float(np.exp(line[1])),
        range=(float(x[first]), float(x[last])),
        points=last + 1 - first,
        x=np.sqrt(x[1:] * x[:-1]),
        local_slopes=slopes,
    )


def _checked(x: Any, y: Any, y_error: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x in increasing order, y, and the standard errors of log y."""
    columns = [np.asarray(a, dtype=float) for a in (x, y)]
    error = np.zeros(columns[1].shape) if y_error is None else np.asarray(y_error, dtype=float)
    shapes = [c.shape for c in (*columns, error)]
    if columns[0].ndim != 1 or len(set(shapes)) > 1 or len(columns[0]) < _POINTS:
        raise ShapeError(
            f"scaling_exponent needs arrays of one dimension, of equal length and at least {_POINTS} points, not of "
            f"shapes {', '.join(map(str, shapes))}"
        )
    for name, column in zip("xy", columns, strict=True):
        if not (np.isfinite(column) & (column > 0)).all():
            bad = column[~(np.isfinite(column) & (column > 0))][0]
            raise UnsupportedModel(
                f"scaling_exponent: {name} holds {bad:g}, and a power law has positive finite values. Remedy: leave "
                "such points out; a floor that is subtracted must be below the curve"
            )
    if y_error is not None and not (np.isfinite(error) & (error > 0)).all():
        raise UnsupportedModel("scaling_exponent: standard errors y_error must be positive and finite")
    order = np.argsort(columns[0])
    x, y = columns[0][order], columns[1][order]
    if not (np.diff(x) > 0).all():
        raise UnsupportedModel("scaling_exponent: two points have the same x; average them first")
    return x, y, error[order] / y


def _widest_steady(u: np.ndarray, slopes: np.ndarray, slack: np.ndarray, tolerance: float) -> tuple[int, int]:
    """Return the first and last point of the widest range whose local slopes have a number close to all of them."""
    low, high = slopes - tolerance / 2 - slack, slopes + tolerance / 2 + slack
    best, width = None, 0.0
    for first in range(len(slopes)):
        steady = np.maximum.accumulate(low[first:]) <= np.minimum.accumulate(high[first:])
        last = first + (len(steady) if steady.all() else int(np.argmin(steady)))
        if last - first >= _POINTS - 1 and u[last] - u[first] >= width:  # of equal ranges the later one
            best, width = (first, last), u[last] - u[first]
    if best is None:
        raise NotIdentified(
            f"scaling_exponent: nowhere do {_POINTS} points in a row have local slopes within {tolerance:g} of each "
            f"other; they go from {slopes.min():.3g} to {slopes.max():.3g}. Remedy: a wider range of x, closer points, "
            "a larger tolerance, or a window"
        )
    return best
