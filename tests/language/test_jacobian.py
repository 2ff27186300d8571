"""fp.diag and fp.jacobian: finite differences of sampled networks, refusals, canonical forms."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.language.activation_derivative import activation_derivative
from freeprob.language.activations import REGISTRY, X, as_activation
from freeprob.language.simulation import Sampler

n, d = fp.sizes("n d")
x, b = fp.gaussian(d, name="x"), fp.gaussian(n, name="b")
W, V, U = fp.gaussian(n, d, name="W"), fp.gaussian(n, n, name="V"), fp.gaussian(n, n, name="U")
h = fp.tanh(W @ x / fp.sqrt(d) + b / 3)
SIZES = {"n": 9, "d": 7}


def residual(depth):
    r = h
    for k in range(depth):
        r = r + fp.gaussian(n, n, name=f"R{k}") @ fp.tanh(r) / fp.sqrt(n) / 2
    return r


GATED = fp.hadamard(fp.tanh(V @ h / fp.sqrt(n)), fp.sigmoid(U @ h / fp.sqrt(n)))
NETWORKS = {
    "one layer": (h, x),
    "leaky and hard tanh": (fp.leaky_relu(V @ h / fp.sqrt(n)) + fp.hard_tanh(2 * h), x),
    "residual": (residual(3), x),
    "residual, from a layer": (residual(3), h),
    "skip of two layers": (h + V @ fp.gelu(U @ fp.relu(h) / fp.sqrt(n)) / fp.sqrt(n), x),
    "gate": (GATED + h, x),
    "cube": (fp.hadamard(h, h, b), x),
    "blocks": (fp.block([[GATED], [h]]), x),
    "population": (fp.tanh(V @ fp.diagonal(n, fp.laws.uniform(1, 2), name="D") @ h / fp.sqrt(n)), x),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_finite_differences(name):
    output, source = NETWORKS[name]
    exact = fp.jacobian(output, source).simulate(SIZES, seed=3)
    center = Sampler(SIZES, {}, 3).value(source)

    def value(vector):
        sampler = Sampler(SIZES, {}, 3)
        sampler.done[source] = vector
        return sampler.value(output)

    steps = 1e-6 * np.eye(len(center))
    columns = [(value(center + s[:, None]) - value(center - s[:, None])) / 2e-6 for s in steps]
    np.testing.assert_allclose(np.hstack(columns), exact, atol=2e-8)


def test_skip_connections_give_factors():
    factors = fp.jacobian(residual(4), h).arguments
    assert len(factors) == 4
    assert all(fp.identity(n) in factor.arguments for factor in factors)


def test_deep_networks_are_linear_in_depth():
    assert len(fp.jacobian(residual(60), h).arguments) == 60
    assert len(str(fp.jacobian(residual(60), h))) < 100_000


def test_jacobian_with_respect_to_itself_is_the_identity():
    assert fp.jacobian(h, h) is fp.identity(n)


@pytest.mark.parametrize("name", sorted(set(REGISTRY) - {"sign", "step"}))
def test_derivatives_of_activations(name):
    f = as_activation(name)
    slope = activation_derivative(f)
    points = np.array([-2.3, -0.7, 0.4, 1.9])
    difference = (f(points + 1e-6) - f(points - 1e-6)) / 2e-6
    values = slope(points) if hasattr(slope, "formula") else np.full(4, float(slope))
    np.testing.assert_allclose(values, difference, rtol=1e-7, atol=1e-9)


REFUSED = {
    "does not occur": lambda: fp.jacobian(h, fp.gaussian(d)),
    "it jumps at x = 0": lambda: fp.jacobian(fp.sign(W @ x / fp.sqrt(d)), x),
    "of a Python function is not known": lambda: fp.jacobian(
        fp.entrywise(lambda a: np.tanh(a) ** 3, W @ x / fp.sqrt(d)), x
    ),
    "which depends on the input": lambda: fp.jacobian(V @ fp.inv(fp.identity(n) + h @ h.T / n) @ h / fp.sqrt(n), x),
    "is not a matrix times a vector": lambda: fp.jacobian(h @ (x.T @ x) / d, x),
    "in disguise": lambda: fp.jacobian(fp.diag(h) @ h, x),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_refusals_name_the_node(reason):
    with pytest.raises(fp.UnsupportedModel, match=r"jacobian|the derivative of") as caught:
        REFUSED[reason]()
    assert reason in str(caught.value)


@pytest.mark.parametrize("output", [V, x.T @ x / d])
def test_only_vectors_have_jacobians(output):
    with pytest.raises(fp.ShapeError, match="output"):
        fp.jacobian(output, x)


def test_diagonal_matrices_are_canonical():
    u, v = fp.gaussian(n, name="u"), fp.gaussian(n, name="v")
    assert fp.diag(2 * u + v) is 2 * fp.diag(u) + fp.diag(v)
    assert fp.diag(fp.hadamard(u, v)) is fp.diag(u) @ fp.diag(v)
    assert fp.diag(fp.ones(n)) is fp.identity(n)
    assert fp.diag(fp.zeros(n, 1)) is fp.zeros(n, n)
    assert fp.diag(u).T is fp.diag(u)
    assert fp.hadamard(fp.diag(u), fp.identity(n)) is fp.diag(u)
    assert fp.diag(h).order == 0
    with pytest.raises(fp.ShapeError, match="made of a vector"):
        fp.diag(V)


def test_diagonal_matrices_print_travel_and_are_substituted():
    J = fp.jacobian(h, x)
    assert fp.from_json(fp.to_json(J)) is J
    assert r"\operatorname{diag}\left(" in J._repr_latex_()
    y = fp.gaussian(d, name="y")
    assert J.subs({x: y}) is fp.jacobian(h.subs({x: y}), y)
    np.testing.assert_allclose(np.diag(fp.diag(h).simulate(SIZES)), h.simulate(SIZES).ravel())


def test_derivative_of_a_polynomial():
    assert activation_derivative(as_activation(X**3 - 3 * X)).formula == sympy.sympify(3 * X**2 - 3)
