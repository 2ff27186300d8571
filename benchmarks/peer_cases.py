"""The laws on which tools are compared: each as a model, on laws alone, and exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import mpmath
from sympy import Rational

import freeprob as fp

from .exact_laws import DIGITS, ExactLaw, RationalCurve, u

__all__ = ["CASES", "Case"]

HALF, QUARTER = Rational(1, 2), Rational(1, 4)


@dataclass(frozen=True)
class Case:
    """A law: its name for readers, a matrix with sizes or none, a law by free convolutions or none, and the truth."""

    title: str
    exact: Callable[[], ExactLaw]
    model: Any = None
    sizes: Mapping[str, float] = field(default_factory=dict)
    convolution: Callable[[], Any] | None = None


def _levy(jumps: Mapping[Any, Any], variance: Any = 0) -> RationalCurve:
    """R(g) = variance g + sum of rate t / (1 - t g): sums of semicircles and Marchenko-Pastur laws; u is g."""
    return RationalCurve(1 / u + variance * u + sum(rate * t / (1 - t * u) for t, rate in jumps.items()), u)


def _deformed_semicircle(atoms: Mapping[Any, Any], variance: Any) -> RationalCurve:
    """Pastur: u is the subordination function z - variance g."""
    g = sum(mass / (u - t) for t, mass in atoms.items())
    return RationalCurve(u + variance * g, g)


def _population(atoms: Mapping[Any, Any], ratio: Any) -> RationalCurve:
    """Silverstein: u is the Stieltjes transform of the companion, on the axis Im u = ratio Im m."""
    return RationalCurve(-1 / u + ratio * sum(mass * t / (1 + t * u) for t, mass in atoms.items()), u / ratio)


def _product(first: Any, second: Any) -> RationalCurve:
    """S(u) = 1 / ((1 + first u) (1 + second u)) with u = z g - 1."""
    position = (1 + u) * (1 + first * u) * (1 + second * u) / u
    return RationalCurve(position, (1 + u) / position)


@mpmath.workdps(DIGITS)
def _projection_corner() -> ExactLaw:
    """Wachter: a corner of relative size 1/2 of a projection of trace 3/5."""
    low, high = (mpmath.mpf(1) / 2 + sign * mpmath.sqrt(mpmath.mpf(6) / 25) for sign in (-1, 1))
    density = lambda x: mpmath.sqrt((high - x) * (x - low)) / (mpmath.pi * x * (1 - x))  # noqa: E731
    return ExactLaw(density, (low, high), {1.0: 0.2})


@mpmath.workdps(DIGITS)
def _two_projections() -> ExactLaw:
    """Traces 7/10 and 3/5: the eigenvalues are 1 +- cos of the angles between the two ranges."""
    middle, half = mpmath.mpf(23) / 50, 2 * mpmath.sqrt(mpmath.mpf(7 * 3 * 6 * 4) / 10**4)
    low, high = mpmath.sqrt(middle - half), mpmath.sqrt(middle + half)

    def density(x: mpmath.mpf) -> mpmath.mpf:
        square = (x - 1) ** 2
        return mpmath.sqrt((high**2 - square) * (square - low**2)) / (mpmath.pi * abs(x - 1) * (1 - square))

    return ExactLaw(density, (1 - high, 1 - low, 1 + low, 1 + high), {1.0: 0.1, 2.0: 0.3})


@mpmath.workdps(DIGITS)
def _power() -> ExactLaw:
    """Kesten and McKay, with 3/2 in place of the degree of a regular graph."""
    power, end = mpmath.mpf(3) / 2, mpmath.sqrt(2)
    density = lambda x: power * mpmath.sqrt(2 - x * x) / (2 * mpmath.pi * (power**2 - x * x))  # noqa: E731
    return ExactLaw(density, (-end, end), {-1.5: 0.25, 1.5: 0.25})


n, d, k = fp.sizes("n d k")
X, Y, Z, H = fp.gaussian(d, n), fp.gaussian(d, k), fp.gaussian(n, k), fp.wigner(d)
V = fp.haar(d, k)
MP = fp.laws.marchenko_pastur
ATOMS = {-1: Rational(3, 10), Rational(7, 5): Rational(7, 10)}
TRIPLE = {1: Rational(1, 3), 3: Rational(1, 3), 10: Rational(1, 3)}
COIN = fp.laws.atoms({-1: HALF, 1: HALF})
S = fp.population(d, fp.laws.atoms(TRIPLE))
P, Q = fp.population(d, fp.laws.bernoulli("7/10")), fp.rotated(d, fp.laws.bernoulli("3/5"))
NOISY = H / fp.sqrt(d) + X @ X.T / n

CASES = {
    "marchenko_pastur": Case("MP(1/2)", lambda: _levy({HALF: 2}).law(), X @ X.T / n, {"n": 2, "d": 1}),
    "semicircle_marchenko_pastur": Case(
        "semicircle + MP(1/2)",
        lambda: _levy({HALF: 2}, 1).law(),
        NOISY,
        {"n": 2, "d": 1},
        lambda: fp.free.add(fp.laws.semicircle(1), MP(HALF)),
    ),
    "two_cuts": Case(
        "semicircle + 2 atoms, 2 cuts",
        lambda: _deformed_semicircle(ATOMS, Rational(9, 25)).law(),
        fp.population(d, fp.laws.atoms(ATOMS)) + Rational(3, 5) * H / fp.sqrt(d),
        {"d": 1},
        lambda: fp.free.add(fp.laws.semicircle("9/25"), fp.laws.atoms(ATOMS)),
    ),
    "population": Case(
        "3 atoms x MP(3/10), 3 cuts",
        lambda: _population(TRIPLE, Rational(3, 10)).law(),
        S**0.5 @ X @ X.T @ S**0.5 / n,
        {"n": 10, "d": 3},
        lambda: fp.free.multiply(fp.laws.atoms(TRIPLE), MP("3/10")),
    ),
    "two_marchenko_pastur": Case(
        "MP(1/2) + MP(1/4)",
        lambda: _levy({HALF: 2, QUARTER: 4}).law(),
        X @ X.T / n + Y @ Y.T / k,
        {"n": 2, "k": 4, "d": 1},
        lambda: fp.free.add(MP(HALF), MP(QUARTER)),
    ),
    "singular_marchenko_pastur": Case(
        "MP(2) + MP(3), an atom",
        lambda: _levy({2: HALF, 3: Rational(1, 3)}).law({0.0: 1 / 6}),
        X @ X.T / n + Y @ Y.T / k,
        {"n": 3, "k": 2, "d": 6},
        lambda: fp.free.add(MP(2), MP(3)),
    ),
    "product": Case(
        "MP(1/2) x MP(1/4)",
        lambda: _product(HALF, QUARTER).law(above=0),
        X @ Z @ Z.T @ X.T / (n * k),
        {"n": 2, "k": 4, "d": 1},
        lambda: fp.free.multiply(MP(HALF), MP(QUARTER)),
    ),
    "two_projections": Case(
        "sum of 2 projections, 2 atoms",
        _two_projections,
        P + Q,
        {"d": 1},
        lambda: fp.free.add(fp.laws.bernoulli("7/10"), fp.laws.bernoulli("3/5")),
    ),
    "projection_corner": Case(
        "corner of a projection, an atom",
        _projection_corner,
        V.T @ fp.population(d, fp.laws.bernoulli("3/5")) @ V,
        {"k": 1, "d": 2},
        lambda: fp.free.compress(fp.laws.bernoulli("3/5"), HALF),
    ),
    "corner": Case(
        "corner of semicircle + MP(1/2)",
        lambda: _levy({QUARTER: 4}, HALF).law(),
        V.T @ NOISY @ V,
        {"n": 4, "k": 1, "d": 2},
        lambda: fp.free.compress(fp.free.add(fp.laws.semicircle(1), MP(HALF)), HALF),
    ),
    "power": Case("coin to the free power 3/2, 2 atoms", _power, convolution=lambda: fp.free.power(COIN, "3/2")),
}
