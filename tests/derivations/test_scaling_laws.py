"""Exponents of power-law data: published rates, the duality of samples and parameters, training at finite size."""

import numpy as np
import pytest

import freeprob as fp

from .learning_models import gallery
from .scaling_laws import kernel_ridge_error, ridgeless_error

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
