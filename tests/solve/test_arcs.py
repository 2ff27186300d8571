"""Rules on arcs in models: where they hold, and that they are not used where they do not."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.language.activations import as_activation

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


def jacobian_law(depth, q):
    """Return the law of J^T J for orthogonal layers of erf whose pre-activations all have the variance q."""
    x, erf = fp.gaussian(n), as_activation("erf")
    h = sympy.sqrt(q) * fp.haar(n) @ x
    for _ in range(depth - 1):
        h = sympy.sqrt(q / erf.second_moment(q)) * fp.haar(n) @ fp.erf(h)
    J = fp.jacobian(fp.erf(h), x)
    return fp.spectrum(J.T @ J)


def test_derivatives_of_activations_are_integrated_in_their_values():
    """Without arcs the nodes of the rules show as atoms where orthogonal layers leave little randomness."""
    law = jacobian_law(2, sympy.Rational(1, 10)).at(n=1)
    assert set(on_arcs(law).values()) == {-1.0}
    assert law.edges()[0] == 0.0  # the derivative falls to 0
    moments = [float(m) for m in law.moments(4)]
    assert law.mass() == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose([law.quadrature_moment(k) for k in range(1, 5)], moments, rtol=1e-8)


def test_one_orthogonal_layer_has_the_law_of_the_squared_derivative():
    """The eigenvalues of q D O O^T D are q f'(h)^2: a change of variables gives their density."""
    q = 0.25
    law = jacobian_law(1, sympy.Rational(1, 4)).at(n=1)
    h = np.array([0.1, 0.3, 0.7])
    slope = np.exp(-(h**2)) * 2 / np.sqrt(np.pi)  # erf'
    image, steep = q * slope**2, q * 4 * h * slope**2
    density = 2 * np.exp(-(h**2) / (2 * q)) / np.sqrt(2 * np.pi * q) / steep
    np.testing.assert_allclose(law.density(image), density, rtol=1e-8)


def test_a_support_is_infinite_where_functions_are():
    x = fp.gaussian(n)
    D = fp.diag(fp.softplus(fp.gaussian(n, n) @ x / fp.sqrt(n)))
    V = fp.wigner(n) / fp.sqrt(n)
    law = fp.spectrum(D + V / 10).at(n=1)
    low, high = law.edges()
    assert high == np.inf and low < 0
    assert law.visible_support()[0][1] < 10
    assert law.mass() == pytest.approx(1, abs=1e-7)
    moments = [float(m) for m in law.moments(3)]
    np.testing.assert_allclose([law.quadrature_moment(k) for k in (1, 2, 3)], moments, rtol=1e-5)
    both = fp.spectrum(fp.diag(fp.gaussian(n, n) @ x / fp.sqrt(n)) + V).at(n=1)
    assert list(both.edges()) == [-np.inf, np.inf]


def test_the_edges_of_a_bounded_function_are_those_of_the_model():
    """tanh(h) has the ends -1 and 1: edges of D + v W agree with eigenvalues."""
    D = fp.diag(fp.tanh(2 * fp.gaussian(n, n) @ fp.gaussian(n) / fp.sqrt(n)))
    law = fp.spectrum(D + fp.wigner(n) / fp.sqrt(n) / 4).at(n=1)
    rng = np.random.default_rng(1)
    size = 1500
    A = rng.standard_normal((size, size))
    values = np.linalg.eigvalsh(np.diag(np.tanh(2 * rng.standard_normal(size))) + (A + A.T) / np.sqrt(2 * size) / 4)
    assert law.edges()[-1] == pytest.approx(values[-1], abs=5 * size ** (-2 / 3))
    places = np.array([-0.8, 0.0, 0.8])
    shares = [np.mean(values <= c) for c in places]
    np.testing.assert_allclose(law.cdf(places), shares, atol=4 * 0.5 / size**0.5)
