"""Finite-rank parts are moved out of products: an identity, in which the bulk is seen as it would be alone."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.equivalents.finite_rank import without_vectors
from freeprob.equivalents.separated import separated
from freeprob.language.expression import walk
from freeprob.language.nodes import Sum

N, D = fp.sizes("n d")
X, H = fp.gaussian(D, N), fp.wigner(D)
u, v, g = fp.gaussian(D), fp.gaussian(D), fp.gaussian(N)
P = fp.identity(D) + 2 * v @ v.T / D
Y = X + u @ g.T / fp.sqrt(D)
MATRICES = {
    "spiked covariance": P @ X @ X.T @ P / N,
    "signal plus noise": Y @ Y.T / N,
    "both": P @ Y @ Y.T @ P / N,
    "vectors made of matrices": H / fp.sqrt(D) + (X @ g + u * fp.sqrt(N)) @ (X @ g + u * fp.sqrt(N)).T / N**2,
    "inside an inverse": P @ fp.inv(Y @ Y.T / N + fp.identity(D)) @ P,
    "inside a block": fp.block([[P @ P, Y / fp.sqrt(N)], [Y.T / fp.sqrt(N), fp.identity(N)]]),
    "without vectors": X @ X.T / N,
}
SIZES = {"n": 9, "d": 7}


@pytest.mark.parametrize("name", MATRICES)
def test_nothing_changes(name):
    before = MATRICES[name]
    np.testing.assert_allclose(separated(before).simulate(SIZES, seed=3), before.simulate(SIZES, seed=3), rtol=1e-10)


@pytest.mark.parametrize("name", ["spiked covariance", "signal plus noise", "both"])
def test_the_bulk_is_a_term(name):
    after, bulk = separated(MATRICES[name]), without_vectors(MATRICES[name])
    assert isinstance(after, Sum) and {part for part, _ in bulk.terms()} <= {part for part, _ in after.terms()}


def test_a_matrix_without_vectors_stays():
    assert separated(X @ X.T / N) is X @ X.T / N
    assert not any(node is v for node in walk(without_vectors(MATRICES["both"])))
