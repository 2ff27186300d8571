"""Laws with a density: everything follows from one parametrisation of the support."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any

import mpmath
import numpy as np
import sympy

from .base import Law
from .contour import arc_rule, complex_logistic
from .integrand import converged
from .quadrature import legendre
from .scalars import precise

__all__ = ["ContinuousLaw"]

_LOGITS = 40.0
"""Logits of a parameter's place in its range beyond which a bounded density has no mass."""


class ContinuousLaw(Law):
    """A law with a density, and perhaps one atom below and one above it.

    A subclass gives a smooth increasing map from an interval of a parameter onto the support (``_interval``,
    ``_push``); edges with a root or a pole of the density become harmless in the parameter. Formulas are written once
    and evaluated with NumPy or mpmath, whichever module is passed as ``ops``.
    """

    __slots__ = ()

    @abstractmethod
    def _interval(self, ops: ModuleType) -> tuple[Any, Any]:
        """Return the range of the parameter."""

    @abstractmethod
    def _push(self, parameter: Any, ops: ModuleType) -> tuple[Any, Any]:
        """Return x at a parameter, and the density of the continuous part (mass 1) in the parameter."""

    def _numbers(self, ops: ModuleType) -> tuple[Any, ...]:
        """Return the scalar arguments as floats (NumPy) or at the present mpmath precision."""
        return tuple(precise(a) for a in self.arguments) if ops is mpmath else tuple(map(float, self.arguments))

    def _panels(self) -> tuple[Any, ...]:
        """Return the range of the parameter at the present mpmath precision, cut where it helps integration."""
        return self._interval(mpmath)

    def _digits(self) -> int:
        """Return the precision to which the density can be evaluated."""
        return 10**6

    def _lower_atom(self) -> tuple[sympy.Expr, sympy.Expr] | None:
        """Return location and mass of an atom at or below the support of the density."""
        return None

    def _upper_atom(self) -> tuple[sympy.Expr, sympy.Expr] | None:
        """Return location and mass of an atom at or above the support of the density."""
        return None

    def _atoms(self) -> dict[sympy.Expr, sympy.Expr]:
        return dict(atom for atom in (self._lower_atom(), self._upper_atom()) if atom is not None)

    def _integral(self, function: Callable[[mpmath.mpf], mpmath.mpf], digits: int) -> mpmath.mpf:
        def integrand(parameter: mpmath.mpf) -> mpmath.mpf:
            x, weight = self._push(parameter, mpmath)
            return function(x) * weight if weight else mpmath.mpf(0)

        with mpmath.workdps(min(mpmath.mp.dps, self._digits())):
            value, error = mpmath.quad(integrand, self._panels(), error=True, maxdegree=10)
        value = converged(value, error, digits, self)
        atoms = [(precise(location), precise(mass)) for location, mass in self._atoms().items()]
        masses = mpmath.fsum(mass for _, mass in atoms)
        return (1 - masses) * value + mpmath.fsum(mass * function(location) for location, mass in atoms)

    def _quantile(self, q: np.ndarray) -> np.ndarray:
        lower, upper = self._lower_atom(), self._upper_atom()
        below = 0.0 if lower is None else float(lower[1])
        above = 0.0 if upper is None else float(upper[1])
        left, right = q < below, q > 1 - above
        middle = ~(left | right)
        out = np.empty(q.shape)
        if lower is not None:
            out[left] = float(lower[0])
        if upper is not None:
            out[right] = float(upper[0])
        out[middle] = _continuous_quantile(self, (q[middle] - below) / (1 - below - above))
        return out

    def _pushed(self, parameters: Any, steps: Any, digits: int):
        """Return the rule that a rule in the parameter becomes, normalised to mass 1."""
        if digits <= 15:
            x, density = self._push(parameters, np)
            masses = steps * density
            return x, masses / masses.sum()
        pushed = [self._push(p, mpmath) for p in parameters]
        masses = [step * density for step, (_, density) in zip(steps, pushed, strict=True)]
        total = mpmath.fsum(masses)
        return [x for x, _ in pushed], [m / total for m in masses]

    def _with_atoms(self, points: Any, weights: Any, digits: int):
        """Return a rule of the density (mass 1) as a rule of the law, with the atoms at its ends."""
        number = precise if digits > 15 else float
        ends = [[] if a is None else [tuple(map(number, a))] for a in (self._lower_atom(), self._upper_atom())]
        share = 1 - sum(mass for end in ends for _, mass in end)
        pairs = [*ends[0], *((x, share * w) for x, w in zip(points, weights, strict=True)), *ends[1]]
        return [x for x, _ in pairs], [w for _, w in pairs]

    @property
    def density_ends(self) -> tuple[float, ...]:
        """The two ends of the density."""
        return tuple(float(self._push(np.float64(end), np)[0]) for end in self._interval(np))

    def _arc(self) -> tuple[Any, Any] | None:
        return self._bent_rule()

    def _bent_rule(self) -> tuple[Any, Any]:
        """Return the rule on the arc on which the parameter's logit has a constant imaginary part."""
        return self._with_atoms(*arc_rule(self._bent, -_LOGITS, _LOGITS, np.inf), 15)

    def _bent(self, logit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return x and the density at complex logits of the parameter's place in its range."""
        lower, upper = self._interval(np)
        share, rest = complex_logistic(logit)
        parameter = np.where(logit.real < 0, lower + (upper - lower) * share, upper - (upper - lower) * rest)
        x, density = self._push(parameter, np)
        return x, density * (upper - lower) * share * rest

    def _legendre_rule(self, count: int, digits: int):
        """Gauss-Legendre in the parameter, normalised to mass 1."""
        ops = np if digits <= 15 else mpmath
        lower, upper = self._interval(ops)
        points, weights = legendre(count, digits if digits <= 15 else digits + 10)
        middle, half = (upper + lower) / 2, (upper - lower) / 2
        parameters = middle + half * points if digits <= 15 else [middle + half * p for p in points]
        return self._pushed(parameters, weights, digits)


@lru_cache(maxsize=64)
def _distribution(law: ContinuousLaw) -> tuple[np.ndarray, np.ndarray]:
    """Panels in the parameter, finer at the ends, and the distribution function at their ends."""
    lower, upper = law._interval(np)
    ends = lower + (upper - lower) * (1 - np.cos(np.linspace(0, np.pi, 513))) / 2
    mass = np.concatenate([[0.0], np.cumsum(_mass(law, ends[:-1], ends[1:]))])
    return ends, mass / mass[-1]


def _mass(law: ContinuousLaw, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    points, weights = legendre(8)
    half = (stop - start)[:, None] / 2
    _, density = law._push(start[:, None] + half * (1 + points), np)
    return (density * weights * half).sum(axis=1)


def _continuous_quantile(law: ContinuousLaw, q: np.ndarray) -> np.ndarray:
    """Invert the distribution function, in portions that fit the cache of the processor."""
    out = np.empty(q.shape)
    for first in range(0, len(q), 16384):
        out[first : first + 16384] = law._push(_invert(law, q[first : first + 16384]), np)[0]
    return out


def _invert(law: ContinuousLaw, q: np.ndarray) -> np.ndarray:
    """Newton's method inside the right panel, for as long as a value still moves."""
    ends, mass = _distribution(law)
    panel = np.clip(np.searchsorted(mass, q, side="right") - 1, 0, len(ends) - 2)
    start, stop, low, high = ends[panel], ends[panel + 1], mass[panel], mass[panel + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        parameter = np.where(high > low, start + (stop - start) * (q - low) / (high - low), stop)
        moving = np.arange(len(q))
        for _ in range(40):
            at, left = parameter[moving], start[moving]
            error = low[moving] + _mass(law, left, at) - q[moving]
            step = np.nan_to_num(error / law._push(at, np)[1], posinf=0.0, neginf=0.0)
            parameter[moving] = np.clip(at - step, left, stop[moving])
            moving = moving[np.abs(step) > 1e-9 * (stop[moving] - left)]  # the next step is quadratically smaller
            if not len(moving):
                break
    return parameter
