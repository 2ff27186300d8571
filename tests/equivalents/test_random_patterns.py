"""Random patterns beside functions and in weights: dropout in both passes of a network."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.equivalents import random_patterns as rule
from freeprob.equivalents.random_patterns import Kept, random_patterns
from tests.agreement import spectrum_agreement

N, D, P, Q = fp.sizes("n d p q")
X = fp.gaussian(D, N)


def _layer(f, width, below, signal, keep=None):
    """Return a layer, with a share of its weights."""
    weights = fp.gaussian(width, below)
    if keep is not None:
        weights = fp.hadamard(fp.bonds(width, below, keep=keep), weights)
    return f(weights @ signal / fp.sqrt(below))


def _output(signal, width):
    return fp.ntk(fp.gaussian(width).T @ signal / fp.sqrt(width), X)


def _dropped(signal, width, keep):
    return fp.hadamard(fp.bonds(width, N, keep=keep), signal)


def _residual():
    signal = fp.gaussian(P, D) @ X / fp.sqrt(D)
    for _ in range(2):
        signal = signal + fp.mask(P, keep=0.7) @ _layer(fp.tanh, P, P, signal)
    return signal


NETWORKS = {
    "dropout before the output": lambda: _output(_dropped(_layer(fp.tanh, P, D, X), P, 0.6), P),
    "dropout inside": lambda: _output(_layer(fp.tanh, Q, P, _dropped(_layer(fp.relu, P, D, X), P, 0.6)), Q),
    "two patterns": lambda: _output(
        _dropped(_layer(fp.tanh, Q, P, _dropped(_layer(fp.tanh, P, D, X), P, 0.6)), Q, 0.8), Q
    ),
    "neurons that are left out": lambda: _output(
        _layer(fp.tanh, Q, P, fp.mask(P, keep=0.6) @ _layer(fp.relu, P, D, X)), Q
    ),
    "neurons of residual blocks": lambda: _output(_residual(), P),
    "diluted weights": lambda: _output(_layer(fp.tanh, Q, P, _layer(fp.tanh, P, D, X), 0.5), Q),
    "diluted weights of the input": lambda: _output(_layer(fp.gelu, P, D, X, 0.7), P),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_tangent_kernels_agree_with_samples(name):
    agreement = spectrum_agreement(NETWORKS[name](), {"n": 120, "d": 100, "p": 240, "q": 180}, replicates=6)
    assert agreement.ratio < 1 and agreement.resolution < 0.3, agreement


def test_features_of_a_deep_layer_with_a_mean():
    first = _dropped(_layer(fp.relu, P, D, X), P, 0.6)
    top = _dropped(_layer(fp.relu, Q, P, first), Q, 0.8)
    agreement = spectrum_agreement(top.T @ top / Q, {"n": 150, "d": 150, "p": 300, "q": 300}, replicates=6)
    assert agreement.ratio < 1, agreement


def test_the_pattern_as_a_function_and_as_noise_give_one_law(monkeypatch):
    """The rule for diluted matrices takes a pattern that is used once as noise; as a function it gives the same."""
    feature = _dropped(_layer(fp.relu, P, D, X), P, 0.6)
    values, z = {"n": 1, "d": 1.5, "p": 2}, np.array([0.3 + 0.4j, 1.1 + 0.2j])
    noise = fp.spectrum(feature.T @ feature / P)
    monkeypatch.setattr(rule, "_is_shared", lambda pattern, products, expression: True)
    function = fp.spectrum(feature.T @ feature / P)
    assert "random_pattern" in [s.rule for s in function.steps]
    assert "bond_dilution" in [s.rule for s in noise.steps]
    assert np.allclose(noise.at(**values).stieltjes(z), function.at(**values).stieltjes(z), atol=1e-10)


@pytest.mark.parametrize("keep", ["1/4", "0.6", "9/10"])
def test_moments_of_the_indicator(keep):
    f = Kept(sympy.Rational(keep))
    x = np.linspace(-9, 9, 2_000_001)
    weights = np.exp(-(x**2) / 2)
    weights /= weights.sum()
    share = float(sympy.Rational(keep))
    assert f.mean(1) == f.second_moment(1) == sympy.Rational(keep) and f.slope(1) == 0
    assert weights @ f(x) == pytest.approx(share, abs=1e-5)
    formula = sympy.lambdify(sympy.Symbol("x", real=True), f.formula, ["scipy", "numpy"])
    assert [float(formula(v)) for v in (0.0, 3.0)] == [1.0, 0.0]


def test_weights_that_occur_elsewhere_keep_their_pattern():
    W, B = fp.gaussian(P, D), fp.bonds(P, D, keep=0.5)
    both = fp.tanh(fp.hadamard(B, W) @ X / fp.sqrt(D)) + fp.tanh(W @ X / fp.sqrt(D))
    assert not random_patterns(both.T @ both / P, {}).steps
    alone = fp.tanh(fp.hadamard(B, W) @ X / fp.sqrt(D))
    assert [s.rule for s in random_patterns(alone.T @ alone / P, {}).steps] == ["diluted_weights"]


def test_a_probability_that_is_a_symbol_is_refused_with_the_reason():
    keep = sympy.Symbol("keep", positive=True)
    kernel = _output(_dropped(_layer(fp.tanh, P, D, X), P, keep), P)
    with pytest.raises(fp.UnsupportedModel, match=r"probability is a number.*Remedy: give keep="):
        fp.spectrum(kernel)
