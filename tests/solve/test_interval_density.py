"""The density on an interval as Chebyshev series, for densities known in closed form."""

import numpy as np
import pytest
from scipy.special import beta

from freeprob.solve.interval_density import IntervalDensity


def arcs(power_left, power_right):
    """Return the beta density on [2, 5] with these exponents at the ends, not normalised."""

    def density(left, right):
        return left**power_left * right**power_right

    reach = tuple(1e-8 if power > 0 else 1e-40 for power in (power_left, power_right))
    return IntervalDensity(density, 2.0, 5.0, reach)


@pytest.mark.parametrize("powers", [(0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5), (-2 / 3, 0.5), (-0.75, 1 / 3)])
def test_mass_and_mean_of_beta_densities(powers):
    a, b = powers
    part = arcs(a, b)
    mass = 3 ** (a + b + 1) * beta(a + 1, b + 1)
    assert part.mass == pytest.approx(mass, rel=1e-11)
    mean = 2 + 3 * (a + 1) / (a + b + 2)
    assert part.integrate(lambda x: x) == pytest.approx(mass * mean, rel=1e-11)


def test_distribution_function_and_quantile_of_the_arcsine_law():
    part = arcs(-0.5, -0.5)
    x = np.array([2.0, 2 + 1e-12, 2.3, 3.5, 4.99, 5.0])
    expected = 2 * np.arcsin(np.sqrt((x - 2) / 3))
    np.testing.assert_allclose(part.cdf(x), expected, atol=1e-10)
    levels = np.linspace(0.01, 0.99, 9) * np.pi
    np.testing.assert_allclose(part.quantile(levels), 2 + 3 * np.sin(levels / 2) ** 2, rtol=1e-11)
    assert part.values(np.array([2.0, 3.5, 6.0])).tolist() == [np.inf, pytest.approx(2 / 3), 0.0]


def test_features_much_narrower_than_the_interval():
    def density(left, right):
        return np.sqrt(left * right) * 1e-3 / ((left - 1.0) ** 2 + 1e-6)

    part = IntervalDensity(density, 0.0, 3.0)
    assert len(part.start) > 8
    x = np.linspace(0, 3, 2_000_001)
    rough = np.trapezoid(density(x, 3 - x), x)
    assert part.mass == pytest.approx(rough, rel=1e-6)
