"""Means over the coordinates of shifts."""

import mpmath
import numpy as np
import pytest
import sympy

from freeprob.algebra.coordinate import Coordinate
from freeprob.derivation.table import Table
from freeprob.equivalents.normal_means import NormalMean

T, A = sympy.symbols("t a", real=True)
ONE, TWO, THREE = (Coordinate(T, k) for k in (1, 2, 3))
F, G = sympy.Function("f"), sympy.Function("g")


def _evaluate(name):
    def values(*columns, digits):
        ops = np if digits <= 15 else mpmath
        if digits <= 15:
            return ops.cos(sum(np.asarray(c) for c in columns))
        return [ops.cos(sum(point)) for point in zip(*columns, strict=True)]

    return values


TABLES = tuple(Table(f, "", "", (), _evaluate(f.__name__)) for f in (F, G))
COS = sympy.exp(-sympy.Rational(1, 2))
MEANS = {
    "one coordinate": (F(ONE) ** 2, (1 + sympy.exp(-2)) / 2),
    "a power and a table of another": (A * TWO**2 * F(ONE), A * COS),
    "a power and a table of the same": (THREE**2 * F(THREE), 0),
    "three coordinates in a product": (F(ONE) * F(TWO) * THREE**4, 3 * COS**2),
    "a table of two": (G(ONE, TWO), COS**2),
    "a table of two and one of a third": (G(ONE, TWO) * F(THREE) + 1, COS**3 + 1),
    "a sum to a power": ((F(ONE) + TWO + A) ** 2, (1 + sympy.exp(-2)) / 2 + 1 + A**2 + 2 * A * COS),
}


@pytest.mark.parametrize("digits", [15, 25])
@pytest.mark.parametrize("name", MEANS)
def test_means(name, digits):
    integrand, expected = MEANS[name]
    with mpmath.workdps(digits + 10):
        value = NormalMean(integrand, T, TABLES, (A,))(mpmath.mpf("0.7"), digits=digits)
        exact = mpmath.mpf(str(sympy.N(sympy.sympify(expected).subs(A, sympy.Rational(7, 10)), digits + 10)))
        assert abs(value - exact) < mpmath.mpf(10) ** (2 - digits)


def test_a_mean_over_the_variable_itself():
    assert abs(NormalMean(F(T) * T**2, T, TABLES, ())() - 0) < 1e-13  # E t^2 cos t = 0
