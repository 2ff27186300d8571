"""Edges at which the density vanishes so fast that they cannot be seen."""

import numpy as np
import pytest

import freeprob as fp

n, d = fp.sizes("n d")
S4, W = fp.population(d, fp.laws.beta(4, 4)), fp.wigner(d) / fp.sqrt(d)


def test_subordination_ends_at_the_end_of_the_law():
    """By v int H(dt)/t^2 = 0.63 < 1 there is no critical point below 0: the edge is that of w = 0, - v int H(dt)/t."""
    law = fp.spectrum(S4 + 0.3 * W).at()
    np.testing.assert_allclose(law.edges(), [-0.21, 1.21], rtol=1e-11)
    assert law.mass() == pytest.approx(1, abs=1e-12)


def test_a_shifted_law_keeps_a_soft_edge_where_there_is_a_critical_point():
    law = fp.spectrum(S4 + W).at()
    assert law.measure.support.hard == frozenset()


def test_the_faint_density_of_a_sample_covariance_reaches_zero():
    X = fp.gaussian(d, n)
    law = fp.spectrum(S4**0.5 @ X @ X.T @ S4**0.5 / n).at(n=1, d=0.5)
    assert law.edges()[0] == 0.0
    assert law.mass() == pytest.approx(1, abs=1e-9)


def test_an_edge_that_cannot_be_located_is_refused():
    """The density vanishes like the 19th power of the distance."""
    S = fp.population(d, fp.laws.beta(20, 20))
    with pytest.raises(fp.SolveError):
        fp.spectrum(S + 0.1 * W).at().edges()
