"""Positive semi-definite by construction; and what is claimed holds for samples."""

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.equivalents.positivity import is_positive_semidefinite
from freeprob.errors import FreeprobError
from freeprob.language.expression import walk
from freeprob.language.nodes import Entrywise, Zero
from freeprob.language.simulation import Sampler
from tests.strategies import SIMULATION_PARAMETERS, SIMULATION_SIZES, SPACES, matrices, scalars

N, D = fp.sizes("n d")
T = fp.parameters("t", real=True)
R = fp.parameters("r", positive=True)
X, A = fp.gaussian(D, N), fp.wigner(D) / fp.sqrt(D)
HALF = sympy.Rational(1, 2)
S = fp.population(D, fp.laws.atoms({1: HALF, 3: HALF}))
SIGNED = fp.population(D, fp.laws.atoms({-1: HALF, 3: HALF}))
EYE = fp.identity(D)

YES = {
    "identity": EYE,
    "gram": X @ X.T / N,
    "square": A @ A,
    "odd mirror": A @ S @ A,
    "middle": X.T @ fp.inv(X @ X.T / N + R * EYE) @ X / N,
    "sum": X @ X.T / N + R * S,
    "function": S**0.5,
    "blocks": fp.block([[S, 0], [0, X.T @ X / N]]),
}
NO = {
    "wigner": A,
    "difference": S - X @ X.T / N,
    "sign unknown": X @ X.T / N + T * EYE,
    "signed family": SIGNED,
    "product of two": S @ A @ A @ S @ A,
    "off-diagonal blocks": fp.block([[S, X / fp.sqrt(N)], [X.T / fp.sqrt(N), fp.identity(N)]]),
    "symbolic": fp.population(D, fp.laws.symbolic("H")),
}


@pytest.mark.parametrize("name", YES)
def test_positive(name):
    assert is_positive_semidefinite(YES[name])


@pytest.mark.parametrize("name", NO)
def test_not_known_to_be_positive(name):
    assert not is_positive_semidefinite(NO[name])


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.data())
def test_samples_are_positive(data):
    size = data.draw(st.sampled_from(SPACES))
    try:
        first, second = (data.draw(matrices(size, size, 2)) for _ in range(2))
        first = data.draw(st.sampled_from([first, first @ first.T, first.T @ first]))
        kind = data.draw(st.sampled_from(["plain", "sum", "sandwich"]))
        scalar = data.draw(scalars())
        expression = {
            "plain": lambda: first,
            "sum": lambda: scalar * first + second @ second.T,
            "sandwich": lambda: second @ first @ second.T,
        }[kind]()
    except FreeprobError:
        assume(False)
    assume(not isinstance(expression, Zero) and not any(isinstance(node, Entrywise) for node in walk(expression)))
    assume(is_positive_semidefinite(expression))
    value = Sampler(SIMULATION_SIZES, SIMULATION_PARAMETERS, 1).value(expression)
    np.testing.assert_allclose(value, value.T, atol=1e-8 * np.abs(value).max())
    assert np.linalg.eigvalsh(value).min() > -1e-8 * np.abs(value).max()
