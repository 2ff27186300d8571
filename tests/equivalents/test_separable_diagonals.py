"""Diagonal matrices of functions of several vectors that are sums of products."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.equivalents.separable_diagonals import separable_diagonals
from tests.agreement import spectrum_agreement

n, d = fp.sizes("n d")
X, beta, e = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n)
y = X.T @ beta / fp.sqrt(d)
u, v = sympy.symbols("u v")
GATE = u * sympy.tanh(v) + sympy.exp(-(u**2)) / 2


@pytest.mark.parametrize("function", [GATE, u**2 * sympy.exp(-(v**2) / 2), (u + v) ** 2])
def test_is_the_same_matrix(function):
    made = fp.diag(fp.entrywise(function, y, e))
    found = separable_diagonals(made).expression
    sizes = {"n": 5, "d": 4}
    assert found is not made and np.allclose(found.simulate(sizes, seed=1), made.simulate(sizes, seed=1))


def test_a_hessian_with_noise_agrees_with_samples():
    """The curvature of a loss at a sample depends on its label, and on noise of its own."""
    curvature = fp.entrywise((1 + sympy.tanh(u) ** 2) * (2 + sympy.sin(v)), y, e)
    agreement = spectrum_agreement(X @ fp.diag(curvature) @ X.T / n, {"n": 480, "d": 240}, replicates=8)
    assert agreement.ratio < 1, agreement


def test_moments():
    """E u^2 = 1 and E exp(-v^2/2) = 1/sqrt(2)."""
    K = X @ fp.diag(fp.entrywise(u**2 * sympy.exp(-(v**2) / 2), y, e)) @ X.T / n
    assert float(fp.spectrum(K).at(n=2, d=1).moments(1)[0]) == pytest.approx(2**-0.5, rel=1e-10)


def test_what_does_not_fall_apart_is_refused():
    K = X @ fp.diag(fp.entrywise(1 / (1 + sympy.exp(-u * v)), y, e)) @ X.T / n
    with pytest.raises(fp.UnsupportedModel, match="is a function of 2 vectors at once"):
        fp.spectrum(K)
