"""What people write by hand: roots of the polynomial at every point, and a histogram of sampled eigenvalues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy

from freeprob.algebra.symbols import M, Z
from freeprob.derived import SpectralLaw

__all__ = ["histogram", "polynomial_at", "roots_density"]


def polynomial_at(law: SpectralLaw, values: dict[str, float], digits: int = 20) -> sympy.Poly:
    """Return the polynomial of a law in m, with numbers in place of sizes, parameters and coefficients."""
    system = law.system
    known: dict[sympy.Symbol, Any] = {s: sympy.Float(str(values[s.name]), digits) for s in system.sizes}
    known |= {s: sympy.Float(str(values[s.name]), digits) for s in system.parameters}
    for coefficient in system.coefficients:
        arguments = [argument.subs(known) for argument in coefficient.arguments]
        known[coefficient.symbol] = sympy.Float(str(coefficient.evaluate(*arguments, digits=digits)), digits)
    return sympy.Poly(law.polynomial().subs(known), M)


def roots_density(law: SpectralLaw, values: dict[str, float]) -> Callable[[np.ndarray], np.ndarray]:
    """Return the density by ``numpy.roots`` on the polynomial of m, one point after the other."""
    coefficients = sympy.lambdify(Z, polynomial_at(law, values).all_coeffs(), "numpy")
    return lambda points: np.array([max(np.roots(coefficients(x)).imag) for x in points]) / np.pi


def histogram(sample: np.ndarray, points: np.ndarray, bins: int = 60) -> np.ndarray:
    """Return the histogram of sampled eigenvalues at some points."""
    heights, edges = np.histogram(np.linalg.eigvalsh(sample), bins=bins, density=True)
    place = np.clip(np.searchsorted(edges, points, side="right") - 1, 0, bins - 1)
    inside = (points >= edges[0]) & (points <= edges[-1])
    return np.where(inside, heights[place], 0.0)
