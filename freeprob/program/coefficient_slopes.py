"""Derivatives of coefficients in sizes and parameters, by differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import sympy

from ..errors import FreeprobError, UnsupportedModel
from ..language.scalars import as_scalar
from .bound_points import BoundPoints

__all__ = ["coefficient_slopes"]

_DIGITS = 45
_STEP = sympy.Rational(1, 10**20)
_COARSE = sympy.Rational(1, 100)
_AGREE = 1e-8


def coefficient_slopes(
    points: BoundPoints, coefficients: tuple[sympy.Symbol, ...], symbols: tuple[sympy.Symbol, ...]
) -> np.ndarray:
    """Return the derivatives, shape (coefficients, symbols, points); sizes are not scaled.

    A coefficient may be a Gaussian mean without a closed form, of arguments that hold other coefficients. It is
    evaluated with 45 digits beside the point, at distance 1e-20; differences of values with 15 digits at larger
    distances are the check, and the answer for functions of floats.

    Raises
    ------
    UnsupportedModel
        If a coefficient has a kink at the point, or is not known to enough digits.
    """
    slopes = np.zeros((len(coefficients), len(symbols), points.grid.count))
    for i, coefficient in enumerate(coefficients):
        arguments = next(c.arguments for c in points.system.coefficients if c.symbol == coefficient)
        depends = points.all_symbols(arguments)
        first, group = points.alike(arguments)
        for j, symbol in enumerate(symbols):
            if symbol in depends:
                found = np.array([_slope(points, int(number), coefficient, symbol) for number in first])
                slopes[i, j] = found[group]
    return slopes


def _slope(points: BoundPoints, number: int, coefficient: sympy.Symbol, symbol: sympy.Symbol) -> float:
    values = points.grid.point(number)
    name = points.name(symbol)
    assert name is not None, "the exact binding of a point has found every symbol"
    place = as_scalar(values[name])
    width = max(sympy.S.One, sympy.Abs(place)) if not place.is_positive else place

    def height(shift: Any, digits: int) -> Any:
        return points.bind({**values, name: place + shift}).coefficients(digits)[coefficient]

    coarse, doubt, size = _coarse(lambda shift: height(shift, 15), width * _COARSE)
    fine = _fine(lambda shift: height(shift, _DIGITS), width * _STEP)
    unit = abs(coarse) + size / float(width)
    if fine is not None and abs(fine - coarse) <= 1e-6 * unit + 10 * doubt:
        return fine
    if doubt <= _AGREE * unit:  # a function of floats: more digits say nothing
        return coarse
    raise UnsupportedModel(
        f"gradient: the coefficient {coefficient} has no derivative in {symbol} at {symbol} = {float(place):g}, or is "
        "not known to enough digits to tell"
    )


def _fine(height: Callable[[Any], Any], step: sympy.Expr) -> float | None:
    """Return the derivative with 20 digits; None where values have fewer digits, or there is a kink."""
    try:
        here, right = height(0), height(step)
    except UnsupportedModel:
        return None
    with mpmath.workdps(_DIGITS):
        size = mpmath.mpf(step.evalf(_DIGITS))
        forward = (right - here) / size
        try:
            second = (here - height(-step)) / size
        except FreeprobError:  # the point is an end of the domain
            second = (height(2 * step) - right) / size
        if abs(forward - second) > _AGREE * (abs(forward) + abs(second)):
            return None
        return float((forward + second) / 2)


def _coarse(height: Callable[[Any], Any], step: sympy.Expr) -> tuple[float, float, float]:
    """Return the derivative from values of 15 digits, an estimate of its error, and the size of the values."""
    try:
        shifts, stencils = _CENTRAL, _CENTRAL_WEIGHTS
        heights = [float(height(k * step)) for k in shifts]
    except FreeprobError:  # the point is next to an end of the domain
        shifts, stencils = _FORWARD, _FORWARD_WEIGHTS
        heights = [float(height(k * step)) for k in shifts]
    slopes = [float(np.dot(weights, heights)) / float(step) for weights in stencils]
    return slopes[0], abs(slopes[0] - slopes[1]), max(abs(h) for h in heights)


def _stencil(shifts: tuple[int, ...]) -> np.ndarray:
    """Return the weights of the first derivative that are exact for polynomials (Fornberg 1988)."""
    powers = np.vander(np.array(shifts, dtype=float), increasing=True).T
    return np.linalg.solve(powers, np.eye(len(shifts))[1])


_CENTRAL, _FORWARD = (-3, -2, -1, 0, 1, 2, 3), (0, 1, 2, 3, 4, 5, 6)
_CENTRAL_WEIGHTS = (_stencil(_CENTRAL), np.r_[0, _stencil(_CENTRAL[1:-1]), 0])
_FORWARD_WEIGHTS = (_stencil(_FORWARD), np.r_[_stencil(_FORWARD[:-1]), 0])
