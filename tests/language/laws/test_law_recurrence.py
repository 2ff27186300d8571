import mpmath
import numpy as np

from freeprob.language.laws.recurrence import gauss_of_recurrence


def test_legendre_nodes_and_weights():
    for count in (1, 2, 9, 300):
        k = np.arange(1, count + 1)
        points, weights = gauss_of_recurrence(np.full(count, 0.5), k / np.sqrt(4 * k**2 - 1) / 2, 15)
        theirs, masses = np.polynomial.legendre.leggauss(count)
        np.testing.assert_allclose(points, (theirs + 1) / 2, atol=1e-15)
        np.testing.assert_allclose(weights, masses / 2, rtol=1e-10)


def test_chebyshev_nodes_where_a_bisection_meets_a_zero_of_a_lower_polynomial():
    for count in (50, 200, 400):
        k = np.arange(1, count + 1)
        root = np.full(count, 0.25)
        root[0] = np.sqrt(1 / 8)
        points, weights = gauss_of_recurrence(np.full(count, 0.5), root, 15)
        np.testing.assert_allclose(points, np.sin(np.pi * (2 * k - 1) / (4 * count)) ** 2, atol=1e-15)
        np.testing.assert_allclose(weights, 1 / count, rtol=1e-10)


def test_precise_rule_agrees_with_the_float_rule_and_integrates_powers():
    with mpmath.workdps(60):
        half = [mpmath.mpf(1) / 2] * 12
        beta = [k / mpmath.sqrt(4 * k * k - 1) / 2 for k in range(1, 13)]
        points, weights = gauss_of_recurrence(half, beta, 50)
        for k in (0, 1, 23):
            value = mpmath.fsum(w * x**k for x, w in zip(points, weights, strict=True))
            assert abs(value - mpmath.mpf(1) / (k + 1)) < mpmath.mpf(10) ** -50
