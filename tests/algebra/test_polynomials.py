"""The rational-function walk against SymPy, roots against known values."""

from fractions import Fraction

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from freeprob.algebra.polynomials import PolynomialRing, RationalFunction

x, y = sympy.symbols("x y")
d, t = sympy.symbols("d t", positive=True)


def roundtrip(expr, first=()):
    ring = PolynomialRing.of([expr], first=first)
    return ring.expression(ring.rational(expr)), ring


def trees():
    leaves = st.sampled_from([x, y, sympy.sqrt(d), d, sympy.Integer(2), sympy.Rational(-3, 7), sympy.exp(-t)])
    pair = lambda children: st.tuples(children, children)  # noqa: E731
    return st.recursive(
        leaves,
        lambda c: (
            pair(c).map(lambda p: p[0] + p[1])
            | pair(c).map(lambda p: p[0] * p[1])
            | pair(c).map(lambda p: p[0] / (p[1] ** 2 + 3))
            | st.tuples(c, st.integers(1, 3)).map(lambda p: p[0] ** p[1])
        ),
        max_leaves=8,
    )


@settings(max_examples=30, deadline=None)
@given(trees())
def test_the_walk_keeps_the_value(expr):
    back, _ = roundtrip(expr)
    point = {x: mpmath.mpf(13) / 11, y: mpmath.mpf(-5) / 7, d: mpmath.mpf(7) / 3, t: mpmath.mpf(2) / 5}
    left, right = (complex(sympy.lambdify([x, y, d, t], f, "mpmath")(*point.values())) for f in (expr, back))
    assert left == pytest.approx(right, rel=1e-10, abs=1e-10)


def test_roots_of_symbols_become_one_generator():
    back, ring = roundtrip(sympy.sqrt(d) ** 3 / (d + d ** sympy.Rational(1, 3)), [])
    assert ring.generators == (d ** sympy.Rational(1, 6),)
    assert sympy.simplify(back - d ** sympy.Rational(3, 2) / (d + d ** sympy.Rational(1, 3))) == 0
    assert ring.expression(ring.gens[0] ** 6) == d


def test_exponentials_share_a_generator():
    _, ring = roundtrip(sympy.exp(-2 * t) + sympy.exp(t / 2))
    assert ring.generators == (sympy.exp(t / 2),)


@pytest.mark.parametrize(
    ("expr", "generators"),
    [
        (sympy.sqrt(6), (sympy.sqrt(2), sympy.sqrt(3))),
        (1 + sympy.I, (sympy.I,)),
        (sympy.sqrt(1 + x), (x, sympy.sqrt(1 + x))),
        (sympy.pi + sympy.sqrt(sympy.pi), (sympy.sqrt(sympy.pi),)),
        (sympy.tanh(x) + x, (sympy.tanh(x), x)),
        (t**x, (t**x,)),
    ],
)
def test_what_becomes_a_generator(expr, generators):
    back, ring = roundtrip(expr)
    assert ring.generators == generators
    assert sympy.expand(back - expr) == 0


def test_relations_hold_at_the_values():
    ring = PolynomialRing.of([sympy.sqrt(6) + sympy.I + sympy.sqrt(1 + x) + sympy.sqrt(x)], first=[x])
    assert len(ring.relations) == 5
    values = ring.values({x: mpmath.mpf(3) / 7})
    for _, relation in ring.relations:
        assert ring.relative_size(relation, values) < 1e-50


def test_a_float_is_refused():
    with pytest.raises(ValueError, match=r"sympy\.Rational"):
        PolynomialRing.of([0.5 * x])


def test_primitive_is_canonical():
    ring = PolynomialRing.of([x + y], first=[x])
    p = ring.primitive(ring.polynomial(-x / 2 + y / 3))
    assert ring.expression(p) == 3 * x - 2 * y


def test_large_coefficients_factor():
    ring = PolynomialRing.of([x + y], first=[x])
    big = 10**25 + 13
    factors = ring.factors(ring.polynomial(((x + big) * (x - y) ** 2).expand()))
    assert {ring.expression(ring.primitive(f)) for f in factors} == {x + big, x - y}


def test_rational_functions_are_a_field():
    ring = PolynomialRing.of([x + y], first=[x])
    a, b = ring.rational(x / (1 + y)), ring.rational(1 / (x - y))
    assert isinstance(a, RationalFunction)
    assert (a + b) * b - a * b == b * b
    assert a / a == 1
    assert 2 * a - a == a
    assert 1 - a == -(a - 1)
    assert a**-2 * a**2 == 1
    assert Fraction(1, 2) * a + Fraction(1, 2) * a == a
    with pytest.raises(ZeroDivisionError):
        _ = b / (a - a)


def test_division_by_zero_is_an_error():
    ring = PolynomialRing.of([x], first=[x])
    with pytest.raises(ZeroDivisionError):
        ring.rational(1 / sympy.Add(x, -x, evaluate=False))
