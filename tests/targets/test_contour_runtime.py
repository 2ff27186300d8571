"""The runtime of contours: ends of spectra, values of functions, elliptic functions, counts of outliers."""

import numpy as np
import pytest
from scipy.special import ellipj, ellipk, ellipkm1

import freeprob as fp
from freeprob.targets import contour_runtime as runtime
from freeprob.targets.numpy_runtime import SolveError

N, D, P = fp.sizes("n d p")
X, W, T = fp.gaussian(D, N), fp.gaussian(P, D), fp.gaussian(D, N)
F = fp.tanh(W @ X / fp.sqrt(D))


def sample_covariance(law):
    S = fp.population(D, law)
    return S**0.5 @ X @ X.T @ S**0.5 / N


@pytest.mark.parametrize("rest", [0.9, 0.5, 1e-2, 1e-5, 1e-9])
def test_jacobi_functions(rest):
    quarter = runtime._quarter_period(rest)
    assert quarter == pytest.approx(float(ellipkm1(rest)), rel=1e-14)
    assert runtime._quarter_period(1 - rest) == pytest.approx(float(ellipk(rest)), rel=1e-13)
    x = np.linspace(-0.95, 0.95, 17) * quarter
    ours, theirs = runtime._jacobi(x, rest), ellipj(x, 1 - rest)[:3]
    np.testing.assert_allclose(ours, theirs, atol=1e-9 if rest < 1e-8 else 2e-14)  # scipy takes a series there
    s, c, d = ours
    np.testing.assert_allclose([s**2 + c**2, d**2 - rest - (1 - rest) * c**2], [np.ones(17), np.zeros(17)], atol=2e-14)


@pytest.mark.parametrize(("n", "d"), [(2, 1), (1, 2), (1, 1), (1, 0.999)])
def test_hull_of_marchenko_pastur(n, d):
    low, high = fp.spectrum(X @ X.T / N).at(n=n, d=d).hull
    c = d / n
    wanted = 0 if c >= 1 else (1 - c**0.5) ** 2
    assert abs(low - wanted) < 1e-7 * high and abs(high - (1 + c**0.5) ** 2) < 1e-7 * high
    assert low <= wanted, "contours go around, not through"


@pytest.mark.parametrize(
    ("matrix", "values"),
    [
        (fp.wigner(D) / fp.sqrt(D), {}),
        (F.T @ F / P - fp.identity(N), dict(n=1, d=0.7, p=0.6)),  # a point mass below the rest, at -1
        (F @ F.T / N, dict(n=1, d=0.7, p=0.6)),
        (sample_covariance(fp.laws.atoms({1: "0.9", 40: "0.1"})), dict(n=1, d=0.05)),
        (sample_covariance(fp.laws.atoms({1: "0.99999", 40: "0.00001"})), dict(n=1, d=0.05)),  # a faint island
        (sample_covariance(fp.laws.atoms({1: "0.99999", "1/40": "0.00001"})), dict(n=1, d=0.05)),
    ],
)
def test_hull_is_that_of_edges_and_atoms(matrix, values):
    law = fp.spectrum(matrix).at(**values)
    low, high = law.hull
    places = [*law.edges(), *law.atoms()]
    assert abs(low - min(places)) < 1e-7 * (high - low) and abs(high - max(places)) < 1e-7 * (high - low)


def test_known_values_beside_removable_singularities():
    x = np.concatenate([np.geomspace(1e-12, 4, 40), -np.geomspace(1e-12, 1e-3, 9)])
    found = runtime.known_values(lambda z: (1 - np.exp(-30 * z)) / z, x)
    exact = -np.expm1(-30 * x) / x
    known = np.isfinite(found)
    assert known.sum() > 0.8 * len(x)
    np.testing.assert_allclose(found[known], exact[known], rtol=3e-12)


@pytest.mark.parametrize(
    "function",
    [np.log, lambda z: 1 / z, lambda z: np.sqrt(z - 0.5), lambda z: 1 / (z - 1) ** 2, lambda z: np.exp(1 / z)],
)
def test_singular_functions_are_refused(function):
    with pytest.raises(SolveError, match=r"singular on \[.*spectrum of M"):
        runtime.shape_around([function], 0.0, 4.0, "M")


@pytest.mark.parametrize("strengths", [(), (0.5,), (1.05,), (2.0,), (2.0, 2.0), (3.0, -2.0, 0.2), (50.0,)])
def test_outliers_of_a_deformed_semicircle(strengths):
    """The zeros of prod (1 + s m(z)) are s + 1/s for |s| > 1 (Peche 2006; Benaych-Georges and Nadakuditi 2011)."""

    def determinant(z):
        m = (-z + np.sqrt(z - 2) * np.sqrt(z + 2)) / 2
        return np.prod([np.ones_like(z), *(1 + s * m for s in strengths)], axis=0)

    low, high = runtime.with_outliers(-2.0, 2.0, determinant, 0)
    places = [s + 1 / s for s in strengths if abs(s) > 1]
    wanted = min([-2.0, *places]), max([2.0, *places])
    assert wanted[0] - 0.02 - 0.25 * abs(wanted[0] + 2) <= low <= wanted[0], "a little wider than needed"
    assert wanted[1] <= high <= wanted[1] + 0.02 + 0.25 * abs(wanted[1] - 2)


def test_outliers_that_are_not_counted_are_an_error():
    with pytest.raises(SolveError, match="beyond reach"):
        runtime.with_outliers(-2.0, 2.0, lambda z: 1 - 1e9 / z, 0)
