"""Quadrature rules on ellipses around a spectrum: ``f(x) = sum_j w_j f(z_j) / (x - z_j)`` for x in the spectrum.

On the ellipse with foci at the ends of an interval and ratio rho, the trapezoidal rule converges like rho^-N from the
side of the spectrum and like (rho / rho_f)^N from the side of the singularities of f (Trefethen and Weideman 2014). An
entire function limits the ratio by its growth: values that are much larger on the ellipse than on the spectrum cancel
and cost digits. Functions that vary fast at one end of the spectrum, or have a branch cut there, ask for a contour that
hugs this end (Hale, Higham and Trefethen 2008): the nodes needed grow like the logarithm of the time, not its root.

Since a number is an integral of f against a measure on the spectrum, the error of a rule on the
interval bounds its error in the number, and the rule is chosen without solving any equation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from scipy.special import ellipj, ellipk, ellipkm1

from ..errors import UnsupportedModel
from ..language.analytic import complex_function, real_values

__all__ = ["ContourRule", "Density", "Ellipse", "HalfLine", "HalfPlane", "Shape", "chosen_rule"]

_RATIOS = (6.0, 4.5, 3.5, 2.8, 2.3, 1.9, 1.6, 1.4, 1.28, 1.2, 1.14, 1.1, 1.07, 1.05)
_GAPS = tuple(0.3 * 3.0**-k for k in range(20))
_COUNTS = tuple(2 * round(8 * 1.2**k) for k in range(22))
_GROWTH = 100.0
"""Largest accepted ratio of a function on a contour to the same on the spectrum: it costs as many digits."""
_ERRORS = (3e-13, 1e-11, 1e-10)
"""Wanted errors of a rule on the interval, relative to the largest value of the function; the best that is met."""
_TESTS = 21
_MARGIN = 1e-7
"""By how much of its width a spectrum is widened; its edges are computed."""


@dataclass(frozen=True)
class ContourRule:
    """Nodes in the upper half plane and their weights; those in the lower half plane are their conjugates."""

    nodes: np.ndarray
    weights: np.ndarray

    @property
    def all_nodes(self) -> np.ndarray:
        """The nodes of both half planes."""
        return np.concatenate([self.nodes, self.nodes.conj()])

    @property
    def all_weights(self) -> np.ndarray:
        """The weights of both half planes."""
        return np.concatenate([self.weights, self.weights.conj()])


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
        self.evaluate = complex_function(formula, variable)

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


@dataclass(frozen=True)
class Ellipse:
    """An ellipse with foci at the ends of an interval."""

    low: float
    high: float
    ratio: float

    def rule(self, count: int) -> ContourRule:
        """Return the trapezoidal rule with ``count`` nodes.

        Examples
        --------
        >>> import numpy as np
        >>> from freeprob.solve.contour_rule import Ellipse
        >>> rule = Ellipse(1.0, 2.0, 3.0).rule(40)
        >>> bool(abs(2 * (rule.weights * np.exp(rule.nodes) / (1.5 - rule.nodes)).sum().real - np.exp(1.5)) < 1e-12)
        True
        """
        turn = self.ratio * np.exp(1j * np.pi * (2 * np.arange(count // 2) + 1) / count)
        half = (self.high - self.low) / 2
        return ContourRule(
            (self.low + self.high) / 2 + half / 2 * (turn + 1 / turn), -half / 2 * (turn - 1 / turn) / count
        )


@dataclass(frozen=True)
class HalfLine:
    """A contour between an interval and a half line at a distance ``gap`` to the left of it (to the right if mirrored).

    Jacobi's function sn maps an annulus to the plane without the two (Hale, Higham and Trefethen 2008, method 1).
    """

    low: float
    high: float
    gap: float
    mirrored: bool

    def rule(self, count: int) -> ContourRule:
        """Return the trapezoidal rule with ``count`` nodes.

        Examples
        --------
        >>> import numpy as np
        >>> from freeprob.solve.contour_rule import HalfLine
        >>> rule = HalfLine(0.0, 1.0, 1e-4, False).rule(90)
        >>> f = lambda x: np.sqrt(x + 1e-4)
        >>> bool(abs(2 * (rule.weights * f(rule.nodes) / (0.01 - rule.nodes)).sum().real - f(0.01)) < 1e-12)
        True
        """
        upper = count // 2
        root = np.sqrt((self.high - self.low + self.gap) / self.gap)
        modulus, rest = (root - 1) / (root + 1), 4 * root / (root + 1) ** 2
        quarter, other = ellipkm1(rest), ellipk(rest)
        x = quarter * (2 * np.arange(upper) + 1 - upper) / upper
        s, c, d, _ = ellipj(x, 1 - rest)
        s1, c1, d1, _ = ellipj(other / 2, rest)
        below = c1**2 + (1 - rest) * s**2 * s1**2
        sn = (s * d1 + 1j * c * d * s1 * c1) / below
        slope = (c * c1 - 1j * s * d * s1 * d1) * (d * c1 * d1 - 1j * (1 - rest) * s * c * s1) / below**2
        scale = self.gap * root
        nodes = scale * (1 + modulus * sn) / (1 - modulus * sn)
        weights = -1j * scale * 2 * modulus * slope / (1 - modulus * sn) ** 2 * quarter / (np.pi * upper)
        return _placed(self, nodes, weights)


@dataclass(frozen=True)
class HalfPlane:
    """A contour between an interval and a line at a distance ``gap`` to the left of it (to the right if mirrored).

    The half plane beyond the line becomes the plane without a half line when its points are squared.
    """

    low: float
    high: float
    gap: float
    mirrored: bool

    def rule(self, count: int) -> ContourRule:
        """Return the trapezoidal rule with ``count`` nodes.

        Examples
        --------
        >>> import numpy as np
        >>> from freeprob.solve.contour_rule import HalfPlane
        >>> rule = HalfPlane(0.0, 1.0, 1e-3, False).rule(130)
        >>> f = lambda x: np.exp(-2000 * x)
        >>> bool(abs(2 * (rule.weights * f(rule.nodes) / (1e-3 - rule.nodes)).sum().real - f(1e-3)) < 1e-12)
        True
        """
        first, last = self.gap**2, (self.high - self.low + self.gap) ** 2
        squared = HalfLine(first, last, first, False).rule(count)
        nodes = np.sqrt(squared.nodes)
        weights = squared.weights / (2 * nodes)
        return _placed(self, nodes, weights)


def _placed(shape: HalfLine | HalfPlane, nodes: np.ndarray, weights: np.ndarray) -> ContourRule:
    """Return a rule for an interval that begins at ``gap`` on the half axis, moved or mirrored to the interval."""
    if not shape.mirrored:
        return ContourRule(shape.low - shape.gap + nodes, weights)
    return ContourRule((shape.high + shape.gap - nodes).conj(), -weights.conj())


Shape = Ellipse | HalfLine | HalfPlane


def _shapes(low: float, high: float) -> Iterator[Shape]:
    yield from (Ellipse(low, high, ratio) for ratio in _RATIOS)
    for mirrored in (False, True):
        yield from (HalfLine(low, high, gap * (high - low), mirrored) for gap in _GAPS)
        yield from (HalfPlane(low, high, gap * (high - low), mirrored) for gap in _GAPS)


def chosen_rule(densities: Sequence[Density], low: float, high: float, matrix: Any) -> tuple[Shape, int]:
    """Return the contour with the fewest nodes that is good for some functions, and their number.

    Raises
    ------
    UnsupportedModel
        If a function is singular on the spectrum, or so close that no rule is accurate.
    """
    where = f"[{low:.6g}, {high:.6g}]"
    width = max(high - low, 0.02 * max(abs(low), abs(high)), 1e-300)
    middle = (low + high) / 2
    low, high = middle - (0.5 + _MARGIN) * width, middle + (0.5 + _MARGIN) * width
    for density in densities:
        _require_regular(
            density, low, high, f"{where}, the smallest interval that holds the limiting spectrum of {matrix}"
        )
    x = _test_points(low, high)
    known = np.array([density.on(x) for density in densities])
    scale = np.abs(known).max(axis=1) + 1e-300
    chosen = sorted({0, len(densities) // 2, len(densities) - 1})
    while True:
        best = _best([densities[k] for k in chosen], low, high, x, known[chosen], scale[chosen])
        if best is None:
            break
        missed = [k for k in range(len(densities)) if k not in chosen]
        shape, count, error = best
        wrong = _errors(shape.rule(count), [densities[k] for k in missed], x, known[missed]) / scale[missed]
        if not (wrong > error).any():
            return shape, count
        chosen.append(missed[int(np.argmax(wrong))])
    names = ", ".join(str(density.formula) for density in densities[:3])
    raise UnsupportedModel(
        f"matrix_functions: no contour around {where}, which holds the spectrum of {matrix}, was "
        f"found on which {names} can be integrated: a singularity lies in the interval or next to it. Remedy: move "
        "the spectrum away from it, for example by a multiple of the identity"
    )


def _best(
    densities: Sequence[Density], low: float, high: float, x: np.ndarray, known: np.ndarray, scale: np.ndarray
) -> tuple[Shape, int, float] | None:
    """Return the shape that needs the fewest nodes, their number and the error that is met, or None."""
    shapes = []
    for shape in _shapes(low, high):
        probe = shape.rule(64).nodes
        grown = np.array([np.abs(density.evaluate(probe)).max() for density in densities])
        if (grown <= _GROWTH * scale).all():
            shapes.append(shape)
    for error in _ERRORS:
        best: tuple[Shape, int, float] | None = None
        for shape in shapes:
            for count in _COUNTS:
                if best is not None and count >= best[1]:
                    break
                if (_errors(shape.rule(count), densities, x, known) <= error * scale).all():
                    best = shape, count, error
                    break
        if best is not None:
            return best
    return None


def _errors(rule: ContourRule, densities: Sequence[Density], x: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the largest error of a rule for each function."""
    if not densities:
        return np.zeros(0)
    values = np.array([density.evaluate(rule.nodes) for density in densities]) * rule.weights
    found = 2 * (values @ (1 / (x[None, :] - rule.nodes[:, None]))).real
    errors = np.abs(found - known).max(axis=1)
    return np.where(np.isfinite(errors), errors, np.inf)


def _test_points(low: float, high: float) -> np.ndarray:
    """Return points of an interval, dense at both ends, at which a rule must be right."""
    near = (high - low) * np.geomspace(1e-9, 0.1, _TESTS)
    inside = (low + high) / 2 + (high - low) / 2 * np.cos(np.linspace(0, np.pi, _TESTS))
    return np.concatenate([inside, low + near, high - near])


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
        values = density.evaluate(point + radius * width * turn)
        size = np.abs(values).max()
        if np.isfinite(size) and all(abs((values * turn**k).mean()) <= 1e-8 * size for k in range(1, 24)):
            return True
    return False
