"""Exact laws to measure any tool against, by formulas that freeprob does not see: rational curves and closed forms.

Take a law whose Cauchy transform g has a rational parameter u: z = Z(u), g = G(u). Where Z(u) = x has at most one pair
of complex solutions for real x, no branch need be chosen: the density is |Im G(u)| / pi at that pair, and the edges are
critical values of Z. Both are found with 40 digits. Each law checks its mass.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import mpmath
import numpy as np
import sympy

__all__ = ["DIGITS", "ExactLaw", "RationalCurve", "u"]

DIGITS = 40
NODES = 200
u = sympy.Symbol("u")


@dataclass(frozen=True)
class ExactLaw:
    """A density in closed form between given edges, and atoms."""

    formula: Callable[[Any], Any]
    edges: tuple[Any, ...]
    atoms: Mapping[float, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        mass = self.moments(0)[0]
        if abs(mass - 1) > 1e-12:
            raise ValueError(f"the mass is {mass} with the edges {[float(edge) for edge in self.edges]}")

    def density(self, points: np.ndarray) -> np.ndarray:
        """Return the density at points, zero outside the support."""
        ends = [float(edge) for edge in self.edges]
        inside = np.searchsorted(ends, points) % 2 == 1
        with mpmath.workdps(DIGITS):
            values = [float(self.formula(mpmath.mpf(float(x)))) if yes else 0.0 for x, yes in zip(points, inside)]
        return np.array(values)

    def moments(self, count: int = 4) -> list[float]:
        """Return the moments 0 to count, by Gauss-Chebyshev quadrature of the second kind on each interval."""
        orders = range(count + 1)
        with mpmath.workdps(DIGITS):
            nodes = [(mpmath.mpf(x), mpmath.mpf(mass)) for x, mass in self.atoms.items()]
            for low, high in zip(self.edges[::2], self.edges[1::2]):
                half, middle, step = (high - low) / 2, (high + low) / 2, mpmath.pi / (NODES + 1)
                for angle in (j * step for j in range(1, NODES + 1)):
                    x = middle + half * mpmath.cos(angle)
                    nodes.append((x, self.formula(x) * half * mpmath.sin(angle) * step))
            return [float(mpmath.fsum(mass * x**k for x, mass in nodes)) for k in orders]


@dataclass(frozen=True)
class RationalCurve:
    """The curve z = Z(u), g = G(u) of a law."""

    position: sympy.Expr
    cauchy: sympy.Expr

    @cached_property
    def _fraction(self) -> tuple[list[sympy.Rational], list[sympy.Rational]]:
        top, bottom = sympy.fraction(sympy.together(self.position))
        degree = max(sympy.degree(top, u), sympy.degree(bottom, u))
        padded = [[sympy.Poly(part, u).coeff_monomial(u**k) for k in range(degree, -1, -1)] for part in (top, bottom)]
        return padded[0], padded[1]

    def polynomial(self, x: mpmath.mpf) -> list[mpmath.mpf]:
        """Return the coefficients of the equation Z(u) = x."""
        return [_number(a) - x * _number(b) for a, b in zip(*self._fraction)]

    def formula(self, x: mpmath.mpf) -> mpmath.mpf:
        """Return the density at a point."""
        roots = mpmath.polyroots(self.polynomial(x), maxsteps=500, extraprec=200)
        return abs(self._cauchy(max(roots, key=lambda root: mpmath.im(root))).imag) / mpmath.pi

    @cached_property
    def _cauchy(self) -> Callable[[Any], Any]:
        return sympy.lambdify(u, self.cauchy, "mpmath")

    def law(self, atoms: Mapping[float, float] | None = None, above: float = -mpmath.inf) -> ExactLaw:
        """Return the law: its edges are those critical values, above a bound, where the density begins or ends."""
        with mpmath.workdps(DIGITS):
            slope = sympy.Poly(sympy.fraction(sympy.together(sympy.diff(self.position, u)))[0], u)
            position = sympy.lambdify(u, self.position, "mpmath")
            coefficients = [_number(c) for c in slope.all_coeffs()]
            roots = mpmath.polyroots(coefficients, maxsteps=500, extraprec=200)
            tiny = mpmath.mpf(10) ** (-DIGITS // 2)
            critical = (position(root.real) for root in roots if abs(root.imag) < tiny)
            values = sorted(x for x in critical if x > above)
            between = [
                max(values[0] - 1, (values[0] + above) / 2),
                *((a + b) / 2 for a, b in itertools.pairwise(values)),
                values[-1] + 1,
            ]
            positive = [self.formula(x) > tiny for x in between]
            edges = tuple(x for x, (left, right) in zip(values, itertools.pairwise(positive)) if left != right)
        return ExactLaw(self.formula, edges, atoms or {})


def _number(value: sympy.Rational) -> mpmath.mpf:
    return mpmath.mpf(int(value.p)) / int(value.q)
