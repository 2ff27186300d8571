import numpy as np
import pytest
import sympy

from freeprob.errors import MissingValue, UnsupportedModel
from freeprob.language import laws

n, m = sympy.symbols("alpha beta", positive=True)
Q = sympy.Rational


def test_first_moments():
    """The mean is alpha/(alpha + beta), the variance alpha beta/(alpha + beta)^3 (from tr PQ, tr PQPQ of free P, Q)."""
    law = laws.jacobi(n, m)
    assert sympy.cancel(law.moment(1) - n / (n + m)) == 0
    assert sympy.cancel(law.moment(2) - law.moment(1) ** 2 - n * m / (n + m) ** 3) == 0


@pytest.mark.parametrize(("alpha", "beta"), [(3, 2), ("1/2", 2), ("3/4", "1/2"), (1, 1)])
def test_moments_of_a_product_of_free_projections(alpha, beta):
    """phi((PQ)^k) by the S-transform of a projection, S(z) = (1 + z)/(r + z) (Nica and Speicher 2006, lecture 18)."""
    alpha, beta = Q(alpha), Q(beta)
    ranks = (1 / (alpha + beta), alpha / (alpha + beta))
    z = sympy.Symbol("z")
    for k in range(1, 8):  # Lagrange: m_k = [z^(k-1)] ((r + z)(s + z)/(1 + z))^k / k, z/chi(z) in brackets
        square = sympy.Poly(((ranks[0] + z) * (ranks[1] + z)) ** k, z)
        terms = (square.coeff_monomial(z**j) * sympy.binomial(-k, k - 1 - j) for j in range(k))
        assert laws.jacobi(alpha, beta).moment(k) / (alpha + beta) == sum(terms) / k


def test_atoms_are_the_dimensions_of_intersections():
    assert laws.jacobi("3/4", "1/2").atoms == {sympy.Integer(0): Q(1, 4), sympy.Integer(1): Q(1, 2)}
    assert laws.jacobi(1, 1).atoms == laws.jacobi(2, 5).atoms == {}
    assert laws.jacobi("3/4", "1/2").support == (0.0, 1.0)
    with pytest.raises(MissingValue, match="atom at 0 only when alpha < 1"):
        _ = laws.jacobi(n, m).atoms


def test_equal_ratios_one_are_the_arcsine_law():
    law = laws.jacobi(1, 1)
    z = np.array([0.3, 0.2 + 0.1j, -1.0])
    np.testing.assert_allclose(law.cauchy(z), laws.arcsine(0, 1).cauchy(z), rtol=1e-13)
    assert law.support == (0.0, 1.0)


@pytest.mark.parametrize(("p", "first", "second"), [(300, 900, 600), (300, 150, 600), (400, 300, 200)])
def test_manova_matrices(p, first, second):
    """Eigenvalues of one draw (Wachter 1980) against the quantiles; rigid, of order 1/p."""
    rng = np.random.default_rng(5)
    X, Y = rng.standard_normal((p, first)), rng.standard_normal((p, second))
    half = np.linalg.inv(np.linalg.cholesky(X @ X.T + Y @ Y.T))
    eigenvalues = np.linalg.eigvalsh(half @ X @ X.T @ half.T)
    gap = np.abs(eigenvalues - laws.jacobi(Q(first, p), Q(second, p)).quantiles(p))
    assert gap.mean() < 3 / p


@pytest.mark.parametrize(("alpha", "beta"), [(0.3, 4), (2, 0.9), (1.001, 1.5), (80, 7)])
def test_gauss_rule_is_exact_to_its_degree(alpha, beta):
    law = laws.jacobi(alpha, beta)
    atoms = len(law.atoms)
    for count in (1, 2, 5):
        points, weights = law.nodes(count)
        assert len(points) == count + atoms
        for k in range(2 * count):
            assert weights @ points**k == pytest.approx(float(law.moment(k)), rel=1e-12)


@pytest.mark.parametrize(
    ("alpha", "beta", "message"),
    [("1/2", "1/2", "singular"), (0.2, 0.3, "singular"), (-1, 3, "positive"), (2, 0, "positive")],
)
def test_refusals(alpha, beta, message):
    with pytest.raises(UnsupportedModel, match=message):
        laws.jacobi(alpha, beta)
