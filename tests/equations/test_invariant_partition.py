"""Classes of equal entries, against the full solution."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.algebra.symbols import Z
from freeprob.equations.covariance import covariance_map
from freeprob.equations.invariant_partition import invariant_partition, is_singular_without_randomness
from freeprob.pencil.linear_pencil import LinearPencil
from freeprob.pencil.realisation import realise
from tests.equations.models import EYE, MATRICES, NUMBERS, VALUES, A, B, BruteForce, N, Q, X, resolvent


def _classes(pencil):
    return invariant_partition(pencil, covariance_map(pencil)).entries


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


def _chain(size, step, corner=()):
    """Return a pencil of a chain of variables without random matrices."""
    constant = {(k, k): sympy.Integer(1) for k in range(size)} | {(k, k + 1): step for k in range(size - 1)}
    constant |= dict(corner)
    return LinearPencil((N,) * size, constant, {}, {}, {}, {}, ())


def test_long_chains_are_regular_whatever_their_rank_in_floating_point():
    step = sympy.Integer(14)
    matrix = np.eye(200) + 14 * np.eye(200, k=1)
    assert np.linalg.matrix_rank(matrix) < 200  # another matrix, as far as double precision can tell
    assert not is_singular_without_randomness(_chain(200, step))
    determinant = {(199, 0): sympy.Integer(14) ** -199}  # 1 - 14^199 * 14^-199 = 0
    assert is_singular_without_randomness(_chain(200, step, determinant))
    assert not is_singular_without_randomness(_chain(199, step, {(198, 0): sympy.Integer(14) ** -198}))


def test_small_entries_are_no_zeros():
    """The classes do not depend on the size of a coefficient."""
    tiny, small = sympy.Rational(1, 10**30), sympy.Rational(1, 3)
    wanted, found = (
        _classes(realise([fp.inv(X @ X.T / N + EYE + size * A @ B + size * B @ A)])) for size in (small, tiny)
    )
    assert wanted.max() > 1 and (wanted == found).all()


def test_roots_in_coefficients():
    """Coefficients that hold roots of sums are compared where these exist; their squares are rational."""
    rho = sympy.Symbol("rho", real=True)
    root = sympy.sqrt(1 - rho**2)
    pencil = realise([fp.inv(root**2 * A @ A + EYE), fp.inv((root * A) @ (root * A) + EYE)])
    first, second = sorted(pencil.resolvents) if len(pencil.resolvents) == 2 else sorted(pencil.resolvents) * 2
    classes = _classes(pencil)
    assert classes[first, first] == classes[second, second] != 0


def test_no_trace_no_classes():
    assert _classes(realise([])).shape == (0, 0)
