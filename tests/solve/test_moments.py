"""Exact moments against published sequences and against each other."""

from fractions import Fraction
from types import SimpleNamespace

import mpmath
import pytest
import sympy

from freeprob.algebra.free_cumulants import free_cumulants, moments_from_cumulants
from freeprob.algebra.symbols import TAU, M, Z, parameters, unknown
from freeprob.derivation.average import Average
from freeprob.derivation.coefficient import Coefficient
from freeprob.equations.system import Component, SelfConsistentSystem
from freeprob.errors import MissingValue, SolveError
from freeprob.solve.moments import moments_at_infinity

T, H = sympy.Symbol("t", real=True), sympy.Symbol("H")
c, sigma = parameters("c sigma", positive=True)
g, e = unknown("g"), unknown("e")


def make_system(right, readout, params=(), laws=None, coefficients=()):
    component = Component(tuple(right), tuple(right.values()), linear=False)
    return SelfConsistentSystem(Z, (), (component,), readout, (), tuple(params), tuple(coefficients), laws or {})


SEMICIRCLE = make_system({g: 1 / (-Z - TAU * sigma**2 * g)}, g, [sigma])
MARCHENKO_PASTUR = make_system({g: 1 / (-Z + TAU / (1 + TAU * c * g))}, g, [c])


def covariance(law):
    right = {
        e: Average(T / (T / (1 + TAU * c * e) - Z), T, H),
        g: Average(1 / (T / (1 + TAU * c * e) - Z), T, H),
    }
    return make_system(right, g, [c], {H: law})


def uniform(**changes):
    """The uniform law on [0, 1] with just what moments need."""

    def nodes(count, digits):
        with mpmath.workdps(digits + 10):
            rule = mpmath.calculus.quadrature.GaussLegendre(mpmath.mp).calc_nodes(4, int(3.4 * digits) + 30)
            return [(x + 1) / 2 for x, _ in rule], [w / 2 for _, w in rule]

    return SimpleNamespace(is_atomic=False, moment=lambda k: sympy.Rational(1, k + 1), nodes=nodes, **changes)


def test_semicircle_moments_are_catalan_numbers():
    moments = moments_at_infinity(SEMICIRCLE, {sigma: 1}, 12)
    assert moments == [sympy.catalan(k // 2) if k % 2 == 0 else 0 for k in range(1, 13)]
    assert all(isinstance(m, Fraction) for m in moments)


def test_marchenko_pastur_moments_are_narayana_polynomials():
    ratio = Fraction(3, 7)
    moments = moments_at_infinity(MARCHENKO_PASTUR, {c: ratio}, 8)
    for n, moment in enumerate(moments, start=1):
        narayana = (sympy.binomial(n, k) * sympy.binomial(n, k - 1) / n for k in range(1, n + 1))
        assert moment == sum(Fraction(int(a)) * ratio**k for k, a in enumerate(narayana))


@pytest.mark.parametrize("factors", [1, 2, 3])
def test_products_of_gaussians_have_fuss_catalan_moments(factors):
    chain = [unknown(f"h_{i}") for i in range(factors)]
    right = {chain[0]: 1 + TAU * chain[-1] * chain[0] / Z}
    right |= {chain[i]: chain[i - 1] * chain[0] for i in range(1, factors)}
    moments = moments_at_infinity(make_system(right, -chain[0] / Z), {}, 6)
    expected = [sympy.binomial((factors + 1) * n, n) / (factors * n + 1) for n in range(1, 7)]
    assert moments == expected


def test_free_sum_adds_cumulants():
    a = sympy.Symbol("a", positive=True)
    right = {g: 1 / (-Z + TAU / (1 + TAU * a * g) + TAU / (1 + TAU * c * g) - TAU * sigma**2 * g)}
    values = {a: Fraction(1, 2), c: Fraction(2), sigma: Fraction(1, 3)}
    cumulants = [values[a] ** k + values[c] ** k for k in range(7)]
    cumulants[1] += values[sigma] ** 2
    assert moments_at_infinity(make_system(right, g, [a, c, sigma]), values, 7) == moments_from_cumulants(cumulants)


def random_features():
    eta, zeta, phi, psi = parameters("eta zeta phi psi", positive=True)
    tau, delta, s = map(unknown, ["tau", "delta", "s"])
    right = {
        g: 1 / (delta * (eta - zeta) - Z + TAU * delta * zeta * tau),
        s: TAU * phi / psi * (1 + Z * g) / delta,
        delta: 1 / (1 + s),
        tau: 1 / (1 + TAU * delta * zeta * g / psi),
    }
    numbers = {eta: 1, zeta: Fraction(1, 2), phi: Fraction(1, 2), psi: Fraction(4, 5)}
    return make_system(right, g, [eta, zeta, phi, psi]), numbers


def test_random_features_in_an_unsorted_component():
    # by Wick's formula m_1 = eta, m_2 = eta^2 (1 + phi/psi) + zeta^2 / psi
    system, values = random_features()
    eta, zeta, phi, psi = values.values()
    assert moments_at_infinity(system, values, 2) == [eta, eta**2 * (1 + phi / psi) + zeta**2 / psi]


def test_floats_give_decimals_of_the_same_value():
    system, values = random_features()
    exact = moments_at_infinity(system, values, 6)
    for kind in (float, mpmath.mpf, mpmath.mpc):  # complex numbers take the inexact route
        decimals = moments_at_infinity(system, {k: kind(float(v)) for k, v in values.items()}, 6)
        assert all(isinstance(m, mpmath.mpf) for m in decimals)
        assert [float(m) for m in decimals] == pytest.approx([float(m) for m in exact], rel=1e-14)


def test_roots_are_exact_where_they_can_be():
    system = make_system({g: 1 / (-Z - TAU * sympy.sqrt(c) * g)}, g, [c])
    assert moments_at_infinity(system, {c: Fraction(9, 4)}, 2) == [0, Fraction(3, 2)]
    moment = moments_at_infinity(system, {c: 2}, 4)[3]
    assert abs(moment - 4) < mpmath.mpf(10) ** -38


def test_roots_that_cancel_leave_no_trace():
    root = sympy.sqrt(c)
    system = make_system({g: 1 / (-Z + TAU * root * e), e: 1 / (root + TAU * c * root * g)}, g, [c])
    ratio = Fraction(1, 2)  # sqrt(1/2) is irrational, the law is that of Marchenko and Pastur
    assert moments_at_infinity(system, {c: ratio}, 4) == moments_at_infinity(MARCHENKO_PASTUR, {c: ratio}, 4)


def test_atoms_are_exact():
    law = SimpleNamespace(is_atomic=True, atoms={1: sympy.Rational(1, 4), sigma: sympy.Rational(3, 4)})
    moments = moments_at_infinity(covariance(law), {c: Fraction(1, 2), sigma: 3}, 2)
    assert moments == [Fraction(5, 2), 7 + Fraction(1, 2) * Fraction(25, 4)]


def test_floats_in_a_law_are_the_decimals_that_were_written():
    law = SimpleNamespace(is_atomic=True, atoms={sympy.Float(1.5): sympy.Float(0.3), 3: sympy.Float(0.7)})
    assert moments_at_infinity(covariance(law), {c: Fraction(1, 2)}, 1) == [Fraction(45 + 210, 100)]


def test_a_law_enters_by_its_exact_moments():
    # the companion X^T S X / n has a compound free Poisson law, kappa_k = ratio E t^k; its m_k = ratio m_k(covariance)
    ratio = Fraction(1, 3)
    moments = moments_at_infinity(covariance(uniform()), {c: ratio}, 6)
    assert free_cumulants([ratio * m for m in moments]) == [ratio * Fraction(1, k + 1) for k in range(1, 7)]


def test_quadrature_agrees_with_exact_moments():
    exact = moments_at_infinity(covariance(uniform()), {c: Fraction(1, 4)}, 6)
    rough = moments_at_infinity(covariance(uniform()), {c: mpmath.mpc(0.25)}, 6)
    with mpmath.workdps(40):
        assert max(abs(mpmath.mpf(a.numerator) / a.denominator - b) for a, b in zip(exact, rough, strict=True)) < 1e-28


def test_a_law_under_a_fraction_falls_back_to_quadrature():
    system = make_system({g: Average(1 / (1 / (1 + T) - Z), T, H)}, g, laws={H: uniform()})
    assert abs(moments_at_infinity(system, {}, 1)[0] - mpmath.log(2)) < 1e-15


def test_an_infinite_moment_is_an_error():
    law = uniform()
    law.moment = lambda k: sympy.oo if k > 2 else sympy.Rational(1, 2)
    assert len(moments_at_infinity(covariance(law), {c: 1}, 2)) == 2
    with pytest.raises(SolveError, match="no finite moment of order 3"):
        moments_at_infinity(covariance(law), {c: 1}, 3)


def test_coefficients_bring_their_own_values():
    zeta = sympy.Symbol("zeta", positive=True)
    system = {g: 1 / (-Z - TAU * zeta * g)}
    closed = Coefficient(zeta, "", "", (c,), lambda x, digits: None, exact=c**2)
    assert moments_at_infinity(make_system(system, g, [c], coefficients=[closed]), {c: 3}, 2) == [0, 9]
    open_ = Coefficient(zeta, "", "", (c,), lambda x, digits: mpmath.mpf(x) ** 2, exact=None)
    assert moments_at_infinity(make_system(system, g, [c], coefficients=[open_]), {c: 3}, 2) == [0, 9]


def test_components_are_solved_in_turn():
    inner = Component((e,), (1 / (-Z - TAU * e),), linear=False)
    outer = Component((g,), (e + TAU * g / Z - g / Z,), linear=True)
    system = SelfConsistentSystem(Z, (), (inner, outer), g, (), (), ())
    assert moments_at_infinity(system, {}, 4) == [0, 1, 0, 2]


def test_stagnation_is_an_error():
    system = make_system({e: 1 / (2 - TAU * e / 2), g: 1 / (-Z - TAU * e * g)}, g)
    with pytest.raises(SolveError, match="stagnates"):
        moments_at_infinity(system, {}, 3)


def test_what_is_not_a_stieltjes_transform_is_an_error():
    with pytest.raises(SolveError, match="not the Stieltjes transform"):
        moments_at_infinity(make_system({g: -2 / Z}, g), {}, 3)
    with pytest.raises(SolveError, match="no expansion"):
        moments_at_infinity(make_system({g: 1 / (g - g * TAU)}, g), {}, 3)


def test_missing_values_and_numbers_without_z():
    with pytest.raises(MissingValue, match="sigma"):
        moments_at_infinity(SEMICIRCLE, {}, 3)
    number = SelfConsistentSystem(None, (), (), M, (), (), ())
    with pytest.raises(SolveError, match="no spectral parameter"):
        moments_at_infinity(number, {}, 3)
    assert moments_at_infinity(SEMICIRCLE, {sigma: 1}, 0) == []
