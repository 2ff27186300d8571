"""Exact facts and refusals of uniform, semicircle, marchenko_pastur and power_law."""

import mpmath
import numpy as np
import pytest
import sympy

from freeprob.algebra.symbols import Size
from freeprob.errors import MissingValue, UnsupportedModel
from freeprob.language import laws

a, b, c, v, s = sympy.symbols("a b c v s", positive=True)
t = sympy.Symbol("t")
Q = sympy.Rational


def test_uniform_facts():
    assert [laws.uniform(0, 1).moment(k) for k in range(4)] == [1, Q(1, 2), Q(1, 3), Q(1, 4)]
    assert sympy.expand(laws.uniform(a, b).moment(2) - (a**2 + a * b + b**2) / 3) == 0
    assert laws.uniform(0, 1).cauchy(2.0) == pytest.approx(np.log(2))
    assert laws.uniform(-1, 1).cauchy(0.5 + 0j) == pytest.approx(np.log(3) / 2 - 0.5j * np.pi)
    assert laws.uniform(0, 4).quantiles(4).tolist() == [0.5, 1.5, 2.5, 3.5]
    assert str(laws.uniform("1/2", 2)) == "uniform(1/2, 2)" and str(laws.uniform(0.5, 2)) == "uniform(0.5, 2)"
    assert laws.uniform("1/2", 2).latex() == r"\mathrm{uniform}\left(\frac{1}{2}, 2\right)"


def test_semicircle_facts():
    assert [laws.semicircle(1).moment(k) for k in range(1, 9)] == [0, 1, 0, 2, 0, 5, 0, 14]
    assert laws.semicircle(v).moment(4) == 2 * v**2
    assert laws.semicircle(1, 1).moment(3) == 4  # 1 + 3 variance
    assert laws.semicircle() == laws.semicircle(1, 0)
    law = laws.semicircle(2, -1)
    z = np.array([0.3 + 0.1j, -5 + 1e-3j, 4 + 0j, -7 + 0j])
    G = law.cauchy(z)
    np.testing.assert_allclose(2 * G**2 - (z + 1) * G + 1, 0, atol=1e-13)  # v G^2 - (z - m) G + 1 = 0
    assert law.cauchy(-7).real < 0 < law.cauchy(4).real  # the branch, on both sides


def test_marchenko_pastur_facts():
    law = laws.marchenko_pastur(c)
    assert law.moment(1) == 1
    assert sympy.expand(law.moment(3) - (1 + 3 * c + c**2)) == 0
    assert laws.marchenko_pastur(2, 3).moment(2) == 27  # v^2 (1 + c)
    assert laws.marchenko_pastur(4).atoms == {sympy.Integer(0): Q(3, 4)}
    assert laws.marchenko_pastur(1).atoms == laws.marchenko_pastur(0.5).atoms == {}
    assert laws.marchenko_pastur(4).support == (0.0, 9.0) and laws.marchenko_pastur(Q(1, 4)).support == (0.25, 2.25)
    assert laws.marchenko_pastur("1/2").latex() == r"\mathrm{marchenko\_pastur}\left(\frac{1}{2}, 1\right)"


@pytest.mark.parametrize("ratio, variance", [(0.3, 1.0), (1, 2.0), (2.5, 0.7)])
def test_marchenko_pastur_cauchy_obeys_its_equation(ratio, variance):
    z = np.array([0.5 + 0.2j, 3 + 1e-4j, -2 + 0j, 20 + 0j, 1e-3j, 1e6 + 1j])
    G = laws.marchenko_pastur(ratio, variance).cauchy(z)
    residual = ratio * variance * z * G**2 - (z - variance * (1 - ratio)) * G + 1
    np.testing.assert_allclose(residual, 0, atol=1e-9)
    assert np.all(np.sign(G[2:4].real) == [-1, 1])


def test_marchenko_pastur_is_the_law_of_sample_covariance():
    rng = np.random.default_rng(0)
    for p, n in ((200, 500), (500, 200)):
        Z = rng.standard_normal((p, n))
        eigenvalues = np.linalg.eigvalsh(1.5 * Z @ Z.T / n)
        gap = np.abs(np.maximum(eigenvalues, 0) - laws.marchenko_pastur(Q(p, n), 1.5).quantiles(p))
        assert gap.mean() < 0.02  # eigenvalues are rigid: of order 1/p


def test_marchenko_pastur_hard_edge_has_a_good_rule():
    law = laws.marchenko_pastur(1)
    points, weights = law.nodes(60)
    shift = 0.05  # tr (S + shift)^-1 = -G(-shift)
    assert weights @ (1 / (points + shift)) == pytest.approx(-law.cauchy(-shift).real, rel=1e-9)
    assert float(law.expectation(sympy.sqrt(t), t)) == pytest.approx(8 / (3 * np.pi), rel=1e-15)
    value = law.expectation(sympy.sqrt(t), t, digits=50)
    with mpmath.workdps(50):
        assert abs(value - 8 / (3 * mpmath.pi)) < mpmath.mpf(10) ** -48


def test_near_hard_edge_rule_keeps_its_exactness():
    law = laws.marchenko_pastur("999999/1000000")
    points, weights = law.nodes(50)
    assert weights.sum() == pytest.approx(1, abs=1e-13)
    assert weights @ points**20 == pytest.approx(float(law.moment(20)), rel=1e-12)


def test_symbolic_ratio_does_not_guess_its_atom():
    with pytest.raises(MissingValue, match="atom at 0 only when"):
        _ = laws.marchenko_pastur(c).atoms
    n, d = Size("n"), Size("d")
    law = laws.marchenko_pastur(d / n)
    assert law.free_symbols == {n, d}
    assert laws.Law.from_data(law.to_data()) == law
    assert law.subs({d: 3, n: 2}) == laws.marchenko_pastur("3/2")


def test_power_law_facts():
    assert laws.power_law(1, 1, 3).moment(1) == 2 / sympy.log(3)
    assert laws.power_law(2, 1, 4).moment(1) == sympy.log(4) * Q(4, 3)
    assert laws.power_law(0, 1, 3).moment(2) == laws.uniform(1, 3).moment(2)
    assert laws.power_law(Q(1, 2), 1, 4).moment(1) == Q(7, 3)
    near = laws.power_law(1 + 1e-13, 1, 3).moment(1)
    assert float(near) == pytest.approx(2 / np.log(3), rel=1e-12)
    assert laws.power_law(s, 1, 2).moment(1).subs(s, 2) == laws.power_law(2, 1, 2).moment(1)
    assert laws.power_law(s, 1, 2).subs({s: 2}) == laws.power_law(2, 1, 2)


def test_power_law_over_many_decades():
    law = laws.power_law(1.5, 1e-6, 10)
    points, weights = law.nodes(200)
    assert weights @ points == pytest.approx(float(law.moment(1)), rel=1e-12)
    exact = law.expectation(1 / (t + Q(1, 100)), t)
    assert -law.cauchy(-0.01).real == pytest.approx(float(exact), rel=1e-10)
    assert law.quantiles(3)[1] == pytest.approx((1e3 * 0.5 + 0.5 * 10**-0.5) ** -2, rel=1e-9)


@pytest.mark.parametrize(
    "build, message",
    [
        (lambda: laws.uniform(2, 1), "needs a < b"),
        (lambda: laws.uniform(1, 1), "single point"),
        (lambda: laws.uniform(0, np.inf), "non-finite law"),
        (lambda: laws.uniform(0, "oo"), "not a rational"),
        (lambda: laws.uniform(0, sympy.oo), "non-finite law"),
        (lambda: laws.semicircle(-1), "negative variance"),
        (lambda: laws.semicircle(float("nan")), "non-finite law"),
        (lambda: laws.marchenko_pastur(-0.5), "negative ratio"),
        (lambda: laws.marchenko_pastur(-c), "negative ratio"),
        (lambda: laws.marchenko_pastur(1, -1), "negative variance"),
        (lambda: laws.power_law(2, 0, 1), "needs a > 0"),
        (lambda: laws.power_law(2, 3, 1), "needs a < b"),
        (lambda: laws.power_law(2, 1, None), "None"),
        (lambda: laws.uniform(a, b).subs({a: 2, b: 1}), "needs a < b"),
        (lambda: laws.marchenko_pastur(v).subs({v: float("inf")}), "non-finite law"),
    ],
)
def test_refusals_name_reason_and_remedy(build, message):
    with pytest.raises(UnsupportedModel, match=message):
        build()


def test_two_hundred_precise_nodes_integrate_moments_to_fifty_digits():
    for law in (laws.semicircle(2), laws.marchenko_pastur("1/3", 2), laws.marchenko_pastur(3), laws.uniform(-1, "1/2")):
        points, weights = law.nodes(200, digits=50)
        with mpmath.workdps(55):
            for k in (1, 4, 11):
                value = mpmath.fsum(w * x**k for x, w in zip(points, weights, strict=True))
                exact = law.moment(k)
                assert abs(value - mpmath.mpf(exact.p) / exact.q) < mpmath.mpf(10) ** -49 * max(1, abs(float(exact)))
