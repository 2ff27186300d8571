"""Means and other finite-rank parts: what is dropped, what counts, what is refused."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.errors import UnsupportedModel
from tests.agreement import number_agreement, spectrum_agreement

N, D, P = fp.sizes("n d p")
LAMBDA = fp.parameters("lambda", positive=True)
X, W = fp.gaussian(D, N), fp.gaussian(P, D)
F, T = fp.relu(W @ X / fp.sqrt(D)), fp.tanh(W @ X / fp.sqrt(D))
u, x, g = fp.gaussian(D), fp.gaussian(D), fp.gaussian(N)
INNER = fp.inv(F @ F.T / N + LAMBDA * fp.identity(P))
PLAIN = fp.inv(T @ T.T / N + LAMBDA * fp.identity(P))
SIZES, PARAMETERS = {"n": 160, "d": 100, "p": 130}, {"lambda": 0.7}


def test_a_mean_moves_no_bulk_eigenvalue():
    law = fp.spectrum(F @ F.T / N)
    assert "mu_1" not in {c.symbol.name for c in law.system.coefficients}
    (step,) = [s for s in law.steps if s.rule == "finite_rank"]
    assert step.status == "exact" and step.references[0].key == "BaiSilverstein2010"
    assert spectrum_agreement(F @ F.T / N, SIZES, law=law).ratio < 1


def test_outer_products_of_vectors_move_no_bulk_eigenvalue():
    spiked = X @ X.T / N + 3 * u @ u.T / D
    law, plain = fp.spectrum(spiked), fp.spectrum(X @ X.T / N)
    z = 1.3 + 0.2j
    assert law.at(n=1, d=0.5).stieltjes(z) == plain.at(n=1, d=0.5).stieltjes(z)
    assert any("outliers" in h.statement for s in law.steps for h in s.hypotheses)


def test_a_matrix_of_finite_rank_has_no_bulk():
    with pytest.raises(UnsupportedModel, match="has finite rank: its spectral law is a point mass at 0"):
        fp.spectrum(u @ u.T / D)


def test_a_mean_counts_in_a_trace():
    """The norm of mu 1 1^T grows with the sizes, so that it is seen by tr(F F^T / n) = E f^2."""
    assert float(fp.limit(fp.tr(F @ F.T / N)).at(n=1, d=1, p=1)) == pytest.approx(0.5, rel=1e-12)
    second = 0.5 - 1 / (2 * np.pi)
    centred = fp.entrywise(
        sympy.Max(fp.parameters("h", real=True), 0) - 1 / sympy.sqrt(2 * sympy.pi), W @ X / fp.sqrt(D)
    )
    assert float(fp.limit(fp.tr(centred @ centred.T / N)).at(n=1, d=1, p=1)) == pytest.approx(second, rel=1e-12)


NUMBERS = {
    "second moment": fp.tr(F @ F.T / N),
    "product of two kernels": fp.tr(F @ F.T @ T @ T.T / N**2),
    "beside another resolvent": fp.tr(F @ F.T @ PLAIN / N),
    "difference of two": fp.tr((F - fp.sigmoid(W @ X / fp.sqrt(D))) @ (F - T).T / N),
    "resolvent of the kernel": fp.tr(INNER),
    "smoother": fp.tr(F.T @ INNER @ F / N),
    "smoother squared": fp.tr(F.T @ INNER @ INNER @ F / N),
    "between vectors": g.T @ F.T @ F @ g / (N * P),
    "label with a mean": fp.relu(X.T @ u / fp.sqrt(D)).T @ T.T @ T @ fp.relu(X.T @ u / fp.sqrt(D)) / (N * P),
    "fresh point": fp.tanh(W @ x / fp.sqrt(D)).T @ PLAIN @ fp.relu(W @ x / fp.sqrt(D)) / P,
    "fresh point with a mean": fp.relu(W @ x / fp.sqrt(D)).T @ PLAIN @ fp.relu(W @ x / fp.sqrt(D)) / P,
}


@pytest.mark.parametrize("name", NUMBERS)
def test_agrees_with_samples(name):
    agreement = number_agreement(NUMBERS[name], SIZES, PARAMETERS, replicates=4, draws=80, floor=2e-3)
    assert agreement.ratio < 1, agreement


def test_the_mean_of_features_is_fitted_like_an_intercept():
    y = X.T @ u / fp.sqrt(D) + g
    limit = fp.limit(fp.train_error(fp.ridge(F, y, penalty=LAMBDA), F, y))
    (step,) = [s for s in limit.steps if s.rule == "finite_rank"]
    assert "like an intercept" in step.hypotheses[0].statement and step.hypotheses[0].evidence == "assumed"


V = fp.gaussian(P, P)
OTHER = fp.inv(V @ F @ F.T @ V.T / (N * P) + fp.identity(P))
EXPOSED = {
    "a resolvent that holds another mean": fp.tr(F.T @ OTHER @ F / N),
    "sum of a kernel and its resolvent": fp.tr(F @ F.T / N) + fp.tr(INNER),
    "two kernels before the resolvent": fp.tr(F @ F.T @ F @ F.T @ INNER / N**2),
    "norm of a fresh feature": fp.relu(W @ x / fp.sqrt(D)).T @ fp.relu(W @ x / fp.sqrt(D)) / P + fp.tr(INNER),
}


@pytest.mark.parametrize("name", EXPOSED)
def test_a_mean_that_meets_no_inverse_is_refused(name):
    with pytest.raises(UnsupportedModel, match=r"finite_rank: .* has a nonzero mean that does not meet an inverse"):
        fp.limit(EXPOSED[name])


def test_labels_with_a_mean_beside_another_function_of_the_matrix_are_refused():
    y = fp.relu(X.T @ u / fp.sqrt(D))
    for weights in (fp.gradient_flow(F, y, 1), fp.ridge(F @ fp.mask(N, keep=0.5), y, penalty=LAMBDA)):
        with pytest.raises(UnsupportedModel, match=r"finite_rank: .* has a nonzero mean that does not meet an inverse"):
            fp.limit(fp.train_error(weights, F, y))
