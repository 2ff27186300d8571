"""Classes of equal entries, against the full solution."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.algebra.symbols import Z
from freeprob.equations.covariance import covariance_map
from freeprob.equations.invariant_partition import invariant_partition, is_singular_without_randomness
from freeprob.pencil.realisation import realise
from tests.equations.models import EYE, MATRICES, NUMBERS, VALUES, A, B, BruteForce, N, Q, X, resolvent


def _classes(pencil):
    return invariant_partition(pencil, covariance_map(pencil))


CASES = {name: (resolvent(m), VALUES | {Z: 0.4 + 6.0j}) for name, m in MATRICES.items()} | {
    name: (m, VALUES) for name, m in NUMBERS.items()
}


@pytest.mark.parametrize("name", CASES)
def test_classes_are_equal_and_the_zero_class_vanishes(name):
    expression, values = CASES[name]
    pencil = realise([expression])
    g = BruteForce(pencil, values).solve()
    classes = _classes(pencil)
    scale = np.abs(g).max()
    assert np.abs(g[classes == 0]).max(initial=0) < 1e-12 * scale
    for index in range(1, classes.max() + 1):
        members = g[classes == index]
        assert len(members) and np.ptp(members.real) + np.ptp(members.imag) < 1e-11 * scale, index


@pytest.mark.parametrize("name", ["anticommutator", "random features", "population", "noisy covariance"])
def test_nothing_more_can_be_merged(name):
    """Generic values tell classes apart: the partition is not needlessly fine."""
    expression, _ = CASES[name]
    pencil = realise([expression])
    classes = _classes(pencil)
    values = {s: v for s, v in VALUES.items()} | {Z: 0.3 + 5.0j}
    g = BruteForce(pencil, values).solve()
    found = [g[classes == k][0] for k in range(1, classes.max() + 1)]
    gaps = [abs(a - b) for i, a in enumerate(found) for b in found[:i]]
    assert min(gaps, default=1.0) > 1e-9 and min(map(abs, found)) > 1e-12


def test_entries_between_spaces_vanish():
    pencil = realise([Q])
    classes = _classes(pencil)
    across = np.array([[a != b for a in pencil.spaces] for b in pencil.spaces])
    assert not classes[across].any()


def test_copies_of_a_resolvent_share_their_classes():
    pencil = realise([Q @ A @ Q @ A])
    resolvents = sorted(pencil.resolvents)
    assert len(resolvents) == 2
    classes = _classes(pencil)
    assert classes[resolvents[0], resolvents[0]] == classes[resolvents[1], resolvents[1]] != 0


def test_different_resolvents_do_not():
    pencil = realise([Q @ A @ fp.inv(X @ X.T / N + 2 * EYE) @ A])
    first, second = sorted(pencil.resolvents)
    classes = _classes(pencil)
    assert classes[first, first] != classes[second, second]


def test_swapped_letters_are_one_class():
    """tr A^2-like entries of A and B agree in the anticommutator."""
    pencil = realise([resolvent(A @ B + B @ A)])
    assert _classes(pencil).max() < pencil.size**2 / 2
    lopsided = realise([resolvent(2 * A @ B + 2 * B @ A + A)])
    assert _classes(lopsided).max() > _classes(pencil).max()


def test_close_parameters_are_not_merged():
    """Values are compared at random parameters: equal numbers at one point are no reason to merge."""
    pencil = realise([fp.inv(X @ X.T / N + EYE), fp.inv(X @ X.T / N + (1 + 1e-6) * EYE)])
    classes = _classes(pencil)
    first, second = sorted(pencil.resolvents)
    assert classes[first, first] != classes[second, second]


def test_singular_without_randomness():
    assert is_singular_without_randomness(realise([fp.inv(X @ X.T / N)]))
    assert not is_singular_without_randomness(realise([Q]))


def test_no_trace_no_classes():
    assert _classes(realise([])).shape == (0, 0)
