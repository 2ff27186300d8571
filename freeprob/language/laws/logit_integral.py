"""The Cauchy transform of a law on (0, 1) whose logit has a density with exponential tails."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .quadrature import tanh_sinh

__all__ = ["logistic", "logit_cauchy"]

_TAIL = 45.0
"""exp(-_TAIL) is below rounding."""


def logistic(value: np.ndarray) -> np.ndarray:
    """Return 1/(1 + exp(-value)) to full relative accuracy on both sides."""
    small = np.exp(-np.abs(value))
    return np.where(value < 0, small, 1.0) / (1 + small)


def logit_cauchy(
    density: Callable[[np.ndarray], np.ndarray],
    mode: float,
    width: float,
    reach: tuple[float, float],
    left: np.ndarray,
    right: np.ndarray,
) -> np.ndarray:
    """Return the integral of density(l)/(z - y(l)) over the logit l of y, at z = left = 1 - right.

    In t, with l = mode + width sinh(t), a peak of the density has width one and its tails decay double-exponentially.
    A double-exponential rule on each side of the point y = Re z resolves the distance of z to the axis at every scale;
    close to the axis the density at this point is subtracted and integrated in closed form. At a real z in (0, 1) the
    value is the boundary value from above.

    Parameters
    ----------
    density : callable
        Of the logit, mass 1.
    mode, width : float
        Where the density is largest, and the scale there.
    reach : pair of float
        Logits, relative to the mode, outside of which the mass is below rounding.
    left, right : array of complex
        z and 1 - z, each to full relative accuracy.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.language.laws.logit_integral import logistic, logit_cauchy
    >>> uniform = lambda l: logistic(l) * logistic(-l)
    >>> z = np.array([0.3 + 0.1j, 2.0 + 0.0j])
    >>> value = logit_cauchy(uniform, 0.0, 2.0, (-45.0, 45.0), z, 1 - z)
    >>> bool(np.abs(value - np.log(z / (z - 1))).max() < 1e-13)
    True
    """
    lower = left.real < 0.5  # the end to which distances are measured, unless z is close to a point inside
    inside = (np.minimum(left.real, right.real) > 0) & (np.abs(left.imag) <= np.minimum(left.real, right.real))
    near = inside & (np.abs(left.imag) < 0.01 * np.minimum(left.real, right.real))
    y = np.where(inside, left.real, np.where(lower, 0.0, 1.0))
    rest = np.where(inside, right.real, 1 - y)
    residual = np.where(inside, 1j * left.imag, np.where(lower, left, -right))  # z - y
    with np.errstate(divide="ignore", invalid="ignore"):
        split = np.where(inside, np.log(y) - np.log(rest), np.log(np.abs(left)) - np.log(np.abs(right)))
        split = np.where(np.isfinite(split), split, mode)
        far = np.where(near, _TAIL, 0.0)
        ends = (
            np.minimum(mode + reach[0], 0.0) + np.minimum(split, 0.0) - far - width,
            np.maximum(mode + reach[1], 0.0) + np.maximum(split, 0.0) + far + width,
        )
        height = np.where(near, density(split) / (y * rest), 0.0)
        total = np.where(near, height * (np.log(left) - np.log(-right.real + 1j * left.imag)), 0)
    steps, _, weights = tanh_sinh(640)
    start = np.arcsinh((split - mode) / width)[:, None]
    lower, inside, y, rest, residual, height = (v[:, None] for v in (lower, inside, y, rest, residual, height))
    for end in ends:
        length = np.arcsinh((end - mode) / width)[:, None] - start
        t = start + length * steps
        logit = mode + width * np.sinh(t)
        at, above = logistic(logit), logistic(-logit)
        move = np.abs(2 * width * np.cosh((t + start) / 2) * np.sinh(length * steps / 2))  # logit - split
        grown = -np.expm1(-move)
        with np.errstate(divide="ignore", invalid="ignore"):
            gap = np.sign(length) * y * rest * grown / (np.exp(-move) + np.where(length > 0, y, rest) * grown)
            gap = np.where(inside, gap, np.where(lower, at, -above))  # at - y
            terms = (density(logit) - height * at * above) / (residual - gap)
        terms = terms * (width * np.cosh(t) * np.abs(length) * weights)
        total = total + np.where(np.isfinite(terms), terms, 0).sum(axis=1)
    return total
