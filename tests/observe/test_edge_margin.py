"""Fluctuations at edges: the Tracy-Widom scales of Wigner and Wishart matrices, and hard edges."""

import numpy as np
import pytest

from freeprob.observe.edge_margin import TRACY_WIDOM, edge_scales

from .models import COVARIANCE, covariance, eigenvalues, wigner


@pytest.mark.parametrize("size", [100, 10_000])
def test_semicircle(size):
    # density sqrt(4 - x^2) / (2 pi): the largest eigenvalue is 2 + N^(-2/3) TW; corrections are of order N^(-2/3)
    np.testing.assert_allclose(edge_scales(wigner.at(n=1, s=1), size)[0], size ** (-2 / 3), rtol=size ** (-2 / 3))


@pytest.mark.parametrize("ratio", [0.2, 0.7])
def test_sample_covariance(ratio):
    """Johnstone 2001, equation (1.3): (sqrt n + sqrt d) (1 / sqrt n + 1 / sqrt d)^(1/3) / n."""
    d, n = 10_000, 10_000 / ratio
    scale = (np.sqrt(n) + np.sqrt(d)) * (1 / np.sqrt(n) + 1 / np.sqrt(d)) ** (1 / 3) / n
    assert edge_scales(covariance.at(n=1, d=ratio, s=1), d)[0][1] == pytest.approx(scale, rel=0.01)


def test_hard_edge():
    # density 1 / (pi sqrt x) at 0: the mass of [0, x] is 2 sqrt(x) / pi
    assert edge_scales(covariance.at(n=1, d=1, s=1), 1000)[0][0] == pytest.approx((1 / 3000) ** 2, rel=1e-3)


def test_the_largest_eigenvalue_is_within_the_margin():
    """The chance that one of 40 exceeds it is below one percent, and the 20 % quantile of all is well inside."""
    edge, (_, scale) = covariance.at(n=2, d=1, s=1).edges()[-1], edge_scales(covariance.at(n=2, d=1, s=1), 150)[0]
    largest = np.array([eigenvalues(COVARIANCE, {"n": 300, "d": 150}, seed, s=1)[-1] for seed in range(40)])
    fluctuations = (largest - edge) / scale
    assert fluctuations.max() < TRACY_WIDOM
    # mean -1.21 and deviation 1.27 of the Tracy-Widom law, within 4 standard errors and a correction of order N^(-1/3)
    assert abs(fluctuations.mean() + 1.21) < 4 * 1.27 / np.sqrt(40) + 150 ** (-1 / 3)
