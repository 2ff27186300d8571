"""Grids of values: shapes, points, refusals."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.program.grid import Grid


def test_points_are_in_c_order_and_keep_exact_values():
    half = fp.laws.atoms({1: 1})
    grid = Grid({"n": 1, "p": np.array([[1.0], [2.0]]), "d": [0.5, 0.7, 0.9], "H": half})
    assert grid.shape == (2, 3) and grid.count == 6 and grid.swept == {"p", "d"}
    assert [grid.point(k)["p"] for k in range(6)] == [1, 1, 1, 2, 2, 2]
    assert grid.point(4) == {"n": 1, "p": 2.0, "d": 0.7, "H": half}
    assert grid.column("d").tolist() == [0.5, 0.7, 0.9] * 2 and grid.column("n").tolist() == [1.0] * 6
    assert [grid.subset(np.array([5, 0])).point(k)["d"] for k in (0, 1)] == [0.9, 0.5]


def test_numbers_alone_are_one_point():
    assert Grid({"n": 1}).shape == () and Grid({"n": 1}).count == 1 and Grid({"n": []}).count == 0


def test_refusals():
    with pytest.raises(fp.ShapeError, match=r"p: \(2,\), d: \(3,\)"):
        Grid({"p": [1, 2], "d": [1, 2, 3]})
    with pytest.raises(fp.MissingValue, match="array of laws"):
        Grid({"H": [fp.laws.atoms({1: 1}), fp.laws.uniform(0, 1)]})
    with pytest.raises(fp.MissingValue, match="p does not hold real numbers"):
        Grid({"p": ["a", "b"]})
