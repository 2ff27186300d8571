"""Ridgeless limits against closed forms, published values and the interpolation threshold."""

import numpy as np
import pytest

import freeprob as fp
from tests.derivations.learning_models import gallery

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)
X, W = fp.gaussian(d, n), fp.gaussian(p, d)
beta, eps, x = fp.gaussian(d), fp.gaussian(n), fp.gaussian(d)
Y, Y_X = X.T @ beta / fp.sqrt(d) + sigma * eps, beta.T @ x / fp.sqrt(d)
w = fp.ridge(X, Y, penalty=lam)
TEST, TRAIN = fp.limit(fp.test_error(w, x, Y_X)), fp.limit(fp.train_error(w, X, Y))


def _isotropic(ratio, noise):
    """Return the excess risk of the least-squares estimator of least norm (Hastie et al. 2022, Corollary 1)."""
    return noise * ratio / (1 - ratio) if ratio < 1 else 1 - 1 / ratio + noise / (ratio - 1)


@pytest.mark.parametrize("ratio", ["0.02", "0.5", "0.999", "1.0001", "1.3", "40"])
def test_least_norm_least_squares(ratio):
    found = TEST.at(n=1, d=float(ratio), lambda_=0, sigma=0.3)
    assert float(found) == pytest.approx(_isotropic(float(ratio), 0.09), rel=1e-9)
    assert found.exponent == 0 and found.error < 1e-8 and "within" in found.reason
    train = float(TRAIN.at(n=1, d=float(ratio), lambda_=0, sigma=0.3))
    assert train == pytest.approx(0.09 * max(0, 1 - float(ratio)), rel=1e-9, abs=1e-20)


def test_the_threshold_is_infinite_with_a_reason():
    found = TEST.at(n=0.37, d=0.37, lambda_=0, sigma=0.3)
    assert float(found) == np.inf and repr(found) == "inf" and f"{found:.3f}" == "inf"
    assert found.exponent == pytest.approx(0.5, abs=1e-6) and "interpolation threshold" in found.reason
    assert float(TRAIN.at(n=1, d=1, lambda_=0, sigma=0.3)) == pytest.approx(0, abs=1e-12)
    assert float(TEST.at(n=1, d=1, lambda_=0, sigma=0)) == pytest.approx(0, abs=1e-12), "no noise, no peak"


def test_the_limit_is_continuous():
    at = dict(n=1, d=2, sigma=0.3)
    assert float(TEST.at(lambda_=0, **at)) == pytest.approx(float(TEST.at(lambda_=1e-7, **at)), rel=1e-6)


def test_curves():
    curve = TEST.curve(n=1, d=[0.5, 1, 2], lambda_=0, sigma=0.3)
    assert np.allclose(curve, [0.09, np.inf, 0.59])
    mixed = TEST.curve(n=1, d=2, lambda_=[0, 0.1], sigma=0.3)
    assert np.allclose(mixed, [0.59, float(TEST.at(n=1, d=2, lambda_=0.1, sigma=0.3))])


def test_random_features_near_and_at_the_threshold():
    F = fp.relu(W @ X / fp.sqrt(d))
    risk = fp.limit(fp.test_error(fp.ridge(F, Y, penalty=lam), F.subs({X: x}), Y_X))
    at = dict(n=2, d=1, sigma=0.3)
    assert float(risk.at(p=2, lambda_=0, **at)) == np.inf
    for width in (0.5, 3):
        small = [float(risk.at(p=width, lambda_=v, **at)) for v in (2e-5, 1e-5)]
        assert float(risk.at(p=width, lambda_=0, **at)) == pytest.approx(2 * small[1] - small[0], rel=1e-5)


def test_the_limit_of_a_covariance_with_atoms():
    m = gallery("ridge_covariance")
    at = {k: v for k, v in m.AT.items() if k != "lambda_"} | dict(n=0.6)
    kappa, spectrum = 1.0, {0.31: 0.5, 1: 0.3, 4.7: 0.2}
    for _ in range(400):  # n = sum of t/(t + kappa)
        kappa *= sum(q * t / (t + kappa) for t, q in spectrum.items()) / 0.6
    df = sum(q * t**2 / (t + kappa) ** 2 for t, q in spectrum.items()) / 0.6
    bias = kappa**2 * sum(q * t / (t + kappa) ** 2 for t, q in spectrum.items())
    assert float(m.test.at(lambda_=0, **at)) == pytest.approx((bias + 0.09) / (1 - df), rel=1e-9)


def test_refusals():
    with pytest.raises(fp.MissingValue, match="declared positive"):
        TEST.at(n=1, d=2, lambda_=-1, sigma=0.3)
    one, other = fp.parameters("a b", positive=True)
    both = fp.limit(fp.tr(fp.inv(X @ X.T / n + (one + other) * fp.identity(d))))
    with pytest.raises(fp.MissingValue, match="declared positive"):
        both.at(n=1, d=0.5, a=0, b=0)
    assert float(both.at(n=2, d=1, a=0, b=1e-9)) == pytest.approx(2, rel=1e-7)
    gone = fp.limit(fp.tr(fp.inv(X @ X.T / n + one * fp.identity(d))))
    assert float(gone.at(n=1, d=2, a=0)) == np.inf
