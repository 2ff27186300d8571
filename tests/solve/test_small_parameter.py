"""Numbers at tiny penalties against closed forms, where the path in float64 is singular."""

import pytest

import freeprob as fp
from tests.derivations.learning_models import gallery

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
