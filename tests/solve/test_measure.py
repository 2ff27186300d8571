"""Mass, distribution function, quantiles, integrals and atoms, against closed forms."""

import mpmath
import numpy as np
import pytest

import freeprob as fp

n, d = fp.sizes("n d")


def sample_covariance(ratio):
    X = fp.gaussian(d, n)
    return fp.spectrum(X @ X.T / n).at(n=1, d=ratio)


def products(factors):
    J = fp.identity(n)
    for _ in range(factors):
        J = fp.gaussian(n, n) @ J / fp.sqrt(n)
    return fp.spectrum(J @ J.T).at(n=1)


def test_distribution_function_has_twelve_digits():
    c = 0.37
    law = sample_covariance(c)
    a, b = (1 - c**0.5) ** 2, (1 + c**0.5) ** 2

    def density(x):
        return mpmath.sqrt((b - x) * (x - a)) / (2 * mpmath.pi * c * x)

    for x in (0.2, 0.5, 1.3, 2.5):
        assert law.cdf(x) == pytest.approx(float(mpmath.quad(density, [a, (a + x) / 2, x])), abs=1e-13)
    assert law.cdf(0.0) == 0.0
    assert law.cdf(9.0) == pytest.approx(1.0, abs=1e-13)


def test_quantile_inverts_the_distribution_function():
    law = sample_covariance(0.37)
    levels = np.concatenate([[1e-14, 1e-9], np.linspace(0.01, 0.99, 23), [1 - 1e-9]])
    np.testing.assert_allclose(law.cdf(law.quantile(levels)), levels, atol=1e-14)
    assert (np.diff(law.quantile(levels)) > 0).all()


def test_quantile_at_an_atom():
    law = sample_covariance(2)
    assert law.quantile(0.3) == 0.0
    assert law.quantile(0.5 + 1e-9) > 0.17
    with pytest.raises(ValueError, match="between 0 and 1"):
        law.quantile(1.0)


@pytest.mark.parametrize("factors", [1, 2, 3, 4])
def test_products_of_square_matrices_have_the_whole_mass(factors):
    """The density diverges like x^(-factors / (factors + 1)) at 0; the mean of log x is -factors."""
    law = products(factors)
    assert law.mass() == pytest.approx(1, abs=1e-12)
    assert law.atoms() == {}
    assert law.integrate(np.log) == pytest.approx(-factors, abs=1e-10)
    assert law.integrate(lambda x: x**2) == pytest.approx(factors + 1, rel=1e-13)


def test_hard_edge_distribution_function():
    law = sample_covariance(1)
    for x in (1e-20, 1e-8, 1e-3, 0.5, 3.0):
        expected = mpmath.quad(lambda s: mpmath.sqrt(4 - s * s) / mpmath.pi, [0, mpmath.sqrt(x)])
        assert law.cdf(x) == pytest.approx(float(expected), rel=1e-9)


def test_an_atom_inside_the_support():
    D, W = fp.population(n, fp.laws.atoms({0: "2/5", 1: "3/5"})), fp.wigner(n)
    law = fp.spectrum(D @ W @ D / fp.sqrt(n)).at(n=1)
    assert list(law.atoms()) == [0.0]
    assert law.atoms()[0.0] == pytest.approx(0.4, abs=1e-12)
    assert law.cdf(-1e-3) == pytest.approx(0.3, abs=1e-3)
    assert law.quantile(0.5) == pytest.approx(0.0, abs=1e-12)
    assert law.cdf(law.quantile(0.9)) == pytest.approx(0.9, abs=1e-12)


def test_pure_atoms():
    law = fp.spectrum(fp.population(n, fp.laws.atoms({1: "1/4", 3: "3/4"}))).at(n=1)
    assert law.support() == []
    np.testing.assert_allclose(list(law.atoms()), [1, 3], rtol=1e-12)
    np.testing.assert_allclose(list(law.atoms().values()), [0.25, 0.75], rtol=1e-12)
    assert law.quantile(0.5) == pytest.approx(3)


def test_density_is_finite_at_edges_and_zero_outside():
    law = sample_covariance(0.37)
    at_edges = law.density(law.edges())
    assert (at_edges < 1e-5).all()
    assert law.density(-1.0) == 0.0
    assert law.density(law.grid(50)).shape == (50,)


def test_a_singular_interior_point():
    x, y = fp.wigner(n), fp.wigner(n)
    law = fp.spectrum(x @ y @ x / n / fp.sqrt(n)).at(n=1)
    assert law.mass() == pytest.approx(1, abs=1e-12)
    assert law.cdf(0.0) == pytest.approx(0.5, abs=1e-12)
    assert law.integrate(lambda t: t**2) == pytest.approx(1, rel=1e-12)
