"""Jacobians of deep networks: edges, atoms and masses next to a hard edge at 0 that gets more singular with depth."""

import numpy as np
import pytest

import freeprob as fp

N = fp.sizes("n")


def _law(depth, layer):
    start = fp.gaussian(N)
    h = start
    for _ in range(depth):
        h = layer(fp.gaussian(N, N) @ h / fp.sqrt(N))
    jacobian = fp.jacobian(h, start)
    return fp.spectrum(jacobian @ jacobian.T, via="scalar").at(n=1)


@pytest.mark.parametrize("depth", [1, 5, 20, 100])
def test_edges_of_linear_networks_are_those_of_fuss_catalan_laws(depth):
    # (L+1)^(L+1) / L^L (Penson and Zyczkowski 2011)
    edges = _law(depth, lambda z: z).edges()
    exact = np.exp((depth + 1) * np.log(depth + 1) - depth * np.log(depth))
    assert edges[0] == 0.0
    assert abs(edges[1] / exact - 1) < 1e-9


@pytest.mark.parametrize("depth", [1, 3, 8])
def test_half_of_the_eigenvalues_of_a_relu_jacobian_are_0(depth):
    law = _law(depth, lambda z: fp.sqrt(2) * fp.relu(z))
    assert law.atoms().keys() == {0.0}
    assert abs(law.atoms()[0.0] - 0.5) < 1e-6
    assert abs(law.integrate(lambda x: x) - 1) < 1e-6


def test_masses_are_refused_where_the_density_is_too_singular_and_the_rest_is_given():
    law = _law(60, lambda z: z)
    with pytest.raises(fp.SolveError, match="too singular to be integrated"):
        law.cdf(1.0)
    assert law.density(1.0) > 0
    assert len(law.edges()) == 2
