"""Graphs travel as text: exactly, in the same order everywhere, and never mixing up two leaves."""

import gc
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import sympy
from hypothesis import given, settings

import freeprob as fp
from freeprob.language.expression import walk
from freeprob.language.nodes import Leaf
from tests.strategies import SIMULATION_PARAMETERS, SIMULATION_SIZES, expressions

n, d, p = fp.sizes("n d p")
lam = fp.parameters("lambda", positive=True)


def _model():
    X, W = fp.gaussian(d, n, name="X"), fp.gaussian(p, d)
    S = fp.population(d, fp.laws.uniform("1/3", lam))
    Phi = fp.leaky_relu(W @ fp.sqrt(S) @ X / fp.sqrt(d), negative_slope=0.2)
    return fp.tr(fp.inv(Phi.T @ Phi / p + lam * fp.identity(n))) + sympy.pi


def _leaves(e):
    return [node for node in walk(e) if isinstance(node, Leaf)]


@settings(max_examples=60, deadline=None)
@given(expressions())
def test_round_trip(e):
    text = fp.to_json(e)
    assert fp.from_json(text) is e
    assert fp.to_json(fp.from_json(text)) == text


@settings(max_examples=20, deadline=None)
@given(expressions(depth=2))
def test_fresh_leaves_are_new_and_of_the_same_model(e):
    copy = fp.from_json(fp.to_json(e), fresh=True)
    old, new = _leaves(e), _leaves(copy)
    assert not set(old) & set(new)
    assert [x.ensemble for x in old] == [x.ensemble for x in new]
    assert copy.shape == e.shape and copy.order == e.order
    back = copy.subs(dict(zip(new, old, strict=True)))
    assert back is e


def test_fresh_leaves_keep_their_order():
    A, B = fp.wigner(n, name="A"), fp.wigner(n, name="B")
    e = B @ A @ (A + B)
    copy = fp.from_json(fp.to_json(e), fresh=True)
    assert str(copy) == str(e) == "B @ A @ (A + B)"


def test_the_model_travels():
    e = _model()
    assert fp.from_json(fp.to_json(e)) is e


def test_a_leaf_that_died_comes_back_with_its_sample():
    e = _model()
    text, values = fp.to_json(e), dict(SIMULATION_PARAMETERS)
    before = e.simulate(SIMULATION_SIZES, values)
    number = max(x.index for x in _leaves(e))
    del e
    gc.collect()
    again = fp.from_json(text)
    assert again.simulate(SIMULATION_SIZES, values) == before
    assert max(x.index for x in _leaves(again)) == number


def test_the_counter_moves_beyond_loaded_leaves():
    far = fp.gaussian(n).index + 1000
    text = fp.to_json(fp.gaussian(n)).replace(f'"index": {far - 999}', f'"index": {far}')
    loaded = fp.from_json(text)
    assert loaded.index == far and fp.gaussian(n).index == far + 1


def test_a_number_taken_by_another_leaf_gives_a_new_leaf():
    X = fp.gaussian(d, n, name="X")
    H = fp.wigner(d, name="H")
    e = X @ X.T / n + H / fp.sqrt(d)
    text = fp.to_json(e).replace('"name": {"text": "X"}', '"name": {"text": "Y"}')
    loaded = fp.from_json(text)
    Y = next(x for x in _leaves(loaded) if x.name == "Y")
    assert Y.index not in (X.index, H.index) and H in _leaves(loaded)
    assert loaded is Y @ Y.T / n + H / fp.sqrt(d)
    assert not np.allclose(Y.simulate({"d": 4, "n": 5}), X.simulate({"d": 4, "n": 5}))


def test_constants_stay_what_they_are():
    e = fp.ones(n).T @ fp.gaussian(n, d) @ fp.ones(d) / n
    assert fp.from_json(fp.to_json(e)) is e
    copy = fp.from_json(fp.to_json(e), fresh=True)
    assert copy is not e and fp.ones(n) in _leaves(copy) and fp.ones(d) in _leaves(copy)


def test_two_symbols_of_one_name_are_refused():
    other = fp.parameters("n")
    with pytest.raises(fp.UnsupportedModel, match="two symbols are named n"):
        fp.to_json(other * fp.identity(n))


def test_a_callable_cannot_travel():
    with pytest.raises(fp.UnsupportedModel, match="cannot be serialised"):
        fp.to_json(fp.entrywise(lambda h: h * np.tanh(h), fp.gaussian(n, d)))


SCRIPT = """
import freeprob as fp, sympy
n, d, p, q = fp.sizes("n d p q")
a, b, lam = fp.parameters("a b lambda", positive=True)
X, W = fp.gaussian(d, n), fp.gaussian(p, d)
S = fp.population(d, fp.laws.uniform(a, a + b))
Phi = fp.relu(W @ fp.sqrt(S) @ X / fp.sqrt(d))
R = fp.inv(Phi.T @ Phi * (a + b) * sympy.exp(b * n / d) / p + lam * fp.identity(n))
K = R + a * X.T @ fp.inv(S + lam * fp.identity(d)) @ X / n
view = fp.graph(K)
from freeprob.language.graph import positions
from freeprob.language.naming import names_from_frame
print(fp.to_json(K), K, K._repr_latex_(), list(view.nodes(data=True)), list(view.edges(data=True)), positions(view))
print(names_from_frame({**globals(), **locals()}, K))
"""


def test_output_does_not_depend_on_the_hash_seed():
    outputs = set()
    for seed in ("0", "1", "42"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1 and "freeprob expression" in outputs.pop()


def _broken(change):
    data = json.loads(fp.to_json(_model()))
    change(data)
    return json.dumps(data)


def _node(data, kind):
    return next(node for node in data["nodes"] if node["kind"] == kind)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.update(format="?"), "format"),
        (lambda x: x.update(version=2), '"version" is 2'),
        (lambda x: x.update(nodes=[]), "at least one node"),
        (lambda x: x.pop("symbols"), "symbols: 'symbols' is missing"),
        (lambda x: x["symbols"]["n"].update(kind="?"), "symbols: n is of unknown kind"),
        (lambda x: x["nodes"][3].update(kind="Sumo"), r"nodes\[3\]: unknown kind 'Sumo'; known are Block"),
        (
            lambda x: _node(x, "Sum").update(nodes=[{"node": 99}]),
            r"nodes\[\d+\] \(Sum\): field nodes: node 99 does not",
        ),
        (lambda x: _node(x, "Sum").update(scalars=["__import__('os')"]), r"\(Sum\): field scalars: .*neither a number"),
        (lambda x: _node(x, "Sum").update(scalars=[]), r"nodes\[\d+\] \(Sum\): "),
        (lambda x: _node(x, "Sum").pop("scalars"), r"\(Sum\): field scalars: 'scalars' is missing"),
        (lambda x: _node(x, "Sum").update(colour=1), r"\(Sum\): unknown field 'colour'"),
        (lambda x: _node(x, "Product")["factors"].reverse(), r"\(Product\): cannot multiply"),
        (lambda x: _node(x, "Product").update(factors=[]), r"nodes\[\d+\] \(Product\): "),
        (lambda x: _node(x, "Product").update(factors=3), r"nodes\[\d+\] \(Product\): "),
        (lambda x: _node(x, "Leaf").update(index=0), r"\(Leaf\): index is 0; it must be 0 for a constant"),
        (lambda x: _node(x, "Leaf").update(index="1"), r"\(Leaf\): index is 1; it must be"),
        (lambda x: _node(x, "Leaf").update(ensemble={"ensemble": "cauchy"}), "unknown ensemble 'cauchy'; known are"),
        (lambda x: _node(x, "Leaf").update(ensemble={"text": "gaussian"}), "'gaussian' is no ensemble"),
        (lambda x: _node(x, "Leaf").update(rows="n + 1"), r"\(n \+ 1\) x"),
        (lambda x: _node(x, "Leaf").update(name={"text": 3}), "3 is not text"),
        (
            lambda x: [leaf.update(index=7) for leaf in x["nodes"] if leaf["kind"] == "Leaf"],
            "a second leaf has index 7",
        ),
        (lambda x: _node(x, "Entrywise").update(activation={"activation": "r"}), r"\(Entrywise\): field activation: "),
        (lambda x: _node(x, "Entrywise").update(node={"node": 0}), r"nodes\[\d+\] \(Entrywise\): "),
        (lambda x: _node(x, "SpectralFunction").update(leaf={"node": 1}), r"\(SpectralFunction\): "),
        (lambda x: _node(x, "Identity").update(space=["lambda_"]), r"\(Identity\): .* is not a shape of sizes"),
        (lambda x: _node(x, "Identity").update(space="n"), r"\(Identity\): "),
    ],
)
def test_malformed_text(change, message):
    with pytest.raises(ValueError, match=message):
        fp.from_json(_broken(change))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"format": 1}', "[" * 100000, None, 3])
def test_not_even_a_graph(text):
    with pytest.raises(ValueError):
        fp.from_json(text)


def test_only_expressions():
    with pytest.raises(TypeError, match="needs an expression"):
        fp.to_json(lam)
