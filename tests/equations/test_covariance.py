"""The covariance map is E[S G S] of the sampled random part."""

from itertools import pairwise

import numpy as np
import pytest

import freeprob as fp
from freeprob.equations.covariance import covariance_map
from freeprob.language.nodes import Leaf
from freeprob.language.simulation import Sampler
from freeprob.pencil.realisation import realise
from tests.equations.models import EYE, MATRICES, NUMBERS, A, B, N, X, Y, resolvent
from tests.strategies import SIMULATION_PARAMETERS, D

SIZES = {"n": 60, "d": 36, "p": 48}


def _sampled(pencil, sampler):
    """Return the random part S for one sample, blocks scaled as they are."""
    widths = [sampler.lookup(s) for s in pencil.spaces]
    ends = np.cumsum([0, *widths])
    cut = [slice(a, b) for a, b in pairwise(ends)]
    full = np.zeros((ends[-1], ends[-1]))
    for leaf, entries in pencil.letters.items():
        matrix = sampler.value(leaf)
        for e in entries:
            full[cut[e.row], cut[e.column]] += sampler.number(e.scalar) * (matrix.T if e.transposed else matrix)
    return full, cut


@pytest.mark.parametrize(
    "name", ["noisy covariance", "anticommutator", "random features", "block", "elliptic", "two letters twice"]
)
def test_equals_the_sampled_mean(name):
    expression = resolvent(MATRICES[name]) if name in MATRICES else NUMBERS[name]
    pencil = realise([expression])
    rng = np.random.default_rng(1)
    g = rng.standard_normal((pencil.size, pencil.size))
    g *= np.array([[a == b for a in pencil.spaces] for b in pencil.spaces])
    first = Sampler(SIZES, SIMULATION_PARAMETERS, 0)
    expected = np.zeros_like(g)
    for term in covariance_map(pencil):
        expected[term.row, term.column] += first.number(term.scalar) * g[term.variable, term.source]
    replicates = []
    for seed in range(24):
        sampler = Sampler(SIZES, SIMULATION_PARAMETERS, seed)
        full, cut = _sampled(pencil, sampler)
        identity = np.zeros_like(full)
        for i, j in np.ndindex(g.shape):
            if pencil.spaces[i] == pencil.spaces[j]:
                width = cut[i].stop - cut[i].start
                identity[cut[i], cut[j]] = g[i, j] * np.eye(width)
        square = full @ identity @ full
        replicates.append(
            [
                [
                    np.trace(square[cut[i], cut[j]]) / (cut[i].stop - cut[i].start)
                    if pencil.spaces[i] == pencil.spaces[j]
                    else 0.0
                    for j in range(pencil.size)
                ]
                for i in range(pencil.size)
            ]
        )
    mean, error = np.mean(replicates, axis=0), np.std(replicates, axis=0) / np.sqrt(24)
    # a Wigner matrix has twice the variance on its diagonal: 1/N corrections
    assert np.all(np.abs(mean - expected) <= 5 * error + 3 / 36 * np.abs(expected).max())
    assert (np.abs(expected) > 0).any()


def _terms(expression):
    pencil = realise([expression])
    (leaf,) = pencil.letters
    return pencil, leaf, covariance_map(pencil)


def test_gaussian_pairs_a_letter_with_its_transpose_only():
    pencil, leaf, terms = _terms(X @ X.T / N)
    assert isinstance(leaf, Leaf)
    assert {(t.row, t.column) for t in terms} == {
        pair
        for plain in pencil.letters[leaf]
        for turned in pencil.letters[leaf]
        if not plain.transposed and turned.transposed
        for pair in ((plain.row, turned.column), (turned.row, plain.column))
    }
    assert not covariance_map(realise([fp.inv(EYE + X @ Y.T / N)]))


def test_scalars_carry_the_size_of_the_space_between():
    pencil, _, terms = _terms(X @ X.T / N)
    by_space = {pencil.spaces[t.row]: pencil.spaces[t.variable] for t in terms}
    assert all(str(inner) != str(outer) for outer, inner in by_space.items())
    for term in terms:
        assert pencil.spaces[term.variable] == pencil.spaces[term.source]
        assert pencil.spaces[term.variable] in term.scalar.free_symbols or term.scalar.is_number


def test_mirrored_entries_pair_a_letter_with_itself():
    """The terms of an elliptic letter are those of a Gaussian one and tau times those of a Wigner one."""
    tau = fp.parameters("tau")
    Z = fp.elliptic(D, tau)
    word = Z @ Z.T @ Z / D**2
    found = {(t.row, t.column, t.variable, t.source): t.scalar for t in covariance_map(realise([word]))}
    plain, mirrored = (
        {(t.row, t.column, t.variable, t.source) for t in covariance_map(realise([word.subs({Z: other})]))}
        for other in (fp.gaussian(D, D), fp.wigner(D))
    )
    assert set(found) == mirrored and plain < mirrored
    assert all((tau in scalar.free_symbols) == (key not in plain) for key, scalar in found.items())


def test_different_letters_do_not_pair():
    single, double = covariance_map(realise([A @ A])), covariance_map(realise([A @ B]))
    cross = {(t.row, t.column, t.variable, t.source) for t in double}
    assert len(single) == 4 and len(cross) == 2
