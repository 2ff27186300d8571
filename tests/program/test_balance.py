"""Quotients of long integers."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.program.balance import balanced

x, y = sympy.symbols("x y")
BIG = sympy.Integer(7) ** 400


def _longest(expression):
    return max(max(abs(r.p), r.q) for r in expression.atoms(sympy.Rational))


@pytest.mark.parametrize(
    "quotient",
    [
        (BIG * x + BIG) / (3 * BIG * y + BIG + 5),
        x * (BIG * x + 2 * BIG * y) ** 2 / (BIG * x + BIG) ** 3 * BIG,
        1 + (x + (BIG * y + BIG) / (BIG * x + BIG)) / (BIG * x - BIG * y),
    ],
)
def test_quotients_are_equal_and_moderate(quotient):
    found = balanced(quotient)
    point = {x: sympy.Rational(1, 3), y: sympy.Rational(2, 7)}
    assert found.subs(point) == quotient.subs(point)
    for total in found.atoms(sympy.Add):
        assert all(abs(term.as_coeff_Mul()[0]) < 10**3 for term in total.args)


def test_short_numbers_stay():
    quotient = (x + 10**20) / (3 * x + y)
    assert balanced(quotient) is quotient


def test_decimals_in_front_of_the_weights_of_deep_networks():
    n, d, p = fp.sizes("n d p")

    def law(c):
        h = fp.relu(c * fp.gaussian(p, d) @ (X := fp.gaussian(d, n)) / fp.sqrt(d))
        for _ in range(2):
            h = fp.relu(c * fp.gaussian(p, p) @ h / fp.sqrt(p))
        return fp.spectrum(fp.ntk(fp.gaussian(p).T @ h / fp.sqrt(p), X)).at(n=1, d=1, p=1)

    assert law(2**0.5).stieltjes(1 + 1j) == pytest.approx(law(fp.sqrt(2)).stieltjes(1 + 1j), rel=1e-12)
    assert np.isfinite(law(2**0.5).stieltjes(2 + 1j))
