"""Checks of shape and scale, canonical forms, substitution."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.language.nodes import Entrywise, Identity, Inverse, Product, SpectralFunction, Sum, Zero
from freeprob.language.rewriting import expand, transpose
from tests.strategies import SPACES, expressions, matrices

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)
X = fp.gaussian(d, n, name="X")
W = fp.gaussian(p, d, name="W")
H = fp.wigner(n, name="H")
S = fp.population(d, fp.laws.atoms({1: 0.5, 3: 0.5}), name="S")
I = fp.identity(d)  # noqa: E741


# -- refusals: the message names the node, the reason and the remedy


def test_sum_of_two_shapes():
    with pytest.raises(fp.ShapeError, match=r"cannot add X of shape \(d\) x \(n\) and W of shape \(p\) x \(d\)"):
        X + W


def test_product_of_wrong_shapes():
    with pytest.raises(fp.ShapeError, match=r"cannot multiply X .* by W .*: n columns against p rows"):
        X @ W


@pytest.mark.parametrize("make", [fp.inv, fp.tr, lambda e: e**2], ids=["inv", "tr", "power"])
def test_not_square(make):
    with pytest.raises(fp.ShapeError, match="only a square matrix"):
        make(X)


def test_entrywise_without_scaling():
    with pytest.raises(fp.ScalingError, match=r"W @ X grow like N\^\(1/2\), so relu .* for example / fp.sqrt\(d\)"):
        fp.relu(W @ X)
    with pytest.raises(fp.ScalingError, match=r"vanish like N\^\(-1/2\).* fp.sqrt\(d\)"):
        fp.relu(W @ X / d)
    assert fp.relu(W @ X / fp.sqrt(d)).order == sympy.Rational(1, 2)


def test_entrywise_of_a_number_or_block():
    with pytest.raises(fp.ShapeError, match="an entrywise function needs a matrix"):
        fp.relu(fp.tr(H))
    Y = fp.gaussian(d, p)
    assert fp.relu(fp.block([[X, Y]])) is fp.block([[fp.relu(X), fp.relu(Y)]])


def test_functions_of_several_matrices():
    Y = fp.gaussian(d, n)
    u, v = sympy.symbols("u v")
    both = fp.entrywise(sympy.Max(u, v), X, Y)
    assert fp.entrywise(sympy.Lambda((v, u), sympy.Max(u, v)), X, Y) is both is fp.from_json(fp.to_json(both))
    sizes = {"n": 4, "d": 3}
    assert np.allclose(both.simulate(sizes), np.maximum(X.simulate(sizes), Y.simulate(sizes)))
    assert np.allclose(both.T.simulate(sizes), both.simulate(sizes).T)
    assert fp.entrywise(np.hypot, X, Y).simulate(sizes).shape == (3, 4)
    with pytest.raises(fp.ShapeError, match="needs one shape"):
        fp.entrywise(u * v, X, X.T)
    with pytest.raises(fp.UnsupportedModel, match="2 matrices are given, but it has 1 symbols"):
        fp.entrywise(u**2, X, Y)
    with pytest.raises(fp.UnsupportedModel, match="not real and finite"):
        fp.entrywise(sympy.log(u) + v, X, Y)
    with pytest.raises(fp.UnsupportedModel, match="failed on float64 arrays"):
        fp.entrywise(lambda a: a, X, Y)


def test_sum_of_different_orders():
    with pytest.raises(fp.ScalingError, match=r"in the sum, I is of order N\^\(0\) but X @ X.T of order N\^\(1\).*/ n"):
        X @ X.T + lam * I
    assert X @ X.T / n + lam * I is not None


def test_scalar_of_mixed_orders():
    with pytest.raises(fp.ScalingError, match="mixes orders"):
        X @ X.T / (n + 1) + I


def test_singular_inverses():
    x = fp.gaussian(d, name="x")
    with pytest.raises(fp.UnsupportedModel, match="the zero matrix is singular"):
        fp.inv(fp.zeros(d, d))
    with pytest.raises(fp.UnsupportedModel, match=r"rank one.*fp.identity\(d\)"):
        fp.inv(x @ x.T / d)
    singular = fp.population(d, fp.laws.atoms({0: 0.5, 1: 0.5}), name="S0")
    with pytest.raises(fp.UnsupportedModel, match="eigenvalue 0 with positive weight"):
        fp.inv(singular)
    with pytest.raises(fp.UnsupportedModel, match=r"eigenvalue 1 .* where S0 - 1 vanishes"):
        fp.inv(singular - I)
    with pytest.raises(fp.UnsupportedModel):
        singular**-0.5
    assert fp.inv(singular + I) is not None


def test_roots():
    signed = fp.population(d, fp.laws.atoms({-1: 0.5, 1: 0.5}), name="B")
    with pytest.raises(fp.UnsupportedModel, match="negative eigenvalues"):
        fp.sqrt(signed)
    with pytest.raises(fp.UnsupportedModel, match="S - 2 has negative eigenvalues"):
        fp.sqrt(S - 2 * I)
    assert fp.sqrt(signed @ signed) is not signed, "the root of a square is the absolute value"
    assert fp.sqrt(S @ S) is S
    with pytest.raises(fp.UnsupportedModel, match="non-integer powers"):
        H**0.5


def test_block_refusals():
    with pytest.raises(fp.ShapeError, match="rows of equal length"):
        fp.block([[X], [X, X]])
    with pytest.raises(fp.ShapeError, match=r"block \(1, 0\), W, is \(p\) x \(d\)"):
        fp.block([[X], [W]])
    with pytest.raises(fp.ShapeError, match="zeros has no size"):
        fp.block([[X, 0], [X, 0]])
    with pytest.raises(fp.ShapeError, match="the scalar 1 is no block"):
        fp.block([[X, 1], [0, X.T]])


def test_dimensions_must_be_sizes():
    for make in (fp.identity, fp.gaussian, fp.wigner):
        with pytest.raises(fp.ShapeError, match=r"fp.sizes"):
            make(5)
    with pytest.raises(fp.ShapeError):
        fp.wigner(1)


# -- canonical forms


def test_transposes():
    assert X.T.T is X and H.T is H and S.T is S and fp.sqrt(S).T is fp.sqrt(S)
    assert (W @ X / d).T is X.T @ W.T / d
    assert fp.inv(X @ X.T / n + I).T is fp.inv(X @ X.T / n + I)
    assert fp.relu(X).T.T is fp.relu(X)
    assert fp.block([[X, I]]).T is fp.block([[X.T], [I]])
    assert fp.tr(H).T is fp.tr(H) and fp.zeros(d, n).T is fp.zeros(n, d)


def test_functions_of_one_matrix_merge():
    root = S**0.5
    assert root @ root is S and fp.sqrt(S) is root
    assert fp.inv(S) @ S is I and S @ fp.inv(S) is I and S**-1 is fp.inv(S) and S**0 is I
    assert fp.inv(root) @ fp.inv(root) is fp.inv(S) is fp.inv(root @ root)
    resolvent = fp.inv(S + 2 * I)
    assert isinstance(resolvent, SpectralFunction)
    assert resolvent @ (S + 2 * I) is I and fp.inv(resolvent) is S + 2 * I
    assert root @ resolvent @ root is S @ resolvent
    assert X.T @ root @ root @ X is X.T @ S @ X


def test_scalars_leave_functions_of_a_matrix():
    assert fp.inv(2 * S) is fp.inv(S) / 2
    assert fp.inv(2 * S + 2 * I) is fp.inv(S + I) / 2
    assert X.T @ fp.inv(2 * S) @ S @ X is X.T @ X / 2
    assert fp.sqrt(S) @ (S + I) @ fp.inv(fp.sqrt(S)) is S + I


def test_a_parameter_may_be_called_t():
    t = fp.parameters("t")
    function = fp.inv(S + t * I)
    assert function is not fp.inv(2 * S)
    assert function @ (S + t * I) is I
    assert function.subs({t: 3}) is fp.inv(S + 3 * I)


def test_inverses():
    K = X @ X.T / n + I
    assert fp.inv(fp.inv(K)) is K and K @ fp.inv(K) is I and fp.inv(K) @ K is I
    assert fp.inv(3 * H) is fp.inv(H) / 3 and fp.inv(I) is I
    assert isinstance(fp.inv(K), Inverse)


def test_products_and_powers():
    assert isinstance(W @ X, Product) and len((W @ (X @ X.T) @ W.T).arguments) == 4
    assert H**3 is H @ H @ H and H**1 is H and isinstance(H**0, Identity)
    K = H / fp.sqrt(n) + 3 * fp.identity(n)
    assert K**-2 is fp.inv(K) @ fp.inv(K)
    assert isinstance(X @ fp.zeros(n, p), Zero)
    with pytest.raises(fp.ShapeError, match="use @ for the matrix product"):
        H * H
    assert fp.tr(H) * fp.tr(H) is fp.tr(H) @ fp.tr(H)


def test_sums_do_not_depend_on_the_order_or_the_counter():
    leaves = [fp.gaussian(d, n) for _ in range(12)]  # numbers with one more digit appear on the way
    total = sum(leaves)
    assert isinstance(total, Sum) and list(total.arguments) == leaves
    assert sum(reversed(leaves)) is total
    blocks = [fp.tr(fp.block([[fp.identity(a), 0], [0, fp.identity(b)]])) for a, b in ((n, d), (d, n))]
    assert blocks[0] + blocks[1] is blocks[1] + blocks[0]


def test_traces():
    G = H / fp.sqrt(n)
    assert fp.tr(2 * G + 3 * fp.identity(n)) is 2 * fp.tr(G) + 3
    assert fp.tr(fp.tr(H)) is fp.tr(H)


def test_block():
    assert fp.block([[X]]) is X
    linearised = fp.block([[fp.zeros(d, d), X], [X.T, fp.zeros(n, n)]])
    assert linearised.rows == (d, n) and linearised.is_square and linearised.T is linearised


def test_expand():
    K = (X.T + H @ X.T / fp.sqrt(n)) @ X
    assert expand(K) is X.T @ X + H @ X.T @ X / fp.sqrt(n)


# -- substitution


def test_a_fresh_point_goes_through_the_same_network():
    Phi = fp.relu(W @ X / fp.sqrt(d))
    x = fp.gaussian(d, name="x")
    phi = Phi.subs({X: x})
    assert phi is fp.relu(W @ x / fp.sqrt(d)) and phi.shape == (p, 1)
    assert isinstance(phi, Entrywise) and Phi.subs({}) is Phi


def test_substitution_checks_again():
    with pytest.raises(fp.ShapeError):
        (X @ X.T / n + I).subs({X: W})
    with pytest.raises(fp.ScalingError):
        fp.relu(X).subs({X: X / d})
    with pytest.raises(fp.UnsupportedModel, match="cannot replace S"):
        fp.sqrt(S).subs({S: fp.wigner(d)})
    other = fp.population(d, fp.laws.uniform(1, 2))
    assert fp.sqrt(S).subs({S: other}) is fp.sqrt(other)
    assert fp.inv(S).subs({S: other + I}) is fp.inv(other + I)


def test_substitution_of_scalars():
    a, b = fp.parameters("a b")
    e = a * X @ X.T / n + b * I
    assert e.subs({a: b, b: a}) is b * X @ X.T / n + a * I
    assert e.subs({a: 0}) is b * I
    for key, value in (("a", 1), (n, 3), (a, X), (X, 2)):
        with pytest.raises(TypeError):
            e.subs({key: value})


# -- laws that hold for every expression


@settings(max_examples=30, deadline=None)
@given(expressions())
def test_transposition_is_an_involution(e):
    assert transpose(transpose(e)) is e
    assert e.subs({}) is e
    assert e.order is not None


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_linear_algebra(data):
    rows, columns = data.draw(st.sampled_from(SPACES)), data.draw(st.sampled_from(SPACES))
    a, b = (data.draw(matrices(rows, columns, 2)) for _ in range(2))
    assert a + b is b + a
    assert isinstance((a + b) - b - a, Zero)
    assert (a + b).T is a.T + b.T
    assert (a @ b.T).T is b @ a.T
    assert a @ fp.identity(columns) is a


def test_a_leaf_over_several_spaces_is_a_block_matrix():
    n, d, q = fp.sizes("n d q")
    with pytest.raises(fp.ShapeError, match=r"d \+ n is not a size; .* has blocks, fp.block"):
        fp.gaussian(q, n + d)


def test_diagonal_matrices_of_vectors_commute():
    n, d = fp.sizes("n d")
    Z, v, w = fp.gaussian(d, n), fp.gaussian(n), fp.gaussian(n)
    D, E = fp.diag(fp.tanh(v)), fp.diag(w)
    assert D @ E is E @ D
    M = Z @ fp.diag(fp.hadamard(fp.tanh(v), w)) @ Z.T
    assert M.T is M
