"""Nodes are frozen and interned, and die when nobody holds them."""

import copy
import gc
import pickle
import time
import weakref

import pytest
import sympy
from hypothesis import given, settings

import freeprob as fp
from freeprob.language import expression as expression_module
from freeprob.language.expression import walk
from tests.strategies import expressions


def _resolvent():
    n, d = fp.sizes("n d")
    X = fp.gaussian(d, n, name="X")
    return X, fp.inv(X @ X.T / n + 2 * fp.identity(d))


def test_equal_expressions_are_one_object():
    n, d = fp.sizes("n d")
    X, Y = fp.gaussian(d, n), fp.gaussian(d, n)
    assert X is not Y
    assert X + Y is Y + X
    assert (2 * X) @ Y.T is X @ (2 * Y.T)
    assert X + X is 2 * X
    assert (X - X) is 0 * X
    assert fp.relu(X) is fp.entrywise("relu", X)
    assert hash(X + Y) == hash(Y + X) and X + Y == Y + X and X != Y


def test_an_integer_and_a_boolean_field_are_not_confused():
    assert fp.leaky_relu(fp.gaussian(fp.sizes("n")), negative_slope=1) is not None
    n = fp.sizes("n")
    assert fp.identity(n) is fp.identity([n])
    with pytest.raises(TypeError):
        fp.identity(n) * True


@settings(max_examples=25, deadline=None)
@given(expressions())
def test_copies_are_the_object_itself(e):
    assert copy.copy(e) is e
    assert copy.deepcopy(e) is e
    assert copy.deepcopy([e, e])[1] is e
    assert pickle.loads(pickle.dumps(e)) is e


def test_a_pickled_leaf_never_becomes_another_leaf():
    n = fp.sizes("n")
    x = fp.gaussian(n, name="x")
    text = pickle.dumps(x)
    number = x.index
    del x
    gc.collect()
    impostor = type(fp.gaussian(n)).intern(fp.gaussian(n).ensemble, n, n, number, "other")
    with pytest.raises(ValueError, match=r"from_json\(text, fresh=True\)"):
        pickle.loads(text)
    assert impostor.name == "other"


def test_expressions_are_frozen():
    X, _ = _resolvent()
    with pytest.raises(AttributeError, match="frozen"):
        X.rows = ()
    with pytest.raises(AttributeError, match="frozen"):
        X.anything = 1


def test_nothing_is_kept_alive():
    gc.collect()
    before = len(expression_module._NODES)
    X, R = _resolvent()
    Y = fp.relu(X) + 3 * X
    dead = [weakref.ref(e) for e in (X, R, Y, X.T, R.T, Y.T, Y.T.T, fp.tr(R))]
    del X, R, Y
    gc.collect()
    assert [r() for r in dead] == [None] * len(dead)
    assert len(expression_module._NODES) <= before


def test_a_deep_shared_graph_is_cheap():
    n = fp.sizes("n")
    H = fp.wigner(n) / fp.sqrt(n)
    start = time.perf_counter()
    K = H
    for _ in range(40):
        K = fp.inv(K @ H @ K + K.T @ K + fp.identity(n))
    transposed = K.T
    assert transposed.T is K
    assert len(list(walk(K))) < 250
    assert fp.from_json(fp.to_json(K)) is K
    assert len(fp.graph(K)) < 250
    assert K.subs({H: H}) is K
    assert time.perf_counter() - start < 5


def test_walk_gives_arguments_first_and_once():
    _, R = _resolvent()
    seen = []
    for node in walk(R):
        assert all(a in seen for a in node.arguments)
        assert node not in seen
        seen.append(node)
    assert seen[-1] is R


def test_misuse_is_explained():
    X, _ = _resolvent()
    with pytest.raises(TypeError, match="truth value"):
        bool(X)
    with pytest.raises(TypeError, match="not iterable"):
        list(X)
    with pytest.raises(TypeError, match="abstract"):
        type(X).__mro__[1].intern(1)


def test_shape_and_order():
    n, d = fp.sizes("n d")
    X = fp.gaussian(d, n)
    assert X.shape == (d, n) and X.shape_text == "(d) x (n)"
    assert (X @ X.T / n).order == 0 and X.order == sympy.Rational(1, 2)
    assert fp.block([[X, fp.identity(d)]]).shape_text == "(d) x (n+d)"
    assert fp.tr(X @ X.T).is_number and not X.is_square
