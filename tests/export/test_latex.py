"""The article compiles, without a line that sticks out."""

import re
import shutil
import subprocess

import pytest

import freeprob as fp
from freeprob.export.latex import document, fragment
from freeprob.export.words import latex_words, typeset

from .made_derivations import random_features, trace_of_resolvent


def three_residual_layers():
    """Averages of entries of an inverse matrix with more than ten columns."""
    x = h = fp.gaussian(n := fp.sizes("n"))
    for _ in range(3):
        h = h + fp.relu(fp.gaussian(n, n) @ h / fp.sqrt(n)) / 2
    J = fp.jacobian(h, x)
    return fp.spectrum(J.T @ J)


MADE = [random_features, trace_of_resolvent, three_residual_layers]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("made", MADE)
def test_the_article_compiles_without_overfull_lines(made, tmp_path):
    (tmp_path / "a.tex").write_text(document(made()), encoding="utf-8")
    for _ in range(2):
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stdout[-2000:]
    log = (tmp_path / "a.log").read_text(errors="replace")
    assert "Overfull" not in log and "Missing character" not in log and "undefined" not in log


def test_the_article_says_all():
    text = document(random_features())
    assert set(re.findall(r"\\usepackage(?:\[.*?\])?\{(.*?)\}", text)) == {
        "geometry", "amsmath,amssymb,graphicx", "hyperref"
    }  # fmt: skip
    for word in (
        "Model", "Conventions", "Step 1: Gaussian equivalence", "proved on the graph", "Core equations",
        "Linear response", "Meaning of the unknowns", "Physical solution", "Assumptions", r"\bibitem{BenigniPeche2021}",
        r"\cite[Theorem 1]{PenningtonWorah2017}", r"c_{\star} & = \sqrt", "tau_switch", r"Q & = \left(",
    ):  # fmt: skip
        assert (word in text) == (word != "tau_switch"), word


def test_the_fragment_is_legal_in_a_notebook():
    text = fragment(random_features())
    assert text.startswith("$$\\begin{aligned}") and text.endswith("\\end{aligned}$$")
    assert not re.search(r"align\*|resizebox|\\label|\\tag", text)
    assert text.count(r"\left") == text.count(r"\right")


@pytest.mark.parametrize(
    ("words", "source"),
    [
        ("a_b & 5 %", r"a\_b \& 5 \%"),
        ("lhs -> rhs", r"lhs \ensuremath{\to} rhs"),
        ("q⁻¹ Péché", r"q\ensuremath{^{-1}} Péché"),
        ("☃", "[snowman]"),
    ],
)
def test_plain_words(words, source):
    assert latex_words(words) == source


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("G_s^{-1} = A - eta(G)", "G_s⁻¹ = A - η(G)"),
        ("u^T M v -> N tr(M) delta_uv", "uᵀ M v → N tr(M) δ_uv"),
        ("the beta of a multi-pivot metaphor $\\eta^2$", "the β of a multi-pivot metaphor $\\eta^2$"),
    ],
)
def test_statements_are_typeset(statement, shown):
    assert typeset(statement) == shown


def test_titles_may_hold_formulas():
    assert r"\title{Random features: the spectrum of $K$ \& friends}" in document(random_features())


def test_a_formula_that_repeats_a_name_is_written_out():
    assert r"\Phi & = \operatorname{relu}" in document(random_features()), fp.__version__
