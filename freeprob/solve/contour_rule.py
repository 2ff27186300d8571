"""The contour of a number with functions of matrices, chosen on the functions alone.

The rules themselves and their choice are in :mod:`freeprob.targets.contour_runtime`, which solver files hold too; here
are the values that functions have on a spectrum, to all digits, and what is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from ..errors import UnsupportedModel
from ..language.analytic import complex_function, real_values
from ..targets.contour_runtime import (
    ContourRule,
    Ellipse,
    HalfLine,
    HalfPlane,
    chosen_shape,
    probe_points,
    widened,
)

__all__ = ["ContourRule", "Density", "Ellipse", "HalfLine", "HalfPlane", "Shape", "chosen_rule"]

Shape = Ellipse | HalfLine | HalfPlane


class Density:
    """A function of a matrix with numbers for its parameters.

    Parameters
    ----------
    formula : SymPy expression
        Without symbols other than the variable.
    variable : Symbol
    """

    def __init__(self, formula: sympy.Expr, variable: sympy.Symbol):
        self.formula = formula
        self.variable = variable
        self._evaluate = complex_function(formula, variable)

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """Return the values at complex points."""
        return self._evaluate(z)

    def on(self, points: np.ndarray) -> np.ndarray:
        """Return the values at real points, accurate at removable singularities too."""
        return real_values(self.formula, self.variable, points)

    def singularities(self) -> list[complex]:
        """Return the points where the formula may be singular, as far as they are roots of polynomials."""
        found: list[complex] = []
        inner = [p.base for p in self.formula.atoms(sympy.Pow) if not (p.exp.is_Integer and p.exp > 0)]
        inner += [g.args[0] for g in self.formula.atoms(sympy.log)]
        for part in inner:
            if part.has(self.variable) and part.is_polynomial(self.variable):
                found += [complex(root) for root in sympy.Poly(part, self.variable).nroots()]
        return sorted(set(found), key=lambda s: (s.real, s.imag))


def chosen_rule(densities: Sequence[Density], low: float, high: float, matrix: Any) -> tuple[Shape, int]:
    """Return the contour with the fewest nodes that is good for some functions, and their number.

    Raises
    ------
    UnsupportedModel
        If a function is singular on the spectrum, or so close that no rule is accurate.
    """
    where = f"[{low:.6g}, {high:.6g}]"
    low, high = widened(low, high)
    for density in densities:
        _require_regular(
            density, low, high, f"{where}, the smallest interval that holds the limiting spectrum of {matrix}"
        )
    x = probe_points(low, high)
    found = chosen_shape(densities, low, high, x, np.array([density.on(x) for density in densities]))
    if found is not None:
        return found
    names = ", ".join(str(density.formula) for density in densities[:3])
    raise UnsupportedModel(
        f"matrix_functions: no contour around {where}, which holds the spectrum of {matrix}, was "
        f"found on which {names} can be integrated: a singularity lies in the interval or next to it. Remedy: move "
        "the spectrum away from it, for example by a multiple of the identity"
    )


def _require_regular(density: Density, low: float, high: float, where: str) -> None:
    """Refuse a function with a singularity on the spectrum that shows in its formula."""
    for point in density.singularities():
        if abs(point.imag) <= 1e-12 and low <= point.real <= high and not _is_removable(density, point, high - low):
            raise UnsupportedModel(
                f"matrix_functions: {density.formula} is singular at {density.variable} = {point.real:.6g}, which lies "
                f"in {where}, and this rule needs a function that is analytic there. Remedy: move the spectrum away "
                "from the singularity, for example by a multiple of the identity"
            )


def _is_removable(density: Density, point: complex, width: float) -> bool:
    """Return whether the negative Laurent coefficients of a function at a point vanish, seen on some small circle."""
    turn = np.exp(2j * np.pi * (np.arange(64) + 0.5) / 64)
    for radius in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7):
        values = density(point + radius * width * turn)
        size = np.abs(values).max()
        if np.isfinite(size) and all(abs((values * turn**k).mean()) <= 1e-8 * size for k in range(1, 24)):
            return True
    return False
