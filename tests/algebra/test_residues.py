"""Values in a finite field: what is equal stays equal, what differs stays different at any size."""

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from freeprob.algebra.coordinate import Coordinate
from freeprob.algebra.residues import PRIME, NoRoot, Residues, residue_matrix, weighted

x, y = sympy.symbols("x y", positive=True)
r, t = sympy.symbols("r t", real=True)
HALF = sympy.Rational(1, 2)


def test_the_prime():
    assert sympy.isprime(PRIME) and PRIME < 2**63
    primes = list(sympy.primerange(48))
    assert all(sympy.jacobi_symbol(q, PRIME) == 1 for q in primes) and sympy.jacobi_symbol(-1, PRIME) == -1
    assert sympy.gcd((PRIME - 1) // 2, sympy.primorial(43, nth=False)) == 1  # roots of these orders are unique


def _expressions():
    numbers = st.fractions(min_value=-3, max_value=3, max_denominator=7).map(sympy.Rational)
    leaves = st.one_of(st.sampled_from([x, y, r, sympy.pi, sympy.sqrt(2)]), numbers)

    def extend(children):
        pairs = st.tuples(children, children)
        return st.one_of(
            pairs.map(lambda p: p[0] + p[1]),
            pairs.map(lambda p: p[0] * p[1]),
            children.map(lambda e: e**2),
            st.sampled_from([x, y, x * y, 6 * x]).map(lambda e: e ** sympy.Rational(-3, 2)),
            children.map(sympy.exp),
        )

    return st.recursive(leaves, extend, max_leaves=8)


@given(_expressions(), _expressions(), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_a_homomorphism(a, b, seed):
    at = Residues(seed)
    assert at.number(sympy.expand(a * b)) == at.number(a) * at.number(b) % PRIME
    assert at.number(a + b) == (at.number(a) + at.number(b)) % PRIME


@given(_expressions(), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_what_vanishes_at_no_size(a, seed):
    """A number of size 10^-60 beside one of size 1 is as different from 0 as any other."""
    at = Residues(seed)
    assert (at.number(a + sympy.Rational(1, 10**60)) - at.number(a)) % PRIME == pow(10, -60, PRIME)


def test_powers_have_their_laws_on_positive_symbols():
    at = Residues(4)
    third = sympy.Rational(1, 3)
    assert pow(at.number(x**third), 3, PRIME) == at.number(x)
    assert at.number(sympy.sqrt(12)) * at.number(sympy.sqrt(3)) % PRIME == 6
    assert at.number(sympy.sqrt(x**2 * y)) == at.number(x) * at.number(sympy.sqrt(y)) % PRIME
    assert at.number(sympy.Float(0.1) * x) * 10 % PRIME == at.number(x)
    assert at.number(x ** sympy.Float(0.5)) == at.number(sympy.sqrt(x))


def test_roots_that_do_not_exist():
    found = 0
    for seed in range(40):
        at = Residues(seed)
        try:
            root = at.number(sympy.sqrt(1 + r))
        except NoRoot:
            assert Residues(seed, strict=False).number(sympy.sqrt(1 + r)) > 0
            continue
        found += 1
        assert root**2 % PRIME == (1 + at.number(r)) % PRIME
    assert 8 < found < 32
    for seed in range(10):
        at = Residues(seed)

        def evaluate(place, at=at):
            return place, at.number(sympy.sqrt(1 + t), {t: place})

        place, root = at.chosen(at.draw, evaluate)
        assert (root**2 - 1 - place) % PRIME == 0


def test_other_functions_are_generic():
    f = sympy.Function("f")
    at = Residues(0)
    assert at.number(f(x + x**2)) == at.number(f(sympy.factor(x + x**2))) != at.number(f(x))
    assert at.number(sympy.exp(x)) != at.number(sympy.tanh(x)) != Residues(1).number(sympy.tanh(x))
    step = sympy.Piecewise((1, t < x), (0, True))
    assert at.number(step, {t: 5}) == at.number(step, {t: 5}) != at.number(step, {t: 6})


def test_points_have_coordinates():
    at = Residues(0)
    point = sympy.Symbol("t", real=True)
    assert at.number(Coordinate(point, 2) - 3 * Coordinate(point, 1), {point: (2, 10)}) == 4


def test_weights_sum_to_one():
    assert sum(Residues(0).weights(3)) % PRIME == 1
    one = residue_matrix(range(2), range(2), [{(0, 0): 1, (1, 1): 1}])
    assert weighted(Residues(0).weights(3), [one] * 3) == one


def test_labels_outside_are_an_error():
    with pytest.raises(KeyError):
        residue_matrix("a", "a", [{("a", "b"): 1}])
