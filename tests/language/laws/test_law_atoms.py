from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

from freeprob.errors import FreeprobError, MissingValue, UnsupportedModel
from freeprob.language import laws

a, q = sympy.symbols("a q", positive=True)


def test_exact_input_stays_exact():
    law = laws.atoms({Fraction(1, 3): "2/5", "3": sympy.Rational(3, 5)})
    assert law.atoms == {sympy.Rational(1, 3): sympy.Rational(2, 5), sympy.Integer(3): sympy.Rational(3, 5)}
    assert law.moment(2) == sympy.Rational(2, 45) + sympy.Rational(27, 5)
    assert str(law) == "atoms({1/3: 2/5, 3: 3/5})"
    assert law.latex() == r"\frac{2}{5} \delta_{\frac{1}{3}} + \frac{3}{5} \delta_{3}"


def test_floats_and_exact_numbers_are_different_laws_of_equal_value():
    exact, floating = laws.atoms({1: "1/2", 3: "1/2"}), laws.atoms({1: 0.5, 3: 0.5})
    assert exact != floating
    assert exact.moment(3) == 14 and float(floating.moment(3)) == 14
    assert isinstance(floating.moment(3), sympy.Float)


def test_order_is_canonical_and_equal_locations_merge():
    assert laws.atoms({3: "1/2", 1: "1/2"}) == laws.atoms({1: "1/2", 3: "1/2"})
    assert laws.atoms((("1", "1/4"), (1, "1/4"), (2, "1/2"))) == laws.atoms({1: "1/2", 2: "1/2"})
    assert laws.atoms(((1, 0.25), (1.0, 0.25), (2, 0.5))).atoms[1] == 0.5


def test_symbols_are_bound_by_symbol():
    law = laws.atoms({0: 1 - q, a: q})
    assert law.free_symbols == {a, q}
    assert law.moment(2) == q * a**2
    bound = law.subs({q: "1/4", a: 2})
    assert bound == laws.atoms({0: "3/4", 2: "1/4"})
    assert law.subs({q: 1, a: 2}) == laws.atoms({2: 1})
    assert law.subs({a: q}).free_symbols == {q}
    assert law.subs({sympy.Symbol("q"): 0.5}) == law  # another symbol of the same name (positive or not)
    with pytest.raises(MissingValue, match=r"a, q.*\.at\(a="):
        law.cauchy(1j)
    assert laws.Law.from_data(law.to_data()) == law


def test_one_location_may_collapse_onto_another():
    assert laws.atoms({a: "1/2", 2: "1/2"}).subs({a: 2}) == laws.atoms({2: 1})


@pytest.mark.parametrize(
    "masses, message",
    [
        ({1: -0.5, 2: 1.5}, "negative"),
        ({1: 0.5, 2: 0.4}, "sum to 0.9"),
        ({1: "1/2", 2: "1/3"}, "sum to 5/6"),
        ({}, "at least one"),
        ({1: 0}, "at least one"),
        ({np.inf: 1}, "non-finite law"),
        ({1: float("nan")}, "non-finite law"),
        ({1: sympy.zoo}, "non-finite law"),
        ({sympy.I: 1}, "not real"),
        ({1j: 1}, "real number"),
        ({"alpha": 1}, "not a rational number"),
        ({"__import__('os')": 1}, "not a rational number"),
        ({True: 1}, "True"),
        ({-a: -q}, "negative"),
    ],
)
def test_bad_masses_are_refused(masses, message):
    with pytest.raises(UnsupportedModel, match=message) as caught:
        laws.atoms(masses)
    assert isinstance(caught.value, (FreeprobError, ValueError))


def test_quantiles_are_copies_by_largest_remainder():
    values = laws.atoms({1: 0.3, 2: 0.7}).quantiles(10)
    assert values.tolist() == [1.0] * 3 + [2.0] * 7
    assert np.unique(laws.atoms({k: "1/3" for k in (1, 2, 3)}).quantiles(100), return_counts=True)[1].tolist() == [
        34,
        33,
        33,
    ]
    counts = np.unique(laws.atoms({1: "16/100", 2: "17/100", 3: "67/100"}).quantiles(10), return_counts=True)[1]
    assert counts.tolist() == [1, 2, 7]


def test_atoms_of_float_weights_have_mass_one_at_any_precision():
    _, weights = laws.atoms({k: 0.1 for k in range(10)}).nodes(1, digits=60)
    with mpmath.workdps(60):
        assert abs(sum(weights) - 1) < 1e-55


def test_bernoulli():
    assert laws.bernoulli("1/3") == laws.atoms({0: "2/3", 1: "1/3"})
    assert laws.bernoulli(1) == laws.atoms({1: 1})
    assert laws.bernoulli(q).subs({q: 0}) == laws.atoms({0: 1})
    with pytest.raises(UnsupportedModel, match="between 0 and 1"):
        laws.bernoulli(1.5)


def test_expectation_is_exact_and_refuses_poles():
    t = sympy.Symbol("t")
    law = laws.atoms({0: "1/2", 4: "1/2"})
    assert law.expectation(sympy.sqrt(t), t, digits=40) == 1
    with pytest.raises(UnsupportedModel, match="not finite"):
        law.expectation(1 / t, t)
    with pytest.raises(UnsupportedModel, match="not real"):
        laws.atoms({-1: 1}).expectation(sympy.sqrt(t), t)
    with pytest.raises(MissingValue, match="lambda"):
        law.expectation(t + sympy.Symbol("lambda"), t)
