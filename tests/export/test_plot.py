"""Figures are drawn without global state and saved identically."""

import sys

import numpy as np
import pytest

from freeprob.export.plot import INK, curve_figure, density_figure, save, svg_text

X = np.linspace(0.1, 3, 50)
SAMPLE = np.concatenate([np.zeros(100), np.random.default_rng(0).uniform(1, 2, 300)])


def density():
    return density_figure({"theory": (X, np.sqrt(X))}, SAMPLE, edges=(1, 2), atoms={0: 0.25})


def curve():
    points = {"theory": (X[::9], X[::9] ** 2, 0.1 + 0 * X[::9]), "other": (X[::9], X[::9])}
    return curve_figure({"theory": (X, X**2)}, points, x_label="ratio", log_y=True)


@pytest.mark.parametrize("draw", [density, curve])
@pytest.mark.parametrize("kind", ["png", "svg"])
def test_saved_files_are_identical(draw, kind, tmp_path):
    first, second = (save(draw(), tmp_path / f"{i}.{kind}").read_bytes() for i in range(2))
    assert first == second and len(first) > 2000


def test_no_state_is_left_behind():
    import matplotlib

    before = dict(matplotlib.rcParams)
    density()
    assert dict(matplotlib.rcParams) == before
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_bars_leave_out_the_atom_but_count_it():
    (axes,) = density().axes
    area = sum(bar.get_height() * bar.get_width() for bar in axes.patches)
    assert area == pytest.approx(0.75)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["theory", "edges", "atom", "simulation"]


@pytest.mark.parametrize("place", [3.0, 40.0])
def test_an_outlier_leaves_the_bars_of_the_bulk_narrow(place):
    """Bars have a width of the support over their number; what is far off is counted beside the axis."""
    x = np.linspace(0, 1, 50)
    values = np.append(np.linspace(0.001, 0.999, 500), place)
    figure = density_figure({"density": (x, np.ones(50))}, values, bins=20)
    (axes,) = figure.axes
    bars = [bar for bar in axes.patches if bar.get_height() > 0]
    assert {round(bar.get_width(), 12) for bar in bars} == {0.05}
    assert sum(bar.get_height() * bar.get_width() for bar in bars) == pytest.approx(500 / 501)
    assert max(bar.get_x() for bar in bars) < 1
    assert any("1 more" in text.get_text() for text in axes.texts)


def test_a_diverging_density_does_not_flatten_the_rest():
    x = np.linspace(1e-8, 4, 4000)
    (axes,) = density_figure({"theory": (x, np.sqrt((4 - x) / x) / (2 * np.pi))}).axes
    assert 0.5 < axes.get_ylim()[1] < 8


def test_points_take_the_colour_of_their_curve():
    (axes,) = curve().axes
    assert axes.lines[0].get_color() == axes.containers[0].lines[0].get_color()


def test_inline_svg_takes_the_ink_of_the_page():
    text = svg_text(density())
    assert text.startswith("<svg") and text.endswith("</svg>") and INK not in text and "currentColor" in text


def test_unknown_formats_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\.png, \.svg or \.pdf"):
        save(density(), tmp_path / "a.bmp")
