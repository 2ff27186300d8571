"""Features of any size: what vanishes is told by comparison with the function, not with 1."""

import pytest
from sympy import Rational

import freeprob as fp
from freeprob.language.activations import as_activation

n, d, s = fp.sizes("n d s")
AT = dict(n=1, d=0.8, s=1.3)


def relu_layers(size):
    W, V, X = fp.gaussian(n, d), fp.gaussian(n, n), fp.gaussian(d, s)
    features = fp.relu(V @ fp.relu(size * W @ X / fp.sqrt(d)) / fp.sqrt(n)) / size
    return fp.spectrum(features.T @ features / n).at(**AT).stieltjes(-1)


def gate(size):
    A, B, X = fp.gaussian(n, d), fp.gaussian(n, d), fp.gaussian(d, s)
    product = fp.hadamard(fp.sin(size * A @ X / fp.sqrt(d)), fp.tanh(size * B @ X / fp.sqrt(d))) / size**2
    return fp.spectrum(product.T @ product / n).at(**AT).stieltjes(-1)


@pytest.mark.parametrize("power", [6, 9])
def test_relu_features_are_homogeneous(power):
    assert relu_layers(Rational(1, 10**power)) == pytest.approx(relu_layers(1), rel=1e-11)


def test_gates_of_small_inputs_are_products_of_gaussians():
    """sin(x) tanh(y) = x y (1 - x^2/6 - y^2/3 + ...): at size e all differs from the limit by O(e^2)."""
    limit = gate(Rational(1, 10**7))
    for power in (3, 4):
        assert abs(gate(Rational(1, 10**power)) - limit) == pytest.approx(0.44 * 10 ** (-2 * power), rel=0.05)


def test_gates_that_shrink_to_nothing_are_refused():
    h = fp.gaussian(n, d) @ fp.gaussian(d, s) / fp.sqrt(d)
    for _ in range(10):
        h = fp.hadamard(fp.sin(fp.gaussian(n, n) @ h / fp.sqrt(n)), fp.tanh(fp.gaussian(n, n) @ h / fp.sqrt(n)))
    with pytest.raises(fp.UnsupportedModel, match="scale the weights"):
        fp.spectrum(h.T @ h / n)


@pytest.mark.parametrize("q", [1e-12, 1e-40, 1e-100])
def test_closed_forms_do_not_cancel_to_nothing(q):
    """E sin^2 = (1 - exp(-2 q))/2 = q (1 - q + ...)."""
    assert as_activation("sin").numeric_second_moment(q) == pytest.approx(q * (1 - q), rel=1e-14)
