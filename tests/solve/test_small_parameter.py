"""Numbers at tiny penalties against closed forms, where the path in float64 is singular."""

import numpy as np
import pytest

import freeprob as fp
from tests.derivations.learning_models import gallery
from tests.derivations.scaling_laws import kernel_ridge_error

n, d = fp.sizes("n d")
lam = fp.parameters("lambda", positive=True)
X, x, beta, eps = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(d), fp.gaussian(n)
MODEL = gallery("random_features_ridge")


@pytest.mark.parametrize("penalty", [1e-8, 1e-13, 1e-20])
@pytest.mark.parametrize("width", [2.9, 3.1, 3.3])
def test_random_features_agree_with_40_digits(penalty, width):
    value = MODEL.test_relu.at(**{**MODEL.AT, "lambda_": penalty, "p": width})
    assert float(value) == pytest.approx(float(value.precise(40)), rel=1e-8)


def test_least_squares_at_the_threshold():
    """With as many features as samples tr (X X^T / n + z)^-1 = (sqrt(1 + 4 / z) - 1) / 2."""
    trace = fp.limit(fp.tr(fp.inv(X @ X.T / n + lam * fp.identity(d))))
    for z in (1e-9, 1e-16):
        assert float(trace.at(n=1, d=1, lambda_=z)) == pytest.approx(((1 + 4 / z) ** 0.5 - 1) / 2, rel=1e-8)


def test_what_has_no_number_stays_an_error():
    inside = fp.limit(fp.tr(fp.inv(lam * fp.identity(n) - fp.wigner(n) / fp.sqrt(n))))
    with pytest.raises(fp.SolveError, match="no solution was found"):
        inside.at(n=1, lambda_=1e-3)


@pytest.mark.parametrize("penalty", [1e-6, 1e-8])
def test_errors_that_are_small_differences_of_large_terms(penalty):
    """Kernel ridge regression with 10 000 modes: the teacher's norm is 2.3, the error without noise below 1e-7."""
    levels = np.arange(1, 10001) ** -1.5
    at = dict(d=10000, lambda_=penalty, sigma=0, H=fp.laws.empirical(levels))
    model, samples = gallery("scaling_kernel_ridge").test, [30, 50]
    expected = [kernel_ridge_error(levels, levels**1.5 / 10000, n, penalty, 0.0) for n in samples]
    assert float(model.at(n=50, **at)) == pytest.approx(expected[1], rel=1e-9)
    assert model.curve(n=samples, **at) == pytest.approx(expected, rel=1e-8)
    slope = model.gradient("n", n=50, **at)["n"]
    shifted = [kernel_ridge_error(levels, levels**1.5 / 10000, 50 + k, penalty, 0.0) for k in (-0.1, 0.1)]
    assert slope == pytest.approx((shifted[1] - shifted[0]) / 0.2, rel=1e-4)
