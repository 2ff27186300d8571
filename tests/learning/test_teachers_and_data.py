"""Nonlinear teachers, covariate shift, sketches and mixtures against training in NumPy."""

import numpy as np
import pytest
import sympy

import freeprob as fp

n, d, p, m = fp.sizes("n d p m")
X, W = fp.gaussian(d, n), fp.gaussian(p, d)
beta, eps, x = fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
u = sympy.Symbol("u")
FEATURES = {"tanh": np.tanh, "relu": lambda t: np.maximum(t, 0)}
TEACHERS = {"sign": np.sign, "cubic": lambda t: 0.3 * t**3 + t**2 - 1}
WORDS = {"sign": fp.sign, "cubic": lambda h: fp.entrywise(0.3 * u**3 + u**2 - 1, h)}


def _trained(rng, dimension, features, teacher):
    """Return the test and the training error of one learner."""
    samples, width = 2 * dimension, 3 * dimension // 2
    direction, weights = rng.standard_normal(dimension), rng.standard_normal((width, dimension))
    direction *= np.sqrt(dimension) / np.linalg.norm(direction)
    data, points = rng.standard_normal((dimension, samples)), rng.standard_normal((dimension, 1500))
    scale = np.sqrt(dimension)
    labels = teacher(data.T @ direction / scale) + 0.3 * rng.standard_normal(samples)
    inputs, fresh = features(weights @ data / scale), features(weights @ points / scale)
    learned = np.linalg.solve(inputs @ inputs.T / samples + 0.05 * np.eye(width), inputs @ labels / samples)
    test = np.mean((teacher(points.T @ direction / scale) - fresh.T @ learned) ** 2)
    return test, np.mean((labels - inputs.T @ learned) ** 2)


@pytest.mark.parametrize("teacher", TEACHERS)
@pytest.mark.parametrize("features", FEATURES)
def test_nonlinear_teachers(features, teacher):
    f = WORDS[teacher]
    Phi = getattr(fp, features)(W @ X / fp.sqrt(d))
    y = f(X.T @ beta / fp.sqrt(d)) + 0.3 * eps
    w = fp.ridge(Phi, y, penalty=0.05)
    test = fp.test_error(w, Phi.subs({X: x}), f(x.T @ beta / fp.sqrt(d)))
    rng = np.random.default_rng(0)
    draws = np.array([_trained(rng, 200, FEATURES[features], TEACHERS[teacher]) for _ in range(16)])
    for number, column in zip((test, fp.train_error(w, Phi, y)), draws.T, strict=True):
        value = float(fp.limit(number).at(n=2, d=1, p=1.5))
        assert value == pytest.approx(column.mean(), abs=column.std() + 4 / 200 * column.mean())


def _unit(rng, size):
    v = rng.standard_normal(size)
    return v / np.linalg.norm(v)


def _ridge(rng, inputs, teacher, compress=None):
    labels = inputs.T @ teacher + 0.3 * rng.standard_normal(inputs.shape[1])
    if compress is not None:
        inputs, labels = inputs @ compress, compress.T @ labels
    count = inputs.shape[1]
    return np.linalg.solve(inputs @ inputs.T / count + 0.1 * np.eye(len(inputs)), inputs @ labels / count)


def _shift(rng):
    train, test = np.repeat([1, 4.0], 100), np.repeat([3, 0.5], 100)
    teacher = _unit(rng, 200)
    learned = _ridge(rng, np.sqrt(train)[:, None] * rng.standard_normal((200, 300)), teacher)
    return np.sum(test * (learned - teacher) ** 2)


def _shift_model():
    A, B = fp.commuting(d, fp.laws.joint_atoms({(1, 3): "1/2", (4, "1/2"): "1/2"}))
    data, point = A**0.5 @ X, B**0.5 @ x
    w = fp.ridge(data, data.T @ beta / fp.sqrt(d) + 0.3 * eps, penalty=0.1)
    return fp.test_error(w, point, beta.T @ point / fp.sqrt(d)), dict(n=1.5, d=1)


def _sketch(rng, orthogonal):
    sketch = rng.standard_normal((400, 280))
    sketch = np.linalg.qr(sketch)[0] if orthogonal else sketch / np.sqrt(280)
    teacher = _unit(rng, 200)
    return np.sum((_ridge(rng, rng.standard_normal((200, 400)), teacher, sketch) - teacher) ** 2)


def _sketch_model(orthogonal):
    S = fp.haar(n, m) if orthogonal else fp.gaussian(n, m) / fp.sqrt(m)
    y = X.T @ beta / fp.sqrt(d) + 0.3 * eps
    w = fp.ridge(X @ S, S.T @ y, penalty=0.1)
    return fp.test_error(w, x, beta.T @ x / fp.sqrt(d)), dict(n=2, d=1, m=1.4)


MODELS = {
    "covariate shift": (_shift_model, _shift),
    "Gaussian sketch": (lambda: _sketch_model(False), lambda rng: _sketch(rng, False)),
    "Haar sketch": (lambda: _sketch_model(True), lambda rng: _sketch(rng, True)),
}


@pytest.mark.parametrize("name", MODELS)
def test_data(name):
    model, train = MODELS[name]
    rng = np.random.default_rng(0)
    draws = [train(rng) for _ in range(20)]
    number, at = model()
    assert float(fp.limit(number).at(**at)) == pytest.approx(np.mean(draws), abs=np.std(draws) + 0.005)


def test_unbalanced_classes():
    mu, z = fp.gaussian(d), fp.gaussian(n) + 0.7 * fp.ones(n)
    data = 1.5 * mu @ z.T / fp.sqrt(d) + X
    number = fp.train_error(fp.ridge(data, z, penalty=0.1), data, z)
    draws = [number.simulate(dict(n=600, d=300), seed=seed) for seed in range(12)]
    assert float(fp.limit(number).at(n=2, d=1)) == pytest.approx(np.mean(draws), abs=np.std(draws) + 0.005)
