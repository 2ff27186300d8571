"""Smooth pieces of functions as functions of a complex variable."""

import numpy as np
import pytest
import sympy

from freeprob.language.activations import X, as_activation
from freeprob.language.activations.analytic import analytic_pieces


@pytest.mark.parametrize("name", ["relu", "elu", "gelu", "silu", "erf", "softplus", "tanh", "hard_tanh", "sin"])
def test_pieces_are_the_function_and_are_analytic(name):
    f = as_activation(name)
    pieces = analytic_pieces(f.formula)
    assert [p.left for p in pieces] == [-np.inf, *(p.right for p in pieces[:-1])]
    assert pieces[-1].right == np.inf
    for piece in pieces:
        x = np.linspace(max(piece.left, -4.0), min(piece.right, 4.0), 9)[1:-1]
        np.testing.assert_allclose(piece.function(x).real, f(x), atol=1e-14)
        step = 1e-5  # the equations of Cauchy and Riemann
        along = piece.function(x - 0.1j + step) - piece.function(x - 0.1j - step)
        across = piece.function(x - 0.1j + 1j * step) - piece.function(x - 0.1j - 1j * step)
        np.testing.assert_allclose(across, 1j * along, atol=1e-10)


def test_a_choice_that_is_no_kink_is_not_taken_for_analytic():
    assert analytic_pieces(sympy.Max(sympy.sin(X), sympy.exp(X) - 2)) is None
