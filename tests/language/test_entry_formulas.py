"""Chains of entrywise functions: the same numbers as the chain."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.language.activations import as_activation
from freeprob.language.entry_formulas import apply, constant_matrix, multiply_entries, of_several, shifted
from freeprob.language.nodes import Entrywise

n, d, p = fp.sizes("n d p")
X = fp.gaussian(d, n, name="X")
H = fp.gaussian(p, d, name="W") @ X / fp.sqrt(d)
G = fp.gaussian(p, d, name="V") @ X / fp.sqrt(3 * d)
SIZES = {"n": 5, "d": 4, "p": 3}


def value(expression):
    return expression.simulate(SIZES, seed=0)


h, g = value(H), value(G)

CASES = {
    "relu of tanh": (apply(as_activation("relu"), fp.tanh(H)), np.maximum(np.tanh(h), 0)),
    "tanh of a post-activation sum": (
        apply(as_activation("tanh"), fp.relu(H) + 2 * G),
        np.tanh(np.maximum(h, 0) + 2 * g),
    ),
    "tanh of h + relu(h)": (apply(as_activation("tanh"), fp.relu(H) + H), np.tanh(np.maximum(h, 0) + h)),
    "tanh of a gate": (apply(as_activation("tanh"), fp.hadamard(H, fp.sigmoid(G))), np.tanh(h / (1 + np.exp(-g)))),
    "a sum below and above": (
        apply(as_activation("tanh"), fp.relu(H + G) + H + G),
        np.tanh(np.maximum(h + g, 0) + h + g),
    ),
    "a part of a sum": (apply(as_activation("tanh"), fp.relu(H) + H + G), np.tanh(np.maximum(h, 0) + h + g)),
    "a shift": (shifted(H + G, 1), h + g + 1),
    "a shift of a function": (shifted(2 * fp.tanh(H) + G, 1), 2 * np.tanh(h) + g + 1),
    "a function of a shift": (apply(as_activation("relu"), shifted(H, 1) + G), np.maximum(h + g + 1, 0)),
    "a product": (multiply_entries(H, G), h * g),
    "a square": (multiply_entries(2 * H, H), 2 * h * h),
    "a maximum": (of_several(sympy.Max, H, fp.tanh(G)), np.maximum(h, np.tanh(g))),
    "nothing random": (apply(as_activation("cos"), fp.zeros(p, n)), np.ones((3, 5))),
    "zero of zero": (apply(as_activation("tanh"), fp.zeros(p, n)), np.zeros((3, 5))),
}


@pytest.mark.parametrize("name", CASES)
def test_same_numbers(name):
    expression, expected = CASES[name]
    np.testing.assert_allclose(value(expression), expected, atol=1e-12)


def test_one_preactivation_stays_one():
    """A function of a shifted sum, or of a sum and functions of the same sum, has one argument."""
    for name in ("a function of a shift", "a sum below and above", "tanh of h + relu(h)"):
        node = CASES[name][0]
        assert isinstance(node, Entrywise) and len(node.arguments) == 1


def test_registered_functions_are_kept():
    assert apply(as_activation("relu"), H) is fp.relu(H)
    assert multiply_entries(H, fp.sigmoid(H)) is fp.silu(H)
    assert shifted(H, 0) is H


def test_constant_vector():
    x = fp.gaussian(p, name="x")
    assert constant_matrix(sympy.Integer(2), x) is 2 * fp.ones(p)
