"""Methods of training as functions of matrices, against the steps themselves."""

import numpy as np
import pytest
import sympy

import freeprob as fp

n, p = fp.sizes("n p")
t, eta, mu, lam = fp.parameters("t eta mu lambda", positive=True)
k = fp.parameters("k", integer=True, nonnegative=True)
F, y, start = fp.gaussian(p, n, name="F"), fp.gaussian(n, name="y"), fp.gaussian(p, name="w") / fp.sqrt(p)
SHAPES = [{"n": 8, "p": 12}, {"n": 12, "p": 7}]
VALUES = {"eta": 0.2, "mu": 0.6, "lambda": 0.1, "t": 2.5}


def steps(sizes, count, momentum=0.0, penalty=0.0, begin=True, seed=4):
    """Return the weights after steps of gradient descent with momentum, step by step."""
    features, targets = F.simulate(sizes, seed=seed), y.simulate(sizes, seed=seed)
    now = start.simulate(sizes, seed=seed) if begin else np.zeros((sizes["p"], 1))
    before = now
    for _ in range(count):
        gradient = features @ (features.T @ now - targets) / sizes["n"] + penalty * now
        now, before = now - VALUES["eta"] * gradient + momentum * (now - before), now
    return now


@pytest.mark.parametrize("sizes", SHAPES)
@pytest.mark.parametrize("count", [0, 1, 2, 7])
@pytest.mark.parametrize("symbolic", [False, True])
@pytest.mark.parametrize("momentum", [0, mu])
def test_gradient_descent(sizes, count, symbolic, momentum):
    number = k if symbolic else count
    w = fp.gradient_descent(F, y, number, eta, momentum=momentum, penalty=lam, start=start)
    found = w.simulate(sizes, VALUES | {"k": count}, seed=4)
    assert np.allclose(found, steps(sizes, count, VALUES["mu"] if momentum == mu else 0.0, 0.1), atol=1e-10)


@pytest.mark.parametrize("sizes", SHAPES)
def test_gradient_flow_is_descent_in_many_small_steps(sizes):
    w = fp.gradient_flow(F, y, t, penalty=lam, start=start).simulate(sizes, VALUES, seed=4)
    many = fp.gradient_descent(F, y, 10**6, t / 10**6, penalty=lam, start=start).simulate(sizes, VALUES, seed=4)
    assert np.allclose(w, many, atol=1e-5)


@pytest.mark.parametrize("sizes", SHAPES)
def test_gradient_flow_ends_at_ridge(sizes):
    w = fp.gradient_flow(F, y, t, penalty=lam, start=start).simulate(sizes, VALUES | {"t": 500.0}, seed=4)
    assert np.allclose(w, fp.ridge(F, y, penalty=lam).simulate(sizes, VALUES, seed=4), atol=1e-10)


def test_samples_of_several_classes_are_counted_together():
    n1, n2 = fp.sizes("n1 n2")
    data = fp.block([[fp.gaussian(p, n1), fp.gaussian(p, n2)]])
    targets = fp.block([[fp.gaussian(n1)], [fp.gaussian(n2)]])
    sizes = {"n1": 5, "n2": 9, "p": 7}
    once = fp.gradient_descent(data, targets, 1, eta).simulate(sizes, VALUES, seed=4)
    samples, labels = data.simulate(sizes, seed=4), targets.simulate(sizes, seed=4)
    assert np.allclose(once, VALUES["eta"] * samples @ labels / 14, atol=1e-12)


def test_each_of_several_outputs_is_trained_alone():
    outputs = fp.sizes("k")
    Y, first = fp.gaussian(n, outputs), fp.gaussian(p, outputs) / fp.sqrt(p)
    sizes = SHAPES[0] | {"k": 3}
    found = fp.gradient_flow(F, Y, t, penalty=lam, start=first).simulate(sizes, VALUES, seed=4)
    features, targets, begin = (node.simulate(sizes, seed=4) for node in (F, Y, first))
    places, vectors = np.linalg.eigh(features @ features.T / 8 + 0.1 * np.eye(12))
    kept = vectors * np.exp(-2.5 * places) @ vectors.T
    for k in range(3):
        end = np.linalg.solve(features @ features.T / 8 + 0.1 * np.eye(12), features @ targets[:, k] / 8)
        assert np.allclose(found[:, k], end + kept @ (begin[:, k] - end), atol=1e-10)


def test_what_the_data_do_not_see_stays():
    sizes = {"n": 5, "p": 12}
    w = fp.gradient_flow(F, y, t, start=start).simulate(sizes, {"t": 1e4}, seed=4)
    features, first = F.simulate(sizes, seed=4), start.simulate(sizes, seed=4)
    kernel = np.eye(12) - np.linalg.pinv(features.T) @ features.T
    assert np.allclose(kernel @ w, kernel @ first, atol=1e-8)
    assert np.allclose(features.T @ w, y.simulate(sizes, seed=4), atol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 2, 5])
@pytest.mark.parametrize("symbolic", [False, True])
def test_chebyshev_iteration(count, symbolic):
    sizes, (low, high) = {"n": 12, "p": 7}, (0.1, 3.5)
    w = fp.chebyshev_iteration(F, y, k if symbolic else count, (low, high), start=start)
    found = w.simulate(sizes, {"k": count}, seed=4)
    features, targets = F.simulate(sizes, seed=4), y.simulate(sizes, seed=4)
    matrix, right = features @ features.T / 12, features @ targets / 12
    residual = np.polynomial.Chebyshev.basis(count, domain=(low, high))
    values, vectors = np.linalg.eigh(matrix)
    shrink = (vectors * (residual(values) / residual(0.0))) @ vectors.T
    best = np.linalg.solve(matrix, right)
    assert np.allclose(found, best + shrink @ (start.simulate(sizes, seed=4) - best), atol=1e-9)


def test_refusals():
    with pytest.raises(fp.ShapeError, match=r"features \(p x n\) and targets \(n x 1\)"):
        fp.gradient_flow(F, start, t)
    with pytest.raises(fp.ShapeError, match="initial weights"):
        fp.gradient_flow(F, y, t, start=y)
    with pytest.raises(fp.UnsupportedModel, match=r"r\(0\) = 1/2"):
        fp.first_order_method(F, y, lambda x: sympy.exp(-x) / 2)
    with pytest.raises(fp.UnsupportedModel, match="the penalty is a matrix"):
        fp.gradient_flow(F, y, t, penalty=fp.identity(p))
