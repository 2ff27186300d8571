"""Two classes with opposite means: the error rate in closed form and against training."""

import numpy as np
import pytest
from scipy.special import ndtr

import freeprob as fp

n, d, m = fp.sizes("n d m")
X, mu, z, t = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n), fp.gaussian(m)
TRAIN = 2 * mu @ z.T / fp.sqrt(d) + X
TEST = 2 * mu @ t.T / fp.sqrt(d) + fp.gaussian(d, m)
ERROR = fp.misclassification_error(TEST.T @ fp.ridge(TRAIN, z, penalty=0.1), labels=t)


def _closed_form(ratio, norm, penalty):
    """Return the error rate by the formula of Sherman and Morrison with the Stieltjes transform of Marchenko-Pastur.

    The learned weights are along A^-1 mu + A^-1 X z / (n (1 - s)), A = X X^T / n + penalty, s = tr of the smoother.
    """

    def stieltjes(lam):
        b = 1 - ratio + lam
        return (-b + np.sqrt(b**2 + 4 * ratio * lam)) / (2 * ratio * lam)

    step = 1e-5 * penalty
    one = stieltjes(penalty)
    two = -(stieltjes(penalty + step) - stieltjes(penalty - step)) / (2 * step)
    s = ratio * (1 - penalty * one)
    square = norm**2 * two + ratio * (one - penalty * two) / (1 - s) ** 2
    return ndtr(-(norm**2) * one / np.sqrt(square))


@pytest.mark.parametrize("ratio", [0.05, 0.5, 1, 3])
def test_closed_form(ratio):
    assert ERROR.at(n=1, d=ratio, m=1) == pytest.approx(_closed_form(ratio, 2, 0.1), rel=1e-7)


def test_against_training():
    rng = np.random.default_rng(0)
    rates = []
    for _ in range(16):
        mean = rng.standard_normal(200)
        mean *= 2 / np.linalg.norm(mean)
        labels = rng.choice([-1.0, 1.0], 400)
        data = np.outer(mean, labels) + rng.standard_normal((200, 400))
        learned = np.linalg.solve(data @ data.T / 400 + 0.1 * np.eye(200), data @ labels / 400)
        rates.append(ndtr(-learned @ mean / np.linalg.norm(learned)))
    assert ERROR.at(n=2, d=1, m=1) == pytest.approx(np.mean(rates), abs=4 * np.std(rates) / 4 + 0.5 / 200)


def test_shapes():
    with pytest.raises(fp.ShapeError, match="scores and labels of a test set"):
        fp.misclassification_error(TEST.T @ mu, labels=z)


p = fp.sizes("p")
W = fp.gaussian(p, d)
ACTIVATIONS = {"tanh": (fp.tanh, np.tanh), "relu": (fp.relu, lambda h: np.maximum(h, 0))}


def _error_rate(activation, dimension, rng):
    """Train a ridge classifier on real random features of two classes; return its error on fresh points."""
    samples, width, fresh = 2 * dimension, 3 * dimension // 2, 4000
    mean, weights = rng.standard_normal(dimension), rng.standard_normal((width, dimension))
    mean *= 2 / np.linalg.norm(mean)

    def features(labels):
        data = np.outer(mean, labels) + rng.standard_normal((dimension, len(labels)))
        return activation(weights @ data / np.sqrt(dimension))

    labels, new = rng.choice([-1.0, 1.0], samples), rng.choice([-1.0, 1.0], fresh)
    F = features(labels)
    learned = np.linalg.solve(F @ F.T / samples + 0.1 * np.eye(width), F @ labels / samples)
    return np.mean(learned @ features(new) * new < 0)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_random_features_against_training(name):
    f, activation = ACTIVATIONS[name]
    F, new = f(W @ TRAIN / fp.sqrt(d)), f(W @ TEST / fp.sqrt(d))
    error = fp.misclassification_error(new.T @ fp.ridge(F, z, penalty=0.1), labels=t)
    known = error.at(n=2, d=1, m=1, p=1.5)
    rng = np.random.default_rng(7)
    for dimension, draws in ((80, 60), (320, 16)):
        rates = [_error_rate(activation, dimension, rng) for _ in range(draws)]
        noise = np.std(rates) / draws**0.5
        assert known == pytest.approx(np.mean(rates), abs=4 * noise + 0.2 / dimension), dimension
        assert noise < 0.02 * known + 0.001


def test_gradient_flow_on_classes_with_a_covariance():
    """The norm of what is learned in the metric of the population, against gradient flow on real data."""
    S = fp.population(d, fp.laws.atoms({1: "1/2", 3: "1/2"}))
    v = fp.gradient_flow(2 * mu @ z.T / fp.sqrt(d) + S**0.5 @ X, z, 3)
    square = float(fp.limit(v.T @ S @ v).at(n=2, d=1))
    rng = np.random.default_rng(3)
    gaps = []
    for dimension, draws in ((60, 80), (240, 20)):
        found = []
        for _ in range(draws):
            scale = np.repeat([1.0, 3.0], dimension // 2)
            labels = rng.choice([-1.0, 1.0], 2 * dimension)
            data = np.sqrt(scale)[:, None] * rng.standard_normal((dimension, 2 * dimension))
            data += 2 * np.outer(rng.standard_normal(dimension), labels) / np.sqrt(dimension)
            places, vectors = np.linalg.eigh(data @ data.T / (2 * dimension))
            flow = -np.expm1(-3 * places) / places
            learned = vectors @ (flow * (vectors.T @ (data @ labels / (2 * dimension))))
            found.append(learned @ (scale * learned))
        gaps.append(np.mean(found) - square)
        assert abs(gaps[-1]) < 4 * np.std(found) / draws**0.5 + 1 / dimension
