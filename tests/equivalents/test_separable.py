"""Functions of several pre-activations as sums of products of functions of fewer."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.equivalents.entry_function import EntryFunction, Factor
from freeprob.equivalents.joint_moments import JointMoment, is_nested
from freeprob.equivalents.separable import separated_words
from freeprob.language.activations import as_activation, as_joint_activation

u, v, w = sympy.symbols("u v w")
ONE = sympy.S.One
GATES = {
    "product": (u * sympy.tanh(v), 1),
    "gate with a skip": (u * sympy.tanh(v) + sympy.Max(w, 0), 2),
    "square of a sum": ((u + sympy.sin(v)) ** 2 / 3, 3),
    "a constant": (u * v - w + 2, 3),
    "two together": (sympy.Max(u, v) * sympy.exp(-(w**2)) + u, 2),
    "no sum": (sympy.tanh(u + v), 1),
}


@pytest.mark.parametrize("name", GATES)
def test_the_sum_is_the_function(name):
    formula, count = GATES[name]
    size = len(formula.free_symbols)
    ratios = (ONE, 2 * ONE, ONE / 2)[:size]
    gate = Factor(as_joint_activation(formula, size), tuple(range(size)), ratios)
    tail = Factor(as_activation("relu"), (0,), (ONE,))
    h = dict(enumerate(np.random.default_rng(1).normal(size=(size, 7))))

    def value(word):
        return np.prod([f(h, [float(r) for r in f.ratios]) for f in word], axis=0)

    words = separated_words([gate, tail])
    assert len(words) == count
    assert np.allclose(sum(float(number) * value(word) for number, word in words), value([gate, tail]), atol=1e-13)


def test_a_gate_with_a_skip_needs_no_nested_integral():
    """E f, E f'_1, noise of u tanh(v) + relu(w): E tanh = 0, so that the parts are uncorrelated."""
    gate = EntryFunction((Factor(as_joint_activation(GATES["gate with a skip"][0], 3), (0, 1, 2), (ONE,) * 3),))
    assert not is_nested((gate,), np.eye(3))
    triangle = np.eye(3)[np.triu_indices(3)]
    mean, slope, other, noise = (
        float(JointMoment((gate,), 3, kind, k)(*triangle))
        for kind, k in (("mean", 0), ("slope", 0), ("slope", 2), ("noise", 0))
    )
    square = float(as_activation("tanh").numeric_second_moment(1, 15))
    relu = 1 / 2 - 1 / (2 * np.pi) - 1 / 4
    expected = [1 / np.sqrt(2 * np.pi), 0, 1 / 2, np.sqrt(square + relu)]
    assert np.allclose([mean, slope, other, noise], expected, atol=1e-12)


def test_the_law_of_a_gate_of_three():
    """Derived with formulas for its coefficients (it was refused: three variables at once)."""
    n, d, p = fp.sizes("n d p")
    X = fp.gaussian(d, n)
    H, G, K = (fp.gaussian(p, d) @ X / fp.sqrt(d) for _ in range(3))
    F = fp.entrywise(GATES["gate with a skip"][0], H, G, K)
    law = fp.spectrum(F.T @ F / p)
    assert all(c.formula is not None for c in law.system.coefficients)
