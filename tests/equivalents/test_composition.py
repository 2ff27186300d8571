"""Functions of functions: algebra on the graph, and laws of networks with chains against the real ones."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.equivalents.composition import composition
from freeprob.errors import UnsupportedModel
from freeprob.language.expression import walk
from freeprob.language.nodes import Entrywise
from tests.agreement import spectrum_agreement

N, D, P = fp.sizes("n d p")
T = sympy.Symbol("t")
X, W, V, U = fp.gaussian(D, N), fp.gaussian(P, D), fp.gaussian(P, D), fp.gaussian(P, P)
H, G = W @ X / fp.sqrt(D), V @ X / fp.sqrt(D)
SIZES = {"n": 200, "d": 260, "p": 230}

CHAINS = {
    "a chain of three": fp.tanh(2 * fp.relu(fp.sin(H))),
    "post-activation skip": fp.tanh(fp.relu(H) + G),
    "post-activation residual block": fp.tanh(fp.relu(H) + U @ fp.sin(H) / fp.sqrt(P)),
    "a function of a gate": fp.tanh(fp.hadamard(H, fp.sigmoid(G)) + fp.hadamard(H, G) / 2),
}


@pytest.mark.parametrize("name", CHAINS)
def test_the_same_numbers_without_chains(name):
    result = composition(CHAINS[name])
    sizes = {"n": 3, "d": 4, "p": 5}
    assert np.allclose(result.expression.simulate(sizes, seed=1), CHAINS[name].simulate(sizes, seed=1), rtol=1e-13)
    for node in walk(result.expression):
        if isinstance(node, Entrywise):
            assert not any(isinstance(part, Entrywise) for a in node.arguments for part, _ in a.terms())
    assert [step.status for step in result.steps] == ["exact"] * len(result.steps)
    assert result.steps


@pytest.mark.parametrize("name", CHAINS)
def test_agrees_with_real_networks(name):
    agreement = spectrum_agreement(CHAINS[name].T @ CHAINS[name] / P, SIZES, replicates=6)
    assert agreement.ratio < 1, agreement


def test_tangent_kernels_of_chains():
    network = fp.gaussian(P).T @ fp.tanh(2 * fp.sin(H)) / fp.sqrt(P)
    one = fp.gaussian(P).T @ fp.entrywise(sympy.tanh(2 * sympy.sin(T)), H) / fp.sqrt(P)
    values = [fp.spectrum(fp.ntk(f, X)).at(n=1, d=1.5, p=2).stieltjes(1 + 0.4j) for f in (network, one)]
    assert abs(values[0] - values[1]) < 1e-10


def test_functions_of_kernels_and_of_patterns_stay():
    kernel = fp.entrywise(sympy.exp(T), fp.tanh(X.T @ X / D))
    assert composition(kernel).expression is kernel
    dropped = fp.tanh(fp.hadamard(fp.bonds(P, N, keep=0.5), fp.relu(H)))
    assert composition(dropped).expression is dropped
    with pytest.raises(UnsupportedModel, match="does not begin with one"):
        fp.spectrum(dropped.T @ dropped / P)
