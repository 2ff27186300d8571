"""Kinks along curves: the order of integration, and means over functions of several pre-activations."""

from itertools import pairwise

import numpy as np
import pytest
import sympy
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm

import freeprob as fp
from freeprob.equivalents.entry_function import Factor
from freeprob.equivalents.gaussian_integrals import gaussian_mean
from freeprob.equivalents.kinks import Curve, variables_in_order
from freeprob.language.activations import as_joint_activation, joint_arguments

X1, X2, X3 = joint_arguments(3)
COVARIANCE = np.array([[1.0, 0.4], [0.4, 0.8]])


def _curve(straight, bent):
    return Curve(lambda h: h[0], straight, bent)


def test_bent_variables_come_first():
    assert variables_in_order(3, [_curve((0,), (2,)), _curve((2,), (1,))]) == [1, 2, 0]
    assert variables_in_order(2, [((1.0, 1.0), 0.0)]) == [0, 1]


def test_curves_that_are_bent_in_turn_leave_the_order():
    assert variables_in_order(2, [_curve((0,), (1,)), _curve((1,), (0,))]) == [0, 1]


def _mean(formulas, shift=(0.0, 0.0), covariance=COVARIANCE):
    arguments = (X1, X2, X3)[: len(covariance)]
    factors = [
        Factor(as_joint_activation(sympy.Lambda(arguments, f), len(arguments)), tuple(range(len(arguments))), (1,) * 3)
        for f in formulas
    ]
    kinks = [k for f in factors for k in f.kinks([1.0] * len(arguments), range(len(arguments)))]

    def product(h):
        return np.prod([f(dict(enumerate(h)), [1.0] * len(arguments)) for f in factors], axis=0)

    return gaussian_mean(product, covariance, np.array([shift]), kinks)[0]


def _outer(inner, splits=(0.0,), deviation=1.0, shift=0.0):
    """Return E inner(s + sigma x) by a fine rule that is split at some places."""
    x, w = np.polynomial.legendre.leggauss(300)
    ends = sorted([shift - 10 * deviation, shift + 10 * deviation, *splits])
    return sum(
        (b - a) / 2 * w @ (inner(h) * norm.pdf(h, shift, deviation))
        for a, b in pairwise(ends)
        for h in [(a + b) / 2 + (b - a) / 2 * x]
    )


def _given_first(h, shift=(0.0, 0.0)):
    """Return mean and deviation of h_2 given h_1."""
    return shift[1] + 0.4 * (h - shift[0]), np.sqrt(0.8 - 0.16)


@pytest.mark.parametrize("curve", [sympy.tanh, lambda x: sympy.Piecewise((x, x > 0), (sympy.exp(x) - 1, True))])
def test_a_rectifier_above_a_curve(curve):
    """E relu(h_2 + f(h_1)): the inner mean has a closed form."""
    f = sympy.lambdify(X1, curve(X1), "numpy")

    def inner(h):
        mean, s = _given_first(h, (0.3, -0.2))
        a = mean + f(h)
        return a * norm.cdf(a / s) + s * norm.pdf(a / s)

    expected = _outer(inner, shift=0.3)
    assert _mean([sympy.Max(0, X2 + curve(X1))], (0.3, -0.2)) == pytest.approx(expected, abs=1e-10)
    swapped = _mean([sympy.Max(0, X1 + curve(X2))], (-0.2, 0.3), COVARIANCE[::-1, ::-1])
    assert swapped == pytest.approx(expected, abs=1e-10)


def test_curves_that_meet():
    """P(h_2 > -tanh h_1, h_2 > sin h_1), where the curves meet at 0 and far out only."""
    found = _mean([sympy.Heaviside(X2 + sympy.tanh(X1)), sympy.Heaviside(X2 - sympy.sin(X1))], (0.3, -0.2))

    def inner(h):
        mean, s = _given_first(h, (0.3, -0.2))
        return norm.sf((np.maximum(-np.tanh(h), np.sin(h)) - mean) / s)

    right = [brentq(lambda h: np.sin(h) + np.tanh(h), *ends) for ends in ((4, 4.72), (4.73, 5.5))]
    splits = [0.0, *right, *(-place for place in right)]
    assert found == pytest.approx(_outer(inner, splits, shift=0.3), abs=1e-9)


def test_hyperplanes_that_meet():
    """P(h_1 + h_2 > 0, h_2 > 0) = 1/4 + arcsin(rho) / (2 pi), and with shifts by a single integral."""
    deviation = np.sqrt(COVARIANCE.sum())
    rho = (0.4 + 0.8) / deviation / np.sqrt(0.8)
    both = [sympy.Heaviside(X1 + X2), sympy.Heaviside(X2)]
    assert _mean(both) == pytest.approx(0.25 + np.arcsin(rho) / 2 / np.pi, abs=1e-9)

    def inner(h):
        mean, s = _given_first(h, (0.3, -0.2))
        return norm.sf((np.maximum(-h, 0) - mean) / s)

    assert _mean(both, (0.3, -0.2)) == pytest.approx(_outer(inner, shift=0.3), abs=1e-9)


def test_a_rectifier_inside_a_curve_that_ends():
    """relu(relu(h_2 + tanh h_1) + sin h_1 - 1/2): the kink along the curve begins where sin h_1 = 1/2."""
    found = _mean([sympy.Max(0, sympy.Max(0, X2 + sympy.tanh(X1)) + sympy.sin(X1) - sympy.Rational(1, 2))])

    def inner(h):
        mean, s = _given_first(h)
        a, level = mean + np.tanh(h), np.sin(h) - 0.5

        def above(cut):  # E (a + s x + level) 1(a + s x > cut)
            return (a + level) * norm.sf((cut - a) / s) + s * norm.pdf((cut - a) / s)

        return np.where(level > 0, level * norm.cdf(-a / s) + above(0.0), above(-level))

    splits = sorted(
        x for k in range(-2, 3) for x in (np.pi / 6 + 2 * np.pi * k, 5 * np.pi / 6 + 2 * np.pi * k) if abs(x) < 10
    )
    assert found == pytest.approx(_outer(inner, splits), abs=1e-9)


def test_three_variables():
    """P(h_3 + sigmoid(h_2 + tanh h_1) > 1/2) by two single integrals of smooth functions."""
    formula = sympy.Heaviside(X3 + 1 / (1 + sympy.exp(-X2 - sympy.tanh(X1))) - sympy.Rational(1, 2))
    x, w = np.polynomial.hermite_e.hermegauss(150)
    w = w / w.sum()
    first, second = np.meshgrid(x, x, indexing="ij")
    expected = w @ norm.cdf(expit(second + np.tanh(first)) - 0.5) @ w
    assert _mean([formula], (0.0,) * 3, np.eye(3)) == pytest.approx(expected, abs=1e-8)


def test_curves_in_many_digits_are_refused():
    n, d, p = fp.sizes("n d p")
    h = fp.gaussian(p, d) @ fp.gaussian(d, n) / fp.sqrt(d)
    F = fp.relu(fp.gaussian(p, p) @ fp.tanh(h) / fp.sqrt(p) + fp.tanh(h))
    at = fp.spectrum(F.T @ F / p).at(n=1, d=1, p=2)
    with pytest.raises(fp.NotPrecise):
        at.precise(digits=30).stieltjes(1 + 1j)
