"""A matrix that occurs only between a Haar matrix and its transpose is a rotated one."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.equivalents.haar_conjugation import haar_conjugation
from freeprob.equivalents.linear_equivalent import LinearEquivalent

n, d = fp.sizes("n d")
C, D = fp.diagonal(n, fp.laws.atoms({1: "1/2", 3: "1/2"})), fp.diagonal(n, fp.laws.uniform(0, 1))
R = fp.haar(n)
B = fp.rotated(n, fp.laws.uniform(0, 1))
TURNED = {
    "sum": (C + R @ D @ R.T, C + B),
    "other side": (C + R.T @ D @ R, C + B),
    "functions": (C + R @ D @ R.T + R @ D**2 @ R.T, C + B + B**2),
    "inverse": (fp.inv(C + R @ D @ R.T), fp.inv(C + B)),
    "product": (C @ R @ D @ R.T @ C, C @ B @ C),
}
KEPT = {
    "O elsewhere": C + R @ D @ R.T + R + R.T,
    "D elsewhere": D + R @ D @ R.T,
    "both sides": R @ D @ R.T + R.T @ C @ R,
}


def rules(matrix):
    return [step.rule for step in haar_conjugation(LinearEquivalent(matrix, {}, (), ()), {}, {}).steps]


@pytest.mark.parametrize("name", TURNED)
def test_the_law_is_that_with_a_rotated_matrix(name):
    turned, plain = TURNED[name]
    assert rules(turned) == ["haar_conjugation"]
    z = np.array([0.4 + 0.3j, 2.0 + 0.2j, -1.0 + 0.1j])
    assert np.allclose(fp.spectrum(turned).at(n=1).stieltjes(z), fp.spectrum(plain).at(n=1).stieltjes(z), atol=1e-12)


@pytest.mark.parametrize("name", KEPT)
def test_matrices_that_occur_elsewhere_stay(name):
    assert rules(KEPT[name]) == []


def test_the_inverse_of_a_sum_of_free_matrices():
    """Its eigenvalues are the inverses of those of the sum; the R-transforms are far from their means there."""
    edges = fp.spectrum(C + B).at(n=1).edges()
    assert fp.spectrum(fp.inv(C + B)).at(n=1).edges() == pytest.approx(1 / edges[::-1], abs=1e-9)
