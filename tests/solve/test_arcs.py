"""Rules on arcs in models: where they hold, and that they are not used where they do not."""

import numpy as np

import freeprob as fp

d, n = fp.sizes("d n")
W, X = fp.wigner(d) / fp.sqrt(d), fp.gaussian(d, n)


def on_arcs(law):
    return {name: np.sign(nodes.imag.sum()) for name, (nodes, _) in law.rules.items() if np.iscomplexobj(nodes)}


def test_a_population_is_integrated_below_the_axis():
    law = fp.spectrum(fp.population(d, fp.laws.uniform(1, 3)) + W).at()
    assert list(on_arcs(law).values()) == [-1.0]


def test_an_inverted_population_is_integrated_above_the_axis():
    S = fp.population(d, fp.laws.uniform(1, 3))
    law = fp.spectrum(fp.inv(S) + 0.02 * W).at()
    assert list(on_arcs(law).values()) == [1.0]
    direct = fp.spectrum(fp.population(d, fp.laws.power_law(2, "1/3", 1)) + 0.02 * W).at()  # the law of 1/t
    np.testing.assert_allclose(law.edges(), direct.edges(), rtol=1e-11)


def test_poles_on_both_sides_leave_the_real_rule():
    """X S X^T with S on both sides of 0: whether rules on arcs hold or not, the numbers are those of real nodes."""
    S = fp.population(d, fp.laws.uniform(-1, 2))
    law = fp.spectrum(X.T @ S @ X / n).at(d=0.7, n=1)
    plain = fp.spectrum(X.T @ fp.population(d, fp.laws.density(lambda x: 1 / 3 + 0 * x, (-1, 2))) @ X / n)
    x = np.linspace(-2, 4, 31) + 0.01j
    np.testing.assert_allclose(law.stieltjes(x), plain.at(d=0.7, n=1).stieltjes(x), rtol=1e-8)


def test_randomness_may_be_weak():
    """Pastur's equation m = int H(dt) / (t - z - v m), whose average is a logarithm."""
    v, z = 1e-4, np.array([1.0, 1.5, 2.9])
    m = fp.spectrum(fp.population(d, fp.laws.uniform(1, 3)) + 0.01 * W).at().stieltjes(z)
    w = z + v * m
    np.testing.assert_allclose(m, 0.5 * (np.log(3 - w) - np.log(1 - w)), rtol=1e-10)


def test_or_absent():
    law = fp.spectrum(fp.population(d, fp.laws.uniform(1, 3))).at()
    np.testing.assert_allclose(law.density([1.5, 2.0, 2.7]), 0.5, rtol=1e-12)
