"""Vectors inside inverses: the formula of Sherman, Morrison and Woodbury, and what it does not cover."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.equivalents.updated_inverse import updated_inverses
from tests.agreement import number_agreement

N, D = fp.sizes("n d")
X, y = fp.gaussian(D, N, name="X"), fp.gaussian(N, name="y")
u, v, w, x = (fp.gaussian(D, name=name) for name in "uvwx")
S = fp.population(D, fp.laws.atoms({1: sympy.Rational(1, 2), 4: sympy.Rational(1, 2)}))
M = X @ X.T / N
EYE = fp.identity(D)
SPIKED = 2 * u @ y.T / fp.sqrt(D) + X
MODELS = {
    "one vector": u.T @ fp.inv(M + u @ u.T / D + EYE) @ u / D,
    "seen through a matrix": u.T @ fp.inv(M + S @ u @ u.T @ S / D + EYE) @ u / D,
    "two vectors": fp.tr(S) * (u.T @ fp.inv(M + (u @ v.T + v @ u.T + v @ v.T) / D + 3 * EYE) @ (u + 2 * v)) / D,
    "means of classes": u.T @ fp.inv(SPIKED @ SPIKED.T / N + EYE) @ SPIKED @ y / N / fp.sqrt(D),
    "square": u.T @ fp.inv(SPIKED @ SPIKED.T / N + EYE) @ S @ fp.inv(SPIKED @ SPIKED.T / N + EYE) @ u / D,
    "not symmetric": u.T @ fp.inv(M + u @ v.T / D + v @ w.T / D + 2 * EYE) @ w / D,
}


@pytest.mark.parametrize("name", ["one vector", "seen through a matrix", "two vectors", "not symmetric"])
def test_the_formula_is_an_identity(name):
    before = MODELS[name]
    after, steps = updated_inverses(before)
    assert [step.rule for step in steps] == ["updated_inverse"]
    sizes = {"n": 12, "d": 7}
    values = [node.simulate(sizes, seed=3) for node in (before, after)]
    assert values[0] == pytest.approx(values[1], rel=1e-10)


@pytest.mark.parametrize("name", MODELS)
def test_the_limit_agrees_with_simulation(name):
    assert number_agreement(MODELS[name], dict(n=180, d=120), draws=60).ratio < 1


def test_one_vector_in_closed_form():
    g = float(fp.limit(fp.tr(fp.inv(M + EYE))).at(n=3, d=2))
    assert float(fp.limit(MODELS["one vector"]).at(n=3, d=2)) == pytest.approx(g / (1 + g), rel=1e-12)


def test_a_batch_of_vectors_tends_to_one_vector():
    k = fp.sizes("k")
    U = fp.gaussian(D, k, name="U")
    batch = fp.limit(fp.tr(U.T @ fp.inv(M + U @ U.T / D + EYE) @ U / D))
    thin = [float(batch.at(n=3, d=2, k=ratio)) for ratio in (2e-4, 1e-4)]
    assert float(fp.limit(MODELS["one vector"]).at(n=3, d=2)) == pytest.approx(2 * thin[1] - thin[0], rel=1e-6)


def test_parts_that_fluctuate_are_refused():
    z = u @ u.T @ v
    with pytest.raises(fp.UnsupportedModel, match="inside the inverse"):
        fp.limit(u.T @ fp.inv(M + z @ z.T / D**2 + EYE) @ u / D)
    with pytest.raises(fp.UnsupportedModel, match="vanishes in the limit"):
        fp.limit(u.T @ fp.inv(M + u @ (v.T @ w) @ u.T / D**2 + EYE) @ u / D)


def test_many_vectors_are_refused():
    many = sum((a @ a.T / D for a in (u, v, w, x)), M)
    with pytest.raises(fp.UnsupportedModel, match="Sherman-Morrison"):
        fp.limit(u.T @ fp.inv(many + EYE) @ u / D)


def test_numbers_without_vectors_in_inverses_are_left_alone():
    number = u.T @ fp.inv(M + EYE) @ u / D
    assert updated_inverses(number) == (number, [])
    assert np.isfinite(float(fp.limit(number).at(n=3, d=2)))
