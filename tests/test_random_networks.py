"""Random architectures against samples of the real nonlinear network.

Depth 1 to 4, random widths, activations, skip connections, gates, biases, masks, orthogonal weights. The default run
takes a few; ``-m slow`` takes 200. Every network is made from one seed, which is part of the name of the test.
"""

import numpy as np
import pytest

import freeprob as fp
from freeprob.errors import UnsupportedModel
from tests.agreement import spectrum_agreement

ODD = (fp.tanh, fp.erf, fp.sin, fp.hard_tanh, fp.softsign)
OTHER = (fp.relu, fp.gelu, fp.sigmoid, fp.silu, fp.cos, fp.elu, fp.abs)
WIDTHS = (170, 210, 260)
SAMPLES, INPUTS = 200, 180


class Network:
    """A network made from a seed: its last layer of features, and its sizes."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)
        self.n, self.d = fp.sizes("n d")
        self.sizes = {"n": SAMPLES, "d": INPUTS}
        self.words: list[str] = []
        layer, width = fp.gaussian(self.d, self.n), self.d
        # a mean below shifts the neurons above; at most one layer of a deep network has one, which keeps this fast
        with_mean = self.rng.random() < 0.5
        depth = int(self.rng.integers(1, 5))
        for level in range(depth):
            last = level == depth - 1
            layer, width = self.layer(layer, width, mean=with_mean and last)
        self.features, self.width = layer, width

    def layer(self, below, width, mean):
        kinds = ["plain", "plain", "skip", "gate", "two functions", "mask"] + ["bias"] * mean
        kind = str(self.rng.choice(kinds))
        top = width if kind == "skip" and width is not self.d else self.new_width()
        f = self.activation(mean)
        h = self.affine(below, width, top)
        self.words.append(f"{kind} {f.__name__}")
        if kind == "skip" and top is width:
            return f(h) + below, top
        if kind == "gate":
            return fp.hadamard(self.activation(False)(h), f(self.affine(below, width, top))), top
        if kind == "two functions":
            return f(h) + self.activation(False)(1.5 * h) / 2, top
        if kind == "mask":
            return fp.mask(top, keep=0.7) @ f(h), top
        if kind == "bias":
            return f(h + fp.gaussian(top) @ fp.ones(self.n).T / 2), top
        return f(h), top

    def activation(self, mean):
        return self.rng.choice(np.array(OTHER if mean else ODD, dtype=object))

    def new_width(self):
        name = f"p{len(self.sizes)}"
        self.sizes[name] = int(self.rng.choice(WIDTHS))
        return fp.sizes(name)

    def affine(self, below, width, top):
        scale = fp.sqrt(self.rng.choice([1, 2]))
        return scale * fp.gaussian(top, width) @ below / fp.sqrt(width)

    @property
    def kernel(self):
        return self.features.T @ self.features / self.width


def _agrees(seed):
    network = Network(seed)
    print(f"seed {seed}: {' | '.join(network.words)}")
    agreement = spectrum_agreement(network.kernel, network.sizes, replicates=4)
    assert agreement.ratio < 1, (seed, network.words, agreement)


@pytest.mark.parametrize("seed", range(10))
def test_random_networks(seed):
    _agrees(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 210))
def test_many_random_networks(seed):
    _agrees(seed)


def test_networks_are_not_refused():
    """The generator makes what the rules cover: a refusal is a gap."""
    for seed in range(40):
        network = Network(seed)
        try:
            fp.spectrum(network.kernel)
        except UnsupportedModel as error:
            raise AssertionError(f"seed {seed}, {network.words}") from error
