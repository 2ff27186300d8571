"""Numbers with square roots: a field, and the right one."""

import math

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from freeprob.algebra.quadratic_numbers import QuadraticField, QuadraticNumber

FIELD = QuadraticField()
ROOTS = [fmpq(1), *(FIELD.sqrt(r) for r in (fmpq(2), fmpq(3), fmpq(1, 5)))]
SIZES = [1.0, math.sqrt(2), math.sqrt(3), math.sqrt(0.2)]


def as_float(x):
    if isinstance(x, QuadraticNumber):
        return sum(int(c.p) / int(c.q) * math.sqrt(int(r.p) / int(r.q)) for r, c in
                   ((FIELD.product(mask), c) for mask, c in x.parts.items()))  # fmt: skip
    return int(x.p) / int(x.q)


@st.composite
def numbers(draw):
    total = fmpq(0)
    for i in range(4):
        total = ROOTS[i] * draw(st.integers(-3, 3)) * ROOTS[draw(st.integers(0, 3))] + total
    return total


@settings(max_examples=60, deadline=None)
@given(numbers(), numbers(), numbers())
def test_it_is_a_field(a, b, c):
    assert (a + b) * c == a * c + b * c
    assert a * b == b * a
    assert a - a == 0
    assert as_float(a * b + c) == pytest.approx(as_float(a) * as_float(b) + as_float(c), abs=1e-9)
    if b != 0:
        assert a / b * b == a
        assert b**-2 * b * b == 1


def test_dependent_roots_are_recognised():
    assert FIELD.sqrt(fmpq(24)) == ROOTS[1] * ROOTS[2] * 2
    assert FIELD.sqrt(fmpq(9, 4)) == fmpq(3, 2)
    assert len(FIELD.radicands) == 3
    with pytest.raises(ValueError, match="no real square root"):
        FIELD.sqrt(fmpq(-1))
