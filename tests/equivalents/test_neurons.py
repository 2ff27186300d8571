"""Layers above a layer with a mean: the coefficients depend on the neuron."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.equivalents import neurons
from freeprob.equivalents.entry_function import EntryFunction, Factor
from freeprob.equivalents.joint_moments import NeuronMoment
from freeprob.language.activations import as_activation

N, D, P, K, L = fp.sizes("n d p k l")
X, W, V, U = fp.gaussian(D, N), fp.gaussian(P, D), fp.gaussian(K, P), fp.gaussian(L, K)
FIRST = fp.relu(W @ X / fp.sqrt(D))
RATIOS = {"n": 1, "d": 0.7, "p": 1.3, "k": 0.9, "l": 0.8}


def _moment(name, kind):
    """Return a coefficient of f(sqrt(r) t + sqrt(v) x) as a function of t, v and sqrt(r)."""
    function = EntryFunction((Factor(as_activation(name), (0,), (sympy.S.One,)),))
    return NeuronMoment((function,), 1, 1, kind)


@pytest.mark.parametrize("kind", ["mean", "slope", "noise"])
@pytest.mark.parametrize("name", ["relu", "tanh"])
def test_moments_given_the_shift(name, kind):
    activation = as_activation(name)
    nodes, shared, variance = np.array([-1.3, 0.0, 0.8]), 0.4, 0.7
    x, w = np.polynomial.hermite_e.hermegauss(180)
    w = w / w.sum()
    for t, value in zip(nodes, _moment(name, kind)(nodes, variance, np.sqrt(shared)), strict=True):
        f = activation(np.sqrt(shared) * t + np.sqrt(variance) * x)
        mean, slope = w @ f, w @ (x * f) / np.sqrt(variance)
        noise = np.sqrt(w @ f**2 - mean**2 - variance * slope**2)
        expected = {"mean": mean, "slope": slope, "noise": noise}[kind]
        assert value == pytest.approx(expected, abs=1e-10 if name == "tanh" else 5e-3)


def test_float_and_precise_moments_agree():
    for kind in ("mean", "slope", "noise"):
        (low,) = _moment("relu", kind)(np.array([0.6]), 0.5, 0.3)
        (high,) = _moment("relu", kind)([0.6], 0.5, 0.3, digits=20)
        assert low == pytest.approx(float(high), rel=1e-12)


def test_two_shifts_of_one_neuron_have_a_joint_law():
    """A gate above an uncentred layer sees two independent shifts, a residual layer two correlated ones."""
    H = W @ X / fp.sqrt(D)
    biased = fp.hadamard(fp.tanh(H + fp.gaussian(P) @ fp.ones(N).T), fp.tanh(fp.gaussian(P, D) @ X / fp.sqrt(D) +
                         fp.gaussian(P) @ fp.ones(N).T))  # fmt: skip
    gap, bound = _gap(biased.T @ biased / P, size=300, seeds=8)
    assert (gap < bound).all(), (gap, bound)


@pytest.mark.slow  # an average over three coordinates
def test_three_shifts_of_one_neuron_have_a_joint_law():
    biased = [fp.gaussian(P, D) @ X / fp.sqrt(D) + fp.gaussian(P) @ fp.ones(N).T for _ in range(3)]
    top = fp.relu(biased[0]) + fp.tanh(biased[1]) + fp.relu(biased[2])
    gap, bound = _gap(top.T @ top / P, size=300, seeds=8)
    assert (gap < bound).all(), (gap, bound)


@pytest.mark.parametrize("split", [False, True])
def test_rules_of_the_normal_law(split):
    law = neurons._normal(split)
    nodes, weights = law.nodes(60)
    for k in range(9):
        assert weights @ nodes**k == pytest.approx(float(law.moment(k)), abs=1e-9)
    assert law.moment(8) == 105 and law.moment(3) == 0
    places, masses = law.nodes(60, 20)
    assert np.allclose(np.array(places, dtype=float), nodes) or float(places[-1]) > nodes[-1]
    assert abs(sum(w * x**4 for w, x in zip(masses, places, strict=True)) - 3) < 1e-9


def _gap(matrix, size, seeds):
    law = fp.spectrum(matrix)
    at = law.at(**{key: value for key, value in RATIOS.items() if key in law.known})
    z = np.array([0.4 + 0.5j, 1.1 + 0.4j])
    sizes = {key: round(size * value) for key, value in RATIOS.items()}
    samples = []
    for seed in range(seeds):
        values = np.linalg.eigvalsh(matrix.simulate(sizes, seed=seed))
        samples.append(np.mean(1 / (values[:, None] - z), axis=0))
    samples = np.array(samples)
    error = np.abs(samples.std(axis=0, ddof=1)) / np.sqrt(seeds)
    return np.abs(samples.mean(axis=0) - at.stieltjes(z)), 4.5 * error + 4.0 / size


@pytest.mark.parametrize("second", [fp.relu, fp.tanh])
def test_two_layers_agree_with_the_real_network(second):
    top = second(V @ FIRST / fp.sqrt(P))
    gap, bound = _gap(top.T @ top / K, size=400, seeds=8)
    assert (gap < bound).all(), (gap, bound)


def test_three_layers_agree_with_the_real_network():
    second = fp.relu(V @ FIRST / fp.sqrt(P))
    top = fp.tanh(U @ second / fp.sqrt(K))
    gap, bound = _gap(top.T @ top / L, size=400, seeds=8)
    assert (gap < bound).all(), (gap, bound)


def test_ignoring_the_mean_would_be_seen():
    """The naive equivalent, with one slope and one noise for all neurons, is another law (by 0.042 at this point)."""
    top = fp.relu(V @ FIRST / fp.sqrt(P))
    x = sympy.Symbol("x", real=True)
    centred = fp.entrywise(sympy.Max(x, 0) - 1 / sympy.sqrt(2 * sympy.pi), W @ X / fp.sqrt(D))
    naive = fp.spectrum((lambda h: h.T @ h / K)(fp.relu(V @ centred / fp.sqrt(P))))
    true = fp.spectrum(top.T @ top / K)
    values = {key: value for key, value in RATIOS.items() if key != "l"}
    assert abs(naive.at(**values).stieltjes(0.4 + 0.5j) - true.at(**values).stieltjes(0.4 + 0.5j)) > 0.03


def test_two_functions_of_one_shifted_layer():
    h = V @ FIRST / fp.sqrt(P)
    both = fp.relu(h) + fp.tanh(h)
    gap, bound = _gap(both.T @ both / K, size=300, seeds=8)
    assert (gap < bound).all(), (gap, bound)


def test_the_step_is_recorded():
    top = fp.tanh(V @ FIRST / fp.sqrt(P))
    law = fp.spectrum(top.T @ top / K)
    assert "conditional_gaussian_equivalence" in [step.rule for step in law.steps]
    assert any("shifts g of the neurons" in text for text in law.assumptions)


@pytest.mark.slow  # two functions of correlated pre-activations for each neuron: a minute
def test_a_residual_network_with_a_bias_agrees_with_the_real_network():
    skip = fp.gaussian(K, D) @ X / fp.sqrt(D) + fp.gaussian(K) @ fp.ones(N).T / 2
    top = fp.tanh(skip + fp.gaussian(K, K) @ fp.tanh(skip) / fp.sqrt(K))
    gap, bound = _gap(top.T @ top / K, size=300, seeds=8)
    assert (gap < bound).all(), (gap, bound)


def test_a_shift_beside_a_function_of_it_is_refused():
    h = fp.gaussian(K, D) @ X / fp.sqrt(D) + fp.gaussian(K) @ fp.ones(N).T
    with pytest.raises(fp.UnsupportedModel, match="occurs beside functions of it"):
        fp.spectrum((lambda y: y.T @ y / K)(fp.tanh(fp.gaussian(K, K) @ (h + fp.relu(h)) / fp.sqrt(K))))


def test_a_shift_and_functions_of_it_with_weights_between():
    """Through weights that occur once they are independent; through W^T W they are not."""
    n, p = fp.sizes("n p")
    W, V, B, shift = fp.gaussian(p, p), fp.gaussian(p, p), fp.gaussian(p, n), fp.gaussian(p)
    family = neurons.NeuronFamily(p, shift, "T")
    matrix = family.leaf
    words = {
        (shift.T, matrix, B): True,
        (shift.T, W, matrix, B): False,
        (shift.T, W.T, W, matrix, B): True,
        (shift.T, W.T, V, W, matrix, B): False,
        (B.T, matrix, V, shift): False,
        (B.T, matrix, shift): True,
        (shift.T, W, B): False,
    }
    for word, meet in words.items():
        assert any(neurons._beside(p, word, matrix) for p in ((shift,), (shift.T,))) == meet, word
