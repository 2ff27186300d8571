"""Exponents of power-law data: published rates, the duality of samples and parameters, training at finite size."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.solve.minimum import Minimum

from .learning_models import gallery
from .scaling_laws import kernel_ridge_error, many_modes, random_features_error, ridgeless_error

MODES = np.arange(1, 3001)
H = fp.laws.empirical(MODES**-1.5)
RATE = 2 * 1.5 * 11 / 12  # 2 alpha min(r, 1)


def test_noiseless_rate_of_kernel_ridge():
    n = np.geomspace(10, 100, 12)
    curve = gallery("scaling_kernel_ridge").test.curve(n=n, d=3000, lambda_=1e-5, sigma=0, H=H)
    levels = MODES**-1.5
    expected = [kernel_ridge_error(levels, levels**1.5 / 3000, k, 1e-5, 0.0) for k in n]
    assert curve == pytest.approx(expected, rel=1e-8)
    fit = fp.scaling_exponent(n, curve, tolerance=0.3)
    assert abs(fit.slope + RATE) < 3 * fit.error < 0.6, fit


def test_samples_and_parameters_are_dual():
    model = gallery("scaling_random_features").test
    law = fp.laws.empirical(3000 * MODES**-1.5)
    one = float(model.at(n=60, p=35, d=3000, lambda_=0.01, sigma=0, H=law))
    other = float(model.at(n=35, p=60, d=3000, lambda_=0.01 * 60 / 35, sigma=0, H=law))
    assert one == pytest.approx(other, rel=1e-9)


@pytest.mark.parametrize("n, p", [(60, 20), (20, 60)])
def test_ridgeless_error_of_random_features(n, p):
    law = fp.laws.empirical(400 * MODES[:400] ** -1.5)
    found = float(gallery("scaling_random_features").test.at(n=n, p=p, d=400, lambda_=1e-7, sigma=0, H=law))
    assert found == pytest.approx(ridgeless_error(MODES[:400] ** -1.5, 1.0, n, p), rel=1e-5)


@pytest.mark.parametrize("modes", [400, 3000, 10000])
def test_ridgeless_limits_of_many_modes(modes):
    """A rule of few nodes stands for all values; where the number is a small difference, it takes more of them."""
    levels = np.arange(1, modes + 1) ** -1.5
    features, kernel = gallery("scaling_random_features").test, gallery("scaling_kernel_ridge").test
    found = features.at(n=60, p=30, d=modes, lambda_=0, sigma=0, H=fp.laws.empirical(modes * levels))
    assert float(found) == pytest.approx(ridgeless_error(levels, 1.0, 60, 30), rel=1e-9)
    found = kernel.at(n=50, d=modes, lambda_=0, sigma=0, H=fp.laws.empirical(levels))
    expected = kernel_ridge_error(levels, levels**1.5 / modes, 50, 1e-30, 0.0)
    assert float(found) == pytest.approx(expected, rel=1e-9)


def test_training_at_finite_size():
    n, p, d = 60, 35, 400
    rng, levels, errors = np.random.default_rng(0), MODES[:400] ** -1.5, []
    for _ in range(300):
        X = np.sqrt(levels)[:, None] * rng.standard_normal((d, n))
        F = rng.standard_normal((p, d))
        fit = np.linalg.solve(F @ X @ X.T @ F.T / n + 0.01 * np.eye(p), F @ X @ X.T / n).T @ F  # of all teachers
        errors.append(np.sum(levels[:, None] * (np.eye(d) - fit.T) ** 2))
    at = dict(n=n, p=p, d=d, lambda_=0.01, sigma=0, H=fp.laws.empirical(400 * levels))
    error = np.std(errors) / np.sqrt(300)
    theory = float(gallery("scaling_random_features").test.at(**at))
    # finite width: relative corrections of order 1 / p
    assert abs(np.mean(errors) - theory) < 4 * error + theory / p, (np.mean(errors), error, theory)


# -- the best ridge ---------------------------------------------------------------------------------------------------

ALPHA = 1.5
LEVELS = MODES[:600] ** -(1 + ALPHA)  # of the error 600^-alpha / alpha is cut off, less than 1 percent below


def best(n: float, p: float) -> Minimum:
    law = fp.laws.empirical(600 * LEVELS)
    return gallery("scaling_best_ridge").test.argmin("lambda", (1e-5, 1), n=n, p=p, d=600, H=law)


@pytest.mark.parametrize("n, p", [(20, 20), (20, 60), (60, 20)])
def test_best_ridge_of_many_modes(n, p):
    """The sum over modes is an integral up to 1 / (2 f), the first term of Euler and Maclaurin, if f are learned."""
    found = best(n, p)
    ridge, error = many_modes(ALPHA, n, p)
    assert found.interior
    assert found.value == pytest.approx(random_features_error(LEVELS, 1.0, n, p, n * found.place, 0.0), rel=1e-8)
    assert found.value == pytest.approx(error, rel=2 * ALPHA / min(n, p))
    assert n * found.place == pytest.approx(ridge, rel=4 * (1 + ALPHA) / min(n, p))


def test_equal_numbers_are_best_and_have_the_exponent_of_each():
    budgets = [(20, 20), (40, 10), (10, 40)]
    equal, *others = [best(n, p).value for n, p in budgets]
    assert equal < min(others)
    assert others[0] == pytest.approx(others[1], rel=1e-6)  # the duality of samples and parameters
    sizes = np.geomspace(12, 48, 5)
    fit = fp.scaling_exponent(sizes, [best(size, size).value for size in sizes], tolerance=0.3)
    assert abs(fit.slope + ALPHA) < 3 * fit.error < 0.3, fit


# -- time -------------------------------------------------------------------------------------------------------------


def test_exponent_of_time():
    """Width and data are no limit; the modes that are learned, up to t^(1/b), are few among 300."""
    a, b = 2.25, 1.5  # teacher S^(1/4) beta: a = b (1 + 2/4)
    times = np.geomspace(3, 100, 8)
    law = fp.laws.power_law(1 + 1 / b, 300**-b, 1)  # the modes k^-b, so many that k is continuous
    curve = gallery("scaling_dynamics").test.curve(n=1000, p=1000, d=300, sigma=0, H=law, t=times)
    fit = fp.scaling_exponent(times, curve, tolerance=0.3)
    assert abs(fit.slope + (a - 1) / b) < 3 * fit.error < 0.3, fit
