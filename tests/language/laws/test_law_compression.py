"""Long lists of values, and what they cost."""

import time

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.language import laws
from freeprob.language.laws.compression import compressed

RNG = np.random.default_rng(0)
SAMPLES = {
    "gamma": RNG.gamma(2.0, 0.5, 100_000) + 0.1,
    "lognormal": np.exp(RNG.standard_normal(100_000)),
    "clusters": np.repeat(np.arange(20.0), 5000) + 1e-13 * RNG.random(100_000),
}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("count", [32, 200])
def test_gauss_rule_keeps_the_mean_of_chebyshev_polynomials(name, count):
    values = np.sort(SAMPLES[name])
    points, weights = compressed(values, np.full(len(values), 1 / len(values)), count)
    assert len(points) <= count and np.all(weights >= 0) and abs(weights.sum() - 1) < 1e-13

    def angle(x):
        return np.arccos(np.clip(2 * (x - values[0]) / np.ptp(values) - 1, -1, 1))

    inner = count if count < 64 else count - 2 * (count // 4)
    for k in (1, 7, inner, 2 * inner - 1):
        assert weights @ np.cos(k * angle(points)) == pytest.approx(np.cos(k * angle(values)).mean(), abs=2e-12)


@pytest.mark.parametrize("name", SAMPLES)
def test_panels_keep_the_transform(name):
    law = laws.empirical(SAMPLES[name])
    points, weights = law.nodes(3200)
    assert len(points) <= 3200
    middle = np.median(law.values)
    z = middle * (np.array([0.5, 1, 2, 4]) + 0.3j)
    np.testing.assert_allclose((weights / (z[:, None] - points)).sum(axis=1), law.cauchy(z), rtol=1e-12)


def test_extreme_values_stay():
    """They may be islands of a spectrum."""
    values = np.sort(SAMPLES["lognormal"])
    for count in (100, 1000):
        points, weights = laws.empirical(values).nodes(count)
        ends = count // 8
        np.testing.assert_array_equal(points[:ends], values[:ends])
        np.testing.assert_array_equal(points[-ends:], values[-ends:])
        np.testing.assert_allclose(weights[-ends:], 1e-5)


def test_exact_moments_read_shortest_decimals():
    values = RNG.random(200).round(3)
    law = laws.empirical(values)
    assert law.decimal_moment(3) == sympy.Rational(sum(int(v) ** 3 for v in np.rint(1000 * values)), 200 * 10**9)
    assert laws.empirical([1e300, -2.5e-5]).decimal_moment(1) == (10**300 - sympy.Rational(1, 40000)) / 2


def test_sample_covariance_of_a_hundred_thousand_values():
    """Population = observed values: moments against the exact ones, and time (generous: many machines are slow)."""
    n, d = fp.sizes("n d")
    law = laws.empirical(SAMPLES["gamma"])
    S, X = fp.population(d, law), fp.gaussian(d, n)
    start = time.perf_counter()
    bound = fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / n).at(n=2, d=1)
    x = np.linspace(0.05, 5, 1000)
    density = bound.density(x)
    m1, m2 = bound.moments(2)
    assert time.perf_counter() - start < 20
    assert bound.nodes < 1000
    assert float(m1) == pytest.approx(float(law.moment(1)), rel=1e-14)
    assert float(m2) == pytest.approx(float(law.moment(2)) + float(law.moment(1)) ** 2 / 2, rel=1e-14)
    # Silverstein's equation with all values: m = mean 1/(t (1 - c - c z m) - z)
    z = 1.0 + 0.2j
    m = bound.stieltjes(z)
    assert m == pytest.approx(np.mean(1 / (law.values * (1 - 0.5 - 0.5 * z * m) - z)), rel=1e-10)
    assert np.all(density > 0)


def test_inverse_of_observed_values():
    d = fp.sizes("d")
    shifted = laws.empirical(SAMPLES["gamma"])
    assert float(fp.limit(fp.tr(fp.inv(fp.population(d, shifted)))).at()) == pytest.approx(
        np.mean(1 / SAMPLES["gamma"]), rel=1e-12
    )
    with pytest.raises(fp.UnsupportedModel, match=r"eigenvalue 0\.0 with positive weight"):
        fp.inv(fp.population(d, laws.empirical(np.append(SAMPLES["gamma"], 0.0))))


@pytest.mark.parametrize("zero", [0, 0.0])
def test_an_exact_and_a_floating_zero_are_equally_singular(zero):
    d = fp.sizes("d")
    for law in (laws.atoms({zero: "1/2", 1: "1/2"}), laws.empirical([zero, 1.0])):
        with pytest.raises(fp.UnsupportedModel, match="singular and has no"):
            fp.inv(fp.population(d, law))


def test_an_atom_at_zero_stays_where_it_is():
    """Least squares with more samples than the rank r: the error is that of the noise, s^2 r / (n - r)."""
    law = laws.empirical(np.concatenate([np.zeros(200), np.geomspace(0.01, 3.0, 300)]))
    for count in (16, 32, 80, 200):
        nodes, weights = law.nodes(count)
        assert 0.0 in nodes and weights[nodes == 0.0] == pytest.approx(0.4, rel=1e-15) and np.all(nodes >= 0)
    n, d = fp.sizes("n d")
    lam = fp.parameters("lambda", positive=True)
    X, beta, noise, x = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
    root = fp.population(d, law) ** 0.5
    F, target = root @ X, beta.T @ root @ x / fp.sqrt(d)
    w = fp.ridge(F, F.T @ beta / fp.sqrt(d) + 0.5 * noise, penalty=lam)
    error = fp.limit(fp.test_error(w, root @ x, target)).at(n=400, d=500, lambda_=0)
    assert float(error) == pytest.approx(0.25 * 300 / (400 - 300), rel=1e-9)
