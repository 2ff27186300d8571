"""The density on one interval of the support, once and for all: mass, distribution function, quantiles, integrals.

With the double-exponential substitution (Takahasi and Mori 1974) ``x = a + (b - a) / (1 + exp(-pi sinh t))`` the
density times ``dx/dt`` is smooth for every algebraic behaviour at the ends: soft edges, hard edges, tiny gaps next to
them. It is stored as Chebyshev series on panels of t; panels are halved until the series have decayed. Beyond the last
panel, next to an edge, the density follows the power law that its last values show.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

__all__ = ["IntervalDensity"]

_NODES = 32
_PANEL = 0.8
_TOLERANCE = 1e-13
_DEPTH = 10
_EPSILON = float(np.finfo(float).eps)
_LEGENDRE = {count: np.polynomial.legendre.leggauss(count) for count in (16, 32, 64, 128)}
_POINTS = np.cos(np.pi * (np.arange(_NODES) + 0.5) / _NODES)[::-1]
_TO_SERIES = chebyshev.chebvander(_POINTS, _NODES - 1).T * 2.0 / _NODES
_TO_SERIES[0] /= 2.0


class IntervalDensity:
    """The density on [a, b].

    Parameters
    ----------
    density : callable
        ``density(left, right)`` returns the density at points given by their distances to a and to b.
    a, b : float
    reach : (float, float)
        Distance to each end, relative to b - a, below which the density is continued by a power law.
    """

    def __init__(
        self,
        density: Callable[[np.ndarray, np.ndarray], np.ndarray],
        a: float,
        b: float,
        reach: tuple[float, float] = (1e-8, 1e-8),
    ):
        self.density, self.a, self.b = density, a, b
        low, high = (float(np.arcsinh(-np.log(r) / np.pi)) for r in reach)
        self.low, self.high = -low, high
        self._fill()
        self.tails = [self._tail(*ends) for ends in ((0, 1), (3, 2))]
        masses = (self.width / 2 * self._integral(self.series, 1.0)).tolist()
        self.cumulative = np.concatenate([[0.0], np.cumsum(masses)]) + self.tails[0][0]
        self.mass = float(self.cumulative[-1] + self.tails[1][0])

    # the substitution

    def _distances(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the distances to a and to b."""
        u = np.pi * np.sinh(t)
        length = self.b - self.a
        return length / (1.0 + np.exp(-u)), length / (1.0 + np.exp(u))

    def _x(self, t: np.ndarray) -> np.ndarray:
        left, right = self._distances(t)
        return np.where(left < right, self.a + left, self.b - right)

    def _speed(self, t: np.ndarray) -> np.ndarray:
        left, right = self._distances(t)
        return left * right / (self.b - self.a) * np.pi * np.cosh(t)

    def _rounding(self, t: np.ndarray) -> np.ndarray:
        """Return the relative error of the density that comes from rounding x next to an end that is not 0."""
        left, right = self._distances(t)
        return _EPSILON * (abs(self.a) / left + abs(self.b) / right)

    def _t(self, x: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.arcsinh(np.log((x - self.a) / (self.b - x)) / np.pi)

    # the series

    def _fill(self) -> None:
        edges = np.linspace(self.low, self.high, max(int(np.ceil((self.high - self.low) / _PANEL)), 2) + 1)
        left, right = edges[:-1], edges[1:]
        ends = np.array([self.low, self.low + 0.05, self.high - 0.05, self.high])
        self.ends = self._distances(ends)
        done: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        top = 0.0
        for depth in range(_DEPTH + 1):
            t = 0.5 * (left + right) + 0.5 * (right - left) * _POINTS[:, None]
            asked = np.append(ends, t.ravel()) if depth == 0 else t.ravel()
            values = self.density(*self._distances(asked))
            if depth == 0:
                self.end_values, values = values[:4], values[4:]
            values = values.reshape(t.shape) * self._speed(t)
            series = _TO_SERIES @ values
            top = max(top, float(np.abs(values).max()))
            noise = (self._rounding(t) * np.abs(values)).max(axis=0)
            fine = np.abs(series[-3:]).max(axis=0) <= np.maximum(_TOLERANCE * top, noise)
            fine |= depth == _DEPTH
            done.append((left[fine], right[fine], series[:, fine]))
            left, right = left[~fine], right[~fine]
            if not len(left):
                break
            middle = 0.5 * (left + right)
            left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
        start = np.concatenate([d[0] for d in done])
        order = np.argsort(start)
        self.start = start[order]
        self.width = np.concatenate([d[1] for d in done])[order] - self.start
        self.series = np.concatenate([d[2] for d in done], axis=1)[:, order]

    @staticmethod
    def _integral(series: np.ndarray, s: np.ndarray | float) -> Any:
        """Return the integral of each series from -1 to s."""
        antiderivative = chebyshev.chebint(series, lbnd=-1)
        return chebyshev.chebval(s, antiderivative, tensor=False)

    def _tail(self, outer: int, inner: int) -> tuple[float, float, float]:
        """Return (mass, exponent, distance) of the law between an end and the first panel: mass ~ distance^exponent."""
        distance = self.ends[0 if outer == 0 else 1][[outer, inner]]
        values = self.end_values[[outer, inner]]
        if not (values > 0).all():
            return 0.0, 1.0, float(distance[0])
        exponent = 1.0 + float(np.log(values[1] / values[0]) / np.log(distance[1] / distance[0]))
        exponent = 1.0 if abs(exponent - 1.0) < 1e-6 else max(exponent, 0.005)
        return float(values[0] * distance[0] / exponent), exponent, float(distance[0])

    # what users ask for

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """Return the mass to the left of points, 0 and the whole mass outside of the interval."""
        x = np.clip(np.asarray(x, dtype=float), self.a, self.b)
        with np.errstate(invalid="ignore"):
            t = np.clip(self._t(x), self.low, self.high)
        k = np.clip(np.searchsorted(self.start, t, side="right") - 1, 0, len(self.start) - 1)
        s = 2.0 * (t - self.start[k]) / self.width[k] - 1.0
        result = self.cumulative[k] + self.width[k] / 2 * self._integral(self.series[:, k], s)
        for (mass, exponent, distance), near, sign in zip(self.tails, (x - self.a, self.b - x), (1, -1), strict=True):
            part = mass * (np.minimum(near, distance) / distance) ** exponent
            inside = near < distance
            result = np.where(inside, part if sign > 0 else self.mass - part, result)
        return result

    def values(self, x: np.ndarray) -> np.ndarray:
        """Return the density at points; infinite at an end where it diverges."""
        x = np.asarray(x, dtype=float)
        near = np.clip(x, self.a, self.b)
        with np.errstate(invalid="ignore"):
            t = np.clip(self._t(near), self.low, self.high)
        k = np.clip(np.searchsorted(self.start, t, side="right") - 1, 0, len(self.start) - 1)
        s = 2.0 * (t - self.start[k]) / self.width[k] - 1.0
        result = chebyshev.chebval(s, self.series[:, k], tensor=False) / self._speed(t)
        for (mass, exponent, distance), gap in zip(self.tails, (near - self.a, self.b - near), strict=True):
            with np.errstate(divide="ignore"):
                law = mass * exponent / distance * (np.minimum(gap, distance) / distance) ** (exponent - 1.0)
            result = np.where(gap < distance, law, result)
        return np.where((x < self.a) | (x > self.b), 0.0, result)

    def quantile(self, level: np.ndarray) -> np.ndarray:
        """Return the points with these masses to their left."""
        level = np.clip(np.asarray(level, dtype=float), 0.0, self.mass)
        k = np.clip(np.searchsorted(self.cumulative, level, side="right") - 1, 0, len(self.start) - 1)
        target = (level - self.cumulative[k]) * 2 / self.width[k]
        series = self.series[:, k]
        antiderivative = chebyshev.chebint(series, lbnd=-1)
        low, high = np.full(level.shape, -1.0), np.ones(level.shape)
        s = np.zeros(level.shape)
        for _ in range(60):
            error = chebyshev.chebval(s, antiderivative, tensor=False) - target
            low, high = np.where(error <= 0, s, low), np.where(error >= 0, s, high)
            with np.errstate(divide="ignore", invalid="ignore"):
                newton = s - error / chebyshev.chebval(s, series, tensor=False)
            following = np.where((newton > low) & (newton < high), newton, 0.5 * (low + high))
            if np.max(np.abs(following - s), initial=0.0) < 1e-15:
                break
            s = following
        x = self._x(self.start[k] + self.width[k] * (1.0 + s) / 2)
        for (mass, exponent, distance), part, end, sign in zip(
            self.tails, (level, self.mass - level), (self.a, self.b), (1, -1), strict=True
        ):
            if mass > 0:
                beyond = end + sign * distance * (np.minimum(part, mass) / mass) ** (1.0 / exponent)
                x = np.where(part < mass, beyond, x)
        return x

    def integrate(self, function: Callable[[np.ndarray], np.ndarray], tolerance: float = 1e-13) -> float:
        """Return the integral of a function times the density, doubling the nodes until two rules agree."""
        outside = 0.0
        for (mass, _, distance), end, sign in zip(self.tails, (self.a, self.b), (1, -1), strict=True):
            if mass > 0:
                outside += mass * float(np.asarray(function(np.array([end + sign * distance])))[0])
        previous = None
        for s, weights in _LEGENDRE.values():
            t = self.start + self.width * (1.0 + s[:, None]) / 2
            mass = weights[:, None] * self.width / 2 * chebyshev.chebval(s, self.series, tensor=True).T
            values = np.asarray(function(self._x(t.ravel()))).reshape(t.shape) * mass
            value = float(values.sum())
            if previous is not None and abs(value - previous) <= tolerance * float(np.abs(values).sum()):
                break
            previous = value
        return value + outside
