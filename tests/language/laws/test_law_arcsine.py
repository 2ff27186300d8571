import numpy as np
import pytest
import sympy

from freeprob.errors import UnsupportedModel
from freeprob.language import laws

a, b = sympy.symbols("a b", positive=True)


def test_moments_are_central_binomials():
    """u + u* of a Haar unitary has the moments binom(2k, k) (Nica and Speicher 2006, example 1.14)."""
    law = laws.arcsine(-2, 2)
    assert [law.moment(2 * k) for k in range(1, 7)] == [sympy.binomial(2 * k, k) for k in range(1, 7)]
    assert law.moment(5) == 0
    assert sympy.expand(laws.arcsine(a, b).moment(2) - (3 * a**2 + 2 * a * b + 3 * b**2) / 8) == 0


def test_gauss_rule_has_equal_weights():
    points, weights = laws.arcsine(-1, 1).nodes(5)
    np.testing.assert_allclose(weights, 0.2, rtol=1e-15)
    np.testing.assert_allclose(points, -np.cos((np.arange(5) + 0.5) * np.pi / 5), atol=1e-15)
    assert weights @ points**10 != pytest.approx(float(laws.arcsine(-1, 1).moment(10)), rel=1e-3)  # degree 2 n fails


def test_quantiles_and_boundary_values():
    law = laws.arcsine(0, 1)
    np.testing.assert_allclose(law.quantiles(10), np.sin(np.pi / 2 * (np.arange(10) + 0.5) / 10) ** 2, atol=1e-12)
    assert law.cauchy(0.5) == pytest.approx(-2j, abs=1e-14)
    assert law.cauchy(-1.0) == pytest.approx(-(2**-0.5), abs=1e-14)


def test_ends_in_the_wrong_order_are_refused():
    with pytest.raises(UnsupportedModel, match="swap the ends"):
        laws.arcsine(2, 1)
