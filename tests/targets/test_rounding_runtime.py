"""Numbers of which rounding leaves little, against 30 digits and closed forms."""

import runpy
import warnings

import numpy as np
import pytest

import freeprob as fp
from freeprob.solve.bound_value import Value
from freeprob.targets.rounding_runtime import ROUNDED
from tests.derivations.learning_models import gallery
from tests.derivations.scaling_laws import kernel_ridge_error

n, d = fp.sizes("n d")
LEVELS = np.arange(1, 2001) ** -1.7
MODEL = gallery("scaling_kernel_ridge").test
MODES = dict(d=2000, sigma=0, H=fp.laws.empirical(LEVELS))


def closed_form(samples, penalty):
    return kernel_ridge_error(LEVELS, LEVELS**1.5 / 2000, samples, penalty, 0.0)


@pytest.mark.parametrize("penalty", [1e-6, 1e-7, 1e-8, 1e-9])
def test_many_modes_without_noise(penalty):
    samples = [40, 100, 300]
    expected = [closed_form(k, penalty) for k in samples]
    assert [float(MODEL.at(n=k, lambda_=penalty, **MODES)) for k in samples] == pytest.approx(expected, rel=1e-8)
    assert MODEL.curve(n=samples, lambda_=penalty, **MODES) == pytest.approx(expected, rel=1e-8)


FEATURES = gallery("random_features_ridge")


@pytest.mark.parametrize("penalty", [1e-3, 1e-5, 1e-7])
def test_the_estimate_is_that_of_the_error(penalty):
    """Within two orders of magnitude, and never far too small."""
    number = FEATURES.train_relu
    value = Value(number.program, number._bind({**FEATURES.AT, "lambda_": penalty, "p": 8}), 80)
    error = abs(float(value) / float(value.precise(30)) - 1)
    assert error <= 10 * value.rounding + 1e-15
    assert value.rounding <= 1e3 * error + 1e-12


def test_a_training_error_of_an_interpolator():
    """It is of the order of the square of the penalty, a difference of terms of order one."""
    number, at, penalties = FEATURES.train_relu, {**FEATURES.AT, "p": 8}, [1e-6, 1e-8]
    exact = [float(number.at(**{**at, "lambda_": penalty}).precise(30)) for penalty in penalties]
    assert number.curve(**{**at, "lambda_": penalties}) == pytest.approx(exact, rel=ROUNDED)


def test_a_number_that_is_zero_is_not_lost():
    """tr A^-1 C + tr A^-1 = 1 with A = C + 1: the difference is 0 up to rounding, and no digits are sought."""
    X = fp.gaussian(d, n)
    C, eye = X @ X.T / n, fp.identity(d)
    zero = fp.limit(fp.tr(fp.inv(C + eye) @ C) + fp.tr(fp.inv(C + eye)) - 1)
    value = zero.at(n=2, d=1)
    assert abs(float(value)) < 1e-14 and value.rounding == 0


def test_a_solver_file_warns(tmp_path):
    """The warning names the size of the error, whatever the defaults of the file."""
    at = dict(n=100, **MODES)
    warned = []
    for penalty in (1e-2, 1e-7):
        path = MODEL.write_solver(tmp_path / f"solver_{len(warned)}.py", lambda_=penalty, **at)
        found = runpy.run_path(str(path), run_name="solver")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert found["value"](lambda_=1e-2) == pytest.approx(closed_form(100, 1e-2), rel=1e-8)
        with pytest.warns(RuntimeWarning, match=r"relative error of about \de-0\d") as caught:
            value = found["value"](lambda_=1e-7)
        estimate = float(str(caught[0].message).split("about ")[1].split(":")[0])
        assert abs(value / closed_form(100, 1e-7) - 1) < 10 * estimate
        warned.append(value)
    assert warned[0] == pytest.approx(warned[1], rel=1e-4)
