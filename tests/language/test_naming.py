"""Names come from variables, are never shared, and never depend on the process."""

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.language.expression import walk
from freeprob.language.naming import check_symbols, names_from_frame
from freeprob.language.nodes import Leaf
from freeprob.language.printing import text
from tests.strategies import expressions

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)


def _named(expression, **variables):
    return {text_of: name for text_of, name in names_from_frame(variables, expression).items()}


def test_variables_name_leaves_and_sub_expressions():
    data, weights = fp.gaussian(d, n), fp.gaussian(p, d)
    hidden = fp.relu(weights @ data / fp.sqrt(d))
    K = hidden.T @ hidden / p
    other = fp.gaussian(d, n)
    names = _named(K, X=data, W=weights, Phi=hidden, K=K, unused=other, n=n, lam=lam, text="text")
    assert names == {data: "X", weights: "W", hidden: "Phi", K: "K"}
    assert text(K, {node: name for node, name in names.items() if node is not K}) == "Phi.T @ Phi / p"


def test_preference_is_shortest_then_alphabetical():
    x = fp.gaussian(n)
    for order in (("data", "b", "a", "_"), ("a", "b", "data", "_")):
        assert _named(x, **dict.fromkeys(order, x)) == {x: "a"}


def test_private_variables_and_trailing_underscores():
    x, y = fp.gaussian(n), fp.gaussian(n)
    assert _named(x + y, lambda_=x, _y=y) == {x: "lambda", y: "Z"}


def test_a_given_name_is_kept():
    x = fp.gaussian(n, name="signal")
    assert _named(x, x=x) == {x: "signal"}


def test_letters_are_numbered_in_order_of_appearance():
    x, y, H = fp.gaussian(n), fp.gaussian(n), fp.wigner(n)
    assert _named(H @ y + H @ x) == {H: "H", x: "Z_1", y: "Z_2"}
    assert _named(x) == {x: "Z"}
    assert _named(x + y, Z_1=y) == {x: "Z", y: "Z_1"}
    assert _named(x + y, Z=y) == {x: "Z_1", y: "Z"}


def test_two_leaves_never_share_a_name():
    a, b, c = (fp.gaussian(n, name="X") for _ in range(3))
    d_ = fp.gaussian(n)
    assert _named(a + b + c + d_, X=d_, X_=d_) == {a: "X", b: "X_2", c: "X_3", d_: "Z"}
    x, y = fp.gaussian(n), fp.gaussian(n)
    assert _named(x + y, S=x, S_=y) == {x: "S", y: "Z"}


def test_a_constant_in_two_sizes():
    Z = fp.gaussian(n, d)
    assert _named(fp.ones(n).T @ Z @ fp.ones(d)) == {fp.ones(n): "1_n", Z: "Z", fp.ones(d): "1_d"}
    assert _named(Z @ fp.ones(d)) == {Z: "Z", fp.ones(d): "1"}


def test_a_leaf_never_has_the_name_of_a_size():
    x = fp.gaussian(n)
    assert _named(x, n=x, vector=x) == {x: "vector"}


@settings(max_examples=30, deadline=None)
@given(expressions(), st.data())
def test_names_are_distinct_and_complete(e, data):
    nodes = list(walk(e))
    chosen = data.draw(st.lists(st.sampled_from(nodes), max_size=4))
    names = names_from_frame(dict(zip(["K", "K_", "X", "n"], chosen, strict=False)), e)
    assert len(set(names.values())) == len(names)
    assert {node for node in nodes if isinstance(node, Leaf)} <= set(names) <= set(nodes)
    copy = fp.from_json(fp.to_json(e), fresh=True)
    assert text(copy, names_from_frame({}, copy)) == text(e, names_from_frame({}, e)), "free of the process's counter"


def test_symbols_of_one_name():
    size_and_parameter = fp.parameters("n") * fp.identity(n)
    with pytest.raises(fp.UnsupportedModel, match=r"the size n and the parameter n \(real\); rename one of them"):
        check_symbols(size_and_parameter)
    facts = sympy.Symbol("lambda") * fp.identity(n) + lam * fp.wigner(n) / fp.sqrt(n)
    with pytest.raises(fp.UnsupportedModel, match=r"lambda \(positive\) and the parameter lambda \(no assumptions\)"):
        check_symbols(facts)
    law = fp.population(n, fp.laws.uniform(0, fp.parameters("lambda")))
    with pytest.raises(fp.UnsupportedModel, match="named lambda"):
        check_symbols(law + lam * fp.identity(n))
    with pytest.raises(fp.UnsupportedModel, match="named lambda"):
        check_symbols(fp.parameters("lambda_") * fp.identity(n) + lam * fp.wigner(n) / fp.sqrt(n))


@settings(max_examples=20, deadline=None)
@given(expressions())
def test_ordinary_expressions_pass(e):
    check_symbols(e)


def test_a_parameter_t_and_a_function_of_a_matrix():
    t = fp.parameters("t")
    S = fp.population(d, fp.laws.uniform(1, 2))
    check_symbols(fp.inv(S + t * fp.identity(d)))
