"""The number of quadrature nodes of continuous laws."""

from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
import sympy
from scipy.integrate import quad

import freeprob as fp
from freeprob.solve.nodes import are_exact, finer_count, growing_counts, resolved_nodes
from freeprob.solve.precise import resolved_value

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


def test_a_rule_that_does_not_grow_says_nothing():
    """Rules of many factors have equal sizes at neighbouring counts; equal answers are then no agreement."""
    law = fp.laws.product(*[fp.laws.uniform(-1, 1)] * 6)
    binding = SimpleNamespace(laws={sympy.Symbol("J"): law}, averaged=[law], along={})

    def kinked(count):
        columns, weights = law.nodes(count)
        return np.array([weights @ np.abs(columns).prod(axis=0)])

    assert abs(kinked(50)[0] - 2**-6) > 1e-4
    with pytest.raises(fp.SolveError, match="an integral over several variables at once"):
        resolved_nodes(binding, kinked, 50)


def test_smooth_integrals_over_several_variables_are_resolved():
    law = fp.laws.product(*[fp.laws.uniform(0, 1)] * 4)
    binding = SimpleNamespace(laws={sympy.Symbol("J"): law}, averaged=[law], along={})

    def smooth(count):
        columns, weights = law.nodes(count)
        return np.array([weights @ np.exp(-columns.sum(axis=0))])

    assert smooth(resolved_nodes(binding, smooth, 200))[0] == pytest.approx((1 - np.exp(-1)) ** 4, rel=1e-9)


def test_a_precise_law_has_all_its_digits():
    """m of U + strength H by Pastur's equation in 40 digits, where 60 nodes are too few."""
    strength, z = sympy.Rational(3, 10), mpmath.mpc(2, "0.02")
    bound = fp.spectrum(U + strength * H).at()
    value = bound.precise(40).stieltjes(z)
    with mpmath.workdps(50):
        w = lambda m: z + strength.p**2 * m / strength.q**2  # noqa: E731
        exact = mpmath.findroot(lambda m: m - (mpmath.log(3 - w(m)) - mpmath.log(1 - w(m))) / 2, value)
        assert abs(value - exact) < mpmath.mpf("1e-39")
        assert abs(bound.precise(40, nodes=60).stieltjes(z) - exact) > mpmath.mpf("1e-39")


def test_digits_out_of_reach_are_refused():
    """A rule that converges like the square of its number of nodes never gives forty digits."""
    binding = SimpleNamespace(laws={sympy.Symbol("J"): fp.laws.uniform(-1, 1)})
    with pytest.raises(fp.SolveError, match="ask for fewer digits"):
        resolved_value(binding, 40, 200, lambda count: 1 + mpmath.mpf(count) ** -2)
    with mpmath.workdps(50):
        value = resolved_value(binding, 40, 20, lambda count: 1 + mpmath.mpf(2) ** -count)
        assert abs(value - 1) < mpmath.mpf("1e-40")


def test_a_list_whose_rule_holds_all_its_values_is_exact():
    """Two rules need not agree where the second one is the law itself."""
    law = fp.laws.empirical(np.linspace(-1, 1, 300))
    binding = SimpleNamespace(laws={sympy.Symbol("H"): law}, averaged=[law], along={})

    def rough(count):
        return np.array([float(len(law.nodes(count)[1]))])

    assert rough(resolved_nodes(binding, rough, 200)) == 300
    assert resolved_value(binding, 40, 100, lambda count: mpmath.mpf(len(law.nodes(count)[1]))) == 300
    assert are_exact([law], 300) and not are_exact([law], 200)


def test_counts_are_those_at_which_rules_grow():
    law = fp.laws.product(*[fp.laws.uniform(-1, 1)] * 6)
    counts = list(growing_counts([law], 12, 800))
    assert [size for _, size in counts] == [4**6, 5**6, 6**6, 7**6]
    assert finer_count([law], 12) == counts[1][0] > 24
    assert list(growing_counts([fp.laws.atoms({1: 1})], 5, 100)) == [(5, 1)]
    assert finer_count([fp.laws.atoms({1: 1})], 5) == 10
