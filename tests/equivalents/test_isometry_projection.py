"""V V^T -> P: its form, the laws against the compression in the small space, and where it does not apply."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.language.expression import walk

n, k, m = fp.sizes("n k m")
V, U = fp.haar(n, k), fp.haar(n, m)
A, B = fp.rotated(n, fp.laws.atoms({1: "1/2", 3: "1/2"})), fp.rotated(n, fp.laws.uniform(0, 1))
RULE = "isometry_projection"


def rules(law):
    return [step.rule for step in law.steps]


@pytest.mark.parametrize("matrix", [A, B], ids=["atoms", "uniform"])
def test_a_compression_and_an_atom_at_zero(matrix):
    """V V^T A V V^T has the eigenvalues of V^T A V, and n - k zeros."""
    large = fp.spectrum(V @ V.T @ matrix @ V @ V.T)
    small = fp.spectrum(V.T @ matrix @ V, via="scalar").at(n=1, k=0.4)
    law = large.at(n=1, k=0.4)
    z = np.array([0.5 + 0.3j, -1.0, 2.0 + 0.01j])
    np.testing.assert_allclose(law.stieltjes(z), 0.4 * small.stieltjes(z) - 0.6 / z, rtol=1e-10)
    np.testing.assert_allclose(law.edges(), small.edges(), rtol=1e-9)
    assert law.atoms() == pytest.approx({0.0: 0.6})
    assert rules(large).count(RULE) == 1


def test_two_isometries():
    law = fp.spectrum(V @ V.T + U @ U.T)
    by_transforms = fp.spectrum(V @ V.T + U @ U.T, via="scalar").at(n=1, k=0.37, m=0.52)
    z = np.array([0.5 + 0.3j, 1.2 + 0.1j])
    np.testing.assert_allclose(law.at(n=1, k=0.37, m=0.52).stieltjes(z), by_transforms.stieltjes(z), rtol=1e-10)
    assert rules(law).count(RULE) == 2


def test_numbers():
    identity = fp.identity(n)
    value = fp.limit(fp.tr(fp.inv(V @ V.T + identity)))
    assert float(value.at(n=1, k=0.4)) == pytest.approx(0.8, rel=1e-13)
    assert rules(value).count(RULE) == 1


def test_an_isometry_that_occurs_alone_stays():
    assert RULE not in rules(fp.spectrum(V.T @ A @ V))
    both = fp.block([[V @ V.T, V], [V.T, fp.zeros(k, k)]])
    assert RULE not in rules(fp.spectrum(both))


def test_the_model_itself_is_kept():
    law = fp.spectrum(V @ V.T @ A @ V @ V.T)
    assert V in set(walk(law.expression))
    report = law.check(n=1, k=0.4, quick=True)
    assert report.verdict == "passed", str(report)
