"""Predictions for the digits of the gallery against real training on these digits."""

from pathlib import Path

import numpy as np
import pytest

from .given_data import FORMULAS
from .learning_models import GALLERY, gallery

DRAWS = 60


def errors(module, p: int, penalty: float, seed: int) -> tuple[float, float]:
    """Train the last layer of one network on the digits of the gallery, and test it."""
    n = 200
    X, X_test = module._pixels[:, :n], module._pixels[:, n:]
    y, y_test = module._parity[:n], module._parity[n:]
    W = np.random.default_rng([seed, p]).standard_normal((p, 64))
    F, F_test = np.maximum(W @ X, 0), np.maximum(W @ X_test, 0)
    a = np.linalg.solve(F @ F.T / n + penalty * np.eye(p), F @ y / n)
    return float(np.mean((y - F.T @ a) ** 2)), float(np.mean((y_test - F_test.T @ a) ** 2))


@pytest.mark.parametrize("p", [50, 200, 600])
@pytest.mark.parametrize("penalty", [0.01, 0.3])
def test_random_features_of_digits_train_as_predicted(p: int, penalty: float) -> None:
    module = gallery("digits_random_features")
    drawn = np.array([errors(module, p, penalty, seed) for seed in range(DRAWS)])
    mean, error = drawn.mean(axis=0), drawn.std(axis=0, ddof=1) / np.sqrt(DRAWS)
    theory = np.array([float(number.at(p=p, lambda_=penalty)) for number in (module.train, module.test)])
    assert np.all(np.abs(theory - mean) < 4 * error + 0.04 * theory), (theory, mean, error)  # 0.04: of order 1/64
    assert np.all(error < 0.04 * mean)


@pytest.mark.parametrize("p", [30, 199, 1500])
@pytest.mark.parametrize("penalty", [1e-3, 0.1, 5.0])
def test_louart_liao_couillet_elsewhere(p: int, penalty: float) -> None:
    module = gallery("digits_random_features")
    for name in ("train", "test"):
        expected = FORMULAS[f"louart_{name}"](module, p=p, lambda_=penalty)
        assert float(getattr(module, name).at(p=p, lambda_=penalty)) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("n", [40, 100, 400])
def test_ridge_on_random_digits_learns_as_predicted(n: int) -> None:
    module = gallery("digits_learning_curve")
    found = []
    for seed in range(200):
        rows = np.random.default_rng([seed, n]).integers(0, 1797, n)  # with replacement: independent samples
        X, y = module._pixels[:, rows], module._parity[rows]
        w = np.linalg.solve(X @ X.T / n + 0.05 * np.eye(64), X @ y / n)
        found.append(np.mean((module._parity - module._pixels.T @ w) ** 2))
    mean, error = np.mean(found), np.std(found, ddof=1) / np.sqrt(len(found))
    theory = float(module.test.at(n=n, lambda_=0.05))
    assert abs(theory - mean) < 4 * error + 0.03 * theory, (theory, mean, error)
    expected = FORMULAS["ridge_on_moments"](module, n=n, lambda_=0.05)
    assert theory == pytest.approx(expected, rel=1e-9)


def test_the_data_are_the_digits_of_scikit_learn() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    ours, theirs = np.load(Path(GALLERY) / "data" / "digits.npz"), datasets.load_digits()
    assert np.array_equal(ours["pixels"], theirs.data) and np.array_equal(ours["labels"], theirs.target)
