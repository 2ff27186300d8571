"""Interpolation thresholds where they are known, and where there are none."""

import pytest

import freeprob as fp
from tests.derivations.learning_models import gallery

n, d = fp.sizes("n d")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)
X, x, beta, eps = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(d), fp.gaussian(n)
w = fp.ridge(X, X.T @ beta / fp.sqrt(d) + sigma * eps, penalty=lam)
TEST = fp.limit(fp.test_error(w, x, beta.T @ x / fp.sqrt(d)))


@pytest.mark.parametrize("samples", [0.123, 1, 1.7])
def test_as_many_features_as_samples(samples):
    found = TEST.interpolation_threshold("d", (0.05, 3), n=samples, lambda_=0, sigma=0.3)
    assert found == pytest.approx(samples, rel=1e-10)
    assert TEST.interpolation_threshold("n", (0.05, 3), d=samples, lambda_=0, sigma=0.3) == pytest.approx(samples)


def test_random_features():
    number = gallery("random_features_ridge").test_relu
    at = {k: v for k, v in gallery("random_features_ridge").AT.items() if k != "p"} | {"lambda_": 0}
    assert number.interpolation_threshold("p", (0.5, 9), **at) == pytest.approx(at["n"], rel=1e-10)


def test_refusals():
    with pytest.raises(fp.SolveError, match=r"no interpolation threshold between d = 1\.5 and 3"):
        TEST.interpolation_threshold("d", (1.5, 3), n=1, lambda_=0, sigma=0.3)
    with pytest.raises(fp.SolveError, match="finite on both sides"):
        TEST.interpolation_threshold("d", (0.53, 1.9), n=1, lambda_=0, sigma=0)
    with pytest.raises(fp.MissingValue, match="give the penalty as 0"):
        TEST.interpolation_threshold("d", (0.5, 2), n=1, lambda_=0.1, sigma=0.3)
    with pytest.raises(ValueError, match="empty"):
        TEST.interpolation_threshold("d", (2, 1), n=1, lambda_=0, sigma=0.3)


def test_limits_from_above_say_what_they_do_not_offer():
    value = TEST.at(n=1, d=0.5, lambda_=0, sigma=0.3)
    with pytest.raises(fp.UnsupportedModel, match=r"certify: at lambda = 0 unknowns .* infinite.*Remedy: certify"):
        value.certify()
    with pytest.raises(fp.UnsupportedModel, match="precise: there are no digits: the number grows like"):
        TEST.at(n=1, d=1, lambda_=0, sigma=0.3).precise()
