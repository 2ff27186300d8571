"""Balanced pencils: the same corner of the inverse, with each coefficient where it arises."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.pencil.balancing import balanced, multiples
from freeprob.pencil.forms import PLAIN
from freeprob.pencil.linear_pencil import Readout

N, D, P = fp.sizes("n d p")
X = fp.gaussian(D, N)
a, b, c = sympy.symbols("a b c", positive=True)


def _inverse(rows, values):
    matrix = np.zeros((len(rows), len(rows)))
    for i, row in enumerate(rows):
        for (_, j), scalar in row.items():
            matrix[i, j] += float(sympy.sympify(scalar).subs(values))
    return np.linalg.inv(matrix)


def test_the_readout_is_the_same_and_factors_moved():
    # y1 = 2 y0, y2 = b y1, y3 = a b^2 c y2 + y1; read a b y2 + a y3
    rows = [
        {(PLAIN, 0): sympy.Integer(1), (PLAIN, 3): sympy.Rational(1, 4)},
        {(PLAIN, 1): sympy.Integer(1), (PLAIN, 0): sympy.Integer(-2)},
        {(PLAIN, 2): sympy.Integer(1), (PLAIN, 1): -b},
        {(PLAIN, 3): sympy.Integer(1), (PLAIN, 2): -a * c * b**2, (PLAIN, 1): sympy.Integer(-1)},
    ]
    readout = Readout(((2, 0, a * b), (3, 0, a)))
    got, (read,) = balanced(rows, [readout], multiples(rows, [readout], [1, 2, 3]))
    values = {a: 1.7, b: -0.6, c: 2.3}
    before, after = _inverse(rows, values), _inverse(got, values)

    def value(inverse, entries):
        return sum(float(sympy.sympify(w).subs(values)) * inverse[v, s] for v, s, w in entries)

    assert value(after, read.entries) == pytest.approx(value(before, readout.entries), rel=1e-12)
    assert read.entries[0][2] == 1 and got[2][PLAIN, 1].has(a)  # a b went to the row of y2, where both uses have it


def test_a_factor_that_may_vanish_is_never_divided_by():
    rows = [
        {(PLAIN, 0): sympy.Integer(1)},
        {(PLAIN, 1): sympy.Integer(1), (PLAIN, 0): sympy.Integer(-1)},
        {(PLAIN, 2): sympy.Integer(1), (PLAIN, 1): -a},
    ]
    readout = Readout(((1, 0, b), (2, 0, sympy.Integer(1))))
    got, (read,) = balanced(rows, [readout], multiples(rows, [readout], [1, 2]))
    for scalar in [*(s for row in got for s in row.values()), *(w for _, _, w in read.entries)]:
        assert sympy.denom(scalar) == 1


@pytest.mark.parametrize("skip", [False, True])
def test_equations_of_a_deep_network_know_their_own_layer_only(skip):
    H = fp.tanh(fp.gaussian(P, D) @ X / fp.sqrt(D))
    for _ in range(9):
        new = fp.tanh(fp.gaussian(P, P) @ H / fp.sqrt(P))
        H = new + H if skip else new
    law = fp.spectrum(H.T @ H / P)
    coefficients = {q.symbol for q in law.system.coefficients}
    most = sorted(len(equation.free_symbols & coefficients) for equation in law.system.equations)
    assert most[-2] <= 4  # but for the equation of m, to which every layer adds its own noise
