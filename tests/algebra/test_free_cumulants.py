"""Free cumulants: known laws, inversion, and the sum over non-crossing partitions itself."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from freeprob.algebra.free_cumulants import free_cumulants, moments_from_cumulants

fractions = st.fractions(min_value=-3, max_value=3, max_denominator=6)


@settings(max_examples=50, deadline=None)
@given(st.lists(fractions, max_size=9))
def test_the_two_are_inverse(values):
    assert moments_from_cumulants(free_cumulants(values)) == values
    assert free_cumulants(moments_from_cumulants(values)) == values


def test_semicircle_has_one_cumulant():
    v = sympy.Symbol("v")
    assert [sympy.expand(m) for m in moments_from_cumulants([0, v, 0, 0, 0, 0])] == [0, v, 0, 2 * v**2, 0, 5 * v**3]


def test_free_poisson_moments_are_narayana_polynomials():
    rate = Fraction(3, 5)
    narayana = [
        sum(Fraction(sympy.binomial(n, k) * sympy.binomial(n, k - 1), n) * rate**k for k in range(1, n + 1))
        for n in range(1, 9)
    ]
    assert moments_from_cumulants([rate] * 8) == narayana
    assert free_cumulants(narayana) == [rate] * 8


def set_partitions(items):
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for partition in set_partitions(rest):
        yield [[first], *partition]
        for i, block in enumerate(partition):
            yield [*partition[:i], [first, *block], *partition[i + 1 :]]


def is_crossing(partition):
    block = {i: k for k, members in enumerate(partition) for i in members}
    n = len(block)
    return any(
        block[a] == block[c] != block[b] == block[e]
        for a in range(n) for b in range(a + 1, n) for c in range(b + 1, n) for e in range(c + 1, n)
    )  # fmt: skip


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6])
def test_the_sum_over_non_crossing_partitions(n):
    kappa = [Fraction(k * k - 3, k + 1) for k in range(1, n + 1)]
    total = Fraction(0)
    for partition in set_partitions(list(range(n))):
        if not is_crossing(partition):
            product = Fraction(1)
            for block in partition:
                product *= kappa[len(block) - 1]
            total += product
    assert moments_from_cumulants(kappa)[-1] == total
