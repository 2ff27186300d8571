"""Laurent series: ring laws, truncation orders, known expansions."""

from fractions import Fraction

import mpmath
import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from freeprob.algebra.series import Laurent

coefficients = st.lists(st.integers(-4, 4), min_size=1, max_size=12)


@st.composite
def series(draw, ring=fmpq):
    terms = [ring(c) for c in draw(coefficients)]
    valuation = draw(st.integers(-3, 3))
    return Laurent(valuation, terms, valuation + draw(st.integers(1, 14)))


def agree(a, b):
    order = min(a.order, b.order)
    return not (a - b).truncate(order)


@settings(max_examples=60, deadline=None)
@given(series(), series(), series())
def test_ring_laws(a, b, c):
    assert agree((a + b) * c, a * c + b * c)
    assert agree(a * b, b * a)
    assert (a + b) - b == a.truncate(min(a.order, b.order))
    if b:
        assert agree(a / b * b, a)
        assert b.inverse().inverse() == b


@settings(max_examples=40, deadline=None)
@given(series(Fraction), st.integers(0, 4))
def test_powers_and_rings(a, k):
    product = Laurent(0, [Fraction(1)], 50)
    for _ in range(k):
        product = product * a
    assert agree(a**k, product)
    exact = Laurent(a.valuation, [fmpq(c.numerator, c.denominator) for c in a.coefficients], a.order)
    assert [Fraction(int(c.p), int(c.q)) for c in map(fmpq, (exact * exact).coefficients)] == list((a * a).coefficients)


@given(series(), series())
@settings(max_examples=60, deadline=None)
def test_terms_beyond_the_order_never_matter(a, b):
    """Change unknown terms at random: the known terms of every result stay."""
    longer = [Laurent(s.valuation, [*[*s.coefficients, *[0] * 20][: s.order - s.valuation], fmpq(7)], s.order + 1)
              for s in (a, b)]  # fmt: skip
    operations = [lambda p, q: p + q, lambda p, q: p - q, lambda p, q: p * q]
    if a and b:
        operations += [lambda p, q: p / q, lambda p, q: 1 / p + q**-2, lambda p, q: p**3 - 5]
    for operation in operations:
        assert agree(operation(a, b), operation(*longer))


def test_geometric_series_and_order():
    w = Laurent(1, [fmpq(1)], 30)
    inverse = (w - w**2).inverse()
    assert inverse.valuation == -1
    assert inverse.order == 28
    assert all(inverse.coefficient(k) == 1 for k in range(-1, 28))
    with pytest.raises(ValueError, match="not known"):
        inverse.coefficient(28)


def test_scalars_mix_in():
    w = Laurent(1, [Fraction(1)], 3)
    assert repr(1 - w / 2) == "1 + -1/2*w + O(w^3)"
    assert repr(2 / w) == "2*w^-1 + O(w^1)"
    assert repr(w * 0 + 1) == "1 + O(w^3)"


def test_integer_coefficients_stay_exact():
    third = 1 / (3 + Laurent(1, [Fraction(1)], 3))
    assert third.coefficient(0) == Fraction(1, 3)
    assert 1 / Laurent(0, [3], 2) == Laurent(0, [Fraction(1, 3)], 2)


def test_zero_has_no_inverse():
    w = Laurent(1, [Fraction(1)], 3)
    with pytest.raises(ZeroDivisionError):
        _ = 1 / (w - w)


def test_rounding_noise_is_not_a_leading_term():
    with mpmath.workdps(40):
        third = mpmath.mpf(1) / 3
        a = Laurent(0, [third, mpmath.mpf(1)], 5)
        difference = a * 3 * (1 / third) - 3
        assert difference.valuation == 1
