"""Critical values of parameters at which outliers leave the bulk."""

import pytest

import freeprob as fp
from freeprob.errors import MissingValue, SolveError, UnsupportedModel

N, D = fp.sizes("n d")
THETA = fp.parameters("theta", positive=True)
X, H, v, g = fp.gaussian(D, N), fp.wigner(D), fp.gaussian(D), fp.gaussian(N)
BULK = fp.parameters("sigma", positive=True) * H / fp.sqrt(D)
WIGNER = fp.spectrum(BULK + THETA * v @ v.T / D)


def test_both_sides_of_a_signed_spike():
    t = fp.parameters("t")
    law = fp.spectrum(BULK + t * v @ v.T / D)
    assert law.threshold("t", d=1, sigma=0.7) == pytest.approx(0.7, rel=1e-12)
    assert law.threshold("t", "left", d=1, sigma=0.7) == pytest.approx(-0.7, rel=1e-12)


def test_a_parameter_that_moves_the_edge():
    """The outlier at theta leaves the bulk where sigma = theta."""
    assert WIGNER.threshold("sigma", d=1, theta=1.3, bracket=(0.5, 3)) == pytest.approx(1.3, rel=1e-9)


def test_two_equal_spikes_have_one_threshold():
    w = fp.gaussian(D)
    law = fp.spectrum(BULK + THETA * v @ v.T / D + THETA * w @ w.T / D)
    assert law.threshold("theta", d=1, sigma=1) == pytest.approx(1.0, rel=1e-10)


def test_no_threshold():
    with pytest.raises(SolveError, match=r"no value of theta between .* puts an outlier at the left edge"):
        WIGNER.threshold("theta", "left", d=1, sigma=1)
    with pytest.raises(SolveError, match="no value of theta between 2 and 5"):
        WIGNER.threshold("theta", d=1, sigma=1, bracket=(2, 5))


def test_a_hard_edge_has_none():
    law = fp.spectrum(X @ X.T / N + THETA * v @ v.T / D)
    with pytest.raises(SolveError, match="edge 0 of the bulk is hard"):
        law.threshold("theta", "left", n=1, d=1)


def test_wrong_questions():
    with pytest.raises(UnsupportedModel, match="no finite-rank part"):
        fp.spectrum(BULK).threshold("sigma", d=1)
    with pytest.raises(MissingValue, match="'tau' is not a size or parameter"):
        fp.spectrum(BULK + THETA * v @ v.T / D).threshold("tau", d=1, sigma=1, theta=2)
    with pytest.raises(ValueError, match="'left' or 'right'"):
        WIGNER.threshold("theta", "top", d=1, sigma=1)
