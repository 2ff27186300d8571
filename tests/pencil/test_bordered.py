"""The bordered pencil is an identity: its inverse holds the resolvent, its Schur complement the determinant."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.algebra.symbols import Z
from freeprob.equivalents.finite_rank import without_vectors
from freeprob.errors import UnsupportedModel
from freeprob.language.operations import identity, inv, spectral_function
from freeprob.pencil.bordered import realise_bordered

N, D = fp.sizes("n d")
X, H, S = fp.gaussian(D, N), fp.wigner(D), fp.population(D, fp.laws.uniform(1, 2))
u, v, g = fp.gaussian(D), fp.gaussian(D), fp.gaussian(N)
P = fp.identity(D) + 2 * v @ v.T / D
Y = X + u @ g.T / fp.sqrt(D)
MATRICES = {
    "Wigner": H / fp.sqrt(D) + 2 * v @ v.T / D,
    "spiked covariance": P @ X @ X.T @ P / N,
    "signal plus noise": Y @ Y.T / N,
    "mixture": X @ X.T / N + (u @ v.T + v @ u.T) / D,
    "population": S**0.5 @ X @ X.T @ S**0.5 / N + v @ v.T / D,
    "inside an inverse": fp.inv(Y @ Y.T / N + fp.identity(D)),
    "block": fp.block([[P, Y / fp.sqrt(N)], [Y.T / fp.sqrt(N), fp.identity(N)]]),
}
SIZES = {"n": 6, "d": 5}
POINT = 0.37 + 0.81j


def bordered(matrix):
    bulk = without_vectors(matrix)
    return realise_bordered(inv(bulk - Z * identity(matrix.rows)), inv(matrix - Z * identity(matrix.rows)))


def blocks(pencil, seed):
    """Return the sampled B, U, V and A, and the offsets of the variables of B."""
    values = {Z: POINT} | {s: SIZES[s.name] for s in (N, D)}
    counts = [SIZES[s.name] for s in pencil.bulk.spaces]
    ends = np.cumsum([0, *counts])

    def number(scalar):
        return complex(sympy.sympify(scalar).subs(values))

    def place(i):
        return slice(ends[i], ends[i + 1])

    def sample(node):
        return node.simulate(SIZES, seed=seed)

    b = np.zeros((ends[-1], ends[-1]), dtype=complex)
    for (i, j), c in pencil.bulk.constant.items():
        b[place(i), place(j)] += number(c) * np.eye(counts[i])
    for leaf, entries in pencil.bulk.letters.items():
        for e in entries:
            matrix = sample(leaf)
            b[place(e.row), place(e.column)] += number(e.scalar) * (matrix.T if e.transposed else matrix)
    for leaf, members in pencil.bulk.families.items():
        for e in members:
            b[place(e.row), place(e.column)] += number(e.scalar) * sample(spectral_function(leaf, e.formula))
    columns, rows = np.zeros((ends[-1], pencil.size), dtype=complex), np.zeros((pencil.size, ends[-1]), dtype=complex)
    for e in pencil.columns:
        columns[place(e.variable), e.border] += number(e.scalar) * sample(e.vector)[:, 0]
    for e in pencil.rows:
        rows[e.border, place(e.variable)] += number(e.scalar) * sample(e.vector)[:, 0]
    numbers = np.zeros((pencil.size, pencil.size), dtype=complex)
    for (i, j), c in pencil.numbers.items():
        numbers[i, j] = number(c)
    return b, columns, rows, numbers, place


@pytest.mark.parametrize("name", MATRICES)
def test_the_inverse_holds_the_resolvent(name):
    matrix = MATRICES[name]
    pencil = bordered(matrix)
    b, columns, rows, numbers, place = blocks(pencil, seed=5)
    inverse = np.linalg.inv(np.block([[b, columns], [rows, numbers]]))
    ours = np.block([[inverse[place(i), place(j)] for j in pencil.resolvent] for i in pencil.resolvent])
    sample = matrix.simulate(SIZES, seed=5)
    np.testing.assert_allclose(ours, np.linalg.inv(sample - POINT * np.eye(len(sample))), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in MATRICES if name != "inside an inverse"])
def test_the_schur_complement_is_the_quotient_of_characteristic_polynomials(name):
    matrix = MATRICES[name]
    b, columns, rows, numbers, _ = blocks(bordered(matrix), seed=6)
    schur = np.linalg.det(numbers - rows @ np.linalg.solve(b, columns))
    whole, bulk = (m.simulate(SIZES, seed=6) for m in (matrix, without_vectors(matrix)))
    quotient = np.linalg.det(whole - POINT * np.eye(len(whole))) / np.linalg.det(bulk - POINT * np.eye(len(bulk)))
    assert schur == pytest.approx(quotient, rel=1e-9)


def test_the_pencil_of_the_bulk_comes_first():
    pencil = bordered(MATRICES["spiked covariance"])
    assert pencil.size == 2 and all(space in (N, D) for space in pencil.bulk.spaces)
    ((output, source, weight),) = pencil.bulk.readouts[0].entries
    assert (output, source, weight) == (0, 0, 1) and pencil.resolvent == (2,)


def test_a_trace_cannot_enter():
    with pytest.raises(UnsupportedModel, match="cannot enter a linear pencil"):
        bordered(H / fp.sqrt(D) + v @ fp.tr(H @ H / D) @ v.T / D)
