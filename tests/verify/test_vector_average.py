"""The mean of a number over its vectors."""

import numpy as np

import freeprob as fp
from freeprob.verify.vector_average import _axes, resampled_leaves, vector_average

from . import models

SIZES = {"n": 30, "d": 20, "p": 40}
PARAMETERS = {"lambda": 0.3, "sigma": 0.5}


def test_the_test_point_meets_all_targets():
    number = models.test_error_expression()
    leaves = resampled_leaves(number)
    axes = _axes(number, leaves)
    assert len(leaves) == 3 and sorted(axes.values()) in ([0, 0, 1], [0, 1, 1])


def test_a_quadratic_form_has_one_axis_and_the_right_mean():
    n = fp.sizes("n")
    a, x = fp.wigner(n), fp.gaussian(n)
    number = x.T @ a @ a @ x / n**2
    assert _axes(number, resampled_leaves(number)) == {x: 0}
    matrix = a.simulate({"n": 40}, seed=5)
    found = vector_average(number, {"n": 40}, {}, 5, 4000)
    assert abs(found / (np.trace(matrix @ matrix) / 1600) - 1) < 0.02


def test_the_mean_is_that_of_independent_samples():
    number = models.test_error_expression()
    plain = [number.simulate(SIZES, PARAMETERS, seed=k) for k in range(1500)]
    averaged = [vector_average(number, SIZES, PARAMETERS, seed, 40) for seed in range(60)]
    error = np.hypot(np.std(plain) / np.sqrt(len(plain)), np.std(averaged) / np.sqrt(len(averaged)))
    assert abs(np.mean(plain) - np.mean(averaged)) < 4 * error
    assert np.std(averaged) < 0.3 * np.std(plain)


def test_vectors_inside_an_inverse_stay():
    n = fp.sizes("n")
    x, y = fp.gaussian(n), fp.gaussian(n)
    number = x.T @ fp.inv(y @ y.T / n + fp.identity(n)) @ x / n
    assert resampled_leaves(number) == [x]
    assert vector_average(fp.tr(fp.inv(y @ y.T / n + fp.identity(n))), {"n": 5}, {}, 0, 7) > 0
