"""Two derivations of one law: by a linear pencil, and by R- and S-transforms."""

import copy
from dataclasses import replace

import numpy as np
import pytest

import freeprob as fp
from freeprob.algebra.symbols import TAU
from freeprob.equations.scalar.assembly import ScalarAssembly
from freeprob.verify.checks.routes import routes
from freeprob.verify.subject import Options, Subject

from .models import MODELS, D, P, R, X, n, values


@pytest.mark.parametrize("name", MODELS)
def test_both_routes_give_the_same_transform_and_moments(name):
    pencil = fp.spectrum(MODELS[name])
    scalar = pencil.via("scalar")
    assert isinstance(scalar.assembly, ScalarAssembly) and scalar.route == "scalar"
    first, second = pencil.at(**values(pencil)), scalar.at(**values(scalar))
    x = first.anchor.mean + first.anchor.width * np.linspace(-2.6, 2.9, 9)
    z = np.concatenate([x + 1e-3j * first.anchor.width, x + 1j])
    assert np.abs(first.stieltjes(z) / second.stieltjes(z) - 1).max() < 1e-10
    if "inverse" not in name:
        assert first.moments(4) == pytest.approx(second.moments(4), rel=1e-12)


@pytest.mark.parametrize("name", ["covariance", "two factors", "sum with Wigner"])
def test_both_routes_have_the_same_polynomial(name):
    law = fp.spectrum(MODELS[name])
    assert (law.polynomial() - law.via("scalar").polynomial()).expand() == 0


def test_documents_solvers_and_checks_work_on_the_scalar_route(tmp_path):
    law = fp.spectrum(MODELS["population"], via="scalar")
    at = values(law)
    assert r"\begin{document}" in law.latex() and "free product" in law.latex()
    assert law.write_solver(tmp_path / "solver.py").exists()
    report = law.check(**at, quick=True)
    assert report.verdict == "passed" and report["routes"].data["route"] == "pencil"
    assert [step.rule for step in law.steps] == [
        *("model", "scaling", "free_product", "spectral_law", "gaussian_sandwich", "stieltjes_transform")
    ]


def test_a_wrong_equation_is_seen_by_the_other_route():
    law = fp.spectrum(MODELS["sum with Wigner"])
    wrong = copy.copy(law)
    (core,) = law.system.components
    spoiled = replace(core, right=(core.right[0].subs(TAU, TAU * 1.01),))
    wrong.__dict__.pop("program", None)
    wrong.assembly = replace(law.assembly, system=replace(law.system, components=(spoiled,)))
    subject = Subject(wrong, values(law), Options(quick=True))
    assert routes(subject).verdict == "failed"


def test_a_model_of_one_route_only_is_skipped():
    H = fp.wigner(fp.sizes("n"))
    K = fp.wigner(fp.sizes("n"))
    law = fp.spectrum((H @ K + K @ H) / fp.sizes("n"))
    line = law.check(n=1, quick=True, only=["routes", "residual"])["routes"]
    assert line.verdict == "skipped" and "is not self-adjoint" in line.detail


def test_diagonal_matrices_in_different_bases_agree_with_samples():
    """The pencil refuses two diagonal matrices on one space; a rotation between them is seen by the scalar rules."""
    matrix = D + R @ P @ R.T + X @ X.T / n
    law = fp.spectrum(matrix, via="scalar").at(n=2, d=1)
    samples = [np.linalg.eigvalsh(matrix.simulate({"n": 600, "d": 300}, seed=k)) for k in range(6)]
    for k in (1, 2, 3):
        values = [np.mean(sample**k) for sample in samples]
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        assert abs(np.mean(values) - float(law.moments(3)[k - 1])) < 5 * error + 2 / 300 * np.mean(values)


def test_an_unknown_route_is_refused():
    with pytest.raises(ValueError, match="there is no route 'matrix'"):
        fp.spectrum(MODELS["covariance"], via="matrix")
