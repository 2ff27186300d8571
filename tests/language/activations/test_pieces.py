"""Breakpoints and smooth pieces."""

import pytest
import sympy

from freeprob.language.activations.growth import variance_limit
from freeprob.language.activations.pieces import X, breakpoints, smooth_pieces


@pytest.mark.parametrize(
    ("f", "points"),
    [
        (sympy.tanh(X), ()),
        (sympy.Max(0, X), (0,)),
        (sympy.Max(-1, sympy.Min(1, X)), (-1, 1)),
        (sympy.Abs(2 * X - 1), (sympy.Rational(1, 2),)),
        (sympy.Heaviside(X - sympy.sqrt(2)), (sympy.sqrt(2),)),
        (sympy.Abs(sympy.Abs(X) - 1), (-1, 0, 1)),
        (sympy.Abs(X**2 - 2), (-sympy.sqrt(2), sympy.sqrt(2))),
        (sympy.Piecewise((0, X < -1), (X, X < 3), (1, True)), (-1, 3)),
        (sympy.log(sympy.Abs(X)), (0,)),
        (1 / (X - 2), (2,)),
    ],
    ids=str,
)
def test_breakpoints(f, points):
    assert breakpoints(f) == points
    for left, right, body in smooth_pieces(f):
        assert not body.has(sympy.Abs, sympy.sign, sympy.Heaviside, sympy.Max, sympy.Min, sympy.Piecewise)
        low, high = max(left, -50), min(right, 50)
        for weight in (sympy.Rational(1, 7), sympy.Rational(4, 5)):
            point = low + weight * (high - low)
            assert abs((body - f).subs(X, point).evalf(20)) < 1e-15


@pytest.mark.parametrize(
    ("f", "limit"),
    [
        (X**9, sympy.oo),
        (sympy.exp(5 * X), sympy.oo),
        (sympy.exp(-(X**4)), sympy.oo),
        (sympy.exp(X**2 / 8) * X**5, 2),
        (sympy.cos(X) * sympy.exp(X**2), 0.25),
        (sympy.Piecewise((sympy.exp(X**2), X < 0), (0, True)), 0.25),
        (sympy.exp(sympy.Abs(X) ** 3), 0),
        (sympy.exp(sympy.exp(X)), 0),
        (sympy.gamma(X), sympy.oo),
    ],
    ids=str,
)
def test_variance_limit(f, limit):
    assert variance_limit(f) == pytest.approx(float(limit), rel=1e-6)
