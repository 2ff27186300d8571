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
