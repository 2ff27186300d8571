"""What every registered activation promises, and a few that are not registered."""

import copy
import json
import pickle

import mpmath
import numpy as np
import pytest
import sympy

from freeprob.errors import UnsupportedModel
from freeprob.language.activations import REGISTRY, Activation, Q, X, as_activation, from_data, gaussian_product
from freeprob.language.activations.closed_form import gaussian_expectation
from freeprob.language.activations.quadrature import integrate_float

OTHERS = [
    as_activation("leaky_relu").with_parameters(negative_slope=0.3),
    as_activation(sympy.Max(X, 0) - 1 / sympy.sqrt(2 * sympy.pi)),
    as_activation(X**3 - 3 * X),
    as_activation(X * sympy.sin(X + 1)),
    as_activation(X * sympy.erf(X) + sympy.cos(2 * X)),
    as_activation(sympy.exp(-(X**2) + X)),
    as_activation(sympy.Piecewise((X, X > 1), (X**2 / 2 + sympy.Rational(1, 2), True))),
    as_activation(sympy.Abs(X**2 - 2) + sympy.Heaviside(X - 1)),
]
OTHERS += [
    as_activation("silu").with_parameters(beta=1.702),
    as_activation("elu").with_parameters(alpha=0.3),
    as_activation("gaussian_bump").with_parameters(width=2),
    as_activation("hermite").with_parameters(degree=5),
    2 * as_activation("relu") + as_activation("erf") - 0.3,
    as_activation("abs") * as_activation("sin"),
    as_activation("tanh").compose("relu"),
    as_activation("relu").compose("tanh"),
    as_activation("gelu").derivative(),
    as_activation("elu").with_parameters(alpha=2).derivative(),
    as_activation("softplus").centred(1),
]
ALL = [*REGISTRY.values(), *OTHERS]
VARIANCES = (0.01, 1.0, 3.7)
SAMPLED = (0.01, 0.8)  # at large q the square of an exponential has too heavy a tail for its standard error
SAMPLE = np.random.default_rng(7).standard_normal(100_000)


def numbers(f: Activation, q, digits=15):
    return [f.numeric_mean(q, digits), f.numeric_slope(q, digits), f.numeric_second_moment(q, digits)]


def closed_forms(f: Activation, q):
    return [f.mean(q), f.slope(q), f.second_moment(q)]


def by_quadrature(f: Activation, q):
    return integrate_float(lambda h: np.stack([f(h), h * f(h) / q, f(h) ** 2]), q, f.breakpoints)


def by_mpmath(integrand, breakpoints):
    """E g(h) at q = 4/3 by mpmath's own quadrature."""
    g = sympy.lambdify(X, integrand, "mpmath")
    with mpmath.workdps(60):
        weight = mpmath.mpf(8) / 3
        total = mpmath.quad(lambda h: g(h) * mpmath.exp(-h * h / weight), [-22, -5, *breakpoints, 5, 22])
        return total / mpmath.sqrt(mpmath.pi * weight)


@pytest.fixture(params=ALL, ids=str)
def f(request):
    return request.param


def test_values_follow_the_formula(f):
    points = np.array([[-3.1, -0.4, -0.01], [0.02, 1.3, 2.7]])
    values = f(points)
    assert values.shape == points.shape
    assert values.dtype == np.float64
    expected = [[float(f.formula.subs(X, sympy.Float(h, 30))) for h in row] for row in points]
    np.testing.assert_allclose(values, expected, rtol=1e-13, atol=1e-15)
    assert np.all(np.isfinite(REGISTRY[f.name](np.array([-700.0, 700.0])))) if f.name in REGISTRY else True
    assert np.ndim(f(0.3)) == 0


@pytest.mark.parametrize("q", VARIANCES)
def test_closed_forms_equal_quadrature(f, q):
    expected = by_quadrature(f, q)
    for closed, number, value in zip(closed_forms(f, sympy.Rational(q)), numbers(f, q), expected):
        assert number == pytest.approx(value, rel=1e-12, abs=1e-13)
        if closed is not None:
            assert float(closed) == pytest.approx(value, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("q", SAMPLED)
def test_moments_equal_monte_carlo(f, q):
    h = np.sqrt(q) * SAMPLE
    for sample, number in zip((f(h), h * f(h) / q, f(h) ** 2), numbers(f, q)):
        assert abs(sample.mean() - number) < 5 * sample.std() / np.sqrt(len(h)) + 1e-12


def test_literature_equals_the_rules(f):
    """The closed forms written down for a registered activation and those that its formula gives."""
    integrands = (f.formula, X * f.formula, f.formula**2)
    for closed, integrand, factor in zip(closed_forms(f, Q), integrands, (1, Q, 1)):
        derived = gaussian_expectation(integrand)
        if derived is not None:
            assert closed is not None
            for q in (sympy.Rational(1, 7), 5):
                assert abs((closed * factor - derived).subs(Q, q).evalf(40)) < 1e-35


REFUSED = {
    "sign": "jumps at x = 0",
    "step": "jumps at x = 0",
    "Abs(x**2 - 2) + Heaviside(x - 1)": "jumps at x = 1",
    "Piecewise((2*exp(x), x < 0), (1, True))": "jumps at x = 0",
    "linear": "the number 1",
}


def test_derivative(f):
    """The difference quotient away from breakpoints, and E f' = E[h f(h)]/q (Stein)."""
    if str(f) in REFUSED:
        with pytest.raises(UnsupportedModel, match=f"derivative.*{REFUSED[str(f)]}|{REFUSED[str(f)]}.*distribution"):
            f.derivative()
        return
    slope = f.derivative()
    points = np.linspace(-7, 7, 58)
    if f.breakpoints:
        points = points[np.abs(points[:, None] - f.breakpoints).min(axis=1) > 1e-3]
    step = 1e-5
    quotients = (f(points + step) - f(points - step)) / (2 * step)
    np.testing.assert_allclose(slope(points), quotients, rtol=1e-7, atol=1e-7 * max(1, np.abs(quotients).max() / 10))
    for q in (0.02, 1.7):
        assert slope.numeric_mean(q) == pytest.approx(f.numeric_slope(q), rel=1e-11, abs=1e-12)
    if f.name in REGISTRY:
        assert np.all(np.isfinite(slope(np.array([-700.0, 700.0]))))
        assert f.with_parameters().derivative() == slope
    assert from_data(json.loads(json.dumps(slope.to_data()))) == slope


def test_fifty_digits(f):
    q = sympy.Rational(4, 3)
    values = numbers(f, q, 50)
    assert [float(value) for value in values] == pytest.approx(numbers(f, q), rel=1e-14, abs=1e-15)
    integrands = (f.formula, X * f.formula / q, f.formula**2)
    for closed, value, integrand in zip(closed_forms(f, q), values, integrands):
        if closed is not None:
            with mpmath.workdps(60):
                exact = mpmath.mpf(str(closed.evalf(60)))
                assert abs(value - exact) <= mpmath.mpf(10) ** -50 * max(abs(value), 1)
        elif sympy.count_ops(integrand) < 10:
            exact = by_mpmath(integrand, f.breakpoints)
            with mpmath.workdps(60):
                assert abs(value - exact) <= mpmath.mpf(10) ** -50 * max(abs(value), 1)


def test_variance_is_not_negative(f):
    for q in VARIANCES:
        mean, slope, second = numbers(f, q)
        assert second - mean**2 - q * slope**2 >= -1e-13 * second


def test_parity_and_constant(f):
    points = np.array([0.3, 1.1, 2.9])
    if f.parity:
        np.testing.assert_allclose(f(-points), f.parity * f(points), rtol=1e-14)
    assert not f.is_constant
    assert f.numeric_second_moment(1) > f.numeric_mean(1) ** 2


def test_products(f):
    for name in ("linear", "relu", "erf", "tanh"):
        g = REGISTRY[name]
        value = f.numeric_product(g, 1.3)
        points = sorted({*f.breakpoints, *g.breakpoints})
        assert value == pytest.approx(
            integrate_float(lambda h, g=g: (f(h) * g(h))[None], 1.3, points)[0], rel=1e-12, abs=1e-13
        )
        assert value == g.numeric_product(f, 1.3)
        closed = gaussian_product(f, g, sympy.Rational(13, 10))
        assert closed is None or float(closed) == pytest.approx(value, rel=1e-13, abs=1e-14)
    assert f.numeric_product(REGISTRY["linear"], 2) == pytest.approx(2 * f.numeric_slope(2), rel=1e-13, abs=1e-14)


def test_bad_variance_is_refused(f):
    for q in (0, -1.0, float("nan"), float("inf"), sympy.I, sympy.Symbol("s")):
        with pytest.raises(UnsupportedModel, match="variance q must be"):
            f.numeric_mean(q)
    with pytest.raises(UnsupportedModel, match="positive"):
        f.second_moment(-1)


def test_symbolic_variance(f):
    s = sympy.Symbol("s")
    for closed in closed_forms(f, s):
        assert closed is None or closed.free_symbols <= {s}


def test_copies_are_equal(f):
    for twin in (pickle.loads(pickle.dumps(f)), copy.deepcopy(f), from_data(json.loads(json.dumps(f.to_data())))):
        assert twin == f
        assert hash(twin) == hash(f)
        assert str(twin) == str(f)
        assert twin.latex == f.latex
    assert sum(f == other for other in ALL) == 1


def test_is_frozen_and_prints(f):
    with pytest.raises(AttributeError):
        f.formula = X
    assert str(f).startswith(f.name)
    assert f.latex.count("{") == f.latex.count("}")
