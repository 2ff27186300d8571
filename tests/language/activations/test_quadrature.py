"""Quadrature against integrals that are known."""

import math
import time

import mpmath
import numpy as np
import pytest
import sympy

from freeprob.language.activations import X, as_activation
from freeprob.language.activations.moments import _float_moments, _moment
from freeprob.language.activations.quadrature import NotIntegrable, integrate_float, integrate_precise


@pytest.mark.parametrize("q", [1e-8, 1e-2, 1.0, 30.0, 1e6])
def test_smooth_and_narrow_features(q):
    value = integrate_float(lambda h: np.stack([np.ones_like(h), h**2, np.exp(-(h**2)), np.cos(h)]), q)
    expected = [1, q, 1 / math.sqrt(1 + 2 * q), math.exp(-q / 2)]
    np.testing.assert_allclose(value, expected, rtol=1e-13, atol=1e-14)


def test_kinks_jumps_and_singularities_that_are_not_announced():
    value = integrate_float(
        lambda h: np.stack([np.sign(h - 0.3), np.maximum(h - 0.3, 0), np.log(np.abs(h)), np.abs(h) ** -0.25]), 1.0
    )
    upper = math.erfc(0.3 / math.sqrt(2)) / 2
    density = math.exp(-0.045) / math.sqrt(2 * math.pi)
    power = 2 ** (-0.125) * math.gamma(0.375) / math.sqrt(math.pi)
    expected = [2 * upper - 1, density - 0.3 * upper, -(np.euler_gamma + math.log(2)) / 2, power]
    np.testing.assert_allclose(value, expected, rtol=1e-12)


def test_large_exponentials_reach_far_out():
    value = integrate_float(lambda h: np.stack([np.exp(5 * h), np.exp(10 * h)]), 2.0)
    np.testing.assert_allclose(value, [math.exp(25), math.exp(100)], rtol=1e-12)


@pytest.mark.parametrize("g", [lambda h: 1 / h, lambda h: 1 / (h - 0.7) ** 2, lambda h: np.exp(h**2), lambda h: h / 0])
def test_no_finite_value(g):
    with pytest.raises(NotIntegrable):
        integrate_float(lambda h: g(h)[None], 1.0)


def test_noise_is_not_taken_for_convergence():
    rng = np.random.default_rng(0)
    with pytest.raises(NotIntegrable, match="1e-10"):
        integrate_float(lambda h: (1 + 1e-3 * rng.standard_normal(h.shape))[None], 1.0)


def test_precise_pieces():
    ends = [lambda: -mpmath.inf, lambda: mpmath.mpf("0.3"), lambda: mpmath.inf]
    pieces = [(ends[0], ends[1], lambda h: mpmath.mpf(0)), (ends[1], ends[2], lambda h: h)]
    value = integrate_precise(pieces, mpmath.mpf(1), 60)
    with mpmath.workdps(70):
        expected = mpmath.exp(-(mpmath.mpf("0.3") ** 2) / 2) / mpmath.sqrt(2 * mpmath.pi)
        assert abs(value - expected) < mpmath.mpf(10) ** -60


@pytest.mark.parametrize(
    "g", [lambda h: mpmath.sign(h - 0.77), lambda h: abs(h + 3.1), lambda h: max(0, h - 0.2) ** 3, lambda h: 1 / h]
)
def test_precise_refuses_what_it_cannot_split(g):
    with pytest.raises(NotIntegrable):
        integrate_precise([(lambda: -mpmath.inf, lambda: mpmath.inf, g)], mpmath.mpf(1), 50)


def test_speed():
    tanh = as_activation(sympy.tanh(X) + X / 7)  # not registered: no earlier test has filled the cache
    tanh.numeric_second_moment(1.0)
    start = time.perf_counter()
    for q in (0.31, 1.7, 2.9, 11.0, 25.0):
        _float_moments(tanh, q)
    assert time.perf_counter() - start < 5 * 0.05  # 1 ms each on an idle machine
    start = time.perf_counter()
    tanh.numeric_second_moment(1.1, 50)
    assert time.perf_counter() - start < 5.0  # 0.05 s on an idle machine


def test_cancellation_in_a_closed_form_is_noticed():
    value = as_activation("hard_tanh").numeric_second_moment(10**40, 30)  # two terms near 1e20 cancel
    with mpmath.workdps(60):
        expected = 1 - mpmath.sqrt(2 / mpmath.pi) * mpmath.mpf(10) ** -20 * 2 / 3  # 1 - E[1 - h^2; |h| < 1]
        assert abs(value - expected) < mpmath.mpf(10) ** -30
    tiny = as_activation("hard_tanh").numeric_second_moment(sympy.Rational(1, 10**6), 40)
    assert float(tiny) == pytest.approx(1e-6, rel=1e-15)


def test_results_are_kept():
    tanh = as_activation("tanh")
    tanh.numeric_second_moment(0.123)
    hits = _moment.cache_info().hits
    tanh.numeric_second_moment(0.123)
    assert _moment.cache_info().hits == hits + 1
