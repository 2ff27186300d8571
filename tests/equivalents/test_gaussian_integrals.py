"""Means over several Gaussian variables at once."""

import mpmath
import numpy as np
import pytest
from scipy.special import erf

import freeprob as fp
from freeprob.equivalents.gaussian_integrals import gaussian_mean, precise_gaussian_mean

PLAIN = np.eye(2)


@pytest.mark.parametrize("steepness", [1.0, 4.0, 10.0])
def test_steep_functions_of_two(steepness):
    """E erf(a (h_1 + h_2 - 1)) = -erf(a / sqrt(1 + 4 a^2)), as h_1 + h_2 has variance 2."""
    (found,) = gaussian_mean(lambda h: erf(steepness * (h[0] + h[1] - 1)), PLAIN, np.zeros((1, 2)))
    assert found == pytest.approx(-erf(steepness / np.sqrt(1 + 4 * steepness**2)), abs=1e-9)


def test_kinks_that_are_not_known_are_refused():
    with pytest.raises(fp.UnsupportedModel, match="too steep, or kinks along curves that fold"):
        gaussian_mean(lambda h: np.abs(h[0] ** 2 + h[1] - 0.3), PLAIN, np.zeros((1, 2)))


def test_many_digits_of_one_variable():
    """E |h - 1/2| of one variable that is written as two, h = (x, x)."""
    covariance = mpmath.matrix([[1, 1], [1, 1]])
    with mpmath.workdps(50):
        half = mpmath.mpf(1) / 2
        value = precise_gaussian_mean(lambda h: abs(h[1] - half), covariance, [0, 0], [((0, 1), half)], 40)
        expected = 2 * mpmath.npdf(half) + half * (2 * mpmath.ncdf(half) - 1)
        assert abs(value - expected) < mpmath.mpf(10) ** -38


def test_many_digits_of_two_variables_are_refused():
    with pytest.raises(
        fp.NotPrecise, match="over 2 pre-activations at once is known to 15 digits, and 40 are asked for"
    ):
        precise_gaussian_mean(lambda h: h[0] * h[1], mpmath.eye(2), [0, 0], (), 40)


@pytest.mark.parametrize("digits", [30, 65])
@pytest.mark.parametrize("shift", ["0", "-2.5"])
def test_many_digits_of_smooth_functions(digits, shift):
    """E sin(3 h) = sin(3 s) exp(-9 v / 2); E 1 / cosh(h)^2 against panels, whose poles are near the axis."""
    with mpmath.workdps(digits + 20):
        at, variance = mpmath.mpf(shift), mpmath.mpf(2) / 3
        covariance = mpmath.matrix([[variance]])
        value = precise_gaussian_mean(lambda h: mpmath.sin(3 * h[0]), covariance, [at], (), digits)
        assert abs(value - mpmath.sin(3 * at) * mpmath.exp(-9 * variance / 2)) < mpmath.mpf(10) ** -digits

        def bell(h):
            return mpmath.sech(h[0]) ** 2

        value = precise_gaussian_mean(bell, covariance, [at], (), digits)
        panels = precise_gaussian_mean(bell, covariance, [at], [((1,), 0)], digits)
        assert abs(value - panels) < mpmath.mpf(10) ** -digits


def test_smooth_pieces_that_are_not_analytic_fall_back_to_panels():
    """exp(-1/h^2) has all derivatives at 0 and no series there."""
    with mpmath.workdps(40):
        value = precise_gaussian_mean(
            lambda h: mpmath.exp(-1 / h[0] ** 2) if h[0] else mpmath.mpf(0), mpmath.eye(1), [0], (), 20
        )
        assert abs(value - mpmath.exp(-mpmath.sqrt(2))) < mpmath.mpf(10) ** -20
