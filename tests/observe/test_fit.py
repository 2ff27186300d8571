"""Fits recover the values of a simulation within the errors that they state, and refuse what is not determined."""

import numpy as np
import pytest

import freeprob as fp

from .models import COVARIANCE, DEFORMED, MIXTURE, WIGNER, covariance, deformed, eigenvalues, mixture, n, s, wigner


def near(fit, truth, errors=1.0):
    """Whether all values are within a number of the errors stated."""
    return all(abs(fit.values[name] - value) <= errors * fit.errors[name] for name, value in truth.items())


@pytest.mark.parametrize("method", ["likelihood", "moments"])
def test_ratio_and_variance(method):
    values = eigenvalues(COVARIANCE, {"n": 600, "d": 300}, s=0.01)
    fit = covariance.fit(values, "d s", n=3, method=method, draws=12)
    # independent draws would give 6 % and 3 %; spectra are ten times better, and the simulated errors say so
    assert near(fit, {"d": 1.5, "s": 0.01}, 4)
    assert fit.errors["d"] < 0.02 * 1.5 and fit.errors["s"] < 0.01 * 0.01
    assert fit.comparison.agrees and fit.excluded == 0 and fit.draws == 12


@pytest.mark.slow
def test_errors_of_independent_draws_are_larger_and_right_for_them():
    law = covariance.at(n=2, d=1, s=1)
    fits = [covariance.fit(law.sample(100, seed), ["s"], n=2, d=1, start={"s": 1}) for seed in range(4)]
    scores = np.array([(fit.values["s"] - 1) / fit.errors["s"] for fit in fits])
    # chi-squared with 4 degrees of freedom is in this range but for 0.1 % on either side; spectra would give 0.04
    assert 0.09 < np.sum(scores**2) < 18.5


def test_weight_of_a_mixture():
    values = eigenvalues(MIXTURE, {"n": 900, "d": 300}, w=0.3)
    fit = mixture.fit(values, ["w"], n=3, d=1, start={"w": 0.5})
    assert near(fit, {"w": 0.3}, 0.5) and 0.01 < fit.errors["w"] < 0.06
    assert str(fit).splitlines()[2].startswith("  w = 0.")


def test_deformed_wigner():
    values = eigenvalues(DEFORMED, {"n": 300}, w=0.3, s=0.4)
    fit = deformed.fit(values, [s, "w"], n=1, start={"w": 0.5})
    assert near(fit, {"w": 0.3, "s": 0.4}, 0.5)


def test_outliers_do_not_move_the_fit():
    values = eigenvalues(COVARIANCE, {"n": 300, "d": 150}, s=1)
    clean = covariance.fit(values, "s", n=2, d=1, start={"s": 2})
    spiked = covariance.fit([*values, 5.0, 9.0, 40.0, 1e4], "s", n=2, d=1, start={"s": 2})
    assert spiked.excluded == 4 and [o.value for o in spiked.comparison.outliers] == [5.0, 9.0, 40.0, 1e4]
    assert spiked.values["s"] == pytest.approx(clean.values["s"], rel=1e-6)


def test_an_atom_at_zero():
    values = eigenvalues(COVARIANCE, {"n": 200, "d": 400}, s=2)
    fit = covariance.fit(values, "d, s", n=1, start={"d": 1, "s": 1})
    assert near(fit, {"d": 2.0, "s": 2.0}, 0.5) and fit.comparison.atoms[0.0][0] == 0.5


@pytest.mark.slow
def test_the_optimum_does_not_depend_on_the_start():
    values = eigenvalues(COVARIANCE, {"n": 200, "d": 100}, s=1)
    fits = [covariance.fit(values, "s", n=2, d=1, start=start) for start in ({"s": 0.05}, {"s": 30.0})]
    assert fits[0].values["s"] == pytest.approx(fits[1].values["s"], rel=1e-5)


def test_a_parameter_of_any_sign():
    shift = fp.parameters("shift", real=True)
    M = WIGNER + shift * fp.identity(n)
    fit = fp.spectrum(M).fit(eigenvalues(M, {"n": 200}, s=0.5, shift=-3.0), "shift", n=1, s=0.5)
    assert near(fit, {"shift": -3.0}, 0.5) and fit.errors["shift"] < 0.1


def test_bounds():
    values = eigenvalues(COVARIANCE, {"n": 400, "d": 200}, s=1)
    fit = covariance.fit(values, "s", n=2, d=1, bounds={"s": (1.2, 2.0)})
    assert fit.values["s"] == pytest.approx(1.2, abs=1e-4) and fit.errors == {} and "on its bound" in str(fit)
    for bounds, message in (({"s": (2, 1)}, "hold no value"), ({"s": (-2, -1)}, "hold no value")):
        with pytest.raises(ValueError, match=message):
            covariance.fit(values, "s", n=2, d=1, bounds=bounds)


def test_what_is_not_identified():
    values = eigenvalues(COVARIANCE, {"n": 200, "d": 100}, s=1)
    with pytest.raises(fp.NotIdentified, match=r"all sizes \(d, n\) are free.*n=1"):
        covariance.fit(values, "d n s")
    a, b = fp.parameters("a b", positive=True)
    both = fp.spectrum(a * b**2 * fp.wigner(n) / fp.sqrt(n))
    with pytest.raises(fp.NotIdentified, match=r"does not change along log a - 0.5 log b"):
        both.fit(values - 1, [a, b], n=1)
    with pytest.raises(fp.NotIdentified, match="does not depend on n: it drops out"):
        wigner.fit(values, "n", s=1)


@pytest.mark.parametrize(
    "options, error, message",
    [
        (dict(free="q", n=1), fp.MissingValue, "'q' is not a size or parameter"),
        (dict(free="s", n=1, s=2), fp.MissingValue, "free and has a value"),
        (dict(free=[], n=1, s=2), fp.MissingValue, "nothing is free"),
        (dict(free="s", n=1, bounds={"n": (1, 2)}), fp.MissingValue, "n, which is not free"),
        (dict(free="s", n=1, start={"n": 1}), fp.MissingValue, "n, which is not free"),
        (dict(free="s", n=1, start={"s": -1}), ValueError, "not a positive number"),
        (dict(free="s", n=1, method="magic"), ValueError, "likelihood, moments"),
        (dict(free="s", n=1, draws=-1), ValueError, "at least 0"),
    ],
)
def test_refusals(options, error, message):
    with pytest.raises(error, match=message):
        wigner.fit([0.1, 0.2, 0.3], **options)


def test_what_is_neither_free_nor_given():
    with pytest.raises(fp.MissingValue, match="no value for n"):
        covariance.fit([0.1, 0.2, 0.3], "s", d=1)


def test_no_law_at_any_start():
    with pytest.raises(fp.SolveError, match=r"no starting value of w gives a law.*negative"):
        mixture.fit([1.0, 2.0, 3.0], "w", n=1, d=0.5, bounds={"w": (2, 3)})


def test_scipy_is_not_loaded_by_deriving():
    import subprocess
    import sys

    code = (
        "import sys, freeprob as fp; n = fp.sizes('n'); fp.spectrum(fp.wigner(n) / fp.sqrt(n)).compare([0.1], n=1); "
        "print('scipy.optimize' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
