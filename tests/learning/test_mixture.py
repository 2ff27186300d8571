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


def test_a_point_of_a_class_is_a_mean_and_noise():
    score = (2 * mu / fp.sqrt(d) + fp.gaussian(d)).T @ fp.ridge(TRAIN, z, penalty=0.1)
    assert fp.misclassification_error(score).at(n=2, d=1) == pytest.approx(ERROR.at(n=2, d=1, m=1), rel=1e-9)


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


SIZES = fp.sizes("n1 n2 n3")
TESTS = fp.sizes("m1 m2 m3")
NORMS = (2, 1.5, 2.5)
MEANS = [fp.gaussian(d) for _ in NORMS]


def classes(sizes, signs):
    """Return points with one block of columns for each class, and labels."""
    data = [
        norm * mean @ fp.ones(size).T / fp.sqrt(d) + fp.gaussian(d, size)
        for norm, mean, size in zip(NORMS, MEANS, sizes, strict=False)
    ]
    return fp.block([data]), fp.block([[sign * fp.ones(size)] for sign, size in zip(signs, sizes, strict=False)])


def test_classes_in_blocks_are_a_sum_of_outer_products():
    data, y = classes(SIZES, (1, -1, -1))
    spaces = [
        fp.block([[fp.ones(s)] if s is size else [fp.zeros(s, 1)] for s in SIZES]) for size in SIZES
    ]  # which samples are of a class
    noise = fp.block([[fp.gaussian(d, size) for size in SIZES]])
    summed = noise + sum(
        norm * mean @ space.T / fp.sqrt(d) for norm, mean, space in zip(NORMS, MEANS, spaces, strict=True)
    )
    at = dict(n1=0.5, n2=0.8, n3=0.4, d=1)
    scores = [
        float(fp.limit(fp.ridge(points, y, penalty=0.3).T @ MEANS[1] / fp.sqrt(d)).at(**at))
        for points in (data, summed)
    ]
    assert scores[0] == pytest.approx(scores[1], rel=1e-10)


def test_the_error_rate_of_three_classes_against_training():
    data, y = classes(SIZES, (1, -1, -1))
    test, labels = classes(TESTS, (1, -1, -1))
    error = fp.misclassification_error(test.T @ fp.ridge(data, y, penalty=0.3), labels=labels)
    rng, rates = np.random.default_rng(3), []
    for _ in range(24):
        means = [norm * rng.standard_normal(200) / 200**0.5 for norm in NORMS]
        counts = (100, 160, 80)
        points = np.hstack(
            [mean[:, None] + rng.standard_normal((200, k)) for mean, k in zip(means, counts, strict=True)]
        )
        truth = np.repeat([1, -1, -1], counts)
        learned = np.linalg.solve(points @ points.T / 340 + 0.3 * np.eye(200), points @ truth / 340)
        each = [
            ndtr(-sign * learned @ mean / np.linalg.norm(learned))
            for sign, mean in zip((1, -1, -1), means, strict=True)
        ]
        rates.append(np.dot([0.3, 0.3, 0.4], each))
    value = error.at(n1=0.5, n2=0.8, n3=0.4, d=1, m1=0.3, m2=0.3, m3=0.4)
    assert value == pytest.approx(np.mean(rates), abs=4 * np.std(rates) / 24**0.5 + 0.5 / 200)


@pytest.mark.parametrize("count", [2, 3])
def test_gradient_flow_on_classes_in_blocks_against_training(count):
    """Training error, test error of the first class and its error rate, at two sizes."""
    signs, shares = (1, -1, -1)[:count], (0.5, 0.8, 0.4)[:count]
    data, y = classes(SIZES[:count], signs)
    fresh = NORMS[0] * MEANS[0] @ fp.ones(m).T / fp.sqrt(d) + fp.gaussian(d, m)
    w = fp.gradient_flow(data, y, time=2)
    at = dict(zip(("n1", "n2", "n3"), shares, strict=False)) | {"d": 1}
    known = (
        float(fp.limit(fp.train_error(w, data, y)).at(**at)),
        float(fp.limit(fp.test_error(w, fresh, fp.ones(m))).at(**at, m=1)),
        float(fp.misclassification_error(fresh.T @ w, labels=fp.block([[fp.ones(m)]])).at(**at, m=1)),
    )
    rng = np.random.default_rng(8)
    for dimension, draws in ((60, 100), (240, 24)):
        counts, found = [round(share * dimension) for share in shares], []
        for _ in range(draws):
            means = [norm * rng.standard_normal(dimension) / dimension**0.5 for norm in NORMS[:count]]
            parts = [mean[:, None] + rng.standard_normal((dimension, k)) for mean, k in zip(means, counts, strict=True)]
            points, truth = np.hstack(parts), np.repeat(signs, counts)
            places, vectors = np.linalg.eigh(points @ points.T / len(truth))
            flow = -np.expm1(-2 * places) / places
            learned = vectors @ (flow * (vectors.T @ (points @ truth / len(truth))))
            overlap, square = learned @ means[0], learned @ learned
            train = np.mean((truth - points.T @ learned) ** 2)
            found.append((train, (1 - overlap) ** 2 + square, ndtr(-overlap / square**0.5)))
        for number, mean, spread in zip(known, np.mean(found, axis=0), np.std(found, axis=0), strict=True):
            assert number == pytest.approx(mean, abs=4 * spread / draws**0.5 + 0.5 / dimension), dimension


@pytest.mark.parametrize("count", [4, 5])
def test_overlap_and_norm_of_weights_for_more_classes_against_training(count):
    norms, signs, shares = (
        (2, 1.5, 2.5, 1.8, 2.2)[:count],
        (1, -1, -1, 1, -1)[:count],
        (0.4, 0.5, 0.6, 0.7, 0.8)[:count],
    )
    sizes, means = [fp.sizes(f"n{k}") for k in range(count)], [fp.gaussian(d) for _ in norms]
    blocks = [
        c * a @ fp.ones(k).T / fp.sqrt(d) + fp.gaussian(d, k) for c, a, k in zip(norms, means, sizes, strict=True)
    ]
    y = fp.block([[sign * fp.ones(k)] for sign, k in zip(signs, sizes, strict=True)])
    v = fp.ridge(fp.block([blocks]), y, penalty=0.3)
    at = {str(k): share for k, share in zip(sizes, shares, strict=True)} | {"d": 1}
    known = [float(fp.limit(number).at(**at)) for number in (2 * v.T @ means[0] / fp.sqrt(d), v.T @ v)]
    rng = np.random.default_rng(6)
    for dimension, draws in ((100, 100), (300, 24)):
        counts, found = [round(share * dimension) for share in shares], []
        for _ in range(draws):
            drawn = [c * rng.standard_normal(dimension) / dimension**0.5 for c in norms]
            parts = [a[:, None] + rng.standard_normal((dimension, k)) for a, k in zip(drawn, counts, strict=True)]
            points, truth = np.hstack(parts), np.repeat(signs, counts)
            learned = np.linalg.solve(
                points @ points.T / len(truth) + 0.3 * np.eye(dimension), points @ truth / len(truth)
            )
            found.append((learned @ drawn[0], learned @ learned))
        for number, mean, spread in zip(known, np.mean(found, axis=0), np.std(found, axis=0), strict=True):
            assert number == pytest.approx(mean, abs=4 * spread / draws**0.5 + 0.5 / dimension), dimension


def test_two_blocks_of_labels_are_random_labels():
    """Balanced classes with opposite means: the sign of each sample may be turned."""
    one, other, half, rest = fp.sizes("n1 n2 m1 m2")
    data = [2 * sign * mu @ fp.ones(k).T / fp.sqrt(d) + fp.gaussian(d, k) for sign, k in ((1, one), (-1, other))]
    test = [2 * sign * mu @ fp.ones(k).T / fp.sqrt(d) + fp.gaussian(d, k) for sign, k in ((1, half), (-1, rest))]
    y = fp.block([[fp.ones(one)], [-fp.ones(other)]])
    labels = fp.block([[fp.ones(half)], [-fp.ones(rest)]])
    error = fp.misclassification_error(fp.block([test]).T @ fp.ridge(fp.block([data]), y, penalty=0.1), labels=labels)
    assert error.at(n1=1, n2=1, m1=1, m2=3, d=1) == pytest.approx(ERROR.at(n=2, d=1, m=1), rel=1e-9)


def test_labels_that_are_no_classes_are_refused():
    w = fp.ridge(TRAIN, z, penalty=0.1)
    with pytest.raises(fp.UnsupportedModel, match="no random leaf, each score has a mean of its own"):
        fp.misclassification_error(TEST.T @ w, labels=fp.signal(m, 1, np.ones(5)))
    with pytest.raises(fp.UnsupportedModel, match=r"the block 2 \* 1 of the labels is not one class"):
        points, _ = classes(SIZES[:2], (1, 1))
        fp.misclassification_error(points.T @ w, labels=fp.block([[fp.ones(SIZES[0])], [2 * fp.ones(SIZES[1])]]))


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
