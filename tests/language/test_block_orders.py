"""Blocks that vanish next to others."""

import pytest

import freeprob as fp
from freeprob.language.block_orders import refuse_vanishing_blocks

n, d = fp.sizes("n d")
X, H = fp.gaussian(d, n), fp.wigner(n) / fp.sqrt(n)


def test_blocks_that_vanish_are_refused():
    B = X.T @ X / d**2
    with pytest.raises(fp.ScalingError, match=r"of order N\^\(-1\) but .* of order N\^\(0\), so the first vanishes"):
        fp.spectrum(fp.block([[H, B], [B, H]]))


@pytest.mark.parametrize(
    "matrix",
    [
        fp.block([[H, 0], [0, 2 * H]]),
        fp.block([[H, fp.gaussian(n)], [fp.gaussian(n).T, fp.zeros(1, 1)]]),
        fp.block([[fp.identity(n), X.T]]) @ fp.block([[H], [X / d]]),
    ],
)
def test_blocks_of_one_order_vectors_and_factors_are_not(matrix):
    refuse_vanishing_blocks(matrix)
