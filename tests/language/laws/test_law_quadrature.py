import doctest
import importlib
import pkgutil

import mpmath
import numpy as np
import pytest

from freeprob.language import laws
from freeprob.language.laws.quadrature import cauchy_integral, legendre, tanh_sinh

FILES = sorted(info.name for info in pkgutil.iter_modules(laws.__path__))


@pytest.mark.parametrize("count", [1, 2, 7, 150])
def test_legendre_agrees_with_numpy(count):
    for ours, theirs in zip(legendre(count), np.polynomial.legendre.leggauss(count), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-14)


def test_legendre_of_high_precision_is_a_gauss_rule():
    points, weights = legendre(31, 60)
    with mpmath.workdps(70):
        for k in (0, 2, 60):
            assert abs(mpmath.fsum(w * x**k for x, w in zip(points, weights)) - mpmath.mpf(2) / (k + 1)) < 1e-60


def test_tanh_sinh_meets_poles_at_both_ends():
    left, right, weights = tanh_sinh(300)
    assert weights @ (left**-0.7 * right**-0.5) == pytest.approx(float(mpmath.beta(0.3, 0.5)), rel=1e-13)


@pytest.mark.parametrize("height", [1.0, 1e-3, 1e-7, 1e-12, 0.0])
def test_cauchy_integral_at_every_height(height):
    z = np.array([0.2 + 1j * height, 0.77 + 1j * height])
    ours = cauchy_integral(lambda left, right: 2 * left, 0.0, 1.0, z)  # integral of 2 x/(z - x)
    np.testing.assert_allclose(ours, 2 * (z * (np.log(z) - np.log(z - 1)) - 1), rtol=1e-11)


def test_cauchy_integral_above_a_pole_of_the_density():
    """The density at Re z, here 1e10 times its mean, must not be subtracted where it does not matter."""
    z = 1e-14 + 0.1j
    ours = cauchy_integral(lambda left, right: 0.3 * left**-0.7, 0.0, 1.0, np.array([z]))[0]
    assert ours == pytest.approx(complex(mpmath.hyp2f1(1, 0.3, 1.3, 1 / z) / z), rel=1e-13)


@pytest.mark.parametrize("file", FILES)
def test_examples_in_docstrings(file):
    result = doctest.testmod(importlib.import_module(f"{laws.__name__}.{file}"))
    assert result.failed == 0
