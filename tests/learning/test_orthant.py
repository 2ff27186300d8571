"""Orthant probabilities against closed forms and samples."""

import numpy as np
import pytest

from freeprob.errors import SolveError, UnsupportedModel
from freeprob.learning.orthant import orthant_probability


@pytest.mark.parametrize("rho", [-0.9, -0.2, 0.0, 0.7, 0.99])
def test_two_centred_coordinates(rho):
    """1/4 + arcsin(rho)/(2 pi) (Sheppard 1899)."""
    expected = 0.25 + np.arcsin(rho) / (2 * np.pi)
    assert orthant_probability(np.zeros(2), np.array([[4, 2 * rho], [2 * rho, 1]])) == pytest.approx(expected, abs=1e-9)


def test_three_centred_coordinates():
    """1/8 + (sum of the arcsines)/(4 pi)."""
    covariance = np.array([[1, 0.3, -0.2], [0.3, 1, 0.5], [-0.2, 0.5, 1]])
    expected = 1 / 8 + np.arcsin([0.3, -0.2, 0.5]).sum() / (4 * np.pi)
    assert orthant_probability(np.zeros(3), covariance) == pytest.approx(expected, abs=1e-9)


def test_equally_likely_classes():
    """The largest of five equal scores is the first one in a fifth of all cases."""
    assert orthant_probability(np.zeros(4), np.eye(4) + 1) == pytest.approx(1 / 5, abs=1e-9)


def test_means_against_samples():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(3, 3))
    mean = np.array([0.5, -0.3, 1.0])
    positive = (mean + rng.normal(size=(400_000, 3)) @ root.T > 0).all(axis=1)
    expected = orthant_probability(mean, root @ root.T)
    assert positive.mean() == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 400_000))


def test_refusals():
    with pytest.raises(UnsupportedModel, match="5 classes or fewer"):
        orthant_probability(np.zeros(5), np.eye(5))
    with pytest.raises(SolveError, match="singular"):
        orthant_probability(np.zeros(2), np.ones((2, 2)))
