"""Entrywise functions: numbers added to all entries are part of the function."""

import numpy as np
import pytest
import sympy

import freeprob as fp

n, d, p = fp.sizes("n d p")
X, W, V = fp.gaussian(d, n), fp.gaussian(p, d), fp.gaussian(p, d)
H, G = W @ X / fp.sqrt(d), V @ X / fp.sqrt(d)
B = fp.gaussian(p)
ONE = fp.ones(p) @ fp.ones(n).T
SIZES = {"n": 5, "d": 4, "p": 6}
u, v = sympy.symbols("u v")


@pytest.mark.parametrize(
    ("shifted", "plain"),
    [
        (lambda: fp.tanh(H + ONE / 2), lambda: fp.entrywise(sympy.tanh(u + sympy.Rational(1, 2)), H)),
        (lambda: fp.relu(ONE - fp.relu(H)), lambda: fp.entrywise(sympy.Max(0, u + 1), -fp.relu(H))),
        (lambda: fp.entrywise(u * v, H + ONE, G - 2 * ONE), lambda: fp.entrywise((u + 1) * (v - 2), H, G)),
        (lambda: fp.tanh(B + fp.ones(p)), lambda: fp.entrywise(sympy.tanh(u + 1), B)),
    ],
)
def test_a_constant_is_part_of_the_function(shifted, plain):
    assert shifted() is plain()


@pytest.mark.parametrize(
    ("function", "arguments"), [(np.arctan, (H + ONE,)), (lambda x, y: x * np.tanh(y), (H + ONE, G - ONE))]
)
def test_functions_of_arrays(function, arguments):
    values = [a.simulate(sizes=SIZES, seed=3) for a in arguments]
    assert np.allclose(fp.entrywise(function, *arguments).simulate(sizes=SIZES, seed=3), function(*values), atol=1e-14)


def test_a_constant_with_a_parameter_is_refused():
    c = fp.parameters("c")
    F = fp.tanh(H + c * ONE)
    with pytest.raises(fp.UnsupportedModel, match=r"has a constant of every entry that is no number.*as a number"):
        fp.spectrum(F.T @ F / p)
