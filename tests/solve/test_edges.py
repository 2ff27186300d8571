"""The support of laws whose edges are known in closed form."""

import numpy as np
import pytest

import freeprob as fp

n, d = fp.sizes("n d")
sigma = fp.parameters("sigma", positive=True)


def sample_covariance(ratio):
    X = fp.gaussian(d, n)
    return fp.spectrum(X @ X.T / n).at(n=1, d=ratio)


def two_atoms(deviation, weight=0.5, place=1):
    S, W = fp.population(n, fp.laws.atoms({-1: weight, place: 1 - weight})), fp.wigner(n)
    return fp.spectrum(S + sigma * W / fp.sqrt(n)).at(n=1, sigma=deviation)


@pytest.mark.parametrize("ratio", [1e-6, 1e-3, 0.37, 0.99, 0.999, 0.9999, 1.001, 2, 10, 1000])
def test_marchenko_pastur_edges(ratio):
    law = sample_covariance(ratio)
    root = np.sqrt(np.longdouble(repr(float(ratio)) if ratio < 1 else ratio))
    expected = np.array([(1 - root) ** 2, (1 + root) ** 2]).astype(float)
    np.testing.assert_allclose(law.edges(), expected, rtol=2e-12)
    assert law.mass() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(sum(law.atoms().values()), max(0, 1 - 1 / ratio), atol=1e-12)


def test_hard_edge_at_zero():
    law = sample_covariance(1)
    assert law.edges()[0] == 0.0
    assert law.edges()[1] == pytest.approx(4, rel=1e-14)
    assert law.atoms() == {}


@pytest.mark.parametrize("gap", [1e-1, 1e-2, 1e-3, 1e-4])
def test_a_tiny_gap_is_seen(gap):
    """Semicircle and two atoms +-1: with s = sigma^2 the inner edges are those of Biane's curve, and close at s = 1."""
    deviation = 1 - gap
    s = deviation**2
    u = np.sqrt((2 + s - np.sqrt(s * (s + 8))) / 2)  # critical points of u + s u / (u^2 - 1): the edges' preimages
    inner = abs(u + s * u / (u**2 - 1))
    edges = two_atoms(deviation).edges()
    assert len(edges) == 4
    np.testing.assert_allclose(edges[1:3], [-inner, inner], rtol=1e-6 if gap < 1e-3 else 1e-9)


def test_no_gap_where_there_is_none():
    for deviation in (1.0, 1.001):
        assert len(two_atoms(deviation).edges()) == 2


@pytest.mark.parametrize("deviation", [1.0, 0.1, 0.01])
def test_a_small_band_far_away_is_seen(deviation):
    law = two_atoms(deviation, weight=0.999, place=9)
    assert len(law.edges()) == 4
    assert law.mass() == pytest.approx(1, abs=1e-12)
    assert 1 - law.cdf(5.0) == pytest.approx(0.001, rel=1e-10)


def test_ten_bands():
    S = fp.population(d, fp.laws.atoms({k: "1/10" for k in range(1, 11)}))
    X = fp.gaussian(d, n)
    law = fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / n).at(n=1, d=0.001)
    assert len(law.edges()) == 20
    np.testing.assert_allclose(np.diff(law.cdf((law.edges()[1:-1:2] + law.edges()[2::2]) / 2)), 0.1, rtol=1e-10)


def test_edges_come_in_order_with_both_kinds_of_part():
    law = two_atoms(0.3)
    assert (np.diff(law.edges()) > 0).all()
    assert law.support() == [tuple(law.edges()[:2]), tuple(law.edges()[2:])]
