"""Right derivations pass, wrong ones fail, and the report says why."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.errors import MissingValue, UnsupportedModel
from freeprob.verify.check import check
from freeprob.verify.check_report import CheckLine, CheckReport
from freeprob.verify.checks.branch import branch
from freeprob.verify.checks.outliers import outliers
from freeprob.verify.checks.residual import residual
from freeprob.verify.registry import CHECKS
from freeprob.verify.subject import Options, Subject

from . import models

RATIOS = {"n": 1, "d": 0.8, "p": 1.6}
LEARNING = {"n": 1, "d": 0.7, "p": 1.6, "lambda_": 0.05, "sigma": 0.3}
SPECTRAL = {"residual", "routes", "branch", "precision", "mass", "moments", "algebraic", "certificate", "simulation"}


def test_a_right_law_passes_every_check():
    report = models.marchenko_pastur().check(n=1, d=2, quick=True)
    assert report.verdict == "passed" and {line.name for line in report.lines} == SPECTRAL == set(CHECKS) - {
        "outliers",
        "contours",
    }
    assert report["mass"].detail.count("0.5 at 0") == 1
    assert all(line.verdict == "passed" for line in report.lines)
    text = str(report)
    assert text.endswith("Verdict: passed") and max(map(len, text.splitlines())) <= 120


def test_a_continuous_population_passes_with_its_quadrature():
    law = models.generalised_marchenko_pastur(fp.laws.uniform(1, 2))
    report = law.check(n=2, d=1, quick=True)
    assert report.passed and report["algebraic"].verdict == "skipped"
    assert report["precision"].data["quadrature_digits"] > 9
    assert "quadrature rule is taken for granted" in report["certificate"].detail


def test_random_features_pass_with_an_outlier():
    report = models.random_features().check(**RATIOS, quick=True, skip=["mass", "moments", "algebraic"])
    assert report.passed
    assert report["simulation"].data["outliers"] == (1.0, 1.0)


def test_coefficients_that_depend_on_the_neuron_pass():
    n, d, p = fp.sizes("n d p")
    shifted = fp.tanh((fp.gaussian(p, d) @ fp.gaussian(d, n)) / fp.sqrt(d) + fp.gaussian(p) @ fp.ones(n).T)
    report = fp.spectrum(shifted.T @ shifted / p).check(**RATIOS, quick=True, only=["residual", "branch"])
    assert report.passed


def test_a_number_passes():
    report = models.inverse_trace().check(n=1, d=0.7, p=1.6, lambda_=0.1, quick=True)
    assert report.verdict == "passed" and report["algebraic"].data["degree"] == 4
    assert report["certificate"].data["certified"] == 1


def test_a_closed_form_passes():
    """Numbers without equations, one of them without sizes, and a parameter called like the variable of a law."""
    n, d = fp.sizes("n d")
    t = fp.parameters("t", positive=True)
    X = fp.gaussian(d, n)
    report = fp.limit(t * fp.tr(X @ X.T @ X @ X.T) / n**2).check(n=2, d=1, t=0.7, quick=True)
    assert report.passed and report["residual"].verdict == "skipped" and report["simulation"].verdict == "passed"
    assert fp.limit(fp.tr(fp.inv(2 * fp.identity(d)))).check(quick=True).passed
    S = fp.population(d, fp.laws.atoms({1: 0.5, 2: 0.5}))
    assert fp.limit(fp.tr(fp.inv(S + t * fp.identity(d)))).check(t=0.7, quick=True)["residual"].verdict == "passed"


def test_a_test_error_passes():
    report = models.risk().check(**LEARNING, quick=True)
    assert report.passed and report["simulation"].data["z"] < 4


def test_a_size_may_be_called_like_the_answer_and_weights_may_be_decimals():
    d, n, m = fp.sizes("d n m")
    X, V = fp.gaussian(d, n), fp.gaussian(d, m)
    S = fp.population(d, fp.laws.atoms({0.3: 0.4, 2: 0.6}))
    inverse = fp.limit(fp.tr(fp.inv(S + X @ X.T / n + V @ V.T / m)))
    line = inverse.check(n=1.3, d=1, m=3.2, quick=True)["algebraic"]
    assert line.verdict == "passed", line.detail


@pytest.mark.parametrize("index", [0, 1])
def test_a_coefficient_off_by_ten_percent_fails(index):
    wrong = models.spoiled_coefficient(models.random_features(), index)
    report = wrong.check(**RATIOS, quick=True, only=["residual", "branch", "simulation"])
    assert report["residual"].verdict == report["branch"].verdict == "passed"  # only the model itself can tell
    assert report["simulation"].verdict == "failed" and report.verdict == "failed"


def test_a_coefficient_of_a_test_error_off_by_ten_percent_fails():
    wrong = models.spoiled_coefficient(models.risk(), 0)
    report = wrong.check(**LEARNING, only=["simulation"], size=200, replicates=60)
    assert not report.passed and "is explained by noise and finite size" in report["simulation"].detail


def test_a_dropped_term_fails():
    law = models.random_features()
    wrong = models.dropped_term(law, component=0, row=1, term=2)
    assert str(wrong.system.equations) != str(law.system.equations)
    assert not wrong.check(**RATIOS, quick=True, only=["simulation", "branch", "moments"]).passed


def test_another_root_fails_the_branch_but_not_the_residual():
    subject = Subject(models.semicircle(), {"n": 1}, Options(quick=True))
    m = subject.unknowns
    subject.unknowns = -subject.points - m
    assert residual(subject).verdict == "passed"
    assert branch(subject).verdict == "failed"


def test_a_number_that_is_no_solution_fails_the_residual():
    subject = Subject(models.semicircle(), {"n": 1}, Options(quick=True))
    subject.unknowns = subject.unknowns * (1 + 1e-6)
    assert residual(subject).verdict == "failed"


def test_reports_are_reproducible_and_depend_on_the_seed():
    law = models.marchenko_pastur()
    first, again, other = (
        law.check(n=2, d=1, quick=True, only=["simulation"], replicates=3, seed=seed) for seed in (0, 0, 1)
    )
    assert str(first) == str(again) != str(other)


def test_inexact_ratios_are_simulated_at_their_own_limit():
    report = models.marchenko_pastur().check(n=1, d=0.51234567, quick=True, only=["simulation"])
    assert report.passed and "d = 82, n = 160" in report["simulation"].detail


def test_a_limit_of_a_parameter_is_no_solution():
    with pytest.raises(UnsupportedModel, match=r"check: at lambda = 0 the number is a limit.*small positive lambda"):
        models.risk().check(**{**LEARNING, "lambda_": 0}, quick=True)


def test_options_are_checked():
    with pytest.raises(ValueError, match="no check is named tea"):
        check(models.semicircle(), n=1, only=["tea"])
    with pytest.raises(MissingValue):
        models.marchenko_pastur().check(n=1, quick=True)


def test_a_report_knows_its_verdict():
    def line(verdict):
        return CheckLine("one", verdict, "why")

    verdicts = [
        CheckReport("law", "", tuple(map(line, words))).verdict
        for words in (["passed"], ["passed", "skipped"], ["passed", "remark"], ["passed", "failed"], ["skipped"])
    ]
    assert verdicts == ["passed", "passed", "passed with remarks", "failed", "failed"]
    report = CheckReport("law", "n = 1", (line("passed"), line("remark")))
    assert "passed with remarks (remark: one)" in str(report) and "<table>" in report._repr_html_()
    assert next(tuple(row) for row in report.lines) == ("one", "passed", "why")
    with pytest.raises(KeyError, match="no check is named"):
        report["other"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "make, values",
    [
        (models.random_features, RATIOS),
        (models.risk, LEARNING),
        (models.inverse_trace, {k: v for k, v in LEARNING.items() if k != "sigma"}),
    ],
)
def test_full_checks(make, values):
    right = make()
    assert right.check(**values).passed
    for index in range(len(right.system.coefficients)):
        for factor in (0.9, 1.1):
            wrong = models.spoiled_coefficient(right, index, factor)
            assert not wrong.check(**values, only=["simulation"]).passed


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_right_derivations_do_not_fail_by_chance(seed):
    for law, values in (
        (models.random_features(), RATIOS),
        (models.two_layers(), {"n": 1, "d": 1, "p": 1, "q": 2}),
        (models.anticommutator(), {"n": 1}),
    ):
        report = law.check(**values, seed=seed, quick=True, only=["simulation"])
        assert report.passed and np.max(report["simulation"].data["z"]) < 4.5


def test_outliers_are_compared_with_samples():
    n, theta = fp.sizes("n"), fp.parameters("theta", positive=True)
    v = fp.gaussian(n)
    law = fp.spectrum(fp.wigner(n) / fp.sqrt(n) + theta * v @ v.T / n)
    options = Options(quick=True, size=100, replicates=12)
    right = Subject(law, {"n": 1, "theta": 2}, options)
    assert outliers(right).verdict == "passed"
    wrong = Subject(law, {"n": 1, "theta": 2}, options)
    wrong.bound = law.at(n=1, theta=2.6)
    line = outliers(wrong)
    assert line.verdict == "failed" and "Wrong: outlier 2.98462" in line.detail
    below = Subject(law, {"n": 1, "theta": 2}, options)
    below.bound = law.at(n=1, theta=0.5)
    assert "further eigenvalues on average lie outside the bulk" in outliers(below).detail
    assert not CHECKS["outliers"].applies(fp.spectrum(fp.wigner(n) / fp.sqrt(n)))


def test_fluctuations_of_the_rank_are_not_a_failure():
    """The number of active relu neurons fluctuates by sqrt(n): 24 matrices do not show that the distance shrinks."""
    n = fp.sizes("n")
    x = y = fp.gaussian(n)
    for _ in range(3):
        y = fp.relu(fp.gaussian(n, n) @ y / fp.sqrt(n))
    J = fp.jacobian(y, x)
    law = fp.spectrum(J.T @ J, via="scalar")
    for seed in range(4):
        (line,) = law.check(n=1, quick=True, only=["simulation"], seed=seed).lines
        assert line.verdict in ("passed", "remark"), line.detail
