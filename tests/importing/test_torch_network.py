"""Networks of PyTorch: the graph that one writes by hand, the features of the real module, and what is refused."""

import doctest
import math
import warnings

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.importing import torch_network
from freeprob.importing.registry import layer_names, operation_names
from tests.documents import ROOT

torch = pytest.importorskip("torch", reason="PyTorch is optional: install the extra 'torch'")
nn, F = torch.nn, torch.nn.functional

n, d, p, q = fp.sizes("n d p q")
X = fp.gaussian(d, n, name="X")
Z = -0.4 + 0.3j


class Network(nn.Module):
    """A module from a function of its layers and the data."""

    def __init__(self, function, **layers):
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, x):
        return self.function(self, x)


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def normal(rows, columns, gain=1.0, bias=False):
    """A linear layer with entries of variance gain / columns."""
    layer = nn.Linear(columns, rows, bias=bias)
    nn.init.normal_(layer.weight, std=math.sqrt(gain / columns))
    return layer


def stieltjes(features, numbers, **sizes):
    return fp.spectrum(features.T @ features / features.rows[0]).at(**numbers, **sizes).stieltjes(Z)


# -- the graph ------------------------------------------------------------------------------------------------------


def by_hand(name):
    """Return a module, its widths, and the graph that one writes for it."""
    W, V, U = fp.gaussian(p, d), fp.gaussian(p, d), fp.gaussian(p, p)
    H, G = W @ X / fp.sqrt(3 * d), V @ X / fp.sqrt(3 * d)
    P = W @ X / fp.sqrt(d)
    linear = nn.Linear(120, 180)
    return {
        "default": (nn.Sequential(linear, nn.ReLU()), fp.relu(H)),
        "two layers": (
            nn.Sequential(linear, nn.Tanh(), nn.Linear(180, 180), nn.GELU()),
            fp.gelu(U @ fp.tanh(H) / fp.sqrt(3 * p)),
        ),
        "kaiming": (nn.Sequential(normal(180, 120, 2), nn.ReLU()), fp.relu(fp.sqrt(2) * P)),
        "leaky": (
            nn.Sequential(normal(180, 120), nn.LeakyReLU(0.2)),
            fp.leaky_relu(P, negative_slope=0.2),
        ),
        "xavier": (
            Network(lambda m, x: torch.sin(m.a(x)), a=_xavier(nn.Linear(120, 180))),
            fp.sin(fp.sqrt(2) * W @ X / fp.sqrt(d + p)),
        ),
        "residual": (
            Network(lambda m, x: (h := m.a(x)) + torch.tanh(m.b(torch.tanh(h))), a=linear, b=nn.Linear(180, 180)),
            H + fp.tanh(U @ fp.tanh(H) / fp.sqrt(3 * p)),
        ),
        "gate": (
            Network(lambda m, x: F.silu((ab := m.a(x).chunk(2, dim=-1))[0]) * ab[1], a=nn.Linear(120, 360)),
            fp.hadamard(fp.silu(H), G),
        ),
        "glu": (nn.Sequential(nn.Linear(120, 360), nn.GLU()), fp.hadamard(H, fp.sigmoid(G))),
        "slices": (
            Network(lambda m, x: torch.maximum((h := m.a(x))[:, :180], h[..., 180:]), a=nn.Linear(120, 360)),
            fp.entrywise(sympy.Max(*sympy.symbols("u v")), H, G),
        ),
        "own parameters": (
            Network(lambda m, x: torch.erf(x @ m.W.T / math.sqrt(120)), W=nn.Parameter(torch.randn(180, 120))),
            fp.erf(P),
        ),
        "functional": (
            Network(lambda m, x: F.elu(F.linear(x.view(x.size(0), -1), m.W)), W=normal(180, 120).weight),
            fp.elu(P),
        ),
        "constant bias": (
            nn.Sequential(_biased(normal(180, 120, bias=True), 0.5), nn.Softplus()),
            fp.entrywise(lambda h: np.logaddexp(0, h + 0.5), P),
        ),
        "concatenation": (
            Network(
                lambda m, x: torch.tanh(m.b(torch.cat([torch.tanh(m.a(x)), x], -1))), a=linear, b=nn.Linear(300, 180)
            ),
            fp.tanh((U @ fp.tanh(H) + V @ X) * fp.sqrt(sympy.Rational(1, 3) / (d + p))),
        ),
        "orthogonal": (
            nn.Sequential(_orthogonal(nn.Linear(120, 180, bias=False)), nn.Hardtanh()),
            fp.hard_tanh(fp.sqrt(2) * fp.haar(p, d) @ X),
        ),
    }[name]


def _xavier(layer):
    nn.init.xavier_normal_(layer.weight)
    return layer


def _biased(layer, value):
    nn.init.constant_(layer.bias, value)
    return layer


def _orthogonal(layer):
    nn.init.orthogonal_(layer.weight, gain=math.sqrt(2))
    return layer


GRAPHS = [
    "default",
    "two layers",
    "kaiming",
    "leaky",
    "xavier",
    "residual",
    "gate",
    "glu",
    "slices",
    "own parameters",
    "functional",
    "constant bias",
    "concatenation",
    "orthogonal",
]


@pytest.mark.parametrize("name", GRAPHS)
def test_the_graph_is_that_written_by_hand(name):
    module, written = by_hand(name)
    read = fp.from_torch(module, X, sizes={180: p})
    numbers = {"n": 200, "d": 120, "p": 180}
    assert abs(stieltjes(read, numbers) - stieltjes(written, numbers)) < 1e-12


def test_sizes():
    module = nn.Sequential(nn.Linear(50, 80), nn.ReLU(), nn.Linear(80, 50), nn.ReLU(), nn.Linear(50, 1))
    network = fp.importing.read_torch(module)
    assert network.sizes == {"d": 50, "p_80": 80}
    assert [str(s) for s in network.output.shape] == ["1", "n"] and [str(s) for s in network.input.shape] == ["d", "n"]
    chosen = fp.importing.read_torch(module, fp.gaussian(q, n), sizes={80: p})
    assert chosen.sizes == {"q": 50, "p": 80}
    assert "0.weight" in str(chosen) and "vanishes as the fan in 50 grows" in str(chosen)
    with pytest.raises(fp.ShapeError, match=r"the layer '0'.*has the size p, which is"):
        fp.from_torch(module, fp.gaussian(p, n), sizes={80: p})


def test_measured():
    layer = nn.Linear(120, 180)
    module = nn.Sequential(layer, nn.Tanh())
    read = fp.importing.read_torch(module, X, sizes={180: p}, initialisation="measured")
    deviation, bias = (
        layer.weight.detach().double().square().mean().sqrt(),
        layer.bias.detach().double().square().mean().sqrt(),
    )
    H = float(deviation) * math.sqrt(120) * fp.gaussian(p, d) @ X / fp.sqrt(d)
    by_hand = fp.tanh(H + float(bias) * fp.gaussian(p) @ fp.ones(n).T)
    numbers = {"n": 200, "d": 120, "p": 180}
    assert abs(stieltjes(read.output, numbers) - stieltjes(by_hand, numbers)) < 1e-5


def test_one_tensor_is_one_letter():
    layer, other = nn.Linear(60, 60, bias=False), nn.Linear(60, 60, bias=False)
    module = nn.Sequential(layer, nn.Tanh(), layer)
    read = fp.importing.read_torch(module, X)
    assert len(read.weights) == 1
    with pytest.raises(fp.UnsupportedModel, match="tied weights"):
        fp.spectrum(fp.tanh(read.output).T @ fp.tanh(read.output) / d)
    W = read.weights[0].letter
    turned = fp.from_torch(Network(lambda m, x: F.linear(m.a(x), m.a.weight.T), a=layer), X)
    assert turned is W.T @ W @ X / (3 * d)
    different = fp.importing.read_torch(nn.Sequential(layer, nn.Tanh(), other), X)
    assert len(different.weights) == 2 and different.weights[0].letter is W


def test_a_network_that_is_read_twice_has_the_same_weights():
    module = nn.Sequential(nn.Linear(60, 90), nn.ReLU())
    x = fp.gaussian(d, name="x")
    features = fp.from_torch(module, X)
    assert fp.from_torch(module, x) is features.subs({X: x})
    nn.init.normal_(module[0].weight, std=math.sqrt(1 / (3 * 60)))
    assert fp.from_torch(module, X) is not features


def test_reading_changes_nothing():
    module = Network(lambda m, x: m.a(x) * torch.tensor(2.0), a=nn.Linear(60, 90))
    before = sorted(vars(module))
    assert fp.from_torch(module, X) is 2 * fp.from_torch(module.a, X)
    assert sorted(vars(module)) == before and module.training


def test_a_test_error():
    """The features of a module in ridge regression: training data, and a fresh point."""
    module = nn.Sequential(nn.Linear(120, 180), nn.Tanh())
    beta, x = fp.gaussian(d), fp.gaussian(d)
    y = X.T @ beta / fp.sqrt(d)
    Phi, phi = (fp.from_torch(module, data, sizes={180: p}) for data in (X, x))
    w = fp.ridge(Phi, y, penalty=0.1)
    risk = fp.limit(fp.test_error(w, phi, beta.T @ x / fp.sqrt(d)))
    assert 0.05 < float(risk.at(n=400, d=120, p=180)) < 1


def test_identities():
    layer = nn.Linear(60, 90)
    plain = fp.from_torch(nn.Sequential(layer, nn.Tanh()), X)
    same = nn.Sequential(nn.Flatten(), layer, nn.Dropout(0.3), nn.Identity(), nn.Tanh()).eval()
    assert fp.from_torch(same, X) is plain
    fresh = nn.Sequential(layer, nn.BatchNorm1d(90, eps=0.0), nn.Tanh()).eval()
    assert fp.from_torch(fresh, X) is plain
    assert fp.from_torch(Network(lambda m, x: torch.tanh(m.a(x)).squeeze(), a=nn.Linear(60, 1)), X).shape == (1, n)


def test_a_readout_by_a_vector():
    readout = nn.Parameter(torch.randn(900))
    module = Network(lambda m, x: torch.tanh(m.a(x)) @ m.v / math.sqrt(900), a=nn.Linear(60, 900), v=readout)
    network = fp.importing.read_torch(module, X, sizes={900: p})
    W, v = (weight.letter for weight in network.weights if weight.letter is not None)
    assert network.output is v.T @ fp.tanh(W @ X / fp.sqrt(3 * d)) / fp.sqrt(p)


def test_numbers_in_parameters():
    module = Network(
        lambda m, x: x + m.alpha * torch.tanh(m.a(x)), a=nn.Linear(60, 60), alpha=nn.Parameter(torch.tensor(0.3))
    )
    branch = fp.tanh(fp.from_torch(module.a, X))
    assert fp.from_torch(module, X) is X + sympy.Rational(3, 10) * branch
    module.alpha.data = torch.tensor(2.0).sqrt()
    assert fp.from_torch(module, X) is X + sympy.sqrt(2) * branch
    module.alpha.data = torch.tensor(0.0)
    assert fp.from_torch(module, X) is X


def test_zero_weights():
    layer, branch = nn.Linear(60, 60), nn.Linear(60, 60)
    nn.init.zeros_(branch.weight), nn.init.zeros_(branch.bias)
    module = Network(lambda m, x: m.a(x) + m.b(torch.tanh(m.a(x))), a=layer, b=branch)
    assert fp.from_torch(module, X) is fp.from_torch(layer, X)


ACTIVATIONS = [
    *(nn.ReLU(), nn.LeakyReLU(), nn.LeakyReLU(0.3), nn.PReLU(), nn.RReLU().eval(), nn.ELU(), nn.ELU(0.7), nn.SELU()),
    *(nn.CELU(), nn.CELU(0.5), nn.GELU(), nn.GELU("tanh"), nn.SiLU(), nn.Mish(), nn.Sigmoid(), nn.LogSigmoid()),
    *(nn.Tanh(), nn.Tanhshrink(), nn.Softplus(), nn.Softplus(2.0), nn.Softsign(), nn.Hardtanh(), nn.Hardtanh(-2, 1)),
    *(nn.Hardsigmoid(), nn.Hardswish(), nn.ReLU6(), nn.Hardshrink(), nn.Softshrink(), nn.Identity()),
    *(nn.Threshold(0.4, -1.5), nn.Threshold(0.1, 0.1)),
]
FUNCTIONS = [
    *(torch.relu, torch.sin, torch.cos, torch.exp, torch.erf, torch.abs, torch.sign, torch.atan, torch.square, abs),
    *(lambda x: x.tanh(), lambda x: x.clamp(-1, 2), lambda x: x.clamp(min=0.5), lambda x: x**3, lambda x: -x),
    *(
        lambda x: x * torch.sigmoid(1.5 * x),
        lambda x: 1 / (1 + x * x),
        lambda x: 2 - x / 3,
        lambda x: x.sub(1, alpha=2),
    ),
    *(lambda x: F.relu(x + 1) - 1, lambda x: torch.maximum(x, x * 0.3), lambda x: F.softplus(x).add(0.5).mul(2)),
    *(lambda x: x.relu().square(), lambda x: F.gelu(x, approximate="tanh"), lambda x: F.dropout(x, 0.5, False).cos()),
    *(lambda x: torch.special.expit(x), lambda x: x.relu_().neg(), lambda x: F.hardtanh(x, 0.0, 1.0)),
]


@pytest.mark.parametrize("f", [*ACTIVATIONS, *FUNCTIONS], ids=lambda f: getattr(f, "__name__", str(f)))
def test_entrywise_functions_have_the_values_of_torch(f):
    module = f.double() if isinstance(f, nn.Module) else Network(lambda m, x: f(x))
    sample = X.simulate({"n": 40, "d": 30}, seed=1)
    expected = module(torch.tensor(sample.T)).detach().numpy().T
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fp.from_torch(module, X).simulate({"n": 40, "d": 30}, seed=1)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_one_group_is_normalised_as_torch_does():
    module = nn.Sequential(nn.Linear(60, 80), nn.ReLU(), nn.GroupNorm(1, 80)).double()
    nn.init.constant_(module[2].weight, 1.5)
    Y = fp.gaussian(fp.sizes("d"), n, name="Y")
    network = fp.importing.read_torch(module, Y, initialisation="measured")
    sample = torch.randn(500, 60, dtype=torch.float64)
    expected = module(sample).detach().numpy()
    law = fp.spectrum(network.output.T @ network.output / network.output.rows[0]).at(n=500, **network.sizes)
    values = np.linalg.eigvalsh(expected @ expected.T / 80)
    assert abs(law.stieltjes(-1 + 0.5j) - np.mean(1 / (values - (-1 + 0.5j)))) < 0.02
    with pytest.raises(fp.UnsupportedModel, match=r"the layer '1' \(GroupNorm\).*of 4 groups.*Remedy: one group"):
        fp.from_torch(nn.Sequential(nn.Linear(60, 80), nn.GroupNorm(4, 80)))


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (nn.AvgPool1d(2), r"'1' \(AvgPool1d\).*side by side.*Remedy: the mean of several layers"),
        (nn.Unflatten(1, (8, 10)), r"'1' \(Unflatten\).*second index.*Remedy: h.chunk"),
    ],
    ids=str,
)
def test_layers_of_features_with_a_place_are_refused(layer, words):
    with pytest.raises(fp.UnsupportedModel, match=words):
        fp.from_torch(nn.Sequential(nn.Linear(60, 80), layer))


def test_every_layer_exists_in_torch_and_names_an_operation():
    for name in layer_names():
        assert issubclass(getattr(nn, name), nn.Module)
    assert {"linear", "relu", "add", "chunk"} <= set(operation_names())


@pytest.mark.parametrize("function", [fp.from_torch, fp.importing.read_torch], ids=lambda f: f.__name__)
def test_examples(function):
    text = function.__doc__.replace("# doctest: +SKIP", "")
    test = doctest.DocTestParser().get_doctest(text, {}, function.__name__, None, 0)
    assert test.examples and doctest.DocTestRunner().run(test).failed == 0


# -- the real module ------------------------------------------------------------------------------------------------


def _kaiming(module):
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return module


def _all_orthogonal(module):
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            nn.init.orthogonal_(layer.weight, gain=5 / 3)
            nn.init.zeros_(layer.bias)
    return module


def _all_biased(module):
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.normal_(layer.bias, std=0.5)
    return module


WIDTH, SAMPLES, DRAWS = 300, 400, 6
REAL = {
    "mlp": lambda: nn.Sequential(nn.Linear(WIDTH, 500), nn.Tanh(), nn.Linear(500, 350), nn.Tanh()),
    "kaiming": lambda: _kaiming(nn.Sequential(nn.Linear(WIDTH, 500), nn.ReLU())),
    "orthogonal": lambda: _all_orthogonal(
        nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 400), nn.Tanh())
    ),
    "residual": lambda: Network(
        lambda m, x: (h := m.a(x)) + torch.tanh(m.b(torch.tanh(h))),
        a=nn.Linear(WIDTH, WIDTH),
        b=nn.Linear(WIDTH, WIDTH),
    ),
    "post-activation residual": lambda: Network(
        lambda m, x: torch.tanh((h := torch.tanh(m.a(x))) + m.b(h)), a=nn.Linear(WIDTH, 400), b=nn.Linear(400, 400)
    ),
    "gate": lambda: Network(lambda m, x: F.silu((ab := m.a(x).chunk(2, dim=-1))[0]) * ab[1], a=nn.Linear(WIDTH, 800)),
    "glu": lambda: nn.Sequential(nn.Linear(WIDTH, 700), nn.GLU()),
    "dense": lambda: Network(
        lambda m, x: torch.tanh(m.b(torch.cat([torch.tanh(m.a(x)), x], -1))),
        a=nn.Linear(WIDTH, 200),
        b=nn.Linear(500, 300),
    ),
    "biased": lambda: _all_biased(nn.Sequential(nn.Linear(WIDTH, 500), nn.Tanh())),
}
BIAS = {"kaiming": 4 / SAMPLES, "biased": 4 / SAMPLES}
"""An eigenvalue that diverges, the mean of the features, is one of all: the transform is off by 1/n at finite size."""


@pytest.mark.parametrize("name", REAL)
def test_the_law_is_that_of_the_features_of_the_real_module(name):
    network = fp.importing.read_torch(REAL[name](), X)
    theory = stieltjes(network.output, network.sizes, n=SAMPLES)
    found = []
    for _ in range(DRAWS):
        with torch.no_grad():
            features = REAL[name]()(torch.randn(SAMPLES, WIDTH)).double().numpy()
        eigenvalues = np.linalg.eigvalsh(features @ features.T / features.shape[1])
        found.append(np.mean(1 / (eigenvalues - Z)))
    error = np.std(found, ddof=1) / math.sqrt(DRAWS)
    assert abs(np.mean(found) - theory) < 5 * error + BIAS.get(name, 0.003)
    assert 5 * error + BIAS.get(name, 0.003) < 0.02 * abs(theory)


def test_the_jacobian_is_that_of_the_real_module():
    def make():
        return nn.Sequential(normal(WIDTH, WIDTH), nn.Tanh(), normal(WIDTH, WIDTH), nn.Tanh())

    x = fp.gaussian(d, name="x")
    network = fp.importing.read_torch(make(), x)
    J = fp.jacobian(network.output, x)
    theory = fp.spectrum(J.T @ J).at(**network.sizes).stieltjes(Z)
    found = []
    for _ in range(DRAWS):
        real = torch.autograd.functional.jacobian(make(), torch.randn(WIDTH)).double().numpy()
        found.append(np.mean(1 / (np.linalg.svd(real, compute_uv=False) ** 2 - Z)))
    error = np.std(found, ddof=1) / math.sqrt(DRAWS)
    assert abs(np.mean(found) - theory) < 5 * error + 0.003
    assert error < 0.02 * abs(theory)


def test_the_tangent_kernel_is_that_of_the_real_module():
    """In the parametrisation of the graph the gradient of a letter is that of the tensor times its scale."""
    module = nn.Sequential(nn.Linear(200, 300), nn.Tanh(), nn.Linear(300, 1))
    network = fp.importing.read_torch(module, X)
    theory = fp.spectrum(fp.ntk(network.output, X)).at(n=150, **network.sizes)
    data = torch.randn(150, 200)
    rows = []
    for point in data:
        gradients = torch.autograd.grad(module(point).sum(), [module[0].weight, module[2].weight])
        scaled = [g / math.sqrt(3 * g.shape[1]) for g in gradients]
        rows.append(torch.cat([g.flatten() for g in scaled]).double().numpy())
    kernel = np.array(rows) @ np.array(rows).T
    moments = [np.trace(kernel) / 150, np.trace(kernel @ kernel) / 150]
    np.testing.assert_allclose(moments, [float(m) for m in theory.moments(2)], rtol=0.08)


# -- refusals -------------------------------------------------------------------------------------------------------


def _trained():
    module = nn.Sequential(nn.Linear(100, 100), nn.Tanh(), nn.Linear(100, 1))
    optimiser = torch.optim.Adam(module.parameters(), lr=1e-2)
    data = torch.randn(500, 100)
    for _ in range(100):
        optimiser.zero_grad()
        ((module(data)[:, 0] - torch.tanh(data[:, 0])) ** 2).mean().backward()
        optimiser.step()
    return module


class _Two(nn.Module):
    def forward(self, x, z):
        return x + z


def _branch(x):
    return x if x.sum() > 0 else -x


def _uniform_bias():
    layer = normal(100, 100, bias=True)
    nn.init.uniform_(layer.bias, -1, 1)
    return layer


def _different(layer):
    nn.init.uniform_(layer.weight)
    return layer


def _hooked():
    layer = nn.Linear(50, 50)
    layer.register_forward_hook(lambda *_: None)
    return layer


REFUSED = {
    "convolution": (lambda: nn.Sequential(nn.Conv2d(3, 4, 2)), r"layer '0' \(Conv2d\): a convolution.*Remedy"),
    "attention": (lambda: nn.MultiheadAttention(20, 2), r"layer '0' \(MultiheadAttention\): attention multiplies"),
    "embedding": (lambda: nn.Sequential(nn.Embedding(9, 5)), r"layer '0' \(Embedding\): it reads rows"),
    "softmax": (lambda: nn.Sequential(nn.Linear(50, 50), nn.Softmax(-1)), r"layer '1' \(Softmax\).*sum over features"),
    "an unknown function": (lambda: Network(lambda m, x: torch.cumsum(x, 1)), "cumsum has no counterpart"),
    "trained": (_trained, r"layer '0' \(Linear\): the weights are not (iid|centred)"),
    "dropout in training": (lambda: nn.Sequential(nn.Linear(50, 50), nn.Dropout()), r"Dropout\).*module.eval\(\)"),
    "rrelu in training": (lambda: nn.Sequential(nn.RReLU()), r"draws a slope.*module.eval\(\)"),
    "data-dependent": (lambda: Network(lambda m, x: _branch(x)), "torch.fx cannot trace Network: TraceError"),
    "a uniform bias": (_uniform_bias, r"the bias is not normally distributed.*Remedy"),
    "bilinear": (lambda: nn.Bilinear(5, 5, 5), r"layer '0' \(Bilinear\): it is a sum of products"),
    "two inputs": (_Two, "the node 'z': the module has a second input"),
    "a pair": (lambda: Network(lambda m, x: (x, x)), "returns a tuple"),
    "part of a sum": (lambda: Network(lambda m, x: torch.tanh(x).chunk(2, -1)[0]), "not the output of a linear layer"),
    "whole and part": (
        lambda: Network(lambda m, x: torch.cat([(h := m.a(x))[:, :25], h], -1), a=nn.Linear(50, 50)),
        r"the part \[0:50, 0:50\] of a\.weight is used beside the part \[0:25, 0:50\].*overlap",
    ),
    "overlapping parts": (
        lambda: Network(lambda m, x: (h := m.a(x))[:, :30] * h[:, 20:], a=nn.Linear(50, 50)),
        r"a\.weight is used beside the part.*overlap",
    ),
    "an axis of samples": (lambda: Network(lambda m, x: x.chunk(2, 0)[0]), "samples are axis 0"),
    "different gains": (
        lambda: nn.Sequential(nn.Linear(50, 50), _different(nn.BatchNorm1d(50))).eval(),
        "the entries of 1.weight differ",
    ),
    "parametrised": (
        lambda: nn.utils.parametrizations.weight_norm(nn.Linear(50, 50)),
        "weights are computed from other tensors.*remove_parametrizations",
    ),
    "hooks": (_hooked, "has forward hooks"),
    "in place beside another use": (
        lambda: Network(lambda m, x: (h := m.a(x)) + torch.relu_(h), a=nn.Linear(50, 50)),
        "in place on a, which is used elsewhere",
    ),
    "lazy": (lambda: nn.Sequential(nn.LazyLinear(50)), r"0\.weight has no numbers yet.*call the module once"),
    "meta": (lambda: nn.Sequential(nn.Linear(50, 50, device="meta")), "no numbers yet"),
    "samples as features": (lambda: Network(lambda m, x: m.W @ x, W=nn.Parameter(torch.randn(50, 50))), "last axis"),
    "Gram matrices": (lambda: Network(lambda m, x: x @ x.T), "samples and features change places"),
    "a second argument": (lambda: Network(lambda m, x: torch.nn.functional.relu(x, True, 3)), "cannot trace"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_name_the_place_the_reason_and_the_remedy(name):
    make, reason = REFUSED[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of lazy modules
        module = make()
    with pytest.raises(fp.UnsupportedModel, match=reason) as refusal:
        fp.from_torch(module, X)
    assert "Remedy" in str(refusal.value)


def test_no_module():
    with pytest.raises(TypeError, match=r"torch.nn.Module, not builtin"):
        fp.from_torch(torch.relu)
    with pytest.raises(TypeError, match=r"input of fp.from_torch must be an expression, not ndarray"):
        fp.from_torch(nn.ReLU(), np.zeros((3, 3)))
    with pytest.raises(ValueError, match="initialisation='exact'"):
        fp.from_torch(nn.ReLU(), X, initialisation="exact")
    with pytest.raises(fp.ShapeError, match="one kind of rows"):
        fp.from_torch(nn.ReLU(), fp.block([[X], [fp.gaussian(p, n)]]))
    assert torch_network.from_torch is fp.from_torch


def test_a_width_that_does_not_fit():
    with pytest.raises(fp.ShapeError, match=r"the layer '1' \(Linear\).*size p_30, which is 30"):
        fp.from_torch(nn.Sequential(nn.Linear(20, 30), nn.Linear(40, 30)), X)


def test_normalisation_needs_a_word_of_the_language():
    module = nn.Sequential(nn.Linear(50, 60), nn.LayerNorm(60))
    if hasattr(fp.language, "layer_norm"):
        assert fp.from_torch(module, X) is fp.layer_norm(fp.from_torch(module[0], X))
    else:
        with pytest.raises(fp.UnsupportedModel, match=r"LayerNorm\): the language has no fp.layer_norm"):
            fp.from_torch(module, X)


def test_the_page():
    text = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(text, {}, "importing.md", None, 0)
    assert len(test.examples) > 15 and doctest.DocTestRunner().run(test).failed == 0
