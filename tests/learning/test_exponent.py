"""Exponents of power laws: known curves, floors, crossovers, noise."""

import numpy as np
import pytest

import freeprob as fp

X = np.geomspace(1, 1e6, 61)


def test_a_power_law_is_found_exactly():
    fit = fp.scaling_exponent(X, 3 * X**-0.7)
    assert fit.slope == pytest.approx(-0.7, abs=1e-12) and fit.prefactor == pytest.approx(3)
    assert fit.error < 1e-10 and fit.range == (X[0], X[-1]) and fit.points == 61
    assert fit(100.0) == pytest.approx(3 * 100**-0.7) and float(fit) == fit.slope


def test_the_order_of_points_does_not_matter():
    shuffled = np.random.default_rng(0).permutation(61)
    y = X**-0.7 + 1e-3
    assert fp.scaling_exponent(X[shuffled], y[shuffled]) == fp.scaling_exponent(X, y)


@pytest.mark.parametrize("floor", [1e-3, 1e-5])
def test_the_range_ends_where_a_floor_begins(floor):
    fit = fp.scaling_exponent(X, X**-1.0 + floor)
    wide = fit.range[1] / fit.range[0]
    # the slope -1 / (1 + floor x) is within 0.1 of -1 up to floor x = 1/9, and of 0 from floor x = 9
    begin, end = 1 / 9 / floor, 1e6 / (9 / floor)
    assert np.log10(wide) == pytest.approx(np.log10(max(begin, end)), abs=0.2)


def test_the_drift_covers_what_the_standard_error_does_not():
    fit = fp.scaling_exponent(X, X**-1.0 + 1e-7)
    assert abs(fit.slope + 1) < fit.error and fit.standard_error < abs(fit.slope + 1)


def test_error_bars_cover_the_exponent_of_noisy_points():
    rng, x, noise = np.random.default_rng(1), np.geomspace(1, 1000, 13), 0.05
    pulls = []
    for _ in range(400):
        y = 2 * x**-0.5 * (1 + noise * rng.standard_normal(13))
        fit = fp.scaling_exponent(x, y, noise * y, window=(1, 1000))
        pulls.append((fit.slope + 0.5) / fit.standard_error)
    # 400 pulls: the standard deviation is known to 3.5 %, the mean to 5 %; relative noise biases by its square
    assert abs(np.mean(pulls)) < 0.25 and 0.88 < np.std(pulls) < 1.12


def test_noisy_points_keep_their_range():
    rng, x = np.random.default_rng(2), np.geomspace(1, 1000, 31)
    y = x**-0.5 * (1 + 0.05 * rng.standard_normal(31))
    assert fp.scaling_exponent(x, y, 0.05 * y).points > 20
    with pytest.raises(fp.NotIdentified, match="nowhere do 4 points"):
        fp.scaling_exponent(x, y, tolerance=0.01)


def test_what_is_no_power_law_is_refused():
    with pytest.raises(fp.UnsupportedModel, match="y holds -1"):
        fp.scaling_exponent([1, 2, 3, 4], [1, 2, -1, 4])
    with pytest.raises(fp.UnsupportedModel, match="y holds inf"):
        fp.scaling_exponent([1, 2, 3, 4], [1, 2, np.inf, 4])
    with pytest.raises(fp.UnsupportedModel, match="same x"):
        fp.scaling_exponent([1, 2, 2, 4], [1, 2, 3, 4])
    with pytest.raises(fp.ShapeError, match="at least 4 points"):
        fp.scaling_exponent([1, 2, 3], [1, 2, 3])
    with pytest.raises(fp.ShapeError, match="0 points in the window"):
        fp.scaling_exponent(X, X, window=(1e7, 1e8))
    with pytest.raises(fp.UnsupportedModel, match="y_error"):
        fp.scaling_exponent([1, 2, 3, 4], [1, 2, 3, 4], [1, 0, 1, 1])
    with pytest.raises(fp.NotIdentified, match="Remedy"):
        fp.scaling_exponent(np.geomspace(1, 10, 6), np.exp(-np.geomspace(1, 10, 6)))
