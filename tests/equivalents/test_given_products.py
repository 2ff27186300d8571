"""Products of given matrices are computed, and given matrices leave inverses: the same values before and after."""

import numpy as np
import pytest

import freeprob as fp
from freeprob.equivalents.given_products import fold_given, fold_traces, given_values
from freeprob.equivalents.given_push_through import push_through
from freeprob.equivalents.vector_expectation import trace_polynomial
from freeprob.language.expression import walk
from freeprob.language.nodes import Inverse

n, d, p, m = fp.sizes("n d p m")
RNG = np.random.default_rng(2)
X = fp.signal(d, n, RNG.standard_normal((6, 9)), name="X")
S = fp.population(d, np.cov(RNG.standard_normal((6, 20))), name="S")
y, b = fp.given(n, 1, RNG.standard_normal(9), name="y"), fp.given(d, 1, RNG.standard_normal(6), name="b")
Z, g = fp.gaussian(p, d, name="Z"), fp.gaussian(d, name="g")
SIZES = {"p": 5, "n": 9, "d": 6}


@pytest.mark.parametrize(
    "expression",
    [
        Z @ X @ X.T @ Z.T,
        Z @ S**0.5 @ X @ y,
        y.T @ X.T @ S @ X @ y,
        fp.inv(Z @ X @ X.T @ Z.T / p + fp.identity(p)) @ Z @ S @ b,
        y.T @ X.T @ Z.T @ Z @ X @ y + b.T @ S @ b,
        (X @ y + b).T @ (X @ y - b),
        b @ y.T @ X.T @ Z.T,
    ],
    ids=str,
)
def test_values_stay(expression):
    after, steps = fold_given(expression)
    assert np.allclose(after.simulate(SIZES), expression.simulate(SIZES), rtol=1e-10)
    assert not steps or steps[0].status == "exact"


def test_numbers_keep_their_order_in_the_sizes():
    assert fold_given(y.T @ y)[0].order == (y.T @ y).order == 1
    assert float(fp.limit(y.T @ X.T @ X @ y / n).at()) == pytest.approx((y.T @ X.T @ X @ y / n).simulate({}), rel=1e-13)


def test_a_product_and_its_transpose_are_one_letter():
    after, (step,) = fold_given(Z @ (X @ X.T @ S) @ Z.T + Z @ (S @ X @ X.T) @ Z.T)
    assert len(step.after) == 1 and after.T is after


def test_outer_products_of_vectors_stay():
    product = b @ b.T
    assert fold_given(product)[0] is product
    assert given_values(Z) is None and given_values(S**0.5).shape == (6, 6)
    assert given_values(fp.inv(S + fp.parameters("s", positive=True) * fp.identity(d))) is None


def test_given_vectors_close_to_traces():
    """a^T M b, and paths through random vectors."""
    number = b.T @ Z.T @ Z @ g @ g.T @ Z.T @ Z @ b / (p * p * d)
    polynomial, steps = fold_traces(trace_polynomial(number))
    assert steps[0].rule == "given_vectors" and len(polynomial.traces) == 1
    found = [number.simulate({"p": 200}, seed=seed) for seed in range(3000)]
    error = np.std(found, ddof=1) / np.sqrt(3000)
    assert abs(float(fp.limit(number).at(p=200)) - np.mean(found)) < 4 * error + 0.3 * np.mean(found) / 6


@pytest.mark.parametrize("scale", [1, -0.1])
def test_push_through_is_exact(scale):
    inverse = fp.inv(scale * X.T @ Z.T @ Z @ X / p + 2 * fp.identity(n))
    after, (step,) = push_through(y.T @ inverse @ y)
    assert step.status == "exact"
    assert after.simulate(SIZES) == pytest.approx((y.T @ inverse @ y).simulate(SIZES), rel=1e-10)
    assert {node.rows for node in walk(after) if isinstance(node, Inverse)} == {(p,)}


def test_push_through_leaves_other_inverses_alone():
    G = fp.gaussian(n, d)
    for inverse in (
        fp.inv(S + Z.T @ Z / p),
        fp.inv(X.T @ Z.T @ Z @ X / p + 2 * fp.identity(n) + G @ G.T / d),
        fp.inv(X.T @ X + 2 * fp.identity(n)),
        fp.inv(G @ Z.T @ Z @ G.T / (d * p) + fp.identity(n)),
    ):
        assert push_through(inverse) == (inverse, [])
