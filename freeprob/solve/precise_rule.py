"""The quadrature rules of :mod:`freeprob.solve.contour_rule` in mpmath, at the precision that is set there."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import mpmath

from .contour_rule import Ellipse, HalfLine, HalfPlane

__all__ = ["precise_rule"]


@singledispatch
def precise_rule(shape: Any, count: int) -> tuple[list[Any], list[Any]]:
    """Return the nodes in the upper half plane and their weights, for a rule with ``count`` nodes.

    Examples
    --------
    >>> import mpmath
    >>> from freeprob.solve.contour_rule import Ellipse
    >>> from freeprob.solve.precise_rule import precise_rule
    >>> with mpmath.workdps(40):
    ...     nodes, weights = precise_rule(Ellipse(1.0, 2.0, 3.0), 120)
    ...     made = 2 * sum(w * mpmath.exp(z) / (1.5 - z) for z, w in zip(nodes, weights)).real
    ...     print(bool(abs(made - mpmath.exp(1.5)) < 1e-30))
    True
    """
    raise TypeError(f"no rule for {shape}")


@precise_rule.register
def _(shape: Ellipse, count: int) -> tuple[list[Any], list[Any]]:
    low, high = mpmath.mpf(shape.low), mpmath.mpf(shape.high)
    turns = [shape.ratio * mpmath.expjpi(mpmath.mpf(2 * k + 1) / count) for k in range(count // 2)]
    nodes = [(low + high) / 2 + (high - low) / 4 * (turn + 1 / turn) for turn in turns]
    weights = [-(high - low) / 4 * (turn - 1 / turn) / count for turn in turns]
    return nodes, weights


@precise_rule.register
def _(shape: HalfLine, count: int) -> tuple[list[Any], list[Any]]:
    nodes, weights = _half_line(mpmath.mpf(shape.gap), _width(shape) + mpmath.mpf(shape.gap), count // 2)
    return _placed(shape, nodes, weights)


@precise_rule.register
def _(shape: HalfPlane, count: int) -> tuple[list[Any], list[Any]]:
    gap = mpmath.mpf(shape.gap)
    squares, weights = _half_line(gap**2, (_width(shape) + gap) ** 2, count // 2)
    nodes = [mpmath.sqrt(square) for square in squares]
    return _placed(shape, nodes, [weight / (2 * node) for weight, node in zip(weights, nodes, strict=True)])


def _width(shape: HalfLine | HalfPlane) -> Any:
    return mpmath.mpf(shape.high) - mpmath.mpf(shape.low)


def _half_line(low: Any, high: Any, upper: int) -> tuple[list[Any], list[Any]]:
    """Return a rule for an interval on the positive half axis (Hale, Higham and Trefethen 2008, method 1)."""
    root = mpmath.sqrt(high / low)
    modulus = (root - 1) / (root + 1)
    m = modulus**2
    quarter, other = mpmath.ellipk(m), mpmath.ellipk(4 * root / (root + 1) ** 2)
    nodes, weights = [], []
    for k in range(upper):
        u = mpmath.mpc(quarter * (2 * k + 1 - upper) / upper, other / 2)
        sn, slope = mpmath.ellipfun("sn", u, m=m), mpmath.ellipfun("cn", u, m=m) * mpmath.ellipfun("dn", u, m=m)
        nodes.append(low * root * (1 + modulus * sn) / (1 - modulus * sn))
        weights.append(-1j * low * root * 2 * modulus * slope / (1 - modulus * sn) ** 2 * quarter / (mpmath.pi * upper))
    return nodes, weights


def _placed(shape: HalfLine | HalfPlane, nodes: list[Any], weights: list[Any]) -> tuple[list[Any], list[Any]]:
    low, high, gap = (mpmath.mpf(v) for v in (shape.low, shape.high, shape.gap))
    if not shape.mirrored:
        return [low - gap + node for node in nodes], weights
    return [mpmath.conj(high + gap - node) for node in nodes], [-mpmath.conj(weight) for weight in weights]
