"""Block variance profiles: variances of samples, symmetry, zero blocks, refusals."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.errors import ScalingError, ShapeError, UnsupportedModel
from freeprob.language.nodes import Zero

a, b, n, m = fp.sizes("a b n m")
s = fp.parameters("s", positive=True)
SIZES = {"a": 120, "b": 200, "n": 160, "m": 90}


def test_variances_of_the_blocks():
    Y = fp.variance_profile([a, b], [n, m], variances=[[1, 4], [0, s]])
    value = Y.simulate(SIZES, {"s": 9}, seed=1)
    blocks = [[value[:120, :160], value[:120, 160:]], [value[120:, :160], value[120:, 160:]]]
    found = np.array([[block.var() for block in row] for row in blocks])
    assert np.abs(found / [[1, 4], [1, 9]] - [[1, 1], [0, 1]]).max() < 6 * np.sqrt(2 / (120 * 90))
    assert isinstance(Y.grid[1][0], Zero) and Y.shape == (a + b, m + n)


def test_a_symmetric_profile():
    H = fp.variance_profile([a, b], variances=[[1, 4], [4, 0]])
    value = H.simulate(SIZES, seed=1)
    assert H.T is H and np.array_equal(value, value.T) and not value[120:, 120:].any()
    assert abs(value[:120, 120:].var() / 4 - 1) < 6 * np.sqrt(2 / (120 * 200))


def test_equal_variances_make_a_semicircle():
    H = fp.variance_profile([a, b], variances=[[s, s], [s, s]])
    edges = fp.spectrum(H / fp.sqrt(a + b)).at(a=1, b=0.3, s=4).edges()
    assert edges == pytest.approx([-4, 4], rel=1e-12)


def test_a_bipartite_graph():
    """Only off-diagonal blocks: eigenvalues are plus and minus the singular values of a Gaussian matrix."""
    law = fp.spectrum(fp.variance_profile([a, b], variances=[[0, 1], [1, 0]]) / fp.sqrt(b)).at(a=0.25, b=1)
    assert law.atoms() == pytest.approx({0.0: 0.6}, abs=1e-9)
    assert law.edges() == pytest.approx([-1.5, -0.5, 0.5, 1.5], rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "variances", "error", "message"),
    [
        (([a, b], [n]), [[1]], ShapeError, "needs 2 rows of 1 entries"),
        (([a], [n, m]), [[1]], ShapeError, "needs 1 rows of 2 entries"),
        (([a], [n]), [[-1]], UnsupportedModel, "is negative"),
        (([a], [n]), [[n]], ScalingError, "holds a size"),
        (([a, b],), [[1, 2], [3, 1]], ShapeError, "equal variances of blocks"),
    ],
)
def test_refusals(arguments, variances, error, message):
    with pytest.raises(error, match=message):
        fp.variance_profile(*arguments, variances=variances)
