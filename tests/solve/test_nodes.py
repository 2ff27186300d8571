"""The number of quadrature nodes of continuous laws."""

import numpy as np
import pytest
from scipy.integrate import quad

import freeprob as fp

D, N = fp.sizes("d n")
LAW = fp.laws.uniform(1, 3)
U, H, X = fp.population(D, LAW), fp.wigner(D) / fp.sqrt(D), fp.gaussian(D, N)


def _subordinated(z, strength):
    """m(z) of U + strength H by Pastur's equation m = int dt / (t - z - strength^2 m) / 2, solved by iteration."""
    m = 1j
    for _ in range(4000):
        w = z + strength**2 * m
        m = 0.5 * (m + 0.5 * (np.log(3 - w) - np.log(1 - w)))
    return m


@pytest.mark.parametrize("strength", [1, 0.3, 0.1])
def test_weak_noise_gets_more_nodes(strength):
    law = fp.spectrum(U + strength * H).at()
    z = 2.0 + 0.02j
    assert law.stieltjes(z) == pytest.approx(_subordinated(z, strength), rel=1e-8)
    assert law.nodes >= {1: 200, 0.3: 400, 0.1: 1600}[strength]


PYTHON = fp.population(D, fp.laws.density(lambda x: 0.5 + 0 * x, (1, 3)))  # known at real points only


def test_too_weak_noise_is_refused():
    with pytest.raises(fp.SolveError, match="not resolved by 3200 quadrature nodes"):
        fp.spectrum(PYTHON + 0.01 * H).at()


def test_a_lone_continuous_population_is_refused():
    with pytest.raises(fp.SolveError, match="too weak"):
        fp.spectrum(PYTHON).at()


def test_atomic_laws_need_no_doubling():
    atoms = fp.population(D, fp.laws.atoms({1: 0.5, 3: 0.5}))
    assert fp.spectrum(atoms + 0.01 * H).at().nodes == 200


def test_numbers_are_resolved_too():
    lam = fp.parameters("lam", positive=True)
    value = fp.limit(fp.tr(fp.inv(U + lam * fp.identity(D) + X @ X.T / N))).at(d=1e-9, n=1, lam=1)
    exact = quad(lambda t: 0.5 / (t + 2), 1, 3)[0]
    assert float(value) == pytest.approx(exact, rel=1e-7)
