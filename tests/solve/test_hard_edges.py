"""Solutions next to singular points of the density."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.solve.hard_edges import AxisDensity, approach

n = fp.sizes("n")


def test_power_law_of_a_square_wishart_matrix():
    """The density of the Marchenko-Pastur law with ratio 1 is sqrt((4 - x) / x) / (2 pi)."""
    X = fp.gaussian(n, n)
    bound = fp.spectrum(X @ X.T / n).at(n=1)
    distances = np.array([1e-5, 1e-9, 1e-14, 1e-19, 1e-40])
    m, solved, _ = approach(bound.model, bound.inputs, bound.anchor, 0.0, 1e-3, distances)
    expected = np.sqrt((4 - distances) / distances) / (2 * np.pi)
    np.testing.assert_allclose(m.imag[:4] / np.pi, expected[:4], rtol=1e-6)
    np.testing.assert_allclose(m.imag[4] / np.pi, expected[4], rtol=1e-2)
    assert solved[:4].all()
    assert not solved[4], "so close to 0 the equations have lost all digits; the power law goes on"


def test_density_next_to_a_pole_keeps_its_digits():
    D, W = fp.population(n, fp.laws.atoms({0: "2/5", 1: "3/5"})), fp.wigner(n)
    bound = fp.spectrum(D @ W @ D / fp.sqrt(n)).at(n=1)
    right = float(np.sqrt(2.4))
    density = AxisDensity(bound.model, bound.inputs, bound.anchor, 0.0, right, (True, False))
    x = np.array([1e-30, 1e-12, 1e-6, 0.5])
    np.testing.assert_allclose(density(x, right - x), np.sqrt(2.4 - x**2) / (2 * np.pi), rtol=1e-7)


def test_order_does_not_matter():
    X = fp.gaussian(n, n)
    bound = fp.spectrum(X @ X.T / n).at(n=1)
    distances = np.array([1e-8, 1e-5, 1e-11])
    first, _, _ = approach(bound.model, bound.inputs, bound.anchor, 0.0, 1e-3, distances)
    second, _, _ = approach(bound.model, bound.inputs, bound.anchor, 0.0, 1e-3, distances[::-1])
    assert first == pytest.approx(second[::-1])
