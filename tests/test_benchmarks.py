"""The benchmarks run; their times are nobody's business here."""

import sys

import pytest

from benchmarks.__main__ import TOPICS, main
from benchmarks.exact_laws import ExactLaw
from benchmarks.peer_cases import CASES


def test_quick_mode_prints_a_table_for_each_topic(capsys, monkeypatch):
    monkeypatch.setattr("benchmarks.peers.PYTHON", sys.executable)
    monkeypatch.delenv("FREEPROB_FREECONVOLUTIONCODE", raising=False)
    main(["--quick"])
    out = capsys.readouterr().out
    assert out.count("## ") == len(TOPICS)
    assert "written NumPy solver" in out
    assert "nan" not in out
    assert "freeprob, fp.free" in out
    assert "[1] " in out, "a peer that is absent says why"


def test_an_unknown_topic_is_named(capsys):
    with pytest.raises(SystemExit):
        main(["densities"])
    assert "no topic densities; there are startup," in capsys.readouterr().err


def test_an_exact_law_checks_its_mass():
    with pytest.raises(ValueError, match="the mass is"):
        ExactLaw(lambda x: 2, (0, 1))


@pytest.mark.parametrize("name", ["two_cuts", "product", "two_projections", "projection_corner", "power"])
def test_exact_laws_agree_with_the_convolution(name):
    case = CASES[name]
    exact, law = case.exact(), case.convolution()
    assert law.edges() == pytest.approx([float(edge) for edge in exact.edges], abs=1e-12)
    assert [float(moment) for moment in law.moments(4)] == pytest.approx(exact.moments()[1:], abs=1e-12)
