"""Where functions of several pre-activations kink, and means over them."""

import numpy as np
import pytest
import sympy
from scipy.stats import norm

from freeprob.equivalents.entry_function import Factor
from freeprob.equivalents.gaussian_integrals import gaussian_mean
from freeprob.language.activations import as_joint_activation, joint_arguments

X1, X2 = joint_arguments(2)


def _factor(formula):
    return Factor(as_joint_activation(formula, 2), (0, 1), (sympy.S.One, sympy.S.One))


@pytest.mark.parametrize(
    ("formula", "normals"),
    [
        (sympy.Max(0, X2 + sympy.Max(0, X1)), {(1, 0), (0, 1), (1, 1)}),
        (sympy.Abs(X2 - sympy.Abs(X1)), {(1, 0), (-1, 1), (1, 1)}),
        (sympy.Heaviside(X2 + X1 * sympy.Heaviside(X1)), {(1, 0), (0, 1), (1, 1)}),
        (sympy.Max(0, X2 + sympy.Max(sympy.Abs(X1), X2)), {(1, 0), (0, 2), (-1, 1), (1, 1)}),
    ],
)
def test_kinks_of_nested_functions(formula, normals):
    found = {normal for normal, _ in _factor(formula).kinks([1, 1], [0, 1])}
    assert {max(n, tuple(-x for x in n)) for n in found} == {max(n, tuple(-x for x in n)) for n in normals}


def test_a_kink_along_a_curve():
    factor = Factor(as_joint_activation(sympy.Max(0, X2 + sympy.tanh(X1)), 2), (7, 4), (sympy.S.One, sympy.S(2)))
    (curve,) = factor.kinks([1.0, 2.0], [4, 7])
    assert (curve.straight, curve.bent) == ((0,), (1,))  # x2 is twice the first pre-activation
    x = np.linspace(-3, 3, 7)
    assert np.allclose(curve.function([-np.tanh(x) / 2, x]), 0, atol=1e-15)


def test_mean_of_a_rectifier_on_the_skip_of_a_rectifier():
    factor = _factor(sympy.Max(0, X2 + sympy.Max(0, X1)))
    shifts = np.array([[0.3, -0.4], [-1.0, 0.2], [0.0, 0.0]])
    variances = np.array([0.8, 0.5])
    kinks = factor.kinks([1, 1], [0, 1])
    found = gaussian_mean(lambda h: factor(dict(enumerate(h)), [1.0, 1.0]), np.diag(variances), shifts, kinks)
    x, w = np.polynomial.legendre.leggauss(200)
    s = np.sqrt(variances[1])
    for shift, value in zip(shifts, found, strict=True):
        total = 0.0  # the inner mean in closed form, the outer one on both sides of its kink
        for low, high in ((shift[0] - 9, 0.0), (0.0, shift[0] + 9)):
            h = (low + high) / 2 + (high - low) / 2 * x
            a = np.maximum(h, 0) + shift[1]
            inner = a * norm.cdf(a / s) + s * norm.pdf(a / s)
            total += (high - low) / 2 * w @ (inner * norm.pdf(h, shift[0], np.sqrt(variances[0])))
        assert value == pytest.approx(total, abs=1e-10)


def test_a_function_with_a_steep_part_takes_the_longer_rule():
    found = gaussian_mean(lambda h: np.tanh(3 * h[0]) * h[1], np.array([[1.0, 0.6], [0.6, 1.0]]), np.zeros((1, 2)))
    x, w = np.polynomial.legendre.leggauss(2000)
    h = 9 * x
    assert found[0] == pytest.approx(0.6 * (9 * w) @ (h * np.tanh(3 * h) * norm.pdf(h)), abs=1e-9)
