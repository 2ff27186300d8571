"""The pencil is the corner of the sampled inverse."""

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.errors import FreeprobError, UnsupportedModel
from freeprob.language.expression import walk
from freeprob.language.nodes import Entrywise, Zero
from freeprob.language.simulation import Sampler
from freeprob.pencil.realisation import realise
from tests.pencil.sampled import SampledPencil, words
from tests.strategies import LAMBDA, SIMULATION_PARAMETERS, SIMULATION_SIZES, SPACES, D, N, P, matrices

X, Y, W = fp.gaussian(D, N), fp.gaussian(D, N), fp.gaussian(P, D)
A, B = fp.wigner(D) / fp.sqrt(D), fp.wigner(D) / fp.sqrt(D)
S = fp.population(D, fp.laws.atoms({1: sympy.Rational(1, 2), 3: sympy.Rational(1, 2)}))
EYE, EYE_N = fp.identity(D), fp.identity(N)
Q = fp.inv(X @ X.T / N + LAMBDA * EYE)

EXPRESSIONS = {
    "one letter": A,
    "deterministic": S @ S + fp.inv(S),
    "square": A @ A,
    "anticommutator": A @ B + B @ A,
    "degree 4": A @ B @ B @ A + B @ A @ B @ A + 2 * A,
    "powers of a sum": (A + B + EYE) ** 4,
    "gram": X @ X.T / N,
    "long product": W.T @ W @ X @ Y.T @ S / (N * P),
    "resolvent": Q,
    "other side": X.T @ Q @ X / N,
    "two resolvents": A @ Q @ S @ Q,
    "two different resolvents": A @ Q @ fp.inv(B @ B + 2 * EYE) @ A,
    "resolvent of a product": fp.inv(EYE + X @ fp.inv(EYE_N + Y.T @ Y / N) @ X.T / N),
    "nested": fp.inv(EYE + A @ Q @ A + S),
    "nested twice": fp.inv(2 * EYE + A @ fp.inv(EYE + B @ Q @ B) @ A),
    "resolvent inside its own neighbour": Q @ fp.inv(EYE + S @ Q @ S) @ Q,
    "functions of a family": S**0.5 @ X @ X.T @ S**0.5 / N + fp.inv(S),
    "exponents": S @ A @ fp.inv(S) @ B @ S**2,
    "scalars": (LAMBDA * A + N / D * B) @ (sympy.sqrt(P / N) * S) / LAMBDA**2,
    "block": fp.block([[A, X / fp.sqrt(N)], [X.T / fp.sqrt(N), EYE_N]]),
    "block inverse": fp.inv(fp.block([[A + 3 * EYE, X / fp.sqrt(N)], [-X.T / fp.sqrt(N), EYE_N]])),
    "corner of blocks": fp.block([[S, A], [A, B]]) @ fp.block([[EYE, A], [A, S]]),
}


def _sampler():
    return Sampler(SIMULATION_SIZES, SIMULATION_PARAMETERS, seed=5)


def _check(expression):
    terms = words(expression)
    pencil = realise(terms)
    sampler = _sampler()
    sampled = SampledPencil(pencil, sampler)
    accuracy = 1e-9 * max(1.0, np.linalg.cond(sampled.matrix) / 1e4)
    for number, term in enumerate(terms):
        matrix = sampler.value(term)
        expected = np.trace(matrix) / matrix.shape[0]
        slack = accuracy * np.linalg.norm(matrix, 2)
        assert sampled.readout(number) == pytest.approx(expected, rel=accuracy, abs=slack)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_readout_is_the_trace(name):
    _check(EXPRESSIONS[name])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.data())
def test_readout_of_random_expressions(data):
    size = data.draw(st.sampled_from(SPACES))
    try:
        expression = data.draw(matrices(size, size, data.draw(st.integers(1, 4))))
    except FreeprobError:  # a singular function of a population, for example
        assume(False)
    assume(not isinstance(expression, Zero) and not any(isinstance(node, Entrywise) for node in walk(expression)))
    _check(expression)


def test_equal_applications_share_a_variable():
    word = A @ B
    assert realise([word, word]).size == realise([word]).size
    assert realise([word @ word]).size == realise([A @ B @ A @ B]).size
    apart = realise([fp.inv(A @ A + EYE), fp.inv(A @ A + 2 * EYE)])
    assert apart.size == 2 * realise([fp.inv(A @ A + EYE)]).size


def test_scalar_multiples_cost_nothing():
    assert realise([fp.inv(2 * A + EYE)]).size == realise([fp.inv(A + EYE)]).size


def test_spaces_and_resolvents():
    pencil = realise([Q])
    assert set(pencil.spaces) == {N, D}
    assert [pencil.resolvents[k] for k in sorted(pencil.resolvents)] == [X @ X.T / N + LAMBDA * EYE]
    row, column = pencil.sides(X)
    assert {pencil.spaces[v] for v in pencil.variables(row)} == {D}
    assert {pencil.spaces[v] for v in pencil.variables(column)} == {N}
    assert sorted(pencil.variables(row) + pencil.variables(column)) == list(range(pencil.size))


def test_matrices_of_one_size_do_not_share_a_basis_across_a_random_matrix():
    square, wigner = fp.gaussian(D, D), fp.wigner(D)
    diagonal, mask = fp.diagonal(D, fp.laws.uniform(0, 1)), fp.mask(D, keep=0.5)
    apart = realise([fp.inv(square @ diagonal @ square.T / D + mask + EYE)])
    assert apart.sides(diagonal)[0] == apart.sides(square)[1] != apart.sides(square)[0] == apart.sides(mask)[0]
    together = realise([fp.inv(wigner @ diagonal @ wigner.T / D + mask + EYE)])
    assert together.sides(diagonal) == together.sides(mask) == together.sides(wigner)


def test_a_vector_in_an_inverse_is_refused():
    v = fp.gaussian(D)
    with pytest.raises(UnsupportedModel, match="vector inside an inverse is a finite-rank part"):
        realise([fp.inv(EYE + v @ v.T / D)])


def test_an_entrywise_function_is_refused():
    with pytest.raises(UnsupportedModel, match="Entrywise cannot enter a linear pencil"):
        realise([fp.tanh(A * fp.sqrt(D)) / fp.sqrt(D)])


def _residual(depth):
    layer = fp.gaussian(P, N)
    for _ in range(depth):
        layer = layer + fp.gaussian(P, P) @ layer / fp.sqrt(P)
    return layer.T @ layer / P


@pytest.mark.parametrize("depth", [2, 5, 20])
def test_the_pencil_of_a_residual_network_grows_like_its_depth(depth):
    pencil = realise([fp.inv(_residual(depth) + fp.identity(N))])
    assert pencil.size <= 4 * depth + 3
    assert sum(len(entries) for entries in pencil.letters.values()) <= 6 * depth + 6


def test_common_factors_are_taken_out_only_where_they_cannot_vanish():
    a = fp.parameters("a")
    one, two = fp.gaussian(P, P), fp.gaussian(P, P)
    matrix = (a * one + two) @ (a * one + two).T / P
    law = fp.spectrum(matrix)
    assert abs(law.at(p=1, a=0).stieltjes(1j) - fp.spectrum(two @ two.T / P).at(p=1).stieltjes(1j)) < 1e-13


def test_numbers_do_not_grow_along_a_chain():
    """The multiple in which a variable is written is that of its largest part: entries of all layers have one size."""
    n = fp.sizes("n")
    chain = fp.identity(n)
    for _ in range(6):
        chain += sympy.Rational(1, 10) * fp.wigner(n) @ fp.wigner(n) @ chain / n
    pencil = realise([fp.inv(chain.T @ chain + fp.identity(n))])
    scalars = [*pencil.constant.values(), *(e.scalar for entries in pencil.letters.values() for e in entries)]
    assert {abs(scalar.as_coeff_Mul()[0]) for scalar in scalars} <= {sympy.Rational(1, 10), 1, 2}
