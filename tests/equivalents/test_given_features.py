"""f(W X) of given X: the kernel, and limits against samples of real features."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.equivalents.given_features import given_features
from freeprob.errors import UnsupportedModel
from freeprob.language.expression import walk
from freeprob.language.given_sizes import array_of
from freeprob.language.nodes import Leaf

n, d, p, m, q = fp.sizes("n d p m q")
RNG = np.random.default_rng(11)
DATA = RNG.standard_normal((30, 50)) * np.linspace(0.5, 1.5, 30)[:, None] / 30**0.5
MORE = RNG.standard_normal((30, 20)) / 30**0.5
W = fp.gaussian(p, d, name="W")
X, Y = fp.signal(d, n, DATA, name="X"), fp.signal(d, m, MORE, name="Y")


def gram_of_features(activation, data: np.ndarray, width: int, draws: int) -> np.ndarray:
    total = np.zeros((data.shape[1],) * 2)
    for seed in range(draws):
        F = activation(np.random.default_rng(seed).standard_normal((width, len(data))) @ data)
        total += F.T @ F / width
    return total / draws


@pytest.mark.parametrize(("name", "function"), [("relu", lambda h: np.maximum(h, 0)), ("tanh", np.tanh)])
def test_the_kernel_is_the_mean_of_the_gram_matrix(name, function):
    after = given_features(getattr(fp, name)(W @ X), {}).expression
    (leaf,) = (x for x in walk(after) if isinstance(x, Leaf) and array_of(x) is not None)
    sampled = gram_of_features(function, DATA, 2000, 20)
    assert np.abs(leaf.ensemble.array.values - sampled).max() < 6 / np.sqrt(40000)


def test_functions_under_one_matrix_share_a_root_of_the_joint_kernel():
    number = fp.tr(fp.relu(W @ X).T @ fp.relu(W @ X)) + fp.tr(fp.tanh(W @ Y).T @ fp.tanh(W @ Y))
    image = given_features(number, {}).image
    roots = {node: image[node].arguments[1].simulate({}) for node in (fp.relu(W @ X), fp.tanh(W @ Y))}
    cross = roots[fp.relu(W @ X)].T @ roots[fp.tanh(W @ Y)]
    draws = [np.random.default_rng(s).standard_normal((2000, 30)) for s in range(20)]
    sampled = np.mean([np.maximum(w @ DATA, 0).T @ np.tanh(w @ MORE) / 2000 for w in draws], axis=0)
    assert np.abs(cross - sampled).max() < 6 / np.sqrt(40000)


def test_copies_of_a_network_live_on_one_space():
    V = fp.gaussian(p, d)
    number = fp.tr(fp.relu(W @ X).T @ fp.relu(V @ X)) + fp.tr(fp.relu(W @ Y).T @ fp.relu(V @ Y))
    image = given_features(number, {}).image
    first, second = image[fp.relu(W @ X)], image[fp.relu(V @ X)]
    assert first.arguments[1] is second.arguments[1] and first.arguments[0] is not second.arguments[0]


@pytest.mark.parametrize(
    "features",
    [
        lambda: fp.relu(W @ X),
        lambda: fp.erf(2 * W @ X + 0.5 * fp.gaussian(p) @ fp.ones(n).T),
        lambda: fp.abs(W @ fp.population(d, np.diag(np.linspace(0.2, 2, 30))) @ X),
        lambda: fp.tanh(W @ X + fp.gaussian(p, m) @ fp.signal(m, n, RNG.standard_normal((20, 50)) / 5)),
    ],
    ids=["relu", "bias", "covariance", "two inputs"],
)
def test_spectra_of_features_against_samples(features):
    F = features()
    law = fp.spectrum(F.T @ F / p)
    assert law.needs == ("p",)
    at = law.at(p=80)
    z = np.array([0.3 + 0.3j, 1.5 + 0.5j, -0.5 + 0j])
    found = []
    for seed in range(60):
        matrix = (F.T @ F / p).simulate({"p": 80}, seed=seed)
        found.append([np.mean(1 / (np.linalg.eigvalsh(matrix) - w)) for w in z])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(60)
    assert np.all(np.abs(at.stieltjes(z) - mean) < 4 * error + 0.03 * np.abs(mean))


def test_wide_networks_have_their_kernel():
    """With many more neurons than samples the Gram matrix is the kernel."""
    F = fp.relu(W @ X)
    kernel = given_features(F, {}).expression.arguments[1].leaf.ensemble.array.values
    levels = np.linalg.eigvalsh(kernel)
    law = fp.spectrum(F.T @ F / p).at(p=10**7)
    assert law.stieltjes(1 + 1j) == pytest.approx(np.mean(1 / (levels - 1 - 1j)), rel=1e-4)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (lambda: fp.tr(fp.relu(W @ X).T @ W @ X), "outside of these features"),
        (lambda: fp.tr(fp.relu(W @ X).T @ fp.tanh(W @ fp.gaussian(d, n) / fp.sqrt(d))), "outside of these features"),
        (lambda: fp.tr(fp.relu(fp.parameters("s") * W @ X).T @ fp.relu(W @ X)), "holds"),
        (lambda: fp.tr(fp.relu(W @ X + W @ X @ fp.population(n, np.eye(50))).T @ fp.relu(W @ X)), "each in one term"),
        (lambda: fp.relu(W @ X @ fp.signal(n, 1, np.ones(50)) / fp.sqrt(n)), "one matrix of pre-activations"),
    ],
)
def test_refusals(number, words):
    with pytest.raises(UnsupportedModel, match=words):
        given_features(number(), {})


def test_a_second_layer_is_refused():
    second = fp.tanh(fp.gaussian(q, p) @ fp.relu(W @ X) / fp.sqrt(p))
    with pytest.raises(UnsupportedModel, match="same norm"):
        fp.spectrum(second.T @ second / q)


def test_random_data_of_a_given_covariance_are_left_to_the_gaussian_equivalence():
    S = fp.population(d, DATA @ DATA.T)
    T = fp.population(d, fp.laws.empirical(np.linalg.eigvalsh(DATA @ DATA.T)))
    Z = fp.gaussian(d, n)
    moments = []
    for root, more in ((S**0.5, {}), (T**0.5, {"d": 30})):
        F = fp.relu(W @ root @ Z / fp.sqrt(d))
        moments.append([float(x) for x in fp.spectrum(F.T @ F / p).at(n=50, p=40, **more).moments(3)])
    assert moments[0] == pytest.approx(moments[1], rel=1e-12)


def test_the_record_names_the_rule():
    law = fp.spectrum(fp.relu(W @ X).T @ fp.relu(W @ X) / p)
    step = next(step for step in law.steps if step.rule == "given_features")
    assert step.status == "asymptotic" and step.references[0].key == "LouartLiaoCouillet2018"
    assert "W has iid Gaussian entries and acts on given data alone" in [h.statement for h in step.hypotheses]
