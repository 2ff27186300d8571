import mpmath
import numpy as np
import pytest
import sympy

from freeprob.errors import UnsupportedModel
from freeprob.language import laws

a, b = sympy.symbols("a b", positive=True)
Q = sympy.Rational


def test_special_cases():
    assert [laws.beta(1, 1).moment(k) for k in range(5)] == [laws.uniform(0, 1).moment(k) for k in range(5)]
    assert laws.beta("1/2", "1/2", -2, 2).moment(6) == 20  # the arcsine law
    assert laws.beta("3/2", "3/2", -2, 2).moment(6) == 5  # the semicircle law
    z = np.array([0.4 + 1e-5j, 1.0, -3.0])
    np.testing.assert_allclose(laws.beta("3/2", "3/2", -2, 2).cauchy(z), laws.semicircle(1).cauchy(z), rtol=1e-13)
    np.testing.assert_allclose(laws.beta(2, 1).quantiles(9), np.sqrt((np.arange(9) + 0.5) / 9), rtol=1e-10)


def test_moments_are_ratios_of_rising_factorials():
    assert sympy.simplify(laws.beta(a, b).moment(2) - a * (a + 1) / ((a + b) * (a + b + 1))) == 0
    mean, variance = laws.beta(3, 5).moment(1), laws.beta(3, 5).moment(2) - laws.beta(3, 5).moment(1) ** 2
    assert (mean, variance) == (Q(3, 8), Q(15, 64 * 9))
    assert laws.beta(a, b).subs({a: 2, b: "1/3"}) == laws.beta(2, "1/3")


POINTS = [0.3 + 0.2j, 0.3 + 1e-9j, -0.1, -1e-12, 1e-12 + 0.1j, 1e-15 + 1e-16j, 1.00001, 5j, 0.999 + 1e-4j, 0.5 + 0.006j]


@pytest.mark.parametrize(("p", "q"), [(2, 3), (1 / 3, 0.5), (0.05, 2), (0.01, 0.01), (1.1, 3), (30, 2)])
def test_cauchy_is_the_hypergeometric_function(p, q):
    law = laws.beta(p, q)
    for z in POINTS:
        with mpmath.workdps(60):
            exact = complex(mpmath.hyp2f1(1, p, mpmath.mpf(p) + q, 1 / mpmath.mpmathify(z)) / mpmath.mpmathify(z))
        assert law.cauchy(z) == pytest.approx(exact, rel=1e-12)


def test_cauchy_against_direct_integration():
    law = laws.beta("5/2", "7/3", -1, 3)
    z = 0.4 + 0.05j
    with mpmath.workdps(25):
        p, q = mpmath.mpf(5) / 2, mpmath.mpf(7) / 3
        norm = mpmath.beta(p, q)
        value = mpmath.quad(lambda y: y ** (p - 1) * (1 - y) ** (q - 1) / (z + 1 - 4 * y), [0, 0.3, 0.35, 0.4, 1])
    assert law.cauchy(z) == pytest.approx(complex(value / norm), rel=1e-12)


def test_cauchy_at_the_ends():
    law = laws.beta(3, "1/2")
    assert law.cauchy(0.0) == pytest.approx(-1.25) and law.cauchy(1.0) == np.inf
    assert law.cauchy(-1e-14) == pytest.approx(-1.25)


@pytest.mark.parametrize(("p", "q"), [(0.01, 0.01), (1e-3, 5), (1e6, 0.3), (1e8, 1e8), (500, 2)])
def test_extreme_exponents(p, q):
    law = laws.beta(p, q)
    for count in (1, 2, 3, 30):
        points, weights = law.nodes(count)
        assert np.all(np.diff(points) > 0)
        for k in range(1, min(2 * count, 8)):
            assert weights @ points**k == pytest.approx(float(law.moment(k)), rel=1e-12)
    values = law.quantiles(4001)
    spread = float(law.moment(2) - law.moment(1) ** 2) ** 0.5
    assert values.mean() == pytest.approx(float(law.moment(1)), abs=2e-3 * spread + 2e-5)
    assert float(law.expectation(1 + 0 * a, a)) == pytest.approx(1, rel=1e-13)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0, 1), "exponent a"), ((1, -1), "exponent b"), ((1, 1, 2, 1), "swap"), ((1, 1, 0, sympy.oo), "non-finite law")],
)
def test_refusals(arguments, message):
    with pytest.raises(UnsupportedModel, match=message):
        laws.beta(*arguments)
