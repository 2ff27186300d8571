"""The entrywise product: its algebra, its canonical form, and its samples."""

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.language.nodes import Block, Hadamard, Zero
from tests.strategies import SIMULATION_PARAMETERS, SIMULATION_SIZES, SPACES, leaf, matrices

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
X, Y = fp.gaussian(d, n, name="X"), fp.gaussian(d, n, name="Y")
H, G = fp.wigner(n, name="H"), fp.gaussian(n, n, name="G")
B, C, P = fp.bonds(d, n, keep=0.4), fp.bonds(n, keep=0.4), fp.bonds(n, keep=0.4, dilute_diagonal=True)
ONES = fp.ones(d) @ fp.ones(n).T
I = fp.identity(n)  # noqa: E741


@st.composite
def triples(draw):
    rows, columns = draw(st.sampled_from(SPACES)), draw(st.sampled_from(SPACES))
    shapes = [matrices(rows, columns, 1), matrices(rows, columns, 2), st.just(leaf("bonds", rows, columns, 0))]
    return tuple(draw(shape) for shape in shapes)


def _sample(e):
    return np.asarray(e.simulate(SIMULATION_SIZES, SIMULATION_PARAMETERS, seed=3))


@settings(max_examples=40, deadline=None)
@given(triples())
def test_the_algebra_of_numpy(factors):
    a, b, c = factors
    try:
        ab = fp.hadamard(a, b)
    except fp.ScalingError:  # the product of two sums may hold terms that vanish
        assume(False)
    assert ab is fp.hadamard(b, a) and ab.T is fp.hadamard(a.T, b.T)
    assert fp.hadamard(ab, c) is fp.hadamard(a, fp.hadamard(b, c)) is fp.hadamard(c, b, a)
    assert np.allclose(_sample(fp.hadamard(2 * a, lam * b)), 1.4 * _sample(ab))
    assert fp.hadamard(c, c, a) is fp.hadamard(a, c)
    assert np.allclose(_sample(fp.hadamard(a, b, c)), _sample(a) * _sample(b) * _sample(c))
    assert fp.from_json(fp.to_json(fp.hadamard(ab, c))) is fp.hadamard(ab, c)


def test_distributes_over_sums():
    assert fp.hadamard(X - 3 * Y, B) is fp.hadamard(X, B) - 3 * fp.hadamard(Y, B)
    assert fp.hadamard(X, X - Y) + fp.hadamard(X, Y) is fp.hadamard(X, X)
    assert isinstance(fp.hadamard(X - X, Y), Zero)


def test_the_matrix_of_ones_is_the_identity_of_the_product():
    assert fp.hadamard(ONES, X) is X and fp.hadamard(ONES, ONES) is ONES
    assert fp.hadamard(lam * ONES, X) is lam * X
    assert fp.hadamard(fp.ones(n), fp.gaussian(n)) is not fp.ones(n)
    x = fp.gaussian(n)
    assert fp.hadamard(fp.ones(n), x) is x


def test_numbers_multiply():
    x = fp.gaussian(n)
    assert fp.hadamard(fp.tr(H), x.T @ x) is fp.tr(H) * (x.T @ x)


def test_the_diagonal_of_a_pattern():
    assert fp.hadamard(C, I) is I and fp.hadamard(I, I) is I
    D = fp.diagonal(n, fp.laws.uniform(1, 2))
    assert fp.hadamard(C, D) is D and fp.hadamard(D, 2 * I) is 2 * D
    assert fp.hadamard(D, fp.inv(D)) is I and fp.hadamard(D, D, C) is D @ D
    assert np.allclose(_sample(fp.hadamard(D, D)), _sample(D) ** 2)
    assert isinstance(fp.hadamard(P, I), Hadamard)
    assert np.allclose(_sample(fp.hadamard(P, I)), np.diag(np.diag(_sample(P))))


def test_fixed_patterns_of_blocks():
    Z, W = fp.gaussian(d, d), fp.gaussian(p, n)
    full = fp.block([[Z, X], [fp.gaussian(p, d), W]])
    mask = fp.block([[fp.ones(d) @ fp.ones(d).T, 0], [0, fp.ones(p) @ fp.ones(n).T]])
    kept = fp.block([[Z, 0], [0, W]])
    assert fp.hadamard(mask, full) is kept
    inner = fp.hadamard(fp.block([[B.T @ B, B.T], [B, B @ B.T]]), fp.identity((n, d)))
    assert np.allclose(_sample(inner), np.diag(np.diag(_sample(fp.block([[B.T @ B, B.T], [B, B @ B.T]])))))
    assert isinstance(fp.hadamard(fp.block([[0 * Z, X]]), fp.block([[Z, 0 * X]])), Zero)


def test_products_of_blocks_are_multiplied_out():
    wide = fp.block([[X, fp.gaussian(d, p)]])
    product = fp.gaussian(d, d) @ wide
    mixed = fp.hadamard(wide, product)
    assert isinstance(mixed, Block) and np.allclose(_sample(mixed), _sample(wide) * _sample(product))


@pytest.mark.parametrize(
    ("factors", "order"),
    [
        ((X, Y), "1/2"),
        ((X, Y / fp.sqrt(n)), 0),
        ((B, X @ X.T @ Y / n), "1/2"),
        ((C, H @ H / n), 0),
        ((H @ H / n, H @ H / n), 0),
        ((C, H @ H), 1),
        ((fp.tanh(fp.gaussian(d)) @ fp.tanh(fp.gaussian(n)).T, X), "1/2"),  # bounded entries: no logarithms
        ((fp.gaussian(d) @ fp.gaussian(n).T, fp.gaussian(d) @ fp.gaussian(n).T), 1),
        ((G, H), "1/2"),
        ((G, I), 0),
    ],
)
def test_order_is_that_of_the_norm(factors, order):
    product = fp.hadamard(*factors)
    assert product.order == sympy.Rational(order)
    small, large = (
        np.mean([np.linalg.norm(product.simulate({"n": k, "d": k, "p": k}, seed=seed), 2) for seed in range(40)])
        for k in (60, 240)
    )
    assert abs(np.log(large / small) / np.log(4) - float(product.order)) < 0.2


def test_refusals():
    with pytest.raises(fp.ShapeError, match=r"X of shape \(d\) x \(n\) and H of shape \(n\) x \(n\) entry by entry"):
        fp.hadamard(X, H)
    with pytest.raises(TypeError, match="needs expressions, not int"):
        fp.hadamard(X, 2)
    with pytest.raises(fp.ScalingError, match="in the sum"):
        fp.hadamard(C, H @ H) + I
    with pytest.raises(fp.ScalingError, match="vanishes in the limit"):
        fp.hadamard(I + G / fp.sqrt(n), H @ H / n)


def test_substitution_rebuilds():
    product = fp.hadamard(X, Y)
    assert product.subs({Y: ONES}) is X
    assert product.subs({Y: 2 * X + Y}) is 2 * fp.hadamard(X, X) + product


def test_diagonal_matrices_at_the_sides_act_on_the_whole():
    rows, columns = fp.mask(p, keep="1/2"), fp.population(n, fp.laws.uniform(1, 2))
    left, right = fp.gaussian(p, n), fp.gaussian(p, n)
    assert fp.hadamard(rows @ left, right) is rows @ fp.hadamard(left, right)
    assert fp.hadamard(rows @ left, right @ fp.mask(n, keep="1/3")).rows == (p,)
    whole = fp.hadamard(rows @ left @ fp.mask(n, keep="1/3"), rows @ right)
    sizes = {"p": 6, "n": 9, "d": 4}
    assert np.count_nonzero(whole.simulate(sizes, seed=1)) == 3 * 3
    assert fp.hadamard(columns @ left.T, right.T) is not columns @ fp.hadamard(left.T, right.T)  # may have any basis


def test_sums_of_diagonal_matrices_are_pulled_out():
    n, p = fp.sizes("n p")
    X, Y, mask = fp.gaussian(p, n), fp.gaussian(p, n), fp.mask(p, keep=0.3)
    rest = fp.identity(p) - mask
    assert fp.hadamard(rest @ X, Y) is rest @ fp.hadamard(X, Y)
