"""Transitions at which two intervals of the support merge."""

import mpmath
import numpy as np
import pytest

import freeprob as fp

n, d = fp.sizes("n d")
v = fp.parameters("v", positive=True)
H = {-1: "3/10", "7/5": "7/10"}
ATOMS = fp.population(n, fp.laws.atoms(H))
LAW = fp.spectrum(ATOMS + fp.sqrt(v) * fp.wigner(n) / fp.sqrt(n))


def critical_variance():
    """Where the density vanishes like a cubic root: v int H(dt)/(w - t)^2 = 1 and int H(dt)/(w - t)^3 = 0."""
    with mpmath.workdps(30):
        atoms = [(mpmath.mpf(-1), mpmath.mpf(3) / 10), (mpmath.mpf(7) / 5, mpmath.mpf(7) / 10)]
        w = mpmath.findroot(lambda w: mpmath.fsum(m / (w - t) ** 3 for t, m in atoms), (-0.1, 0.3), solver="anderson")
        return 1 / mpmath.fsum(m / (w - t) ** 2 for t, m in atoms)


def test_the_value_of_the_equations_of_the_transition():
    with mpmath.workdps(30):
        assert abs(critical_variance() - mpmath.mpf("1.525017115979637208711912")) < 1e-24


def test_one_cut_becomes_two():
    assert LAW.merging("v", (1, 2), n=1) == pytest.approx(float(critical_variance()), rel=1e-10)


def test_the_number_of_cuts_on_both_sides():
    critical = float(critical_variance())
    assert len(LAW.at(n=1, v=critical - 1e-3).support()) == 2
    assert len(LAW.at(n=1, v=critical + 1e-3).support()) == 1


def test_the_aspect_ratio_at_which_a_sample_covariance_splits():
    """Critical value of w + c w int t H(dt) / (w - t): c int t^2 / (w - t)^2 = 1 and int t^2 / (w - t)^3 = 0."""
    X, S = fp.gaussian(d, n), fp.population(d, fp.laws.atoms({1: "1/2", 8: "1/2"}))
    law = fp.spectrum(S**0.5 @ X @ X.T @ S**0.5 / n)
    root = (64 ** (1 / 3) * 1 + 8) / (64 ** (1 / 3) + 1)  # 1 / (w - 1)^3 = 64 / (8 - w)^3
    expected = 2 / (1 / (root - 1) ** 2 + 64 / (root - 8) ** 2)
    assert law.merging("d", (0.02, 0.9), n=1) == pytest.approx(expected, rel=1e-10)


def test_the_gap_closes_like_the_power_three_halves():
    critical = float(critical_variance())
    gaps = [np.diff(LAW.at(n=1, v=critical - e).edges())[1] for e in (0.04, 0.01)]
    assert gaps[0] / gaps[1] == pytest.approx(8, rel=0.1)


def test_no_transition_is_refused():
    with pytest.raises(fp.SolveError, match="1 intervals at both ends"):
        LAW.merging("v", (2, 3), n=1)
