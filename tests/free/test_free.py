"""Free convolutions of laws: laws of mathematics and published facts."""

from fractions import Fraction
from functools import cache

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.algebra.free_cumulants import free_cumulants, moments_from_cumulants
from freeprob.errors import MissingValue, NotAlgebraic, SolveError, UnsupportedModel

F, L = fp.free, fp.laws
COIN = L.atoms({-1: "1/2", 1: "1/2"})
TWO = L.atoms({1: "1/2", 3: "1/2"})
MP, SEMI, UNIFORM = L.marchenko_pastur("1/2"), L.semicircle(1), L.uniform(0, 1)
g, t, z, m = sympy.symbols("g t z m")


def exact(law, count=6):
    """Moments as fractions, of a law or of a free law."""
    if isinstance(law, F.FreeLaw):
        return [Fraction(x) for x in law.moments(count)]
    return [Fraction(str(law.moment(k))) for k in range(1, count + 1)]


# ---- laws of mathematics, exactly -------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [COIN, TWO, MP, SEMI, UNIFORM], ids=str)
@pytest.mark.parametrize("second", [TWO, MP, UNIFORM], ids=str)
def test_free_cumulants_add(first, second):
    total = F.add(first, second)
    parts = [free_cumulants(exact(law)) for law in (first, second)]
    assert free_cumulants(exact(total)) == [a + b for a, b in zip(*parts, strict=True)]
    assert exact(F.add(second, first)) == exact(total)


@pytest.mark.parametrize("first", [COIN, TWO, MP, SEMI, UNIFORM], ids=str)
@pytest.mark.parametrize("second", [TWO, MP, UNIFORM], ids=str)
def test_products_have_the_moments_of_free_variables(first, second):
    """Nica and Speicher 2006, Theorem 14.4: the cumulants of ab are sums over Kreweras complements; here to order 3."""
    product = F.multiply(first, second)
    k, m_ = free_cumulants(exact(first, 3)), exact(second, 3)
    one = k[0] * m_[0]
    two = k[1] * m_[0] ** 2 + k[0] ** 2 * m_[1]
    three = k[2] * m_[0] ** 3 + 3 * k[1] * k[0] * m_[0] * m_[1] + k[0] ** 3 * m_[2]
    assert exact(product, 3) == [one, two, three]
    assert exact(F.multiply(second, first), 5) == exact(product, 5)


def test_convolutions_are_associative_and_nest():
    assert exact(F.add(F.add(COIN, MP), TWO)) == exact(F.add(COIN, F.add(MP, TWO))) == exact(F.add(COIN, MP, TWO))
    left, right = F.multiply(F.multiply(COIN, MP), TWO), F.multiply(COIN, F.multiply(MP, TWO))
    assert exact(left) == exact(right) == exact(F.multiply(TWO, COIN, MP))
    nested = F.add(F.multiply(F.add(MP, UNIFORM), TWO), F.compress(COIN, "1/3"))
    assert exact(nested, 1) == [Fraction(3)]


@pytest.mark.parametrize("law", [COIN, TWO, UNIFORM, MP], ids=str)
def test_compressions_are_a_semigroup_and_powers_scaled(law):
    assert exact(F.compress(F.compress(law, "1/2"), "2/3")) == exact(F.compress(law, "1/3"))
    assert free_cumulants(exact(F.power(law, "5/2"))) == [Fraction(5, 2) * k for k in free_cumulants(exact(law))]
    assert exact(F.power(law, 2)) == exact(F.add(law, law))
    # the corner of relative size alpha is the power 1/alpha scaled by alpha
    scaled = [x / Fraction(3) ** k for k, x in enumerate(exact(F.power(law, 3)), start=1)]
    assert exact(F.compress(law, "1/3")) == scaled


def test_moments_and_cumulants_are_inverse():
    moments = exact(UNIFORM, 8)
    assert F.moments_from_cumulants(F.free_cumulants(moments)) == moments
    assert F.free_cumulants(MP, 4) == [1, sympy.Rational(1, 2), sympy.Rational(1, 4), sympy.Rational(1, 8)]
    assert F.free_cumulants(F.add(MP, MP), 2) == [2, 1]
    assert F.free_cumulants(moments, 2) == F.free_cumulants(UNIFORM, 2)


rationals = st.fractions(min_value=Fraction(1, 3), max_value=3, max_denominator=5)
leaves = st.builds(
    lambda a, b, w: L.atoms({str(a): str(w), str(a + b): str(1 - w)}),
    rationals,
    rationals,
    st.sampled_from([Fraction(1, 3), Fraction(1, 2), Fraction(4, 5)]),
) | st.builds(lambda c: L.marchenko_pastur(str(c)), rationals)
trees = st.recursive(
    st.builds(lambda law: (law, free_cumulants(exact(law, 4))), leaves),
    lambda inner: (
        st.builds(lambda a, b: (F.add(a[0], b[0]), [x + y for x, y in zip(a[1], b[1])]), inner, inner)
        | st.builds(lambda a, s: (F.compress(a[0], str(s)), _powers(a[1], s)), inner, st.just(Fraction(2, 3)))
        | st.builds(lambda a, s: (F.power(a[0], str(s)), [s * x for x in a[1]]), inner, st.just(Fraction(3, 2)))
        | st.builds(lambda a, b: (F.multiply(a[0], b[0]), _product(a[1], b[1])), inner, inner)
    ),
    max_leaves=4,
)


def _powers(cumulants, s):
    return [x * s**k for k, x in enumerate(cumulants)]


def _product(a, b):
    """The cumulants of a free product to order 4, over the 14 non-crossing partitions and their complements."""
    (a1, a2, a3, a4), (b1, b2, b3, b4) = a, b
    return [
        a1 * b1,
        a2 * b1**2 + a1**2 * b2,
        a3 * b1**3 + 3 * a1 * a2 * b1 * b2 + a1**3 * b3,
        (a4 * b1**4 + a1**4 * b4 + 4 * a3 * a1 * b2 * b1**2 + 4 * a2 * a1**2 * b3 * b1)
        + 2 * (a2**2 * b2 * b1**2 + a2 * a1**2 * b2**2),
    ]


@settings(max_examples=25, deadline=None)
@given(trees)
def test_random_trees_have_the_moments_of_their_cumulants(tree):
    law, cumulants = tree
    if isinstance(law, F.FreeLaw):
        assert exact(law, 4) == moments_from_cumulants(cumulants)


# ---- numbers ----------------------------------------------------------------------------------------------------


@cache
def solved():
    return F.add(F.multiply(TWO, MP), F.compress(UNIFORM, "1/2"))


def test_a_nested_law_is_a_probability_law():
    law = solved()
    assert abs(law.mass() - 1) < 1e-9
    x = np.linspace(-1, 9, 41)
    values = law.stieltjes(x + 0.01j)
    assert (values.imag > 0).all()
    for k, moment in enumerate(law.moments(4), start=1):
        assert law.quadrature_moment(k) == pytest.approx(float(moment), rel=1e-9)
    assert "quantile" in dir(law) and law.quantile(0.5) == pytest.approx(law.quantile(0.5))
    with pytest.raises(AttributeError):
        law.nothing  # noqa: B018


def test_semicircles_add_and_marchenko_pastur_is_infinitely_divisible():
    assert F.add(SEMI, L.semicircle(3)).polynomial() == 4 * m**2 + m * z + 1
    third = F.power(MP, "1/3")
    assert exact(third) == exact(L.marchenko_pastur("3/2", "1/3"))
    assert exact(F.add(third, third, third)) == exact(MP)


def test_two_coins_give_the_arcsine_law():
    """Voiculescu 1986: density 1/(pi sqrt(4 - x^2)), even moments binomial(2k, k)."""
    law = F.add(COIN, COIN)
    assert law.polynomial() == m**2 * z**2 - 4 * m**2 - 1
    assert [int(x) for x in law.moments(8)] == [0, 2, 0, 6, 0, 20, 0, 70]
    assert law.edges() == pytest.approx([-2, 2], abs=1e-10) and abs(law.mass() - 1) < 1e-9
    x = np.array([-1.9, -0.3, 0.0, 1.2])
    assert law.density(x) == pytest.approx(1 / (np.pi * np.sqrt(4 - x**2)), rel=1e-12)


def test_the_corner_of_a_coin():
    """Nica and Speicher 2006, Exercise 14.21: half of +-1 is arcsine on [-1, 1]; a larger corner has atoms at +-1."""
    assert F.compress(COIN, "1/2").polynomial() == m**2 * z**2 - m**2 - 1
    law = F.compress(COIN, "3/4")
    assert law.atoms() == pytest.approx({-1.0: 1 / 3, 1.0: 1 / 3}, abs=1e-10)
    assert law.edges() == pytest.approx([-np.sqrt(3) / 2, np.sqrt(3) / 2], abs=1e-10)


def test_two_projections():
    """Product (Jacobi, Wachter 1980) and sum, with atoms; reference values to 20 digits."""
    product = F.multiply(L.bernoulli("0.37"), L.bernoulli("0.52"))
    assert product.edges() == pytest.approx([0.02278208988471416827507, 0.9876179101152858317249], abs=1e-12)
    assert product.atoms() == pytest.approx({0.0: 0.63}, abs=1e-12)
    total = F.add(L.bernoulli("0.37"), L.bernoulli("0.45"))
    assert total.edges() == pytest.approx(
        [0.01644307677543612, 0.91866256226663299, 1.08133743773336701, 1.98355692322456388], abs=1e-12
    )
    assert total.atoms() == pytest.approx({0.0: 0.18, 1.0: 0.08}, abs=1e-10)


@pytest.mark.parametrize(("variance", "cuts"), [("1.5", 2), ("1.53", 1)])
def test_one_and_two_cuts_of_a_deformed_semicircle(variance, cuts):
    """Biane 1997: the gap of atoms at -1, 1.4 closes at v = 1.525017115979637."""
    law = F.add(L.atoms({-1: "0.3", "1.4": "0.7"}), L.semicircle(variance))
    assert len(law.support()) == cuts


def test_edges_of_a_deformed_semicircle():
    law = F.add(L.atoms({-1: "0.3", "1.4": "0.7"}), L.semicircle("0.83"))
    expected = [-2.197801992325502604815, -0.3113357089728187403, 0.02938102211507914051, 3.003090012516575538]
    assert law.edges() == pytest.approx(expected, abs=1e-10)


def test_products_of_square_gaussian_matrices_have_fuss_catalan_moments():
    """Penson and Zyczkowski 2011: binomial((s + 1) k, k)/(s k + 1) for s factors."""
    one = L.marchenko_pastur(1)
    for s in (2, 3):
        expected = [sympy.binomial((s + 1) * k, k) / (s * k + 1) for k in range(1, 7)]
        assert exact(F.multiply(*[one] * s)) == [Fraction(int(x)) for x in expected]


def test_two_wishart_matrices():
    law = F.multiply(L.marchenko_pastur("0.45"), L.marchenko_pastur("2.3"))
    assert law.edges() == pytest.approx([0.1890675387367808, 7.884016222394093], abs=1e-10)
    assert law.stieltjes(2j) == pytest.approx(0.08129501274098601 + 0.4034138270149534j, abs=1e-12)


# ---- transforms -------------------------------------------------------------------------------------------------


def test_formulas_of_transforms():
    c = fp.parameters("c", positive=True)
    assert sympy.simplify(F.r_transform(L.marchenko_pastur(c), g) - 1 / (1 - c * g)) == 0
    assert sympy.simplify(F.r_transform(COIN, g) - (sympy.sqrt(1 + 4 * g**2) - 1) / (2 * g)) == 0
    assert sympy.simplify(F.r_transform(F.add(COIN, SEMI), g) - F.r_transform(COIN, g) - g) == 0
    assert sympy.simplify(F.s_transform(L.marchenko_pastur(c), t) - 1 / (1 + c * t)) == 0
    third = sympy.Rational(1, 3)
    assert sympy.simplify(F.s_transform(L.bernoulli("1/3"), t) - (1 + t) / (third + t)) == 0
    with pytest.raises(NotAlgebraic):
        F.r_transform(UNIFORM, g)


@pytest.mark.parametrize("law", [TWO, UNIFORM, MP], ids=str)
def test_numbers_of_transforms(law):
    places = np.array([0.1, -0.2, 0.1 + 0.2j])
    r = F.r_transform(law, places)
    assert [complex(law.cauchy(w)) for w in r + 1 / places][2] == pytest.approx(places[2], abs=1e-12)
    series = sum(float(k) * places**i for i, k in enumerate(F.free_cumulants(law, 30)))
    assert r[:2] == pytest.approx(series[:2], abs=1e-6)
    levels = np.array([0.1, -0.2])
    s, doubled = F.s_transform(law, levels), F.s_transform(F.multiply(law, MP), levels)
    assert doubled == pytest.approx(s / (1 + 0.5 * levels), abs=1e-12)
    assert F.s_transform(law, 0.1) == pytest.approx(s[0]) and isinstance(F.r_transform(law, 0.1), float)


def test_transforms_say_where_they_end():
    with pytest.raises(SolveError, match="singular point on the way"):
        F.r_transform(COIN, 0.6j)
    with pytest.raises(UnsupportedModel, match="mean 0"):
        F.s_transform(COIN, 0.1)


# ---- deconvolution and refusals ---------------------------------------------------------------------------------


def test_deconvolution_finds_what_was_not_put_in():
    assert exact(F.subtract(MP, F.power(MP, "1/3"))) == exact(F.power(MP, "2/3"))
    whole = F.multiply(L.marchenko_pastur("1/2", 2), L.marchenko_pastur("1/3"))
    assert exact(F.divide(whole, MP), 4) == exact(L.marchenko_pastur("1/3", 2), 4)


def test_deconvolution_undoes_convolution():
    assert exact(F.subtract(F.add(MP, SEMI), SEMI)) == exact(MP)
    assert exact(F.divide(F.multiply(L.semicircle(1, 3), MP), MP), 4) == exact(L.semicircle(1, 3), 4)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: F.subtract(SEMI, L.semicircle(2)), "its variance would be -1"),
        (lambda: F.subtract(L.marchenko_pastur(1), L.semicircle("1/10")), "Hankel matrix"),
        (lambda: F.divide(TWO, MP), "would"),
        (lambda: F.multiply(COIN, SEMI), "both have negative support"),
        (lambda: F.power(COIN, "1/2"), "need not be a probability law"),
        (lambda: F.power(MP, -1), "must be positive"),
        (lambda: F.compress(MP, 2), "at most 1"),
        (lambda: F.divide(MP, SEMI), "must live on"),
    ],
)
def test_refusals(call, reason):
    with pytest.raises(UnsupportedModel, match=reason):
        call()


def test_parameters_are_bound_by_name():
    v, H = fp.parameters("v", positive=True), L.symbolic("H")
    law = F.add(H, L.semicircle(v))
    assert exact(law.at(H=TWO, v="1/2"), 4) == exact(F.add(TWO, L.semicircle("1/2")), 4)
    assert exact(law.at(v="1/2").at(H=TWO), 4) == exact(law.at(H=TWO, v="1/2"), 4)
    with pytest.raises(MissingValue, match="no value for v"):
        law.at(H=TWO).moments(2)
    with pytest.raises(MissingValue, match="'w' is not a parameter"):
        law.at(w=1)
    with pytest.raises(TypeError, match="works on laws"):
        F.add(1, SEMI)
