"""Curves and gradients at a penalty of 0: means over circles, against single limits in high precision."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.solve import vanishing
from freeprob.targets import vanishing_runtime
from tests.derivations.learning_models import gallery

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)
X, W, x = fp.gaussian(d, n), fp.gaussian(p, d), fp.gaussian(d)
beta, eps = fp.gaussian(d), fp.gaussian(n)
Y, Y_X = X.T @ beta / fp.sqrt(d) + sigma * eps, beta.T @ x / fp.sqrt(d)
w = fp.ridge(X, Y, penalty=lam)
TEST, TRAIN = fp.limit(fp.test_error(w, x, Y_X)), fp.limit(fp.train_error(w, X, Y))


def isotropic(ratio, noise):
    """Return the excess risk of the least-squares estimator of least norm (Hastie et al. 2022, Corollary 1)."""
    under, over = ratio < 1, ratio > 1
    with np.errstate(divide="ignore"):
        found = np.where(under, noise * ratio / (1 - ratio), 1 - 1 / ratio + noise / (ratio - 1))
    return np.where(under | over, found, np.inf)


@pytest.fixture
def counted(monkeypatch):
    """Count the points that are solved by themselves."""
    numbers = []
    at = fp.limit(fp.tr(fp.identity(n))).__class__.at

    def counting(self, **values):
        numbers.append(values)
        return at(self, **values)

    monkeypatch.setattr(type(TEST), "at", counting)
    return numbers


def test_a_curve_across_the_threshold(counted):
    ratios = np.array([0.02, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.999, 1, 1.01, 1.2, 1.3, 1.5, 2, 3, 4, 5, 8, 20, 40])
    curve = TEST.curve(n=1, d=ratios, lambda_=0, sigma=0.3, workers=1)
    np.testing.assert_allclose(curve, isotropic(ratios, 0.09), rtol=1e-9)
    assert len(counted) <= 7, "next to the threshold, and two to compare"
    train = TRAIN.curve(n=1, d=ratios, lambda_=0, sigma=0.3, workers=1)
    np.testing.assert_allclose(train, 0.09 * np.maximum(0, 1 - ratios), rtol=1e-9, atol=1e-12)


def test_a_wrong_number_is_found_out(counted, monkeypatch):
    ratios = np.linspace(2, 3, 9)
    plain = vanishing.from_above

    def wrong(*arguments):
        limits, errors, good = plain(*arguments)
        return 1.001 * limits, errors, good

    monkeypatch.setattr(vanishing, "from_above", wrong)
    curve = TEST.curve(n=1, d=ratios, lambda_=0, sigma=0.3, workers=1)
    np.testing.assert_allclose(curve, isotropic(ratios, 0.09), rtol=1e-9)
    assert len(counted) == 9


def test_gradients_in_closed_form():
    ratios = np.array([0.2, 0.6, 0.999, 1.4, 3.0])
    slopes = TEST.gradient(n=1, d=ratios, lambda_=0, sigma=0.3, workers=1)
    under = ratios < 1
    wanted = np.where(under, 0.09 / (1 - ratios) ** 2, 1 / ratios**2 - 0.09 / (ratios - 1) ** 2)
    np.testing.assert_allclose(slopes["d"], wanted, rtol=1e-8)
    np.testing.assert_allclose(slopes["n"], -ratios * wanted, rtol=1e-8)
    noise = np.where(under, ratios / (1 - ratios), 1 / np.abs(ratios - 1))
    np.testing.assert_allclose(slopes["sigma"], 0.6 * noise, rtol=1e-8)
    known, step = np.abs(ratios - 1) > 0.1, 1e-4
    zero, one, two = (TEST.curve(n=1, d=ratios, lambda_=k * step, sigma=0.3) for k in range(3))
    beside = (4 * one - two - 3 * zero) / (2 * step)
    np.testing.assert_allclose(slopes["lambda"][known], beside[known], rtol=1e-4)


def test_random_features_and_their_bottleneck():
    number = gallery("random_features_ridge").test_relu
    at = {k: v for k, v in gallery("random_features_ridge").AT.items() if k not in ("p", "lambda_")}
    widths = np.array([0.3, 2.0, 4.0, 5.0, 9.0, 30.0])
    curve = number.curve(p=widths, lambda_=0, workers=1, **at)
    single = [float(number.at(p=width, lambda_=0, **at)) for width in widths]
    np.testing.assert_allclose(curve, single, rtol=1e-9)
    step = 1e-5
    beside = [[float(number.at(p=q * (1 + s), lambda_=0, **at)) for q in widths] for s in (-step, step)]
    wanted = (np.array(beside[1]) - beside[0]) / (2 * step * widths)
    np.testing.assert_allclose(number.gradient("p", p=widths, lambda_=0, workers=1, **at)["p"], wanted, rtol=1e-6)


def test_modes_of_a_power_law():
    """With more samples than modes the variance is that of least squares; with fewer, the single limit."""
    S = fp.population(d, fp.laws.empirical(100 * np.arange(1, 101.0) ** -1.5))
    Z = S**0.5 @ X
    v = fp.ridge(Z, Z.T @ beta / fp.sqrt(d) + sigma * eps, penalty=lam)
    error = fp.limit(fp.test_error(v, S**0.5 @ x, beta.T @ S**0.5 @ x / fp.sqrt(d)))
    samples = np.array([10.0, 30.0, 60.0, 150.0, 200.0, 400.0])
    curve = error.curve(n=samples, d=100, lambda_=0, sigma=0.3, workers=1)
    np.testing.assert_allclose(curve[3:], 0.09 * 100 / (samples[3:] - 100), rtol=1e-8)
    np.testing.assert_allclose(curve[1], float(error.at(n=30, d=100, lambda_=0, sigma=0.3)), rtol=1e-9)
    gains = fp.bottleneck(error, penalty=None, n=samples, d=100, lambda_=0, sigma=0.3).gains["data"]
    np.testing.assert_allclose(gains[3:], samples[3:] / (samples[3:] - 100), rtol=1e-6)


@pytest.mark.parametrize("power", [0.5, -1, 1.5])
def test_what_is_not_analytic_is_not_accepted(power):
    class Model:
        count = 1

        def readout(self, u, inputs, z):
            return 1 + inputs[0] ** power

    def solve(inputs, shape):
        return np.zeros((1, inputs.shape[1]), dtype=complex), np.ones(inputs.shape[1], dtype=bool)

    _, _, good = vanishing_runtime.from_above(Model(), np.ones((1, 1)), 0, 1, None, solve)
    assert not good[0]


def test_a_function_that_is_analytic_at_infinity_alone():
    """Far out the mean over a circle is the value at infinity; the check inside the circle sees that."""

    class Model:
        count = 1

        def readout(self, u, inputs, z):
            w = inputs[0]
            return 3 + 1 / (w + 0.3) + 1 / (w + 1e-9)

    def solve(inputs, shape):
        return np.zeros((1, inputs.shape[1]), dtype=complex), np.ones(inputs.shape[1], dtype=bool)

    assert not vanishing_runtime.from_above(Model(), np.ones((1, 1)), 0, 1, None, solve)[2][0]
