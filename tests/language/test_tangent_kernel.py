"""fp.ntk against numerical gradients of the real network, and its law against samples."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.language.expression import walk
from freeprob.language.nodes import Leaf
from freeprob.language.simulation import Sampler
from tests.agreement import spectrum_agreement

N, D, P, Q = fp.sizes("n d p q")
X, W, V, U = fp.gaussian(D, N), fp.gaussian(P, D), fp.gaussian(P, D), fp.gaussian(Q, P)
v, w, b = fp.gaussian(P), fp.gaussian(Q), fp.gaussian(P)
H, G = W @ X / fp.sqrt(D), V @ X / fp.sqrt(D)
NETWORKS = {
    "one layer": v.T @ fp.tanh(H) / fp.sqrt(P),
    "two layers": w.T @ fp.tanh(U @ fp.relu(H) / fp.sqrt(P)) / fp.sqrt(Q),
    "gate": v.T @ fp.hadamard(fp.tanh(H), fp.sigmoid(G)) / fp.sqrt(P),
    "maxout": v.T @ fp.entrywise(sympy.Max(*sympy.symbols("a b")), H, G) / fp.sqrt(P),
    "skip and bias": v.T @ (fp.tanh(H + b @ fp.ones(N).T) + H) / fp.sqrt(P),
    "linear unit": v.T @ fp.hadamard(H, G) / fp.sqrt(P),
    "shared weights": v.T @ (fp.tanh(H) + fp.sin(2 * H)) / fp.sqrt(P),
    "masked neurons": w.T @ fp.tanh(U @ fp.mask(P, keep=0.6) @ fp.relu(H) / fp.sqrt(P)) / fp.sqrt(Q),
    "dropout": v.T @ fp.hadamard(fp.bonds(P, N, keep=0.6), fp.tanh(H)) / fp.sqrt(P),
}
SIZES = {"n": 3, "d": 4, "p": 5, "q": 2}


class _Fixed:
    """Values of a network at given weights."""

    def __init__(self, network):
        self.network = network
        leaves = [n for n in walk(network) if isinstance(n, Leaf)]
        self.weights = [n for n in leaves if n is not X and n.ensemble.name == "gaussian"]
        self.values = {n: n.simulate(SIZES, seed=1) for n in leaves}

    def __call__(self, values):
        sampler = Sampler(SIZES, {}, 1)
        sampler.done.update(values)
        return sampler.value(self.network).ravel()


@pytest.mark.parametrize("name", NETWORKS)
def test_is_the_gram_matrix_of_numerical_gradients(name):
    network = NETWORKS[name]
    fixed = _Fixed(network)
    columns = []
    for leaf in fixed.weights:
        for place in np.ndindex(fixed.values[leaf].shape):
            ends = []
            for step in (1e-5, -1e-5):
                moved = fixed.values[leaf].copy()
                moved[place] += step
                ends.append(fixed({**fixed.values, leaf: moved}))
            columns.append((ends[0] - ends[1]) / 2e-5)
    gradients = np.array(columns)
    assert np.allclose(fp.ntk(network, X).simulate(SIZES, seed=1), gradients.T @ gradients, atol=1e-7)


@pytest.mark.parametrize("name", ["one layer", "gate"])
def test_the_law_agrees_with_samples(name):
    sizes = {"n": 150, "d": 300, "p": 600, "q": 500}
    agreement = spectrum_agreement(fp.ntk(NETWORKS[name], X), sizes, replicates=8)
    assert agreement.ratio < 1, agreement


def test_the_backward_pass_is_recorded():
    law = fp.spectrum(fp.ntk(NETWORKS["two layers"].subs({}), X))
    assert "gradient_independence" in [step.rule for step in law.steps]


def test_a_skip_beside_functions_of_the_same_shift_is_refused():
    with pytest.raises(fp.UnsupportedModel, match="occurs beside functions of it"):
        fp.spectrum(fp.ntk(NETWORKS["skip and bias"], X))


def test_refusals():
    with pytest.raises(fp.ShapeError, match="one output for each sample"):
        fp.ntk(fp.tanh(H), X)
    with pytest.raises(TypeError, match="sequence of leaves"):
        fp.ntk(NETWORKS["one layer"], X, weights=v)
    with pytest.raises(TypeError, match="must be an expression, not str"):
        fp.ntk(NETWORKS["one layer"], "X")
    mask = fp.mask(P, keep=0.6)
    with pytest.raises(fp.UnsupportedModel, match="cannot be trained entry by entry"):
        fp.ntk(v.T @ mask @ fp.tanh(H) / fp.sqrt(P), X, weights=[v, mask])
    with pytest.raises(fp.UnsupportedModel, match=r"jumps|derivative"):
        fp.ntk(v.T @ fp.sign(H) / fp.sqrt(P), X)
    with pytest.raises(fp.UnsupportedModel, match=r"mixes samples|no operation on each sample"):
        fp.ntk(v.T @ fp.tanh(H) @ X.T @ X / fp.sqrt(P) / D, X)


def residual(blocks, norm, final):
    signal = fp.gaussian(P, D) @ X / fp.sqrt(D)
    for _ in range(blocks):
        inner = fp.gaussian(P, P) @ norm(signal) / fp.sqrt(P)
        signal = signal + fp.gaussian(P, P) @ fp.tanh(inner) / (2 * fp.sqrt(P))
    return fp.gaussian(P).T @ final(signal) / fp.sqrt(P)


def one_weight(f, blocks):
    signal = fp.gaussian(P, D) @ X / fp.sqrt(D)
    for _ in range(blocks):
        signal = signal + f(fp.gaussian(P, P) @ signal / fp.sqrt(P))
    return fp.gaussian(P).T @ signal / fp.sqrt(P)


def two_weights(f, blocks):
    signal = f(fp.gaussian(P, D) @ X / fp.sqrt(D))
    for _ in range(blocks):
        inner = f(fp.gaussian(P, P) @ signal / fp.sqrt(P))
        signal = signal + fp.gaussian(P, P) @ inner / (2 * fp.sqrt(P))
    return fp.gaussian(P).T @ signal / fp.sqrt(P)


def on_the_skip():
    signal = fp.relu(fp.gaussian(P, D) @ X / fp.sqrt(D))
    signal = fp.relu(signal + fp.gaussian(P, P) @ signal / (2 * fp.sqrt(P)))
    return fp.gaussian(P).T @ signal / fp.sqrt(P)


RESIDUAL = {
    "blocks of two weights": lambda: residual(2, lambda h: h, lambda h: h),
    "normalised before each block": lambda: residual(2, fp.layer_norm, fp.layer_norm),
    "blocks of one weight": lambda: one_weight(fp.tanh, 2),
    "an uncentred block of one weight": lambda: one_weight(fp.relu, 1),
    "uncentred blocks of one weight": lambda: one_weight(fp.relu, 2),
    "uncentred blocks of two weights": lambda: two_weights(fp.relu, 2),
    "an activation on the skip of an activation": on_the_skip,
    "an activation after the last block": lambda: residual(1, fp.rms_norm, fp.tanh),
}


@pytest.mark.parametrize("name", RESIDUAL)
def test_residual_networks_agree_with_samples(name):
    agreement = spectrum_agreement(fp.ntk(RESIDUAL[name](), X), {"n": 150, "d": 150, "p": 300}, replicates=6)
    assert agreement.ratio < 1, agreement


@pytest.mark.parametrize("norm", [fp.layer_norm, fp.rms_norm])
def test_the_gradient_of_a_normalisation_is_right_in_the_limit(norm):
    """What is left out, the errors along the mean and the sample, changes m by an amount that falls with the width."""

    def gap(scale):
        sizes = {"n": 10 * scale, "d": 10 * scale, "p": 20 * scale}
        rng = np.random.default_rng(scale)
        x = fp.gaussian(D, N)
        first, last = fp.gaussian(P, D), fp.gaussian(P)
        kernel = fp.ntk(last.T @ fp.tanh(norm(fp.relu(first @ x / fp.sqrt(D)))) / fp.sqrt(P), x, weights=[first])
        values = {
            leaf: rng.standard_normal([sizes[str(leaf.rows[0])], *shape])
            for leaf, shape in ((x, [sizes["n"]]), (first, [sizes["d"]]), (last, [1]))
        }
        sampler = Sampler(sizes, {}, 1)
        sampler.done.update(values)
        written = sampler.value(kernel)
        data, vector = values[x], values[last][:, 0]
        h = np.maximum(values[first] @ data / np.sqrt(sizes["d"]), 0)
        mean = h.mean(axis=0) if norm is fp.layer_norm else 0
        deviation = np.sqrt(((h - mean) ** 2).mean(axis=0))
        y = (h - mean) / deviation
        error = vector[:, None] * (1 - np.tanh(y) ** 2) / np.sqrt(sizes["p"])
        rest = error - y * (y * error).mean(axis=0) - (error.mean(axis=0) if norm is fp.layer_norm else 0)
        error = rest / deviation * (h > 0) / np.sqrt(sizes["d"])
        exact = (data.T @ data) * (error.T @ error)
        m = [np.mean(1 / (np.linalg.eigvalsh(k) - (0.3 + 0.3j))) for k in (written, exact)]
        return abs(m[0] - m[1])

    small, large = (np.mean([gap(s + k) for k in range(4)]) for s in (4, 24))
    assert large < small / 3 and large < 0.02


def test_normalisation_over_samples_is_refused():
    with pytest.raises(fp.UnsupportedModel, match="no operation on each sample"):
        fp.ntk(v.T @ fp.relu(fp.batch_norm(H)) / fp.sqrt(P), X)


def test_many_shifts_of_one_residual_stream_are_refused_before_they_take_minutes():
    law = fp.spectrum(fp.ntk(one_weight(fp.relu, 3), X))
    with pytest.raises(fp.SolveError, match=r"an integral over 4 variables at once.*Remedy: blocks of two weights"):
        law.at(n=1, d=1, p=2).stieltjes(1j)


def test_the_kernel_of_diluted_weights_is_right_in_the_limit():
    """Each derivative is 0 where the pattern is; their inner products keep the share q of their terms."""

    def gap(scale):
        sizes = {"n": 10 * scale, "d": 10 * scale, "p": 20 * scale}
        x, weights, last = fp.gaussian(D, N), fp.gaussian(P, D), fp.gaussian(P)
        pattern = fp.bonds(P, D, keep=0.4)
        network = last.T @ fp.tanh(fp.hadamard(pattern, weights) @ x / fp.sqrt(D)) / fp.sqrt(P)
        kernel = fp.ntk(network, x, weights=[weights])
        sampler = Sampler(sizes, {}, scale)
        written = sampler.value(kernel)
        data, kept, vector = (sampler.done[leaf] for leaf in (x, pattern, last))
        h = (kept * sampler.done[weights]) @ data / np.sqrt(sizes["d"])
        errors = vector * (1 - np.tanh(h) ** 2) / np.sqrt(sizes["p"] * sizes["d"])
        gradients = np.einsum("ij,lj,il->ilj", errors, data, kept).reshape(-1, sizes["n"])
        m = [np.mean(1 / (np.linalg.eigvalsh(k) - (0.3 + 0.3j))) for k in (written, gradients.T @ gradients)]
        return abs(m[0] - m[1])

    small, large = (np.mean([gap(s + k) for k in range(4)]) for s in (3, 12))
    assert large < small / 2 and large < 0.05


def of_classes(name):
    """Return the samples of two classes and the kernel of a network on them."""
    classes = (X, fp.gaussian(D, fp.sizes("m")))
    data = fp.block([[classes[0], 2 * classes[1]]])
    return classes, fp.ntk(NETWORKS[name].subs({X: data}), data)


@pytest.mark.parametrize("name", ["one layer", "two layers", "gate", "shared weights", "maxout"])
def test_samples_of_two_classes_are_samples_side_by_side(name):
    (first, second), kernel = of_classes(name)
    sizes = SIZES | {"m": 2}
    values = {
        n: n.simulate(sizes, seed=1) for n in walk(kernel) if isinstance(n, Leaf) and n.ensemble.name == "gaussian"
    }
    of_both = Sampler(sizes, {}, 1)
    of_both.done.update(values)
    together = Sampler(sizes | {"n": 5}, {}, 1)
    together.done.update(values | {X: np.hstack([values[first], 2 * values[second]])})
    assert np.allclose(of_both.value(kernel), together.value(fp.ntk(NETWORKS[name], X)))


def test_the_law_of_two_classes_agrees_with_samples():
    sizes = {"n": 150, "m": 100, "d": 300, "p": 600, "q": 500}
    agreement = spectrum_agreement(of_classes("one layer")[1], sizes, replicates=8)
    assert agreement.ratio < 1, agreement
