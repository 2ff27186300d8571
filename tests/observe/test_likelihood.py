"""Blurred densities and their divergence."""

import numpy as np
import pytest

from freeprob.observe.eigenvalues import read_eigenvalues
from freeprob.observe.likelihood import Likelihood
from freeprob.observe.moment_distance import MomentDistance
from freeprob.observe.resolution import Resolution

from .models import COVARIANCE, covariance, eigenvalues, wigner

VALUES = eigenvalues(COVARIANCE, {"n": 600, "d": 900}, s=1)


def test_blurred_densities_are_normalised_and_alike():
    law, resolution = covariance.at(n=2, d=3, s=1), Resolution.of(read_eigenvalues(VALUES))
    seen, theory = resolution.observed(VALUES), resolution.theory(law)
    # far away the width of the kernel grows faster than the distance: a mass of about 2 kappa reach / pi is added
    added = 2 * 900 ** (-2 / 3) * 10 / np.pi
    for density in (seen, theory):
        assert resolution.weights @ density == pytest.approx(1 + added, abs=0.5 * added)
    np.testing.assert_allclose(seen, theory, atol=0.05 * theory.max())


def test_the_residuals_are_the_divergence():
    values = eigenvalues(COVARIANCE, {"n": 200, "d": 100}, s=1)
    resolution = Resolution.of(read_eigenvalues(values), 0.1)
    likelihood = Likelihood.of(values, resolution)
    for size in (1.0, 1.5):
        law = covariance.at(n=2, d=1, s=size)
        e, r = likelihood.observed, resolution.theory(law)
        divergence = resolution.weights @ (e * np.log(e / r) - e + r)
        assert 0.5 * np.sum(likelihood.residuals(law) ** 2) == pytest.approx(divergence, rel=1e-9)


def test_a_spectrum_of_quantiles_prefers_its_own_law():
    values = wigner.at(n=1, s=1).quantile((np.arange(2000) + 0.5) / 2000)
    likelihood = Likelihood.of(values, Resolution.of(read_eigenvalues(values)))
    costs = [np.sum(likelihood.residuals(wigner.at(n=1, s=size)) ** 2) for size in (0.999, 1.0, 1.001)]
    assert costs[1] < min(costs[0], costs[2]) and costs[1] < 1e-5


def test_moments_vanish_at_the_law():
    values = wigner.at(n=1, s=1).quantile((np.arange(20_000) + 0.5) / 20_000)
    distance = MomentDistance.of(values, 4)
    assert np.abs(distance.residuals(wigner.at(n=1, s=1))).max() < 1e-3
    assert np.abs(distance.residuals(wigner.at(n=1, s=1.1))).max() > 0.1
    again = distance.against(values)
    np.testing.assert_allclose(again.observed, distance.observed, atol=1e-12)
