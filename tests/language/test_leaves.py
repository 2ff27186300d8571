"""Leaves of expressions, against a walk over all nodes."""

import freeprob as fp
from freeprob.language.expression import walk
from freeprob.language.leaves import leaves_of
from freeprob.language.nodes import Leaf

n = fp.sizes("n")


def _walked(*nodes):
    return {node for node in walk(*nodes) if isinstance(node, Leaf)}


def test_leaves_of_deep_networks():
    """No recursion over layers: a thousand of them are more than Python may nest."""
    hidden = fp.gaussian(n, n)
    layers = [hidden]
    for _ in range(1000):
        hidden = fp.tanh(fp.gaussian(n, n) @ hidden / fp.sqrt(n))
        layers.append(hidden)
    assert len(leaves_of(hidden)) == 1001
    assert all(leaves_of(layer) == _walked(layer) for layer in layers[:20])


def test_several_roots_and_leaves_themselves():
    A, B = fp.wigner(n), fp.population(n, fp.laws.atoms({1: "1/2", 2: "1/2"}))
    assert leaves_of() == frozenset() and leaves_of(A) == {A}
    assert leaves_of(A @ B, B.T @ A) == _walked(A @ B) == {A, B}
    assert leaves_of(fp.identity(n)) == frozenset()
