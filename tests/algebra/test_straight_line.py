"""Straight-line programs against SymPy's own evaluation."""

import mpmath
import pytest
import sympy
from flint import fmpq

from freeprob.algebra.straight_line import DecimalArithmetic, ExactArithmetic, Irrational, StraightLine
from freeprob.derivation.average import Average

x, y, t, H, G = sympy.symbols("x y t H G")


def exact(expr, *values, laws=None):
    return StraightLine([expr], [x, y][: len(values)]).run([fmpq(v) for v in values], ExactArithmetic(), laws)[0]


def test_quotients_powers_and_roots():
    assert exact(x**3 / (y * (1 + x) ** 2) - 1 / (x * y), 2, 3) == fmpq(8, 27) - fmpq(1, 6)
    assert exact(sympy.sqrt(x) * y ** sympy.Rational(-2, 3), 9, 8) == fmpq(3, 4)
    assert exact(sympy.Integer(5), 1) == 5
    assert exact((sympy.sqrt(x) - 1) * (1 + sympy.sqrt(x)), 2) == 1


@pytest.mark.parametrize("expr", [sympy.cbrt(x), sympy.pi * x, sympy.exp(x), sympy.sqrt(-x), sympy.I * x])
def test_irrational_values_are_refused(expr):
    with pytest.raises(Irrational):
        exact(expr, 2)


def test_decimals():
    expr = sympy.exp(-x) * sympy.sqrt(2 * y) / sympy.pi + sympy.erf(x) + sympy.I
    with mpmath.workdps(30):
        value = StraightLine([expr], [x, y]).run([mpmath.mpf(2), mpmath.mpf(3)], DecimalArithmetic())[0]
        expected = mpmath.exp(-2) * mpmath.sqrt(6) / mpmath.pi + mpmath.erf(2) + 1j
        assert abs(value - expected) < 1e-28


def test_averages_nest():
    laws = {H: lambda f: (f(1) + f(3)) / 2, G: lambda f: f(fmpq(1, 2))}
    assert exact(Average(t**2 * x, t, H), 5, laws=laws) == 25
    inner = Average(t + y, y, G)  # y is bound here
    assert exact(Average(inner * x, t, H), 2, laws=laws) == 5


def test_shared_parts_are_computed_once():
    program = StraightLine([(x + y) ** 2, 1 / (x + y)], [x, y])
    assert sum(kind == "add" for kind, _ in program._operations) == 1


def test_an_unknown_symbol_is_an_error():
    with pytest.raises(KeyError):
        StraightLine([x + t], [x])
