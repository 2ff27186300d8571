"""Edges by Newton's method on the extended system."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.solve.branch_points import branch_point

n, d = fp.sizes("n d")


def law(ratio):
    X = fp.gaussian(d, n)
    return fp.spectrum(X @ X.T / n).at(n=1, d=ratio)


@pytest.mark.parametrize("offset", [1e-1, 1e-2, 1e-4])
def test_converges_to_rounding_from_inside(offset):
    bound = law(0.25)
    x = 2.25 - offset
    u = bound.unknowns([x])[:, 0]
    found = branch_point(bound.model, bound.inputs, u, x, (x, 2.25 + offset))
    assert found == pytest.approx(2.25, rel=1e-14)


def test_none_where_there_is_no_edge_in_the_bracket():
    bound = law(0.25)
    u = bound.unknowns([1.0])[:, 0]
    assert branch_point(bound.model, bound.inputs, u, 1.0, (0.99, 1.01)) is None


def test_none_at_a_hard_edge():
    bound = law(1)
    u = bound.unknowns([1e-3])[:, 0]
    found = branch_point(bound.model, bound.inputs, u, 1e-3, (-1e-3, 1e-3))
    assert found is None or not np.isclose(found, 0, atol=1e-6)


def test_edges_of_a_sum_of_projections_are_soft():
    """P + Q is symmetric about 1 up to its atoms; an R-transform has a pole in the gap, where m = 0."""
    n = fp.sizes("n")
    P, Q = fp.rotated(n, fp.laws.bernoulli("37/100")), fp.rotated(n, fp.laws.bernoulli("52/100"))
    law = fp.spectrum(P + Q).at(n=1)
    edges = law.edges()
    np.testing.assert_allclose(edges, 2 - edges[::-1], rtol=0, atol=1e-13)
    assert law.measure.support.hard == frozenset()
