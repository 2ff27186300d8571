"""Long lists of values: all islands that single values make, against the critical points with all values."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

import freeprob as fp

n, d = fp.sizes("n d")
X = fp.gaussian(d, n)
RATIO, OUTER = 0.5, 60


def sample_covariance(values):
    S = fp.population(d, fp.laws.empirical(values))
    return fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / n).at(n=1, d=RATIO)


def critical_values(values):
    """Return the critical values of w + c w mean(t / (w - t)) in the outer gaps between neighbouring values."""
    values = np.unique(values)

    def slope(w):
        return RATIO * np.mean((values / (w - values)) ** 2) - 1

    def edge(a, b):
        w = brentq(slope, a, b, xtol=1e-16, rtol=1e-15)
        return w + RATIO * w * np.mean(values / (w - values))

    low, high = values[0], values[-1]
    found = [edge(1e-9 * low, (1 - 1e-12) * low), edge((1 + 1e-12) * high, 100 * high)]
    gaps = [*pairwise(values[:OUTER]), *pairwise(values[-OUTER:])]
    for a, b in gaps:
        least = minimize_scalar(slope, bounds=(a, b), method="bounded", options={"xatol": 1e-9 * (b - a)}).x
        if slope(least) < 0:
            h = 1e-9 * (b - a)
            found += [edge(a + h, least), edge(least, b - h)]
    return np.sort(found)


@pytest.mark.parametrize("shape", [9.0, 3.0])
def test_every_island_of_a_gamma_sample(shape):
    values = np.random.default_rng(1).gamma(shape, 1 / shape, 10_000)
    law = sample_covariance(values)
    expected = critical_values(values)
    assert len(expected) >= 6
    np.testing.assert_allclose(law.edges(), expected, rtol=1e-9)
    assert law.mass() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("seed", range(2))
def test_a_large_normal_sample_is_one_interval(seed):
    values = np.abs(1 + 0.15 * np.random.default_rng(seed).normal(size=100_000))
    edges = sample_covariance(values).edges()
    assert len(edges) == 2
    np.testing.assert_allclose(edges, critical_values(values)[[0, -1]], rtol=1e-10)
