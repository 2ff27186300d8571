"""Heat maps: places of cells, scales, infinite values, refusals."""

import numpy as np
import pytest
from matplotlib.colors import LogNorm

from freeprob.export.heat_map import heat_map
from freeprob.export.plot import save

X, Y = np.array([1.0, 2, 3, 4]), np.array([0.01, 0.1, 1])
TABLE = X + Y[:, None]


def mesh(figure):
    return figure.axes[0].collections[0]


def test_cells_lie_around_their_values():
    figure = heat_map(X, Y, TABLE, x_label="p", y_label="lambda", label="risk", title="a title")
    corners = mesh(figure).get_coordinates()
    assert corners.shape == (4, 5, 2)
    assert np.allclose(corners[0, :, 0], [0.5, 1.5, 2.5, 3.5, 4.5])
    assert np.allclose(corners[:, 0, 1], 10.0 ** np.array([-2.5, -1.5, -0.5, 0.5])), "the axis is logarithmic"
    assert np.allclose(mesh(figure).get_array(), TABLE)
    axes, bar = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("p", "lambda", "a title")
    assert bar.get_ylabel() == "risk"


def test_infinite_values_do_not_set_the_scale():
    table = TABLE.copy()
    table[1, 2] = np.inf
    shown = mesh(heat_map(X, Y, table))
    assert shown.get_array().mask.sum() == 1 and shown.norm.vmax == TABLE.max()


def test_colours_are_logarithmic_where_values_spread():
    assert isinstance(mesh(heat_map(X, Y, np.exp(2 * TABLE))).norm, LogNorm)
    assert not isinstance(mesh(heat_map(X, Y, np.exp(2 * TABLE), log=False)).norm, LogNorm)
    assert not isinstance(mesh(heat_map(X, Y, TABLE)).norm, LogNorm)


def test_files_are_identical(tmp_path):
    files = [save(heat_map(X, Y, TABLE), tmp_path / f"{k}.png").read_bytes() for k in range(2)]
    assert files[0] == files[1]


@pytest.mark.parametrize(
    ("x", "y", "table", "message"),
    [
        (X, Y, TABLE.T, "a table of shape"),
        (X[::-1], Y, TABLE, "the axis x must have"),
        (X, Y[:1], TABLE[:1], "the axis y must have"),
        (X, Y, TABLE * np.nan, "needs numbers"),
        (X, Y, TABLE * np.inf, "needs numbers"),
    ],
)
def test_refusals(x, y, table, message):
    with pytest.raises(ValueError, match=message):
        heat_map(x, y, table)
