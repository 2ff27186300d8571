"""Distances of eigenvalues and laws, against closed forms."""

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from freeprob.observe.spectral_distance import Reference, kolmogorov_smirnov, wasserstein

from .models import covariance, wigner


def test_quantiles_of_the_law_have_distance_half_a_step():
    law = wigner.at(n=1, s=1)
    values = law.quantile((np.arange(50) + 0.5) / 50)
    assert kolmogorov_smirnov(values, Reference(law)) == pytest.approx(0.01, abs=1e-9)


def test_atoms_do_not_count_as_a_gap():
    law = covariance.at(n=1, d=2, s=1)
    values = np.append(np.zeros(50), law.quantile(0.5 + (np.arange(50) + 0.5) / 100))
    assert kolmogorov_smirnov(values, Reference(law)) == pytest.approx(0.005, abs=1e-9)
    values[:50] += np.linspace(-1e-12, 1e-12, 50)
    assert kolmogorov_smirnov(Reference(law).snap(values), Reference(law)) == pytest.approx(0.005, abs=1e-9)


def test_wasserstein_of_a_point_is_the_mean_absolute_deviation():
    # E |x| of the semicircle on [-2, 2] is 8 / (3 pi)
    # a kink between 200 nodes costs some 1 / 200^2
    assert wasserstein(np.zeros(1), wigner.at(n=1, s=1)) == pytest.approx(8 / (3 * np.pi), rel=5e-5)


def test_wasserstein_is_that_of_scipy_on_a_fine_sample():
    law = covariance.at(n=1, d=2, s=1)
    values = np.array([0.0, 0.0, 0.5, 2.0, 7.0])
    fine = law.quantile((np.arange(100_000) + 0.5) / 100_000)
    assert wasserstein(values, law) == pytest.approx(wasserstein_distance(values, fine), rel=1e-4)
