"""Matrices and vectors that are given entry by entry."""

import copy
import pickle

import numpy as np
import pytest

import freeprob as fp
from freeprob.errors import ShapeError, UnsupportedModel
from freeprob.language.given_array import GivenArray
from freeprob.language.given_sizes import given_sizes

n, d, m = fp.sizes("n d m")
RNG = np.random.default_rng(3)
MATRIX, LABELS = RNG.standard_normal((4, 6)), RNG.standard_normal(6)
SYMMETRIC = MATRIX @ MATRIX.T


def leaves():
    return [
        fp.signal(d, n, MATRIX),
        fp.population(d, SYMMETRIC),
        fp.given(d, n, MATRIX),
        fp.given(d, d, SYMMETRIC),
        fp.signal(n, 1, LABELS),
    ]


@pytest.mark.parametrize("leaf", leaves(), ids=str)
def test_a_sample_is_the_array_itself(leaf):
    sample = leaf.simulate({}, seed=3)
    assert sample.shape == leaf.ensemble.array.shape
    assert np.allclose(sample, leaf.ensemble.array.values, rtol=1e-12, atol=1e-12)
    assert np.allclose(leaf.T.simulate({}), sample.T)
    with pytest.raises(ShapeError, match="sizes are fixed"):
        leaf.simulate({"d": 5, "n": 7})


@pytest.mark.parametrize("leaf", leaves(), ids=str)
def test_identity_and_data(leaf):
    assert copy.deepcopy(leaf) is leaf and pickle.loads(pickle.dumps(leaf)) is leaf
    assert fp.from_json(fp.to_json(leaf)) is leaf
    other = fp.from_json(fp.to_json(leaf), fresh=True)
    assert other is not leaf and other.ensemble == leaf.ensemble and hash(other.ensemble) == hash(leaf.ensemble)


def test_two_arrays_that_differ_make_leaves_that_differ():
    assert fp.signal(d, n, MATRIX).ensemble != fp.signal(d, n, 2 * MATRIX).ensemble
    rotated = np.linalg.qr(RNG.standard_normal((4, 4)))[0] @ MATRIX  # the same singular values
    assert fp.signal(d, n, MATRIX).ensemble != fp.signal(d, n, rotated).ensemble


def test_orders_and_symmetry():
    matrix, population, given, square, vector = leaves()
    assert [leaf.order for leaf in (matrix, population, given, square)] == [0] * 4 and 2 * vector.order == 1
    assert square.T is square and given.T is not given and population.T is population
    assert fp.given(n, m, SYMMETRIC).T.shape == (m, n)  # another space on each side: no symmetry


def test_laws_are_those_of_the_values():
    matrix, population, *_ = leaves()
    assert np.allclose(matrix.ensemble.law.values, np.linalg.svd(MATRIX, compute_uv=False)[::-1])
    assert np.allclose(population.ensemble.law.values, np.linalg.eigvalsh(SYMMETRIC))


def test_functions_of_a_given_population():
    S = fp.population(d, SYMMETRIC)
    root = (S**0.5).simulate({})
    assert np.allclose(root @ root, SYMMETRIC) and np.allclose(fp.inv(S).simulate({}), np.linalg.inv(SYMMETRIC))
    singular = np.ones((4, 4))  # three eigenvalues vanish, up to rounding
    assert np.allclose(fp.sqrt(fp.population(d, singular)).simulate({}), singular / 2)


def test_sizes_are_read_from_the_arrays():
    X, y = fp.signal(d, n, MATRIX), fp.signal(n, 1, LABELS)
    assert given_sizes(X @ y) == {d: 4, n: 6}
    with pytest.raises(ShapeError, match="the size n is 6 in one given array and 5"):
        given_sizes(X @ fp.signal(n, 1, np.ones(5)))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: fp.signal(d, n, np.ones((2, 3, 4))), ShapeError, "one or two dimensions"),
        (lambda: fp.signal(d, n, [[1.0, np.nan]]), UnsupportedModel, "infinite or NaN"),
        (lambda: fp.signal(d, n, [["a", "b"]]), UnsupportedModel, "real numbers"),
        (lambda: fp.signal(d, n, [[1j, 0]]), UnsupportedModel, "complex"),
        (lambda: fp.population(d, MATRIX), ShapeError, "not square"),
        (lambda: fp.population(d, MATRIX[:, :4]), UnsupportedModel, "not equal to its transpose"),
        (lambda: fp.given(n, 1, MATRIX), ShapeError, "declared with 1 column"),
        (lambda: fp.signal(n, n, MATRIX), ShapeError, "not square"),
        (lambda: fp.signal(3, n, MATRIX), ShapeError, "is not a size"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_an_array_is_frozen():
    values = np.ones((2, 2))
    array = GivenArray(values)
    values[0, 0] = 5
    assert array.values[0, 0] == 1 and not array.values.flags.writeable


def test_a_given_matrix_has_no_independent_copy():
    X, y = fp.signal(d, n, MATRIX), fp.signal(n, 1, LABELS)
    number = fp.limit(y.T @ X.T @ fp.gaussian(d) / n)
    with pytest.raises(UnsupportedModel, match="deterministic"):
        fp.variance_due_to(number, [y])
