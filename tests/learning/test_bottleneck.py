"""Regimes of a learner: gains are derivatives of the curve, and regimes sit where the theory has them."""

import numpy as np
import pytest

import freeprob as fp

n, d, p = fp.sizes("n d p")
lam, sigma = fp.parameters("lambda sigma", positive=True)
X, W, x = fp.gaussian(d, n), fp.gaussian(p, d), fp.gaussian(d)
beta, eps = fp.gaussian(d), fp.gaussian(n)
S = fp.population(d, fp.laws.empirical(500 * np.arange(1, 501) ** -1.5))
Phi = W @ S**0.5 @ X / fp.sqrt(d)
w = fp.ridge(Phi, X.T @ S**0.5 @ beta / fp.sqrt(d) + sigma * eps, penalty=lam)
RISK = fp.limit(fp.test_error(w, W @ S**0.5 @ x / fp.sqrt(d), beta.T @ S**0.5 @ x / fp.sqrt(d)))
AT = dict(n=40, p=60, d=500, lambda_=1e-3, sigma=0.2)


@pytest.mark.parametrize("what, name, sign", [("data", "n", -1), ("width", "p", -1), ("penalty", "lambda_", 1)])
def test_gains_are_logarithmic_derivatives(what, name, sign):
    found = fp.bottleneck(RISK, **AT)
    low, high = RISK.curve(**{**AT, name: AT[name] * np.exp([-1e-4, 1e-4])})
    assert found.gains[what] == pytest.approx(sign * np.log(high / low) / 2e-4, rel=1e-5)
    assert found.gains["variance"] == -found.gains["penalty"]


def test_the_gain_of_noise_is_its_share():
    with_noise, without = float(RISK.at(**AT)), float(RISK.at(**{**AT, "sigma": 1e-9}))
    found = fp.bottleneck(RISK, **AT)
    assert found.gains["noise"] == pytest.approx(1 - without / with_noise, rel=1e-6)
    assert found.error == pytest.approx(with_noise)


def test_regimes():
    quiet = dict(AT, sigma=1e-3)
    assert fp.bottleneck(RISK, **{**quiet, "n": 10, "p": 200}).regime == "data"
    assert fp.bottleneck(RISK, **{**quiet, "n": 200, "p": 10}).regime == "width"
    assert fp.bottleneck(RISK, **{**quiet, "n": 50, "p": 50, "lambda_": 1e-7}).regime == "variance"
    assert fp.bottleneck(RISK, **{**quiet, "n": 300, "p": 300, "lambda_": 30}).regime == "penalty"
    assert fp.bottleneck(RISK, **{**AT, "n": 300, "p": 300, "sigma": 3.0}).regime == "noise"
    assert fp.bottleneck(RISK, **{**quiet, "lambda_": 1e8}).regime == "nothing"


def test_grids_have_a_regime_at_each_point():
    grid = dict(AT, n=[10, 300], p=[[10], [300]], sigma=1e-3)
    found = fp.bottleneck(RISK, **grid)
    assert found.regime.shape == (2, 2) == found.error.shape == found.gains["noise"].shape
    assert found.regime[0, 1] == "width" and found.regime[1, 0] == "data"
    assert "data: " in str(found) and "limited by" in str(fp.bottleneck(RISK, **AT))


def test_names_are_found_or_refused():
    assert "noise" not in fp.bottleneck(RISK, noise=None, **AT).gains
    assert set(fp.bottleneck(RISK, data="d", width="t", penalty=None, noise=None, **AT).gains) == {"data"}
    with pytest.raises(fp.UnsupportedModel, match="on none of m"):
        fp.bottleneck(RISK, data="m", width=None, penalty=None, noise=None, **AT)
    with pytest.raises(fp.MissingValue, match="no value for p"):
        fp.bottleneck(RISK, **{k: v for k, v in AT.items() if k != "p"})


def test_without_a_penalty_the_gains_are_limits():
    S2 = fp.population(d, fp.laws.atoms({1: "1/2", 5: "1/2"}))
    features, target = W @ S2**0.5 @ X / fp.sqrt(d), X.T @ S2**0.5 @ beta / fp.sqrt(d)
    weights = fp.ridge(features, target + sigma * eps, penalty=lam)
    risk = fp.limit(fp.test_error(weights, W @ S2**0.5 @ x / fp.sqrt(d), beta.T @ S2**0.5 @ x / fp.sqrt(d)))
    at = dict(n=1, p=2, d=3, sigma=0.2)
    limit, near = (fp.bottleneck(risk, **at, lambda_=penalty) for penalty in (0, 1e-9))
    assert limit.gains["penalty"] == 0
    assert limit.gains == pytest.approx(near.gains, rel=1e-6, abs=1e-7)
