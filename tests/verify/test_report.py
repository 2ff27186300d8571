"""Reports with figures."""

import numpy as np
import pytest

from freeprob.verify.report import write_report

from . import models


def test_a_law_with_figure_and_check(tmp_path):
    law = models.marchenko_pastur()
    values = {"n": 2, "d": 1}
    found = law.check(**values, quick=True, only=["residual"])
    path = law.report(tmp_path / "law.html", at=values, check=found)
    text = path.read_text()
    assert "one matrix with d = 300, n = 600" in text and "largest relative residual" in text
    assert text.count("<svg") >= 2 and 'class="graph"' in text and "<script" not in text


def test_a_limit_with_a_curve(tmp_path):
    tau = models.inverse_trace()
    path = write_report(tau, tmp_path / "tau.html", {"n": 1, "d": 1, "p": [0.5, 1, 2], "lambda_": 0.5})
    text = path.read_text()
    assert "Limit against p at n = 1, d = 1, lambda = 0.5" in text and "8 samples" in text


def test_without_values_there_are_no_figures(tmp_path):
    text = write_report(models.semicircle(), tmp_path / "law.html", {}).read_text()
    assert "Figures" not in text and "Checks" not in text


def test_arrays_where_none_can_be_drawn(tmp_path):
    with pytest.raises(ValueError, match="not arrays for d"):
        write_report(models.marchenko_pastur(), tmp_path / "law.html", {"n": 1, "d": np.array([1, 2])})


def test_a_law_draws_itself(tmp_path):
    figure = models.marchenko_pastur().at(n=1, d=2).plot(tmp_path / "law.png", title="Marchenko-Pastur")
    assert (tmp_path / "law.png").stat().st_size > 5000
    axes = figure.axes[0]
    x, y = axes.lines[0].get_data()
    assert np.all(np.isfinite(y)) and abs(np.trapezoid(y, x) - 0.5) < 1e-3
    assert any("atom 0.5" in text.get_text() for text in axes.texts)
