"""Breakpoints and smooth pieces."""

import numpy as np
import pytest
import sympy

from freeprob.language.activations import as_activation
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
        (sympy.Max(0, sympy.tanh(X)), (0,)),
        (sympy.Abs(sympy.exp(X) - 2), (sympy.log(2),)),
        (sympy.Max(0, sympy.log(1 + sympy.exp(X)) - 1), (sympy.log(sympy.E - 1),)),
        (sympy.Max(-1, sympy.erf(X)), ()),
        (sympy.sign(X * sympy.exp(-X) * (1 + X**2)), (0,)),
        (sympy.Abs(X**2 - sympy.pi), (-sympy.sqrt(sympy.pi), sympy.sqrt(sympy.pi))),
        (sympy.Abs((X**3 - 3 * X) / sympy.sqrt(6)), (-sympy.sqrt(3), 0, sympy.sqrt(3))),
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
    "f",
    [
        sympy.Abs(sympy.sin(X)),
        sympy.Max(0, X + sympy.sin(X)),
        sympy.sign(X**3 - sympy.pi * X + 1),
        sympy.Piecewise((X, sympy.cos(X) > 0), (1, True)),
    ],
    ids=str,
)
def test_unknown_changes_of_sign(f):
    """A choice that cannot be made is left to the numbers; it used to be made as at one point."""
    assert smooth_pieces(f)[-1][2].has(sympy.Abs, sympy.sign, sympy.Heaviside, sympy.Max, sympy.Piecewise)
    assert as_activation(f).mean(1) is None
    h = np.random.default_rng(3).standard_normal(100_000)
    values = sympy.lambdify(X, f)(h)
    assert abs(as_activation(f).numeric_mean(1) - values.mean()) < 5 * values.std() / np.sqrt(len(h))


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
