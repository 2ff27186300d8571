"""The error rate of the class with the largest score, against training and the formula for one score."""

import numpy as np
import pytest

import freeprob as fp

d = fp.sizes("d")
SIZES = fp.sizes("n1 n2 n3")
TESTS = fp.sizes("m1 m2 m3")
NORMS = (2, 1.5, 2.5)
MEANS = [fp.gaussian(d) for _ in NORMS]
AT = dict(n1=0.5, n2=0.8, n3=0.4, d=1)


def _points(k, size):
    return NORMS[k] * MEANS[k] @ fp.ones(size).T / fp.sqrt(d) + fp.gaussian(d, size)


DATA = fp.block([[_points(k, size) for k, size in enumerate(SIZES)]])


def _target(right):
    return fp.block([[(1 if k == right else -1) * fp.ones(size)] for k, size in enumerate(SIZES)])


def test_two_scores_are_one_score():
    """The larger of s and -s is s where s is positive."""
    score = _points(0, TESTS[0]).T @ fp.ridge(DATA, _target(0), penalty=0.3)
    single = fp.misclassification_error(fp.block([[score]]), labels=fp.block([[fp.ones(TESTS[0])]]))
    both = fp.misclassification_error([score, -score])
    assert both.at(**AT, m1=1) == pytest.approx(single.at(**AT, m1=1), rel=1e-9)


def test_one_score_for_each_class_against_training():
    """Ridge regression on three one-hot targets; the rate of the first class."""
    fresh = _points(0, TESTS[0])
    value = fp.misclassification_error([fresh.T @ fp.ridge(DATA, _target(k), penalty=0.3) for k in range(3)]).at(
        **AT, m1=1
    )
    rng = np.random.default_rng(5)
    for dimension, repetitions in ((100, 32), (200, 16)):
        rates, counts = [], np.array([5, 8, 4]) * dimension // 10
        for _ in range(repetitions):
            means = [norm * rng.standard_normal(dimension) / dimension**0.5 for norm in NORMS]
            points = np.hstack(
                [m[:, None] + rng.standard_normal((dimension, c)) for m, c in zip(means, counts, strict=True)]
            )
            truth = np.repeat(np.arange(3), counts)
            targets = np.where(truth[:, None] == np.arange(3), 1.0, -1.0)
            total = counts.sum()
            weights = np.linalg.solve(points @ points.T / total + 0.3 * np.eye(dimension), points @ targets / total)
            fresh = means[0][:, None] + rng.standard_normal((dimension, 4000))
            rates.append((np.argmax(weights.T @ fresh, axis=0) != 0).mean())
        assert value == pytest.approx(np.mean(rates), abs=4 * np.std(rates) / repetitions**0.5 + 1 / dimension)


@pytest.mark.slow  # nine limits of four classes
def test_four_scores_against_training():
    sizes, norms, counts = fp.sizes("k1 k2 k3 k4"), (2, 1.5, 2.5, 1.8), np.array([40, 50, 60, 70])
    means = [fp.gaussian(d) for _ in norms]

    def sample(k, size):
        return norms[k] * means[k] @ fp.ones(size).T / fp.sqrt(d) + fp.gaussian(d, size)

    def target(right):
        return fp.block([[(1 if k == right else -1) * fp.ones(size)] for k, size in enumerate(sizes)])

    data, fresh = fp.block([[sample(k, size) for k, size in enumerate(sizes)]]), sample(0, TESTS[0])
    scores = [fresh.T @ fp.ridge(data, target(k), penalty=0.3) for k in range(4)]
    value = fp.misclassification_error(scores).at(k1=0.4, k2=0.5, k3=0.6, k4=0.7, d=1, m1=1)
    rng, rates, truth = np.random.default_rng(9), [], np.repeat(np.arange(4), 2 * counts)
    for _ in range(40):
        drawn = [norm * rng.standard_normal(200) / 200**0.5 for norm in norms]
        points = np.stack(drawn, axis=1)[:, truth] + rng.standard_normal((200, len(truth)))
        targets = np.where(truth[:, None] == np.arange(4), 1.0, -1.0)
        weights = np.linalg.solve(points @ points.T / len(truth) + 0.3 * np.eye(200), points @ targets / len(truth))
        new = drawn[0][:, None] + rng.standard_normal((200, 2000))
        rates.append((np.argmax(weights.T @ new, axis=0) != 0).mean())
    assert value == pytest.approx(np.mean(rates), abs=4 * np.std(rates) / 40**0.5 + 1 / 200)


def test_refusals():
    s = fp.gaussian(d).T @ fp.gaussian(d) / fp.sqrt(d)
    with pytest.raises(fp.ShapeError, match="two scores or more"):
        fp.misclassification_error([s])
    with pytest.raises(fp.ShapeError, match="leave out"):
        fp.misclassification_error([s, -s], s)
    scores = fp.block([[fp.gaussian(size)] for size in TESTS])
    with pytest.raises(fp.ShapeError, match="one block of points for each class"):
        fp.misclassification_error([scores, -scores])


@pytest.mark.slow  # eighteen limits of three classes
def test_a_test_set_of_all_classes_is_the_mean_of_each():
    weights = [fp.ridge(DATA, _target(k), penalty=0.3) for k in range(3)]
    test = fp.block([[_points(k, size) for k, size in enumerate(TESTS)]])
    everything = fp.misclassification_error([test.T @ w for w in weights]).at(**AT, m1=1, m2=2, m3=3)
    each = []
    for k, size in enumerate(TESTS):
        fresh = _points(k, size)
        own = [fresh.T @ w for w in (weights[k], *weights[:k], *weights[k + 1 :])]
        each.append(fp.misclassification_error(own).at(**AT, **{size.name: 1}))
    assert everything == pytest.approx(np.dot(each, [1, 2, 3]) / 6, rel=1e-8)
