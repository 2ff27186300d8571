"""Samples agree with NumPy written by hand."""

import numpy as np
import pytest
from hypothesis import given, settings

import freeprob as fp
from freeprob.language.expression import ONE
from tests.strategies import SIMULATION_PARAMETERS, SIMULATION_SIZES, expressions, leaf

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
SIZES = {"n": 12, "d": 7, "p": 9}


def test_a_leaf_has_one_sample_in_all_expressions():
    X, W = fp.gaussian(d, n), fp.gaussian(p, d)
    first = X.simulate(SIZES, seed=3)
    assert np.array_equal((W @ X).simulate(SIZES, seed=3), W.simulate(SIZES, seed=3) @ first)
    assert np.array_equal(X.simulate(SIZES, seed=3), first)
    assert not np.allclose(X.simulate(SIZES, seed=4), first)
    assert not np.allclose(fp.gaussian(d, n).simulate(SIZES, seed=3), first)


def test_against_numpy():
    X, W, H = fp.gaussian(d, n), fp.gaussian(p, d), fp.wigner(n)
    S = fp.population(d, fp.laws.atoms({1: 0.5, 4: 0.5}))
    x, w, h, s = (e.simulate(SIZES, seed=1) for e in (X, W, H, S))
    eigenvalues, basis = np.linalg.eigh(s)
    phi = np.maximum(w @ (basis * np.sqrt(eigenvalues)) @ basis.T @ x / np.sqrt(7), 0)
    resolvent = np.linalg.inv(phi.T @ phi / 9 + 0.3 * np.eye(12))
    Phi = fp.relu(W @ fp.sqrt(S) @ X / fp.sqrt(d))
    R = fp.inv(Phi.T @ Phi / p + lam * fp.identity(n))
    assert np.allclose(R.simulate(SIZES, {"lambda": 0.3}, seed=1), resolvent)
    assert np.isclose(fp.tr(R).simulate(SIZES, {lam: 0.3}, seed=1), np.trace(resolvent) / 12)
    assert np.isclose(fp.tr(R @ H @ H.T).simulate(SIZES, {"lambda_": 0.3}, seed=1), np.trace(resolvent @ h @ h) / 12)
    A = fp.block([[fp.identity(d), X / fp.sqrt(n)], [X.T / fp.sqrt(n), fp.zeros(n, n)]])
    assert np.allclose(A.simulate(SIZES, seed=1)[:7, 7:], x / np.sqrt(12))
    assert A.simulate(SIZES, seed=1).shape == (19, 19)
    inverse = fp.inv(S + 2 * lam * fp.identity(d))
    assert np.allclose(inverse.simulate(SIZES, {lam: 0.5}, seed=1), np.linalg.inv(s + np.eye(7)))
    assert eigenvalues.round(12).tolist() in ([1, 1, 1, 1, 4, 4, 4], [1, 1, 1, 4, 4, 4, 4])


def test_vectors_and_numbers():
    X, beta, eps = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(n)
    y = X.T @ beta / fp.sqrt(d) + lam * eps
    assert y.simulate(SIZES, {"lambda": 2}).shape == (12, 1)
    assert isinstance((y.T @ y / n).simulate(SIZES, {"lambda": 2}), float)
    assert (fp.tr(fp.identity(n)) + 2).simulate(SIZES) == 3


def test_a_missing_value_is_named():
    X = fp.gaussian(d, n)
    with pytest.raises(fp.MissingValue, match="no value for the size d"):
        X.simulate({"n": 3})
    with pytest.raises(fp.MissingValue, match=r"no value for the parameter lambda; give lambda=\.\.\. to simulate"):
        (lam * X).simulate(SIZES)


def test_parameters_of_a_law():
    S = fp.population(d, fp.laws.uniform(lam, 2 * lam))
    values = np.diag(S.simulate(SIZES, {"lambda": 3.0}))
    assert values.min() >= 3 and values.max() <= 6 and np.isclose(values.mean(), 4.5)


def test_symbolic_law():
    S = fp.population(d, fp.laws.symbolic("G"))
    assert np.allclose(S.simulate(SIZES, {"G": fp.laws.atoms({2: 1})}), 2 * np.eye(7))


@settings(max_examples=40, deadline=None)
@given(expressions())
def test_every_expression_can_be_sampled(e):
    value = e.simulate(SIMULATION_SIZES, SIMULATION_PARAMETERS, seed=5)
    assert np.all(np.isfinite(value))
    if e.is_number:
        assert isinstance(value, float)
    else:
        rows, columns = (
            sum(1 if s is ONE else SIMULATION_SIZES[str(s)] for s in space) for space in (e.rows, e.columns)
        )
        assert value.shape == (rows, columns)
        assert np.allclose(e.T.simulate(SIMULATION_SIZES, SIMULATION_PARAMETERS, seed=5), value.T)


@settings(max_examples=25, deadline=None)
@given(expressions(depth=2))
def test_a_rebuilt_expression_has_the_value_of_the_parts(e):
    """Canonical forms do not change values: X is replaced by a product that merges and cancels."""
    X, S = leaf("gaussian", n, n, 0), leaf("population", n, n, 0)
    other = e.subs({X: fp.inv(S) @ S @ X})
    assert other is e
    scaled = (2 * e).simulate(SIMULATION_SIZES, SIMULATION_PARAMETERS)
    assert np.allclose(scaled, 2 * np.asarray(e.simulate(SIMULATION_SIZES, SIMULATION_PARAMETERS)))
