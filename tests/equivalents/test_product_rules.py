"""Means on one grid for all shifts against closed forms and against nested quadrature."""

import numpy as np
import pytest

from freeprob.equivalents.gaussian_integrals import gaussian_mean
from freeprob.equivalents.product_rules import are_separate, product_means

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("count", [2, 3])
def test_exponentials(count):
    """E exp(a . h) = exp(a . s + |a sigma|^2 / 2)."""
    deviations, slopes = np.array([0.7, 1.3, 1.0])[:count], np.array([0.4, -0.3, 0.2])[:count]
    shifts = RNG.normal(size=(5, count))
    shifts[:, -1] = 0.5
    kinks = [((1.0,) + (0.0,) * (count - 1), 0.3)]
    means, far = product_means(
        lambda h: np.exp(sum(a * x for a, x in zip(slopes, h))), deviations, shifts, kinks, 9, 3, 16
    )
    exact = np.exp(shifts @ slopes + ((slopes * deviations) ** 2).sum() / 2)
    assert np.allclose(means, exact, rtol=1e-12) and np.all(far < 1e-9)


@pytest.mark.parametrize("count", [2, 3])
def test_a_function_with_kinks_agrees_with_nested_quadrature(count):
    """A small covariance of two variables asks for nested quadrature, and moves the mean by as little."""

    def function(h):
        return np.maximum(h[0], 0) * np.tanh(h[1] + np.abs(h[-1] - 0.2))

    kinks = [(tuple(np.eye(count)[0]), 0.0), (tuple(np.eye(count)[-1]), 0.2)]
    shifts = np.round(RNG.normal(size=(4, count)), 1)
    covariance = np.diag([1.0, 0.5, 0.8][:count])
    nearly = covariance.copy()
    nearly[0, 1] = nearly[1, 0] = 1e-12
    assert are_separate(covariance, kinks) and not are_separate(nearly, kinks)
    one, other = (gaussian_mean(function, c, shifts, kinks) for c in (covariance, nearly))
    assert np.allclose(one, other, atol=1e-9)


def test_what_comes_from_far_out_is_reported():
    _, far = product_means(lambda h: np.exp(h[0] ** 2 / 2.1) + 0 * h[1], np.ones(2), np.zeros((2, 2)), [], 9, 3, 16)
    assert np.all(far > 1e-3)
