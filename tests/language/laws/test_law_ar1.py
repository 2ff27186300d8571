import mpmath
import numpy as np
import pytest
import sympy

from freeprob.errors import UnsupportedModel
from freeprob.language import laws

rho = sympy.Symbol("rho", real=True)
v = sympy.Symbol("v", positive=True)


def test_moments_are_legendre_polynomials():
    law = laws.ar1(rho, v)
    assert law.moment(1) == v
    assert sympy.cancel(law.moment(2) - v**2 * (1 + rho**2) / (1 - rho**2)) == 0
    x = (1 + rho**2) / (1 - rho**2)
    for k in (3, 4, 5):
        assert sympy.cancel(law.moment(k) - v**k * sympy.legendre(k - 1, x)) == 0


def test_moments_are_traces_of_the_matrix():
    """Szego's theorem: normalised traces of rho^|i-j| converge like 1/N (Grenander and Szego 1958, section 5.2)."""
    size, r = 600, 0.4
    matrix = r ** np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    eigenvalues = np.linalg.eigvalsh(matrix)
    law = laws.ar1("2/5")
    for k in (2, 3):
        assert np.mean(eigenvalues**k) == pytest.approx(float(law.moment(k)), abs=10 / size)
    assert np.abs(eigenvalues - law.quantiles(size)).max() < 5 / size


def test_cauchy_is_the_average_over_the_symbol():
    law = laws.ar1("3/5", "1/2")
    for z in (0.4 + 0.1j, -1.0, 3.0 + 1e-3j, 1e-8 + 0j):
        exact = mpmath.quad(
            lambda t, z=z: 1 / (mpmath.mpmathify(z) - 0.5 * 0.64 / (1.36 - 1.2 * mpmath.cos(t))),
            mpmath.linspace(0, mpmath.pi, 9),
        )
        assert law.cauchy(z) == pytest.approx(complex(exact / mpmath.pi), rel=1e-10)


def test_the_sign_of_the_correlation_does_not_matter():
    plus, minus = laws.ar1("1/3"), laws.ar1("-1/3")
    assert plus.support == minus.support and plus.moment(4) == minus.moment(4)
    np.testing.assert_array_equal(plus.nodes(7), minus.nodes(7))


def test_no_correlation_is_a_point_mass():
    law = laws.ar1(rho, 2).subs({rho: 0})
    assert law.is_atomic and law.atoms == {sympy.Integer(2): 1} and law.support == (2.0, 2.0)
    assert [c.tolist() for c in law.nodes(5)] == [[2.0], [1.0]] and law.nodes(3, digits=30)[0] == [2]
    assert law.moment(5) == 32 and law.quantiles(3).tolist() == [2.0, 2.0, 2.0]
    assert law.cauchy(3.0) == pytest.approx(1) and law.density(2.0) == 0
    assert law.expectation(rho**2, rho) == 4


@pytest.mark.parametrize("count", [1, 2, 6])
def test_gauss_rule_is_exact_to_its_degree(count):
    law = laws.ar1("9/10", 3)
    points, weights = law.nodes(count)
    for k in range(2 * count):
        assert weights @ points**k == pytest.approx(float(law.moment(k)), rel=1e-11)
    assert weights @ points ** (2 * count) != pytest.approx(float(law.moment(2 * count)), rel=1e-9)


@pytest.mark.parametrize("bad", [1, -1, 1.5, sympy.Rational(4, 3)])
def test_processes_that_are_not_stationary_are_refused(bad):
    with pytest.raises(UnsupportedModel, match="not stationary"):
        laws.ar1(bad)
    with pytest.raises(UnsupportedModel, match="must be positive"):
        laws.ar1(0.5, 0)
