"""Edges at which the density is unbounded."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.solve.diverging_edge import diverging_edge
from freeprob.targets import numpy_runtime as runtime

n = fp.sizes("n")
O, U = fp.haar(n), fp.haar(n)  # noqa: E741
SIGNS = fp.laws.atoms({-1: "1/2", 1: "1/2"})


def test_arcsine():
    """The sum of a Haar matrix and its transpose: edges to rounding error, mass 1."""
    law = fp.spectrum(O + O.T).at(n=1)
    assert law.edges() == pytest.approx([-2, 2], abs=1e-13)
    assert law.mass() == pytest.approx(1, abs=1e-8)
    assert law.cdf([-1.0, 0.0, 1.0]) == pytest.approx([1 / 3, 1 / 2, 2 / 3], abs=1e-8)
    x = np.array([-1.9, 0.3, 1.99])
    assert law.density(x) == pytest.approx(1 / (np.pi * np.sqrt(4 - x**2)), rel=1e-10)


def test_two_free_signs():
    """The free convolution of two symmetric Bernoulli laws is the arcsine law on [-2, 2] (Nica and Speicher 2006)."""
    law = fp.spectrum(fp.rotated(n, SIGNS) + fp.rotated(n, SIGNS)).at(n=1)
    assert law.edges() == pytest.approx([-2, 2], abs=1e-12)
    assert law.density(1.0) == pytest.approx(1 / (np.pi * np.sqrt(3)), rel=1e-10)


def test_a_soft_edge_is_none():
    at = fp.spectrum(O + O.T + U + U.T).at(n=1)
    x = np.sqrt(12.0) + 1e-3
    u = runtime.solve_points(at.model, at.inputs, at.anchor, np.array([x + 0j]))[:, 0]
    assert diverging_edge(at.model, at.inputs, u, x, (x - 2e-3, x)) is None
