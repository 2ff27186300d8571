"""Vectors inside inverses: the identity, and models with means against training."""

from itertools import pairwise

import numpy as np
import pytest

import freeprob as fp
from freeprob.equivalents.woodbury import woodbury
from freeprob.language.expression import walk
from freeprob.language.nodes import Inverse

n, d, p = fp.sizes("n d p")
a = fp.parameters("a", positive=True)
X, W = fp.gaussian(d, n), fp.gaussian(p, d)
u, v, labels = fp.gaussian(d), fp.gaussian(d), fp.gaussian(n)
identity = fp.identity(d)
M = X @ X.T / n + identity
DATA = a * u @ labels.T / fp.sqrt(d) + X


def test_no_vector_is_left_inside():
    after, steps = woodbury(u.T @ fp.inv(M + u @ u.T / d + u @ v.T / d + v @ u.T / d) @ u / d)
    inside = [leaf for node in walk(after) if isinstance(node, Inverse) for leaf in walk(node)]
    assert not any(leaf.columns == (1,) and not leaf.arguments and leaf in (u, v) for leaf in inside)
    assert [step.rule for step in steps] == ["woodbury"]
    assert woodbury(u.T @ fp.inv(M) @ u / d) == (u.T @ fp.inv(M) @ u / d, [])


def test_sherman_morrison():
    plain = float(fp.limit(u.T @ fp.inv(M) @ u / d).at(n=2, d=1))
    found = fp.limit(u.T @ fp.inv(M + a * u @ u.T / d) @ u / d)
    assert float(found.at(n=2, d=1, a=3)) == pytest.approx(plain / (1 + 3 * plain), rel=1e-12)
    assert any(step.rule == "woodbury" for step in found.steps)


SAMPLED = {
    "two vectors": u.T @ fp.inv(M + (u @ v.T + v @ u.T) / d + 2 * v @ v.T / d) @ u / d,
    "indefinite": v.T @ fp.inv(3 * M + (u @ v.T + v @ u.T) / d) @ u / d,
    "mean of the data": labels.T @ DATA.T @ fp.inv(DATA @ DATA.T / n + 0.1 * identity) @ u / (n * fp.sqrt(d)),
    "two inverses": u.T @ fp.inv(M + u @ u.T / d) @ X @ X.T @ fp.inv(M + u @ v.T / d + v @ u.T / d) @ u / (n * d),
    "training error": fp.train_error(fp.ridge(DATA, labels, penalty=0.1), DATA, labels),
    "a spiked covariance": fp.train_error(
        fp.ridge(X + u @ u.T @ X / d, X.T @ u / fp.sqrt(d), penalty=0.5), X + u @ u.T @ X / d, X.T @ u / fp.sqrt(d)
    ),
}


@pytest.mark.parametrize("name", SAMPLED)
def test_against_simulation(name):
    number = SAMPLED[name]
    found = fp.limit(number)
    values = dict(a=1.5) if "a" in found.needs else {}
    draws = [number.simulate(dict(n=600, d=300), values, seed=seed) for seed in range(16)]
    error = 4 * np.std(draws) / 4 + 2 / 300
    assert float(found.at(n=2, d=1, **values)) == pytest.approx(np.mean(draws), abs=error)


def test_numbers_that_fluctuate_are_refused():
    w = u @ u.T @ v
    with pytest.raises(fp.UnsupportedModel, match=r"woodbury: .* fluctuates in the limit"):
        fp.limit(u.T @ fp.inv(M + w @ w.T / d**2) @ u / d)


def test_many_vectors_that_do_not_meet():
    """Seven spikes apart are one beside the others: u^T (M + sum) u = g / (1 + g) with g = u^T M u."""
    others = sum((x @ x.T / d for x in (fp.gaussian(d) for _ in range(7))), start=fp.zeros(d, d))
    all_of_them = fp.limit(u.T @ fp.inv(M + u @ u.T / d + others) @ u / d)
    alone = fp.limit(u.T @ fp.inv(M + u @ u.T / d) @ u / d)
    assert float(all_of_them.at(n=2, d=1)) == pytest.approx(float(alone.at(n=2, d=1)), rel=1e-12)


def test_too_many_vectors_are_refused():
    chain = [fp.gaussian(d) for _ in range(7)]
    many = sum((x @ y.T + y @ x.T for x, y in pairwise(chain)), start=fp.zeros(d, d)) / d
    with pytest.raises(fp.UnsupportedModel, match="made of 7 vectors"):
        fp.limit(u.T @ fp.inv(M + many) @ u / d)
    with pytest.raises(fp.UnsupportedModel, match="finite rank"):
        fp.limit(u.T @ fp.inv((u @ v.T + v @ u.T) / d) @ u / d)


ONES = fp.ones(n)
MEAN = X + 1.5 * u @ ONES.T / fp.sqrt(d)
MEANS = {
    "a form along the mean": u.T @ fp.inv(MEAN @ MEAN.T / n + identity) @ u / d,
    "a teacher along the mean": fp.train_error(
        fp.ridge(MEAN, X.T @ u / fp.sqrt(d), penalty=0.1), MEAN, X.T @ u / fp.sqrt(d)
    ),
    "a constant target": fp.train_error(fp.ridge(MEAN, ONES, penalty=0.1), MEAN, ONES),
}


@pytest.mark.parametrize("name", MEANS)
def test_a_mean_of_the_data_is_no_intercept(name):
    """A mean of the order of the bulk was dropped like the mean of features, which grows with the sizes."""
    draws = [MEANS[name].simulate(dict(n=600, d=300), seed=seed) for seed in range(16)]
    error = 4 * np.std(draws) / 4 + 2 / 300
    assert float(fp.limit(MEANS[name]).at(n=2, d=1)) == pytest.approx(np.mean(draws), abs=error)
