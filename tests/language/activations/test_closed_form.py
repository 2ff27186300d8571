"""Closed forms of Gaussian expectations against exact moments and quadrature."""

import math
from itertools import combinations_with_replacement

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from freeprob.language.activations import Q, X, as_activation, gaussian_product
from freeprob.language.activations.closed_form import gaussian_expectation
from freeprob.language.activations.growth import variance_limit
from freeprob.language.activations.pieces import breakpoints
from freeprob.language.activations.quadrature import integrate_float

rationals = st.fractions(min_value=-3, max_value=3, max_denominator=8).map(sympy.Rational)


def polynomial(coefficients):
    return sum(c * X**k for k, c in enumerate(coefficients))


def agrees_with_quadrature(integrand, q):
    closed = gaussian_expectation(integrand)
    assert closed is not None
    f = sympy.lambdify(X, integrand, ["scipy", "numpy"])
    points = [float(point) for point in breakpoints(integrand)]

    def functional(h):
        value = np.broadcast_to(f(h), h.shape)
        return np.stack([value, np.abs(value)])

    value, scale = integrate_float(functional, q, points)
    return float(closed.subs(Q, sympy.Rational(q)).evalf(30)) == pytest.approx(value, abs=1e-12 * scale + 1e-15)


@settings(max_examples=10, deadline=None)
@given(st.lists(rationals, min_size=1, max_size=6))
def test_polynomials_have_gaussian_moments(coefficients):
    expected = sum(c * sympy.factorial2(k - 1) * Q ** (k // 2) for k, c in enumerate(coefficients) if k % 2 == 0)
    assert sympy.expand(gaussian_expectation(sympy.sympify(polynomial(coefficients))) - expected) == 0


@settings(max_examples=6, deadline=None)
@given(st.lists(rationals, min_size=3, max_size=5), rationals.filter(bool))
def test_polynomial_activations(coefficients, leading):
    f = as_activation(polynomial(coefficients) + leading * X**5)
    slope = sympy.expand(gaussian_expectation(sympy.diff(f.formula, X)))
    assert sympy.expand(f.slope(Q) - slope) == 0
    assert f.numeric_second_moment(2) == pytest.approx(float(f.second_moment(2)), rel=1e-14)


@settings(max_examples=6, deadline=None)
@given(st.lists(rationals, min_size=1, max_size=3), rationals, rationals, st.sampled_from([0.3, 1.0, 2.5]))
def test_rules_equal_quadrature(coefficients, a, b, q):
    p = sympy.sympify(polynomial(coefficients))
    wave = sympy.sin(a * X + b) + sympy.cosh(b * X)
    kinked = sympy.Max(a * X + b, X, 0) + sympy.Heaviside(X - a) * sympy.exp(b * X)
    for integrand in (p * wave, p * kinked, p * sympy.erf(a * X + b) * sympy.exp(b * X - X**2), p * sympy.erfc(a * X)):
        assert agrees_with_quadrature(integrand, q)


@pytest.mark.parametrize(
    "integrand",
    [
        sympy.erf(X) * sympy.erf(3 * X),
        X**2 * sympy.erf(X) * sympy.erf(X / 2),
        X**2 * sympy.erf(X + 1),
        (X**3 + X) * sympy.erf(2 * X - 1) * sympy.exp(X),
        X * sympy.erf(X) ** 3 * sympy.exp(-(X**2)) * X,
        2**X * X,
        sympy.Abs(X**3 - X),
        sympy.sinh(X) ** 2,
        sympy.Abs(sympy.Abs(X) - 1),
        sympy.erf(X) * sympy.Heaviside(X),
        (X**3 - X**2 + 1) * sympy.erf(2 * X) * sympy.exp(-(X**2)) * sympy.Heaviside(-X),
        X**2 * sympy.erf(X) * sympy.erf(3 * X) * sympy.sign(X) * X,
        X * sympy.erf(X) * sympy.erf(X / 2) * sympy.Max(0, X) * sympy.exp(-(X**2) / 3),
        (1 + X**2) * sympy.sin(2 * X) * sympy.Heaviside(X) * sympy.exp(-(X**2)),
        X * sympy.cos(X) * sympy.Heaviside(-X),
        X**2 * sympy.sin(X) * sympy.erf(X / 2),
        X**2 * sympy.sin(3 * X) * sympy.exp(X),
        sympy.exp(X) * sympy.cos(X + 1) * sympy.exp(-(X**2)),
    ],
)
def test_examples_equal_quadrature(integrand):
    assert agrees_with_quadrature(integrand, 0.7)
    assert agrees_with_quadrature(integrand, 2.0)


@pytest.mark.parametrize(
    "integrand",
    [
        sympy.tanh(X),
        sympy.erf(X + 1) ** 2,
        sympy.erf(X) ** 3 * sympy.Heaviside(X),
        sympy.exp(X**2 / 8),
        1 / (1 + X**2),
        sympy.erf(X) * sympy.Heaviside(X - 1),
        sympy.erf(X) * sympy.exp(X) * sympy.Heaviside(X),
        sympy.sin(X) * sympy.exp(X) * sympy.Heaviside(X),
        sympy.cos(X) * sympy.Heaviside(X - 1),
        sympy.sin(X) * sympy.erf(X + 1),
        sympy.sin(X) * sympy.erf(X) * sympy.exp(X),
    ],
)
def test_none_where_no_rule_applies(integrand):
    assert gaussian_expectation(integrand) is None


NAMES = "abs cos elu erf exp gaussian_bump gelu hard_tanh hermite leaky_relu relu sign sin step".split()
OPEN = {frozenset((f, g)) for f in ("erf", "gelu", "sin", "cos") for g in ("elu", "hard_tanh")}
"""Pairs whose product needs Owen's T function or the erf of complex numbers."""


@pytest.mark.parametrize(("left", "right"), [*combinations_with_replacement(NAMES, 2)])
def test_products_have_closed_forms(left, right):
    f, g = as_activation(left), as_activation(right)
    closed = gaussian_product(f, g, Q)
    vanishes = f.parity * g.parity == -1
    assert (closed is None) == (frozenset((left, right)) in OPEN and not vanishes)
    if closed is not None:
        points = sorted({*f.breakpoints, *g.breakpoints})
        value, scale = integrate_float(lambda h: np.stack([f(h) * g(h), np.abs(f(h) * g(h))]), 1.7, points)
        assert float(closed.subs(Q, sympy.Rational(17, 10)).evalf(30)) == pytest.approx(value, abs=1e-12 * scale)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("sign", "step")])
def test_derivatives_have_closed_second_moments(name):
    slope = as_activation(name).derivative()
    closed = slope.second_moment(Q)
    expected = integrate_float(lambda h: (slope(h) ** 2)[None], 1.7, slope.breakpoints)[0]
    assert float(closed.subs(Q, sympy.Rational(17, 10)).evalf(30)) == pytest.approx(expected, rel=1e-12)


def test_it_is_deterministic():
    text = str(gaussian_expectation((sympy.Max(X, 0) + sympy.cos(X)) ** 2 * sympy.exp(-(X**2) / 2)))
    gaussian_expectation.cache_clear()
    assert str(gaussian_expectation((sympy.cos(X) + sympy.Max(0, X)) ** 2 * sympy.exp(-(X**2) / 2))) == text


def test_bounded_functions_have_moments_whatever_their_values_far_out():
    for k in range(1, 8):  # some of these are close to 1 in modulus at one of the places that show the growth
        formula = sympy.cos(k * X) + sympy.sin((k - 1) * X + sympy.Rational(k, 7))
        assert variance_limit(formula) == float("inf")
    exact = as_activation(sympy.cos(2 * X) + sympy.sin(X)).numeric_second_moment(1)
    assert exact == pytest.approx(1 + (math.exp(-8) - math.exp(-2)) / 2, rel=1e-12)
