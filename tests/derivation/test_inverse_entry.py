"""Entries of inverses that are not expanded: values, derivatives, and the program made of them."""

import math

import mpmath
import numpy as np
import pytest
import sympy
from flint import fmpq

from freeprob.algebra.straight_line import DecimalArithmetic, ExactArithmetic, StraightLine
from freeprob.derivation.average import Average
from freeprob.derivation.inverse_entry import InverseEntry, SquareMatrix

x, y, t, H = sympy.symbols("x y t H")
ENTRIES = (x, 1, 0, t, 2, y, x * t, 0, 1, 3, x + y, 5, 0, t, 7, y)


def _square(entries):
    size = math.isqrt(len(entries))
    return SquareMatrix.of(size, {divmod(k, size): entry for k, entry in enumerate(entries)})


def _matrix(values):
    return np.array([[complex(sympy.sympify(e).subs(values)) for e in ENTRIES]]).reshape(4, 4)


@pytest.mark.parametrize("place", [(0, 0), (1, 3), (3, 0)])
def test_the_entry_and_its_derivative_are_those_of_the_inverse(place):
    entry = InverseEntry(*place, _square(ENTRIES))
    values = {x: 0.7, y: -1.3, t: 0.4}
    assert complex(entry.explicit().subs(values)) == pytest.approx(np.linalg.inv(_matrix(values))[place], rel=1e-12)
    h = 1e-6
    up, down = (np.linalg.inv(_matrix({**values, x: 0.7 + s}))[place] for s in (h, -h))
    assert complex(entry.diff(x).doit().subs(values)) == pytest.approx((up - down) / (2 * h), rel=1e-7)


def test_averages_are_over_the_variable_inside_the_matrix():
    entry = InverseEntry(0, 1, _square(ENTRIES))
    assert Average(entry, t, H).free_symbols == {x, y, H}
    assert Average(entry.diff(x), t, H).free_symbols == {x, y, H}


def test_series_arithmetic_divides_by_the_determinant_alone():
    entries = [InverseEntry(i, j, _square(ENTRIES)) for i in range(4) for j in range(4)]
    run = StraightLine(entries, (x, y, t)).run([fmpq(2), fmpq(-3), fmpq(1, 5)], ExactArithmetic())
    exact = sympy.Matrix(4, 4, ENTRIES).subs({x: 2, y: -3, t: sympy.Rational(1, 5)}).inv()
    assert [sympy.Rational(int(v.p), int(v.q)) for v in run] == list(exact)
    assert StraightLine([InverseEntry(0, 0, _square((0, x, 1, 0)))], (x,)).run([fmpq(2)], ExactArithmetic()) == [0]


def test_decimals():
    value = StraightLine([InverseEntry(0, 1, _square((x, 1, 1, y)))], (x, y)).run(
        [mpmath.mpf(3), mpmath.mpf(2)], DecimalArithmetic()
    )
    assert float(value[0]) == pytest.approx(-0.2, rel=1e-14)


def test_entries_share_their_matrix_when_it_is_replaced():
    matrix = _square(ENTRIES)
    names = {x: y}
    one, other = (InverseEntry(0, k, matrix).xreplace(names) for k in (0, 1))
    assert one.matrix is other.matrix
    assert one.matrix.dense == matrix.dense.subs(names)


def test_a_rule_that_grows_is_not_taken_for_the_old_one():
    matrix, names = _square((x, y, 1, x)), {x: t}
    assert matrix.xreplace(names).dense == sympy.Matrix([[t, y], [1, t]])
    names[y] = sympy.Integer(3)
    assert matrix.xreplace(names).dense == sympy.Matrix([[t, 3], [1, t]])


def test_entries_that_become_zero_are_dropped():
    matrix = _square((x, y, 1, x)).xreplace({y: sympy.S.Zero})
    assert dict(matrix.items()) == {(0, 0): x, (1, 0): 1, (1, 1): x}
    assert matrix == _square((x, 0, 1, x))
