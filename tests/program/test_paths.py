"""Which averages are taken along a path, and that they are the averages over all combinations of nodes."""

import functools
import itertools

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.errors import UnsupportedModel
from freeprob.program.paths import chain_width, chained_nodes, coordinate_nodes, path_laws, paths_of, side_nodes
from freeprob.solve.numeric_model import numeric_model
from freeprob.targets import numpy_runtime as runtime

n, m = fp.sizes("n m")
HALF = sympy.Rational(1, 2)


def _weights(rows=n, columns=n):
    return fp.gaussian(rows, columns) / fp.sqrt(columns)


def _network(depth, block):
    signal = source = fp.gaussian(n)
    for layer in range(depth):
        signal = block(signal, layer)
    return signal, source


def _law(depth, block):
    jacobian = fp.jacobian(*_network(depth, block))
    return fp.spectrum(jacobian.T @ jacobian)


def _plain(f):
    return lambda x, layer: x + HALF * f(_weights() @ x)


@functools.cache
def _tanh(depth):
    return _law(depth, _plain(fp.tanh))


def test_layers_that_share_a_basis_are_sites_in_order():
    system = _tanh(4).system
    ((law, matrix),) = paths_of(system)
    path = paths_of(system)[law, matrix]
    assert [[c.index for c in site.coordinates] for site in path.sites] in ([[1], [2], [3], [4]], [[4], [3], [2], [1]])
    assert sorted(i for site in path.sites for i in site.indices) == list(range(matrix.size))
    assert path.sites[0].coupling == 0
    assert all(site.coupling != 0 for site in path.sites[1:])
    assert path_laws(system) == {law: 1}


@pytest.mark.parametrize(
    ("depth", "block", "along"),
    [
        (2, _plain(fp.tanh), False),  # few coordinates: all combinations of their nodes
        (5, _plain(fp.relu), False),  # 32 values
        (7, _plain(fp.relu), True),
        (3, lambda x, k: x + HALF * fp.tanh(fp.haar(n) @ x), True),
        (3, lambda x, k: x + HALF * fp.tanh(_weights(n, m) @ fp.relu(_weights(m, n) @ x)), True),
        (3, lambda x, k: x + HALF * fp.mask(n, keep=HALF) @ fp.tanh(_weights() @ x), True),
        (3, lambda x, k: x + fp.tanh(_weights() @ x) / 4 + fp.gelu(_weights() @ x) / 4, True),
    ],
)
def test_which_laws_have_a_path(depth, block, along):
    assert bool(path_laws(_law(depth, block).system)) is along


def _before(f):
    return lambda x, layer: x + _weights() @ f(x)


def test_correlated_layers_are_linked_in_order():
    system = _law(4, _before(fp.tanh)).system
    (path,) = paths_of(system).values()
    own = [site.coordinates[0].index for site in path.sites]
    assert own in ([1, 2, 3, 4], [4, 3, 2, 1])
    assert [None if site.link is None else tuple(c.index for c in site.link) for site in path.sites] == [
        None,
        *itertools.pairwise(own),
    ]


def test_correlated_layers_against_their_values():
    """The law of the signs of three normal variables has a closed form, so that 8 values tell the same."""
    chained = _law(3, _before(fp.relu)).at(n=1)
    rho = sympy.sqrt(sympy.Rational(2, 3))  # h has the variances 1, 3/2, 9/4
    first, far = sympy.asin(rho) / sympy.pi, sympy.asin(rho**2) / sympy.pi
    masses = {}
    for signs in itertools.product((1, -1), repeat=3):
        a, b, c = signs
        masses[tuple((s + 1) // 2 for s in signs)] = (1 + 2 * (a * b * first + b * c * first + a * c * far)) / 8
    jacobian = fp.identity(n)
    for D in fp.diagonals(n, fp.laws.joint_atoms(masses)):
        jacobian = (fp.identity(n) + _weights() @ D) @ jacobian
    values = fp.spectrum(jacobian.T @ jacobian).at(n=1)
    z = np.array([1 + 1j, 0.2 + 0.1j, 3 + 0.05j])
    assert np.abs(chained.stieltjes(z) - values.stieltjes(z)).max() < 1e-9


def test_two_correlated_layers_against_a_simulation():
    """Blocks h + W tanh(h), of Gaussian and of orthogonal weights, the latter with dropout."""
    z, depth = np.array([1 + 1j, 2 + 0.7j]), 3
    blocks = [_before(fp.tanh), lambda x, k: x + fp.haar(n) @ fp.mask(n, keep=HALF) @ fp.tanh(x)]
    rng = np.random.default_rng(11)
    for number, block in enumerate(blocks):
        expected = _law(depth, block).at(n=1).stieltjes(z)
        for size, repetitions in ((100, 24), (400, 6)):
            found = []
            for _ in range(repetitions):
                h, jacobian = rng.normal(size=size), np.eye(size)
                for _ in range(depth):
                    weights, kept = rng.normal(size=(size, size)) / np.sqrt(size), np.ones(size)
                    if number:
                        q, r = np.linalg.qr(weights)
                        weights, kept = q * np.sign(np.diag(r)), rng.permutation(np.arange(size) < size / 2)
                    jacobian = jacobian + weights @ ((kept * (1 - np.tanh(h) ** 2))[:, None] * jacobian)
                    h = h + weights @ (kept * np.tanh(h))
                squares = np.linalg.svd(jacobian, compute_uv=False) ** 2
                found.append([(1 / (squares - point)).mean() for point in z])
            error = np.abs(np.mean(found, axis=0) - expected)
            assert (error < 4 * np.std(found, axis=0) / np.sqrt(repetitions) + 2 / size).all()


def test_the_nodes_of_a_chain_resolve_the_density_of_neighbours():
    law = _law(3, _before(fp.relu)).at(n=1).binding.laws.popitem()[1]
    assert chain_width(law) == pytest.approx(np.sqrt(1 / 3))
    assert chained_nodes(200, 0.8) == 46
    assert chained_nodes(200, 0.1) == 210


def test_a_skip_over_two_layers_is_no_path():
    x = fp.gaussian(n)
    first = x + HALF * fp.tanh(_weights() @ x)
    second = first + HALF * fp.tanh(_weights() @ (x + first))
    third = x + first + second + HALF * fp.tanh(_weights() @ (x + first + second))
    jacobian = fp.jacobian(third, x)
    assert not path_laws(fp.spectrum(jacobian.T @ jacobian).system)


def test_the_sum_over_all_combinations_is_the_same(monkeypatch):
    """Three layers with both evaluations of one system."""
    derived = _tanh(3)
    binding = derived._bind({"n": 1})
    z = np.array([2 + 0.5j, 0.5 + 0.1j, 4 + 1e-3j])

    def values(program, rules):
        model = numeric_model(program, rules)
        anchor = runtime.Anchor(model, binding.floats())
        return runtime.stieltjes_values(model, binding.floats(), anchor, z)

    along = values(derived.program, binding.quadrature(800))
    monkeypatch.setattr("freeprob.program.paths._SPREAD", 99)
    summed = derived._bind({"n": 1})
    assert not summed.along
    from freeprob.program.lowering import lower

    expected = values(lower(derived.system), summed.quadrature(200))
    assert np.abs(along / expected - 1).max() < 1e-9


def test_deep_residual_networks_against_a_simulation():
    """Ten blocks of tanh and eight of relu: the real Jacobian at two sizes; the gap is within the error bars."""
    cases = [
        (10, fp.tanh, np.tanh, lambda t: 1 - np.tanh(t) ** 2),
        (8, fp.relu, lambda t: np.maximum(t, 0), lambda t: (t > 0).astype(float)),
    ]
    z = np.array([1.5 + 0.5j, 1j, 5 + 1j])
    for depth, f, value, slope in cases:
        expected = _law(depth, _plain(f)).at(n=1).stieltjes(z)
        for size, repetitions in ((100, 12), (400, 4)):
            rng = np.random.default_rng(7)
            found = []
            for _ in range(repetitions):
                h, jacobian = rng.normal(size=size), np.eye(size)
                for _ in range(depth):
                    weights = rng.normal(size=(size, size)) / np.sqrt(size)
                    inner = weights @ h
                    h, jacobian = (
                        h + 0.5 * value(inner),
                        jacobian + 0.5 * slope(inner)[:, None] * (weights @ jacobian),
                    )
                squares = np.linalg.svd(jacobian, compute_uv=False) ** 2
                found.append([(1 / (squares - point)).mean() for point in z])
            error = np.abs(np.mean(found, axis=0) - expected)
            spread = np.std(found, axis=0) / np.sqrt(repetitions)
            assert (error < 4 * spread + 2 / size).all(), (f, size, error, spread)


def test_dropout_in_residual_layers_against_a_simulation():
    """Masks of their own in four layers: two coordinates in each, and pre-activations that depend on masks below."""
    keep = 0.75
    block = lambda x, layer: x + HALF * fp.mask(n, keep=sympy.Rational(3, 4)) @ fp.tanh(_weights() @ x)  # noqa: E731
    z = np.array([1.5 + 0.5j, 1j])
    expected = _law(4, block).at(n=1).stieltjes(z)
    for size, repetitions in ((100, 12), (400, 4)):
        rng = np.random.default_rng(3)
        found = []
        for _ in range(repetitions):
            h, jacobian = rng.normal(size=size), np.eye(size)
            for _ in range(4):
                weights = rng.normal(size=(size, size)) / np.sqrt(size)
                kept, inner = rng.permutation(np.arange(size) < keep * size), weights @ h
                h = h + 0.5 * kept * np.tanh(inner)
                jacobian = jacobian + 0.5 * (kept * (1 - np.tanh(inner) ** 2))[:, None] * (weights @ jacobian)
            squares = np.linalg.svd(jacobian, compute_uv=False) ** 2
            found.append([(1 / (squares - point)).mean() for point in z])
        error = np.abs(np.mean(found, axis=0) - expected)
        assert (error < 4 * np.std(found, axis=0) / np.sqrt(repetitions) + 2 / size).all()


def test_high_precision_is_refused_with_the_reason():
    at = _tanh(3).at(n=1)
    for answer in (lambda: at.precise(30).stieltjes(1 + 1j), lambda: at.certify(1 + 1j)):
        with pytest.raises(UnsupportedModel, match="from layer to layer in float64"):
            answer()


def test_a_number_is_averaged_along_the_path_and_has_no_gradient():
    jacobian = fp.jacobian(*_network(3, _plain(fp.tanh)))
    lam = fp.parameters("lam", positive=True)
    number = fp.limit(fp.tr(fp.inv(jacobian.T @ jacobian + lam * fp.identity(n))))
    law = _tanh(3).at(n=1)
    assert float(number.at(n=1, lam=2)) == pytest.approx(law.stieltjes(-2.0).real, rel=1e-9)
    with pytest.raises(UnsupportedModel, match="many independent coordinates"):
        number.gradient("lam", n=1, lam=2)


def test_numbers_of_nodes():
    assert [side_nodes(count) for count in (4, 200, 800)] == [4, 14, 28]
    assert [coordinate_nodes(count) for count in (4, 200, 800)] == [3, 9, 17]


@pytest.mark.parametrize("block", [_plain(fp.tanh), _before(fp.tanh)])
def test_the_solver_file_holds_the_averages(tmp_path, block):
    law = _law(3, block)
    path = law.write_solver(tmp_path / "solver.py", n=1)
    scope: dict = {"__name__": "solver"}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    z = 1.5 + 0.5j
    assert abs(scope["stieltjes"](z) - law.at(n=1).stieltjes(z)) < 1e-9
