"""Averages over independent vectors: pairings, orders, and quotients."""

import pytest
import sympy

import freeprob as fp
from freeprob.equivalents.vector_expectation import trace_polynomial
from freeprob.errors import ScalingError, UnsupportedModel
from tests.agreement import number_agreement

N, D = fp.sizes("n d")
A, B, C = (fp.wigner(D, name=name) / fp.sqrt(D) for name in "ABC")
X = fp.gaussian(D, N, name="X")
M = X @ X.T / N
S = fp.population(D, fp.laws.atoms({1: sympy.Rational(1, 2), 4: sympy.Rational(1, 2)}))
Q = fp.inv(M + fp.identity(D))
u, v, w = (fp.gaussian(D, name=name) for name in "uvw")
b = fp.gaussian(N, name="b")


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (u.T @ S @ u / D, fp.tr(S)),
        (u.T @ S @ v / D, 0),
        (u.T @ u / D, 1),
        ((u.T @ S @ u) @ (u.T @ Q @ u) / D**2, fp.tr(S) @ fp.tr(Q)),
        ((u.T @ S @ v) @ (v.T @ Q @ u) / D, fp.tr(S @ Q)),
        ((u.T @ S @ v) @ (u.T @ Q @ v) / D, fp.tr(S @ Q)),
        ((u.T @ A @ Q @ v) @ (u.T @ C @ v) / D, fp.tr(A @ Q @ C)),
        ((u.T @ M @ v) @ (v.T @ Q @ u) / D, fp.tr(M @ Q)),
        ((u.T @ S @ v) @ (v.T @ Q @ w) @ (w.T @ S @ u) / D, fp.tr(S @ Q @ S)),
        (u.T @ S @ v @ v.T @ Q @ w @ w.T @ u / D, fp.tr(S @ Q)),
        ((u.T @ v) @ (v.T @ w) / D, 0),
        ((u.T @ u) @ (v.T @ v) / D**2, 1),
        (2 + 3 * (u.T @ S @ u) / D, 2 + 3 * fp.tr(S)),
        (fp.tr(S) @ (u.T @ Q @ u) / D, fp.tr(S) @ fp.tr(Q)),
        ((u + 2 * v).T @ S @ (u - v) / D, -fp.tr(S)),
        ((u + v).T @ (S + Q) @ (u + v) / D, 2 * (fp.tr(S) + fp.tr(Q))),
    ],
)
def test_pairings(number, expected):
    assert sympy.expand(trace_polynomial(number - expected).formula) == 0


def test_a_trace_and_its_mirror_image_are_one():
    both = trace_polynomial(fp.tr(A @ B @ C) + fp.tr(C @ B @ A))
    assert len(both.traces) == 1


def test_averaging_is_recorded():
    assert trace_polynomial(u.T @ S @ u / D).averaged
    assert not trace_polynomial(fp.tr(S)).averaged
    assert any(step.rule == "vector_expectation" for step in fp.limit(u.T @ S @ u / D).steps)
    assert not any(step.rule == "vector_expectation" for step in fp.limit(fp.tr(S)).steps)


def test_terms_of_lower_order_vanish():
    assert trace_polynomial(u.T @ S @ u / D**2 + fp.tr(Q) - fp.tr(Q)).formula == 0


def test_terms_that_diverge_are_refused():
    with pytest.raises(ScalingError, match=r"of the number grows like N\^\(1\); divide by a size"):
        fp.limit(u.T @ S @ u)


def test_traces_of_matrices_with_vectors():
    assert float(fp.limit(fp.tr(S + u @ u.T)).at(d=1)) == pytest.approx(3.5)  # |u|^2 = d: it counts
    assert float(fp.limit(fp.tr(S + u @ u.T / D)).at(d=1)) == pytest.approx(2.5)


def test_a_vector_of_diverging_norm_in_an_inverse_is_refused():
    with pytest.raises(UnsupportedModel, match=r"the vector u occurs inside the inverse .* Sherman-Morrison"):
        trace_polynomial(u.T @ fp.inv(M + u @ u.T / D + fp.identity(D)) @ u / D)


def test_quotients_of_numbers_that_concentrate():
    value = float(fp.limit((u.T @ S @ u) / (u.T @ u)).at(d=1))
    assert value == pytest.approx(2.5)
    assert float(fp.limit(1 / fp.tr(S @ S)).at(d=1)) == pytest.approx(1 / 8.5)


def test_quotients_by_numbers_that_fluctuate_are_refused():
    with pytest.raises(UnsupportedModel, match=r"fluctuates in the limit \(its variance is .*\), so a quotient by it"):
        fp.limit(1 / (1 + u.T @ v / fp.sqrt(D)))


SAMPLED = {
    "two forms of one vector": (u.T @ (S + A) @ u) @ (u.T @ Q @ u) / D**2,
    "two forms of two vectors": (u.T @ (S + A) @ v) @ (v.T @ Q @ u) / D,
    "transposed": (u.T @ (A @ B + Q) @ v) @ (u.T @ (A @ B + S) @ v) / D,
    "rectangular": (u.T @ X @ b) @ (b.T @ X.T @ Q @ u) / (N * D),
    "vector inside": u.T @ S @ v @ v.T @ Q @ u / D,
    "three vectors": (u.T @ S @ v) @ (v.T @ Q @ w) @ (w.T @ u) / D,
    "quotient": (u.T @ S @ u) / (u.T @ Q @ u),
    "trace with vectors": fp.tr(S @ Q + u @ u.T),
}


@pytest.mark.parametrize("name", SAMPLED)
def test_agrees_with_samples(name):
    agreement = number_agreement(SAMPLED[name], {"n": 150, "d": 100}, replicates=4, draws=300, floor=1e-3)
    assert agreement.ratio < 1, agreement
