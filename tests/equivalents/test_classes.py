"""Samples of several classes side by side: mixtures with covariances and with means, against the real network."""

import numpy as np
import pytest

import freeprob as fp
from tests.agreement import spectrum_agreement

N1, N2, D, P = fp.sizes("n1 n2 d p")
X1, X2, W, V = fp.gaussian(D, N1), fp.gaussian(D, N2), fp.gaussian(P, D), fp.gaussian(P, P)
MU, NU, ONE1, ONE2 = fp.gaussian(D), fp.gaussian(D), fp.ones(N1).T, fp.ones(N2).T
S = fp.population(D, fp.laws.atoms({1: 0.5, 4: 0.5}))
WEAK = fp.block([[X1 + MU @ ONE1 / fp.sqrt(D), X2 - MU @ ONE2 / fp.sqrt(D)]])
OPPOSITE = fp.block([[X1 + MU @ ONE1, X2 - MU @ ONE2]])
INDEPENDENT = fp.block([[X1 + MU @ ONE1, X2 + NU @ ONE2]])
COVARIANCES = fp.block([[X1, S**0.5 @ X2]])
SIZES = {"n1": 150, "n2": 90, "d": 220, "p": 260}


def pre(data):
    return W @ data / fp.sqrt(D)


def gram(features):
    return features.T @ features / P


MODELS = {
    "small means": gram(fp.relu(pre(WEAK))),
    "a layer on small means": gram(fp.tanh(V @ fp.relu(pre(WEAK)) / fp.sqrt(P))),
    "covariances": gram(fp.relu(pre(COVARIANCES))),
    "two layers": gram(fp.tanh(V @ fp.tanh(pre(COVARIANCES)) / fp.sqrt(P))),
    "a gate": gram(fp.hadamard(fp.tanh(pre(COVARIANCES)), fp.sigmoid(pre(COVARIANCES)))),
    "a norm": gram(fp.relu(fp.layer_norm(pre(COVARIANCES)))),
    "opposite means": gram(fp.relu(pre(OPPOSITE))),
    "the side of the neurons": fp.relu(pre(COVARIANCES)) @ fp.relu(pre(COVARIANCES)).T / (N1 + N2),
}


@pytest.mark.parametrize("name", MODELS)
def test_agrees_with_samples(name):
    agreement = spectrum_agreement(MODELS[name], SIZES, replicates=6)
    assert agreement.ratio < 1, agreement


def test_means_of_two_classes_are_two_coordinates_of_a_neuron():
    values, z = {"n1": 1, "n2": 0.6, "d": 1.5, "p": 2}, 0.7 + 0.6j
    one = fp.spectrum(gram(fp.tanh(pre(INDEPENDENT)))).at(**values).stieltjes(z)
    other = fp.spectrum(gram(fp.tanh(pre(OPPOSITE)))).at(**values).stieltjes(z)  # tanh is odd: equal slopes
    assert abs(one - other) > 0.01
    sizes = {"n1": 200, "n2": 120, "d": 300, "p": 400}
    kernel = gram(fp.tanh(pre(INDEPENDENT)))
    found = [np.mean(1 / (np.linalg.eigvalsh(kernel.simulate(sizes, seed=k)) - z)) for k in range(12)]
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found) - one) < 4 * error + 0.7 / 200  # 1/N as measured at two sizes


def test_blocks_of_sums_and_products():
    data = fp.block([[X1, X2]])
    assert fp.tanh(pre(data)) is fp.block([[fp.tanh(pre(X1)), fp.tanh(pre(X2))]])
    assert fp.hadamard(W @ data, W @ data) is fp.block([[fp.hadamard(W @ X1, W @ X1), fp.hadamard(W @ X2, W @ X2)]])
    stacked = fp.block([[W], [V @ W / fp.sqrt(P)]]) @ data / fp.sqrt(D)
    assert fp.relu(stacked).shape == (2 * P, N1 + N2)


def test_a_layer_on_joined_features_is_a_sum_of_layers():
    joined = fp.block([[fp.tanh(pre(X1))], [X1]])
    U = fp.gaussian(P, D)
    layer = fp.tanh(fp.block([[V, U]]) @ joined / fp.sqrt(P))
    assert layer is fp.tanh((V @ fp.tanh(pre(X1)) + U @ X1) / fp.sqrt(P))
    agreement = spectrum_agreement(gram(layer), SIZES, replicates=6)
    assert agreement.ratio < 1, agreement


def test_blocks_of_an_inverse_are_refused():
    data = fp.block([[X1, X2]])
    inverse = fp.inv(data.T @ data / D + fp.identity([N1, N2]))
    with pytest.raises(fp.ShapeError, match="holds an inverse"):
        fp.tanh(fp.gaussian(P, D) @ data @ inverse / fp.sqrt(D))
