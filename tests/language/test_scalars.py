"""Scalars are exact, and their order in the sizes is known."""

from decimal import Decimal

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.language.scalars import as_scalar, degree, is_scalar

n, d = fp.sizes("n d")
a = fp.parameters("a", positive=True)


@pytest.mark.parametrize(
    ("scalar", "order"),
    [
        (sympy.Integer(3), 0),
        (n, 1),
        (1 / sympy.sqrt(n * d), -1),
        (a * n**2 / (n + d), 1),
        (sympy.log(n / d), 0),
        ((n / d) ** a, 0),
        (sympy.sqrt(n + d) * a, sympy.Rational(1, 2)),
    ],
    ids=str,
)
def test_degree(scalar, order):
    assert degree(scalar) == order


@pytest.mark.parametrize("scalar", [n + 1, n + sympy.sqrt(d), sympy.log(n), 2**n, n**a, sympy.exp(n)], ids=str)
def test_no_degree(scalar):
    with pytest.raises(fp.ScalingError):
        degree(scalar)


def test_as_scalar():
    assert as_scalar(0.1) == sympy.Rational(1, 10) and as_scalar(np.float64(0.25)) == sympy.Rational(1, 4)
    assert as_scalar(Decimal("0.3")) == sympy.Rational(3, 10)
    for bad in (True, float("inf"), 1 + 2j, "1", None, sympy.oo, sympy.Symbol("A", commutative=False)):
        with pytest.raises(TypeError):
            as_scalar(bad)
    assert not is_scalar(True) and not is_scalar("1")
