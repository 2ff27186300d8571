"""Limits of a vanishing penalty to many digits, against closed forms."""

import mpmath
import pytest
import sympy

import freeprob as fp
from freeprob.solve.precise_limit import precise_limit

n, d = fp.sizes("n d")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)
X, x, beta, eps = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(d), fp.gaussian(n)
U = fp.population(d, fp.laws.uniform(1, 3))
w = fp.ridge(X, X.T @ beta / fp.sqrt(d) + sigma * eps, penalty=lam)
TEST = fp.limit(fp.test_error(w, x, beta.T @ x / fp.sqrt(d)))
TRAIN = fp.limit(fp.train_error(w, X, X.T @ beta / fp.sqrt(d) + sigma * eps))


@pytest.mark.parametrize("ratio", ["1/3", "9/10", "7/3"])
def test_least_norm_least_squares(ratio):
    """Hastie et al. 2022, Corollary 1."""
    c, noise = sympy.Rational(ratio), sympy.Rational(1, 7)
    found = TEST.at(n=1, d=c, lambda_=0, sigma=sympy.sqrt(noise)).precise(60)
    exact = noise * c / (1 - c) if c < 1 else 1 - 1 / c + noise / (c - 1)
    with mpmath.workdps(70):
        assert abs(found / mpmath.mpf(exact.p) * exact.q - 1) < mpmath.mpf(10) ** -59


def test_a_limit_of_zero():
    assert abs(TRAIN.at(n=1, d=2, lambda_=0, sigma=0.3).precise(30)) < 1e-40


def test_a_population_with_a_density():
    """With more samples than dimensions the variance does not see the population."""
    Z = U**0.5 @ X
    v = fp.ridge(Z, sigma * eps, penalty=lam)
    variance = fp.limit(fp.test_error(v, U**0.5 @ x, fp.zeros(1, 1)))
    found = variance.at(n=4, d=1, lambda_=0, sigma=1).precise(25)
    with mpmath.workdps(30):
        assert abs(3 * found - 1) < mpmath.mpf(10) ** -24


def test_what_is_not_analytic_is_refused():
    class Root:
        def __init__(self, place):
            self.place = place

        def __float__(self):
            return float(self.place) ** 0.5

        def precise(self, digits):
            with mpmath.workdps(digits):
                return 1 + mpmath.sqrt(mpmath.mpf(self.place.p) / self.place.q)

    with pytest.raises(fp.SolveError, match="polynomials in lambda do not agree"):
        precise_limit(Root, "lambda", 30)
