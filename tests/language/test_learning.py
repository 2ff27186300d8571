"""Learning problems are graphs; their samples are those of NumPy."""

import numpy as np
import pytest

import freeprob as fp

n, d, p = fp.sizes("n d p")
lam, sigma = fp.parameters("lambda sigma", positive=True)
SIZES, VALUES = {"n": 30, "d": 11, "p": 17}, {"lambda": 0.2, "sigma": 0.5}
X, W = fp.gaussian(d, n), fp.gaussian(p, d)
beta, eps, x = fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
Phi = fp.tanh(W @ X / fp.sqrt(d))
y = X.T @ beta / fp.sqrt(d) + sigma * eps
w = fp.ridge(Phi, y, penalty=lam)


def _numpy():
    phi, target = Phi.simulate(SIZES, seed=2), y.simulate(SIZES, VALUES, seed=2)
    weights = np.linalg.solve(phi @ phi.T / 30 + 0.2 * np.eye(17), phi @ target / 30)
    return phi, target, weights


def test_ridge():
    phi, target, weights = _numpy()
    assert np.allclose(w.simulate(SIZES, VALUES, seed=2), weights)
    loss = lambda v: np.mean((target - phi.T @ v) ** 2) + 0.2 * np.sum(v**2)  # noqa: E731
    step = np.random.default_rng(0).standard_normal((17, 1)) * 1e-3
    assert loss(weights) < min(loss(weights + step), loss(weights - step)), "the minimum of |y - F.T w|^2/n + lam |w|^2"


def test_errors():
    phi, target, weights = _numpy()
    train = fp.train_error(w, Phi, y).simulate(SIZES, VALUES, seed=2)
    assert np.isclose(train, np.mean((target - phi.T @ weights) ** 2))
    y_x = beta.T @ x / fp.sqrt(d)
    point = np.tanh(W.simulate(SIZES, seed=2) @ x.simulate(SIZES, seed=2) / np.sqrt(11))
    label = y_x.simulate(SIZES, seed=2)
    test = fp.test_error(w, Phi.subs({X: x}), y_x).simulate(SIZES, VALUES, seed=2)
    assert np.isclose(test, (label - (weights.T @ point)[0, 0]) ** 2)


def test_a_penalty_may_be_a_matrix():
    S = fp.population(p, fp.laws.atoms({1: 0.5, 2: 0.5}))
    phi, target, _ = _numpy()
    expected = np.linalg.solve(phi @ phi.T / 30 + S.simulate(SIZES, seed=2), phi @ target / 30)
    assert np.allclose(fp.ridge(Phi, y, penalty=S).simulate(SIZES, VALUES, seed=2), expected)


def test_shapes():
    with pytest.raises(fp.ShapeError, match=r"features \(p x n\) and targets \(n x 1\)"):
        fp.ridge(Phi, beta, penalty=lam)
    assert w.shape == (p, 1) and fp.train_error(w, Phi, y).is_number
