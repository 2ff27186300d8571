"""Joint laws of matrices that commute."""

import copy
import json
import pickle

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.algebra.coordinate import Coordinate
from freeprob.errors import MissingValue, UnsupportedModel
from freeprob.language import laws

T = sympy.Symbol("t")
X, Y = Coordinate(T, 1), Coordinate(T, 2)
LAWS = [law for name, cls in sorted(laws.REGISTRY.items()) if issubclass(cls, laws.JointLaw) for law in cls.examples()]
SPREAD = {law: max(1, sum(not marginal.is_atomic for marginal in law.marginals)) for law in LAWS}
"""The number of continuous coordinates: a rule has all combinations of the nodes of each."""
EVERY = pytest.mark.parametrize("law", LAWS, ids=str)


def test_every_registered_law_has_a_constructor_of_its_name():
    assert {type(law) for law in LAWS} == {c for c in laws.REGISTRY.values() if issubclass(c, laws.JointLaw)}
    assert all(getattr(laws, type(law).name) is type(law) for law in LAWS)


@EVERY
def test_nodes_have_mass_one_and_the_moments_of_the_marginals(law):
    columns, weights = law.nodes(60 ** SPREAD[law])
    assert len(columns) == law.dimension and abs(weights.sum() - 1) < 1e-13
    for column, marginal in zip(columns, law.marginals, strict=True):
        assert column.shape == weights.shape
        for k in (1, 2, 5):
            assert weights @ column**k == pytest.approx(float(marginal.moment(k)), rel=1e-12)


@EVERY
def test_precise_nodes_are_the_nodes(law):
    columns, weights = law.nodes(6, 30)
    assert np.allclose(np.array(weights, dtype=float), law.nodes(6)[1], rtol=1e-14)
    known = law.nodes(6)[0]
    assert np.allclose(np.array(columns, dtype=float), known, rtol=1e-14, atol=1e-15 * np.abs(known).max())


@EVERY
def test_expectations_agree_with_the_nodes(law):
    columns, weights = law.nodes(200 ** SPREAD[law])
    for function in (X * Y, X**2 * Y - 3 * X, sympy.exp(-X * Y / 10), (1 + X**2) / (2 + Y**2)):
        value = sympy.lambdify(T, function, "numpy")(columns)
        assert float(law.expectation(function, T)) == pytest.approx(float(weights @ value), rel=1e-13)


@EVERY
def test_draws_have_the_law(law):
    draws = law.draw(6000, np.random.default_rng(2))
    assert draws.shape == (law.dimension, 6000)
    columns, weights = law.nodes(200 ** SPREAD[law])
    spread = np.sqrt(weights @ (columns[0] * columns[1]) ** 2 + 1e-12)
    assert abs((draws[0] * draws[1]).mean() - weights @ (columns[0] * columns[1])) < 5 * spread / np.sqrt(6000)


@EVERY
def test_identity_and_data(law):
    assert copy.deepcopy(law) == law == pickle.loads(pickle.dumps(law)) and hash(copy.copy(law)) == hash(law)
    assert laws.Law.from_data(json.loads(json.dumps(law.to_data()))) == law
    assert law.latex() and str(law) and law.free_symbols == set()


@EVERY
def test_atoms_and_extremes(law):
    if law.is_atomic:
        assert sum(law.atoms.values()) == pytest.approx(1)
        assert sum(float(w * p[0] * p[1]) for p, w in law.atoms.items()) == pytest.approx(
            float(law.expectation(X * Y, T)), rel=1e-12
        )
    for k, marginal in enumerate(law.marginals):
        assert min(float(p[k]) for p in law.extremes) == pytest.approx(marginal.support[0])
        assert max(float(p[k]) for p in law.extremes) == pytest.approx(marginal.support[1])


def test_independent_coordinates_are_integrated_one_by_one():
    law = laws.product(laws.uniform(0, 1), laws.joint_atoms({(1, 2): "1/2", (3, 0): "1/2"}))
    third = Coordinate(T, 3)
    assert law.dimension == 3
    assert float(law.expectation(sympy.sqrt(X) * Y * third, T)) == pytest.approx(2 / 3, rel=1e-15)
    assert float(law.expectation(sympy.sqrt(X) + Y * third, T)) == pytest.approx(2 / 3 + 1, rel=1e-15)


def test_factors_may_be_given_later():
    law = laws.product(laws.symbolic("H"), laws.bernoulli(sympy.Symbol("q")))
    assert {s.name for s in law.free_symbols} == {"H", "q"} and {s.name for s in law.law_symbols} == {"H"}
    with pytest.raises(MissingValue):
        law.nodes(10)
    with pytest.raises(MissingValue, match="needs a number for q"):
        LAWS[0].expectation(X * sympy.Symbol("q"), T)
    bound = law.subs({sympy.Symbol("H"): laws.uniform(0, 1), sympy.Symbol("q"): sympy.Rational(1, 3)})
    assert bound == laws.product(laws.uniform(0, 1), laws.bernoulli("1/3"))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: laws.joint_atoms({1: 1}), "two coordinates or more"),
        (lambda: laws.joint_atoms({(1, 2): "1/2", (1, 2, 3): "1/2"}), "same number of coordinates"),
        (lambda: laws.joint_atoms({(1, 2): "1/2"}), "sum to 1/2"),
        (lambda: laws.joint_empirical([1.0, 2.0]), r"shape \(N, d\)"),
        (lambda: laws.joint_empirical([[1.0, np.nan]]), "non-finite"),
        (lambda: laws.product(laws.uniform(0, 1)), "two laws or more"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(UnsupportedModel, match=words):
        make()


def test_families_of_one_matrix_and_of_several_need_laws_of_their_kind():
    n = fp.sizes("n")
    with pytest.raises(TypeError, match="population needs a law such as"):
        fp.population(n, laws.product(laws.uniform(0, 1), laws.uniform(0, 1)))
    with pytest.raises(TypeError, match="commuting needs a law such as"):
        fp.commuting(n, laws.uniform(0, 1))


def test_means_of_monomials_are_exact():
    law = laws.product(laws.uniform(0, 1), laws.semicircle(1))
    assert law.monomial_mean(X**2 * Y**4) == sympy.Rational(2, 3)
    assert law.monomial_mean(X * sympy.exp(Y)) is None
    assert laws.joint_atoms({(1, 2): "1/2", (3, 0): "1/2"}).monomial_mean(X * Y) is None
