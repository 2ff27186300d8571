"""Error rates of classifiers against training."""

import numpy as np
import pytest

import freeprob as fp

n, d, p = fp.sizes("n d p")
X, W = fp.gaussian(d, n), fp.gaussian(p, d)
beta, eps, x = fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
Phi = fp.tanh(W @ X / fp.sqrt(d))
w = fp.ridge(Phi, fp.sign(X.T @ beta / fp.sqrt(d) + 0.3 * eps), penalty=0.01)
ERROR = fp.misclassification_error(w.T @ Phi.subs({X: x}), beta.T @ x / fp.sqrt(d))


def _error_rate(rng, dimension):
    samples, width = 3 * dimension, 2 * dimension
    teacher, weights = rng.standard_normal(dimension), rng.standard_normal((width, dimension))
    data, points = rng.standard_normal((dimension, samples)), rng.standard_normal((dimension, 10000))
    labels = np.sign(data.T @ teacher / np.sqrt(dimension) + 0.3 * rng.standard_normal(samples))
    features = np.tanh(weights @ data / np.sqrt(dimension))
    learned = np.linalg.solve(features @ features.T / samples + 0.01 * np.eye(width), features @ labels / samples)
    return np.mean(np.sign(learned @ np.tanh(weights @ points / np.sqrt(dimension))) != np.sign(teacher @ points))


def test_random_features_of_a_linear_teacher():
    rng = np.random.default_rng(1)
    rates = [_error_rate(rng, 150) for _ in range(16)]
    error = 4 * np.std(rates) / 4 + 0.5 / 150
    assert ERROR.at(n=3, d=1, p=2) == pytest.approx(np.mean(rates), abs=error)
    assert ERROR.curve(n=3, d=1, p=[0.5, 2])[1] == pytest.approx(ERROR.at(n=3, d=1, p=2))


@pytest.mark.parametrize("label", ["linear", "sign"])
def test_gradient_flow_with_a_teacher_against_training(label):
    """Two centred scores: the terms of their means vanish, with all integrals."""
    y = X.T @ beta / fp.sqrt(d) if label == "linear" else fp.sign(X.T @ beta / fp.sqrt(d))
    rate = fp.misclassification_error(fp.gradient_flow(X, y, 1.5).T @ x, beta.T @ x / fp.sqrt(d)).at(n=2, d=1)
    rng = np.random.default_rng(2)
    for dimension, draws in ((60, 200), (240, 40)):
        found = []
        for _ in range(draws):
            data, teacher = rng.standard_normal((dimension, 2 * dimension)), rng.standard_normal(dimension)
            labels = data.T @ teacher / dimension**0.5
            labels = labels if label == "linear" else np.sign(labels)
            places, vectors = np.linalg.eigh(data @ data.T / (2 * dimension))
            learned = vectors @ (-np.expm1(-1.5 * places) / places * (vectors.T @ data @ labels / (2 * dimension)))
            cosine = learned @ teacher / np.linalg.norm(learned) / np.linalg.norm(teacher)
            found.append(np.arccos(cosine) / np.pi)
        assert rate == pytest.approx(np.mean(found), abs=4 * np.std(found) / draws**0.5 + 0.2 / dimension)


def test_one_class():
    mean = fp.gaussian(d)
    score = 2 * mean.T @ mean / d + 3 * mean.T @ x / fp.sqrt(d)
    assert fp.misclassification_error(score).at() == pytest.approx(0.252492537546923)  # Phi(-2/3)


def test_refusals():
    with pytest.raises(fp.ShapeError, match="1 x 1 scores"):
        fp.misclassification_error(Phi)
    with pytest.raises(fp.UnsupportedModel, match="no vector occurs"):
        fp.misclassification_error(fp.tr(X @ X.T / n))
    with pytest.raises(fp.SolveError, match="does not fluctuate"):
        fp.misclassification_error(beta.T @ beta / d).at()
    with pytest.raises(fp.SolveError, match="nonzero mean"):
        fp.misclassification_error(beta.T @ x / fp.sqrt(d) + beta.T @ beta / d, beta.T @ x / fp.sqrt(d)).at()
    with pytest.raises(fp.MissingValue, match="'q' is not a size"):
        ERROR.at(n=3, d=1, p=2, q=1)
