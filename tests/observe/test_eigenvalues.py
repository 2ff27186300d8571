"""Eigenvalues are read from arrays and files; what is no spectrum is refused."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.observe.eigenvalues import read_eigenvalues


@pytest.mark.parametrize("given", [[2, 1, 3], (2.0, 1.0, 3.0), np.array([[2], [1], [3]]), np.array([2, 1, 3], "f4")])
def test_values_are_sorted(given):
    assert read_eigenvalues(given).values.tolist() == [1.0, 2.0, 3.0]


def test_files(tmp_path):
    np.save(tmp_path / "a.npy", [2.0, 1.0])
    np.savetxt(tmp_path / "a.txt", [2.0, 1.0])
    np.savetxt(tmp_path / "one.txt", [2.0])
    for name in ("a.npy", "a.txt"):
        assert read_eigenvalues(tmp_path / name).values.tolist() == [1.0, 2.0]
        assert read_eigenvalues(str(tmp_path / name)).values.tolist() == [1.0, 2.0]
    assert len(read_eigenvalues(tmp_path / "one.txt")) == 1
    with pytest.raises(ValueError, match=r"\.npy or \.txt files, not 'a.csv'"):
        read_eigenvalues(tmp_path / "a.csv")
    with pytest.raises(FileNotFoundError):
        read_eigenvalues("missing.npy")


@pytest.mark.parametrize(
    "given, error, message",
    [
        ([], fp.ShapeError, "no eigenvalues"),
        (3.0, fp.ShapeError, "one dimension"),
        (np.eye(3), fp.ShapeError, "eigvalsh"),
        (np.ones((2, 2, 2)), fp.ShapeError, "one dimension"),
        ([1.0, np.nan, np.inf], ValueError, "2 of 3 eigenvalues"),
        ([1.0 + 1j], ValueError, "complex"),
        (["a"], ValueError, "real numbers"),
        ([None, 1.0], ValueError, "not a number"),
    ],
)
def test_refusals(given, error, message):
    with pytest.raises(error, match=message):
        read_eigenvalues(given)


def test_the_spread_ignores_an_atom():
    values = np.concatenate([np.zeros(900), np.linspace(1, 2, 101)])
    centre, half = read_eigenvalues(values).spread()
    assert centre == pytest.approx(1.5) and half == pytest.approx(0.45)


def test_rounding_follows_the_precision_of_the_input():
    single, double = (read_eigenvalues(np.array([1.0, 4.0], kind)).rounding for kind in ("f4", "f8"))
    assert single == pytest.approx(2**29 * double)
