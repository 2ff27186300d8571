"""Operators accept what a NumPy user writes and explain what they refuse."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

import freeprob as fp

n, d = fp.sizes("n d")
X = fp.gaussian(d, n, name="X")
H = fp.wigner(n, name="H")


@pytest.mark.parametrize("two", [2, 2.0, Fraction(2), np.float64(2), np.int64(2), sympy.Integer(2)], ids=repr)
def test_every_kind_of_number_is_a_scalar(two):
    assert two * X is X * 2 and X * two is X + X and X / two is X * Fraction(1, 2)


def test_a_float_is_the_decimal_that_it_prints():
    assert 0.1 * X is X / 10


def test_symbols_multiply_from_both_sides():
    lam = fp.parameters("lambda", positive=True)
    assert lam * X is X * lam and X / lam is (1 / lam) * X and -X is X * -1


def test_a_scalar_added_to_a_matrix():
    with pytest.raises(
        fp.ShapeError, match=r"the scalar 1 cannot be added to the matrix H .* write 1 \* fp.identity\(n\)"
    ):
        H + 1
    with pytest.raises(fp.ShapeError):
        1 - H
    assert H + 0 is H and sum([H, H]) is 2 * H


def test_numbers_mix_with_scalars():
    m = fp.tr(H)
    assert 1 + m is m + 1 and 1 - m is -(m - 1) and (m - m) + 1 is fp.identity(1)
    assert 1 / m is fp.inv(m) and m / m is fp.identity(1)


def test_refusals():
    with pytest.raises(ZeroDivisionError):
        X / 0
    with pytest.raises(fp.ShapeError, match=r"use fp.inv\(H\)"):
        1 / H
    with pytest.raises(TypeError):
        X @ np.eye(3)
    with pytest.raises(TypeError):
        np.eye(3) @ X
    with pytest.raises(TypeError):
        np.eye(3) * X
    with pytest.raises(TypeError, match="complex"):
        1j * X
    with pytest.raises(TypeError, match="finite"):
        float("nan") * X


def test_representations():
    assert str(X @ X.T / n) == repr(X @ X.T / n) == "X @ X.T / n"
    assert (X @ X.T / n)._repr_latex_() == r"$\displaystyle \frac{1}{n} X X^{\top}$"
