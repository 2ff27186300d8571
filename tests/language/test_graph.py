"""The networkx view and its layout."""

import networkx
from hypothesis import given, settings

import freeprob as fp
from freeprob.language.expression import walk
from freeprob.language.graph import positions
from tests.strategies import expressions

n, d, p = fp.sizes("n d p")


def test_attributes_and_edges():
    X, W = fp.gaussian(d, n, name="X"), fp.gaussian(p, d, name="W")
    Phi = fp.relu(W @ X / fp.sqrt(d))
    K = Phi.T @ Phi / p
    view = fp.graph(K, names={Phi: "Phi"})
    assert [view.nodes[i]["kind"] for i in view] == [
        *("Leaf", "Leaf", "Product", "Sum", "Entrywise", "Transpose", "Product", "Sum")
    ]
    assert view.nodes[4] == {"kind": "Entrywise", "label": "Phi", "latex": r"\Phi", "shape": ("p", "n")}
    assert view.nodes[7]["label"] == "Phi.T @ Phi / p"
    assert view.edges[4, 6]["position"] == (1,) and view.edges[5, 6]["position"] == (0,)


def test_a_repeated_argument_has_all_its_positions():
    H = fp.wigner(n, name="H")
    x = fp.gaussian(n, name="x")
    view = fp.graph(x.T @ H @ H @ x)
    product = max(view)
    h = next(i for i in view if view.nodes[i]["label"] == "H")
    assert view.edges[h, product]["position"] == (1, 2)


def test_long_labels_refer_to_nodes():
    H = fp.wigner(n, name="H") / fp.sqrt(n)
    K = H
    for _ in range(12):
        K = fp.inv(K @ K + fp.identity(n))
    view = fp.graph(K)
    assert max(len(view.nodes[i]["label"]) for i in view) < 200
    assert "node_" in view.nodes[max(view)]["label"]


@settings(max_examples=30, deadline=None)
@given(expressions())
def test_layers(e):
    view = fp.graph(e)
    assert networkx.is_directed_acyclic_graph(view) and len(view) == len(list(walk(e)))
    assert list(view) == list(range(len(view))) and all(a < b for a, b in view.edges)
    place = positions(view)
    assert place == positions(fp.graph(e)) and len(set(place.values())) == len(view)
    assert all(place[a][0] < place[b][0] for a, b in view.edges)
    assert place[max(view)][0] == networkx.dag_longest_path_length(view, weight=None)
