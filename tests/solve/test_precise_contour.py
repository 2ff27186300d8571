"""Contour integrals in high precision, against closed forms and against numbers without functions of matrices."""

import mpmath
import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.solve.contour_rule import Ellipse, HalfLine, HalfPlane
from freeprob.solve.precise_rule import precise_rule

from .test_contour_gradient import marchenko_pastur

n, d, p = fp.sizes("n d p")
t, sigma = fp.parameters("t sigma", nonnegative=True)
lam = fp.parameters("lambda", positive=True)
x = sympy.Symbol("x")
X, W = fp.gaussian(d, n), fp.gaussian(p, d)
beta, eps, point = fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
K = X @ X.T / n
y, y_x = X.T @ beta / fp.sqrt(d) + sigma * eps, beta.T @ point / fp.sqrt(d)
Phi = fp.erf(W @ X / fp.sqrt(d))
HALF = sympy.Rational(1, 2)


def agree(value, expected, digits):
    with mpmath.workdps(digits + 10):
        assert abs(value - expected) <= 2 * mpmath.mpf(10) ** -digits * abs(expected), (value, expected)


@pytest.mark.parametrize(
    "shape",
    [
        Ellipse(1.0, 2.0, 3.0),
        *(kind(0.0, 1.0, 1e-3, mirrored) for kind in (HalfLine, HalfPlane) for mirrored in (False, True)),
    ],
)
def test_rules_are_those_in_float64(shape):
    with mpmath.workdps(30):
        nodes, weights = precise_rule(shape, 60)
    rule = shape.rule(60)
    np.testing.assert_allclose(np.array(nodes, dtype=complex), rule.nodes, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(np.array(weights, dtype=complex), rule.weights, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("time", [1, 30])
def test_exponential(time):
    found = fp.limit(fp.tr(fp.funm("exp", -t * K))).at(n=2, d=1, t=time).precise(50)
    with mpmath.workdps(65):
        agree(found, marchenko_pastur(lambda v: mpmath.exp(-time * v), 0.5), 50)


def test_log_determinant():
    """The mean of log x over the law of Marchenko and Pastur is -1 - (1/c - 1) log(1 - c)."""
    found = fp.limit(fp.tr(fp.funm("log", K))).at(n=4, d=1).precise(40)
    with mpmath.workdps(50):
        agree(found, -1 - 3 * mpmath.log(mpmath.mpf(3) / 4), 40)


def test_gradient_flow():
    """Ali, Kolter and Tibshirani 2019, Lemma 5, for decimals that float64 does not hold."""
    risk = fp.limit(fp.test_error(fp.gradient_flow(X, y, t), point, y_x))
    found = risk.at(n=2, d=1, t=0.3, sigma=0.4).precise(40)
    with mpmath.workdps(55):
        time, noise = mpmath.mpf(3) / 10, mpmath.mpf(8) / 100

        def f(v):
            return mpmath.exp(-2 * time * v) + noise * (1 - mpmath.exp(-time * v)) ** 2 / v

        agree(found, marchenko_pastur(f, 0.5), 40)


@pytest.mark.parametrize("law", [None, fp.laws.atoms({1: HALF, 3: HALF})])
def test_ridge_as_a_function_of_a_matrix(law):
    """1 / (x + lambda) twice, a double integral, against inverses, which have no contours."""
    S = fp.identity(d) if law is None else fp.population(d, law)
    data, new = (S @ X, S @ point) if law is not None else (X, point)
    q = fp.funm(1 / (x + lam), data @ data.T / n, x)
    flow = fp.limit(fp.test_error(q @ data @ data.T @ beta / fp.sqrt(d) / n, new, beta.T @ new / fp.sqrt(d)))
    w = fp.ridge(data, data.T @ beta / fp.sqrt(d), penalty=lam)
    ridge = fp.limit(fp.test_error(w, new, beta.T @ new / fp.sqrt(d)))
    at = dict(n=2, d=1, lambda_=0.3)
    agree(flow.at(**at).precise(22), ridge.at(**at).precise(22), 21)


def test_average_over_a_continuous_law():
    U = fp.population(d, fp.laws.uniform(1, 2))
    C = U**0.5 @ K @ U**0.5
    made = fp.limit(fp.tr(U @ fp.funm(1 / (x + lam), C, x)))
    plain = fp.limit(fp.tr(U @ fp.inv(C + lam * fp.identity(d))))
    agree(made.at(n=2, d=1, lambda_=0.3).precise(18), plain.at(n=2, d=1, lambda_=0.3).precise(18), 17)


@pytest.mark.parametrize("features", [X, pytest.param(Phi, marks=pytest.mark.slow)])
def test_long_times_end_at_ridge(features):
    new = features.subs({X: point})
    flow = fp.limit(fp.test_error(fp.gradient_flow(features, y, t, penalty=lam), new, y_x))
    ridge = fp.limit(fp.test_error(fp.ridge(features, y, penalty=lam), new, y_x))
    at = dict(n=1, d=0.7, p=1.6, sigma=0.3, lambda_=0.5)
    at = {k: v for k, v in at.items() if k != "p" or features is Phi}
    agree(flow.at(t=120, **at).precise(20), ridge.at(**at).precise(20), 19)


def test_rates_are_decimals():
    k = fp.parameters("k", integer=True, nonnegative=True)
    made = [
        fp.limit(fp.test_error(fp.gradient_descent(X, y, k, rate), point, y_x)).at(n=2, d=1, k=3, sigma=0).precise(30)
        for rate in (0.1, sympy.Rational(1, 10))
    ]
    agree(*made, 30)


def test_too_many_digits_are_refused():
    number = fp.limit(fp.tr(fp.funm("exp", -K))).at(n=2, d=1)
    with pytest.raises(fp.UnsupportedModel, match="at most 66 digits"):
        number.precise(100)
