"""Correlated matrices: the covariance of entries is the one asked for."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.errors import ShapeError, UnsupportedModel
from freeprob.language.expression import walk
from freeprob.language.nodes import Leaf, Zero

n, p = fp.sizes("n p")
rho, s = fp.parameters("rho"), fp.parameters("s", positive=True)


def _covariance(made):
    """Return the table of covariances from the coefficients of the independent letters."""
    letters = sorted({leaf for e in made for leaf in walk(e) if isinstance(leaf, Leaf)}, key=lambda leaf: leaf.index)
    rows = [dict(e.terms()) for e in made]
    return [[sympy.expand(sum(a.get(z, 0) * b.get(z, 0) for z in letters)) for b in rows] for a in rows]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_the_table_is_reproduced(count, rank, data):
    cells = st.integers(-3, 3)
    root = sympy.Matrix(count, rank, data.draw(st.lists(cells, min_size=count * rank, max_size=count * rank)))
    table = (root * root.T).tolist()
    made = fp.correlated(table, p, n)
    assert [[c.equals(t) for c, t in zip(*rows)] for rows in zip(_covariance(made), table)] == [[True] * count] * count
    assert all(e.shape == (p, n) for e in made)


def test_symbols():
    assert _covariance(fp.correlated([[1, rho], [rho, 1]], p, n)) == [[1, rho], [rho, 1]]
    assert _covariance(fp.correlated([[s, 1], [1, 1 / s]], p, n)) == [[s, 1], [1, 1 / s]]


def test_a_matrix_without_variance_is_zero():
    X, Y = fp.correlated([[0, 0], [0, 2]], p, n)
    assert isinstance(X, Zero) and not isinstance(Y, Zero)


def test_wigner_matrices_and_vectors():
    X, Y = fp.correlated([[1, sympy.Rational(1, 2)], [sympy.Rational(1, 2), 1]], n, kind="wigner")
    assert Y.T is Y and X.T is X and X.shape == (n, n)
    x, y = fp.correlated([[2, 1], [1, 2]], n)
    assert x.shape == y.shape == (n, 1)
    limit = fp.limit(x.T @ y / n)
    assert float(limit.at(n=1)) == pytest.approx(1, abs=1e-12)


def test_samples():
    made = fp.correlated([[1, rho], [rho, 2]], p, n)
    x, y = (e.simulate({"p": 300, "n": 300}, {"rho": -0.6}, seed=2) for e in made)
    moments = np.array([x.var(), (x * y).mean(), y.var()])
    assert np.abs(moments - [1, -0.6, 2]).max() < 5 * 3 / 300  # standard errors are at most 2 sqrt(2) / 300


def test_the_published_block_matrix():
    """Equal diagonal blocks S, correlated off-diagonal ones: the sum of two correlated semicircles is a semicircle."""
    X, Y = fp.correlated([[1, rho], [rho, 1]], n, kind="wigner")
    edges = fp.spectrum((X + Y) / fp.sqrt(n)).at(n=1, rho=0.28).edges()
    assert edges == pytest.approx(np.array([-2, 2]) * np.sqrt(2 + 2 * 0.28), rel=1e-12)


@pytest.mark.parametrize(
    ("table", "error", "message"),
    [
        ([[1, 2], [2, 1]], UnsupportedModel, "leading minor of size 2 is negative"),
        ([[0, 1], [1, 1]], UnsupportedModel, "matrix 0 has no variance left"),
        ([[1, 1, 0], [1, 1, 1], [0, 1, 1]], UnsupportedModel, "matrix 1 has no variance left"),
        ([[1, 2]], ShapeError, "square table"),
        ([], ShapeError, "square table"),
        ([[1, 0], [rho, 1]], ShapeError, "a covariance is symmetric"),
    ],
)
def test_no_covariance(table, error, message):
    with pytest.raises(error, match=message):
        fp.correlated(table, p, n)


def test_other_refusals():
    with pytest.raises(ShapeError, match="Wigner matrices are square"):
        fp.correlated([[1]], n, p, kind="wigner")
    with pytest.raises(ValueError, match="kind must be"):
        fp.correlated([[1]], n, kind="haar")
    with pytest.raises(ValueError, match="1 matrices need 1 names"):
        fp.correlated([[1]], n, names=("A", "B"))
