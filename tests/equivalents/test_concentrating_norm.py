"""Normalisation layers against samples of the real ones."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.errors import ShapeError, UnsupportedModel
from tests.agreement import spectrum_agreement

N, D, P = fp.sizes("n d p")
X, W, V, B = fp.gaussian(D, N), fp.gaussian(P, D), fp.gaussian(P, P), fp.gaussian(P)
S = fp.population(D, fp.laws.atoms({1: 0.5, 4: 0.5}))
ONE = fp.ones(N).T
H = W @ X / fp.sqrt(D)
SIZES = {"n": 200, "d": 260, "p": 230}


def gram(features, size=P):
    return features.T @ features / size


MODELS = {
    "layer norm of features": gram(fp.layer_norm(fp.relu(H))),
    "layer norm of a pre-activation with a mean": gram(fp.relu(fp.layer_norm(V @ fp.relu(H)))),
    "a layer on a layer norm": gram(fp.tanh(V @ fp.layer_norm(fp.relu(H)) / fp.sqrt(P))),
    "a layer on an rms norm, which keeps the mean": gram(fp.tanh(V @ fp.rms_norm(fp.relu(H)) / fp.sqrt(P))),
    "batch norm takes a bias away": gram(fp.relu(fp.batch_norm(3 * H + B @ ONE))),
    "batch norm of a deep pre-activation": gram(fp.relu(fp.batch_norm(V @ fp.relu(H)))),
    "residual with norms": gram(fp.layer_norm(fp.tanh(H) + fp.tanh(V @ fp.layer_norm(fp.tanh(H)) / fp.sqrt(P)))),
    "data on a sphere": gram(fp.rms_norm(S**0.5 @ X), D),
    "layer norm with a bias": gram(fp.layer_norm(fp.tanh(H + B @ ONE))),
}


@pytest.mark.parametrize("name", MODELS)
def test_agrees_with_samples(name):
    agreement = spectrum_agreement(MODELS[name], SIZES, replicates=6)
    assert agreement.ratio < 1, agreement


def test_a_scale_or_a_shared_mean_does_not_matter():
    values = dict(n=1, d=1.5, p=2)
    plain = fp.spectrum(gram(fp.layer_norm(fp.tanh(H)))).at(**values).stieltjes(1 + 0.4j)
    scaled = fp.spectrum(gram(fp.layer_norm(5 * fp.tanh(H)))).at(**values).stieltjes(1 + 0.4j)
    moved = fp.spectrum(gram(fp.layer_norm(fp.tanh(H) + 2 * fp.ones(P) @ ONE))).at(**values).stieltjes(1 + 0.4j)
    assert abs(plain - scaled) < 1e-13
    assert abs(plain - moved) < 1e-12
    assert fp.layer_norm(-2 * H) is -fp.layer_norm(W @ X)


@pytest.mark.parametrize("turned", [False, True])
def test_an_rms_norm_counts_the_mean(turned):
    # E relu^2 = q/2, with the mean: the norm is that of all entries, from whichever side the samples are seen
    def law(features):
        return fp.spectrum(features @ features.T / N if turned else gram(features)).at(n=1, d=1.5, p=2)

    assert abs(law(fp.rms_norm(fp.relu(H))).stieltjes(1 + 0.4j) - law(2**0.5 * fp.relu(H)).stieltjes(1 + 0.4j)) < 1e-12


def test_norms_are_one_at_finite_size():
    sizes = {"n": 5, "d": 6, "p": 7}
    layer, batch = fp.layer_norm(fp.tanh(H)).simulate(sizes), fp.batch_norm(fp.tanh(H)).simulate(sizes)
    assert np.allclose(layer.mean(axis=0), 0)
    assert np.allclose(layer.std(axis=0), 1)
    assert np.allclose(batch.mean(axis=1), 0)
    assert np.allclose(batch.std(axis=1), 1)
    assert np.allclose(fp.batch_norm(H).T.simulate(sizes), fp.layer_norm(H.T).simulate(sizes))


def test_travels_as_data_and_prints():
    norm = fp.rms_norm(H).T
    assert fp.from_json(fp.to_json(norm)) is norm
    assert "rms_norm(" in str(norm)
    assert str(norm).endswith(".T")


REFUSALS = {
    "rows of different norm": (gram(fp.batch_norm(S**0.5 @ X), D), "must have one norm in the limit"),
    "neurons with different slopes": (gram(fp.batch_norm(fp.relu(H + B @ ONE))), "shifts of the neurons"),
    "samples of different norm": (
        gram(fp.layer_norm(X @ fp.population(N, fp.laws.atoms({1: 0.5, 4: 0.5}))), D),
        "must have one norm in the limit",
    ),
    "a kernel": (fp.layer_norm(gram(H)).T @ fp.layer_norm(gram(H)) / N, "is a kernel matrix"),
    "a constant": (gram(fp.layer_norm(fp.ones(P) @ ONE) + H), "norms? in"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(name):
    matrix, message = REFUSALS[name]
    with pytest.raises(UnsupportedModel, match=message):
        fp.spectrum(matrix)


def test_outliers_are_not_given():
    law = fp.spectrum(gram(fp.layer_norm(fp.relu(H)))).at(n=1, d=1.5, p=2)
    with pytest.raises(UnsupportedModel, match="fluctuations of their norms"):
        law.outliers()


def test_shapes():
    with pytest.raises(ShapeError, match="not over many entries"):
        fp.batch_norm(fp.gaussian(P))
    with pytest.raises(TypeError, match="needs an expression"):
        fp.layer_norm(3)
