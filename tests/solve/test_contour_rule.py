"""Rules on contours: exact for rational test measures, chosen by the function alone."""

import numpy as np
import pytest
import sympy

from freeprob.errors import UnsupportedModel
from freeprob.solve.contour_rule import Density, Ellipse, HalfLine, HalfPlane, chosen_rule

x = sympy.Symbol("x")
FLOW = lambda t: (1 - sympy.exp(-sympy.Float(t) * x)) / x  # noqa: E731


def error(rule, formula, low, high):
    """Return the largest error at points of the interval, relative to the largest value."""
    density = Density(formula, x)
    points = np.concatenate([np.linspace(low, high, 41), low + (high - low) * np.geomspace(1e-8, 1e-2, 15)])
    known = density.on(points)
    values = density(rule.nodes) * rule.weights
    found = 2 * (values @ (1 / (points[None, :] - rule.nodes[:, None]))).real
    return np.abs(found - known).max() / np.abs(known).max()


@pytest.mark.parametrize(
    "shape",
    [
        Ellipse(1.0, 3.0, 2.0),
        HalfLine(1.0, 3.0, 0.2, False),
        HalfLine(1.0, 3.0, 0.2, True),
        HalfPlane(1.0, 3.0, 0.2, False),
        HalfPlane(1.0, 3.0, 0.2, True),
    ],
)
def test_rules_converge_geometrically(shape):
    errors = [error(shape.rule(count), 1 + x**2 / (x**2 + 30), 1.0, 3.0) for count in (16, 32, 64)]
    assert errors[1] < 0.1 * errors[0] and errors[2] < 1e-8
    rule = shape.rule(64)
    assert (rule.nodes.imag > 0).all(), "the upper half plane"


@pytest.mark.parametrize(
    ("formula", "low", "high"),
    [
        (FLOW(0.01), 0.0, 4.0),
        (FLOW(10), 0.0, 4.0),
        (FLOW(1e3), 0.0, 4.0),
        (FLOW(1e5), 0.0, 4.0),
        (sympy.exp(-1000 * x), 0.5, 2.0),
        (sympy.exp(30 * x), -1.0, 1.0),
        (sympy.log(x), 1e-4, 3.0),
        (sympy.sqrt(x + sympy.Rational(1, 1000)), 0.0, 3.0),
        (1 / (sympy.Rational(401, 100) - x), 0.0, 4.0),
        ((1 - x / 2) ** 300, 0.1, 3.9),
        (1 / (1 + 4 * (x - 2) ** 2), 0.0, 4.0),
        (sympy.tanh(x), -2.0, 3.0),
        (x**2, 1.0, 1.0),
        (sympy.Integer(0) * x, 0.0, 1.0),
    ],
)
def test_chosen_rules_are_accurate(formula, low, high):
    shape, count = chosen_rule([Density(formula, x)], low, high, "M")
    assert count <= 800
    if low < high and formula != 0:
        assert error(shape.rule(count), formula, low, high) < 2e-10


def test_one_rule_for_many_functions():
    times = [0.1, 1, 10, 100, 3, 30]
    shape, count = chosen_rule([Density(FLOW(t), x) for t in times], 0.0, 4.0, "M")
    assert max(error(shape.rule(count), FLOW(t), 0.0, 4.0) for t in times) < 1e-10


def test_nodes_grow_like_the_logarithm_of_the_time():
    counts = [chosen_rule([Density(FLOW(t), x)], 0.0, 4.0, "M")[1] for t in (1e2, 1e4, 1e6)]
    assert counts[2] < 3 * counts[0]


@pytest.mark.parametrize(
    ("formula", "low", "place"),
    [
        (sympy.log(x), 0.0, "x = 0"),
        (sympy.log(x), -1.0, "x = 0"),
        (sympy.sqrt(x), 0.0, "x = 0"),
        (1 / (x - 2), 0.0, "x = 2"),
        ((1 - x / 3) ** sympy.Rational(7, 2), 0.0, "x = 3"),
    ],
)
def test_singularities_on_the_spectrum_are_named(formula, low, place):
    with pytest.raises(UnsupportedModel, match=f"is singular at {place}"):
        chosen_rule([Density(formula, x)], low, 4.0, "M")


def test_singularities_that_no_polynomial_shows_are_found():
    with pytest.raises(UnsupportedModel, match=r"no contour around|not real and finite"):
        chosen_rule([Density(1 / (sympy.exp(x) - 2), x)], 0.0, 4.0, "M")


def test_whole_powers_of_roots_are_regular():
    root = sympy.sqrt((x - 1) ** 2 - sympy.Rational(1, 4))
    even = ((x - 1 + root) ** 9 + (x - 1 - root) ** 9) / 2
    shape, count = chosen_rule([Density(even, x)], 0.0, 2.0, "M")
    assert error(shape.rule(count), even, 0.0, 2.0) < 1e-10
