"""Covariances of entries: the recursion over layers against traces of the whole expression, and mean-field theory."""

import numpy as np
import pytest
import sympy

import freeprob as fp
from freeprob.equivalents.entry_products import EntryProducts
from freeprob.pipeline import _law_symbols, _SecondMoment

N, D, P, Q = fp.sizes("n d p q")
X, W, V, U = fp.gaussian(D, N), fp.gaussian(P, D), fp.gaussian(Q, P), fp.gaussian(Q, P)
ROTATION = fp.haar(P)
T = fp.population(P, fp.laws.atoms({1: 0.5, 3: 0.5}))
S = fp.population(D, fp.laws.uniform(1, 2))


class _NoTraces:
    def __call__(self, expression):
        raise AssertionError(f"{expression} needs no trace")

    def closed_form(self, number):
        return _SecondMoment(_law_symbols(number)).closed_form(number)


Y, Y2 = W @ X / fp.sqrt(D), 2 * ROTATION @ W @ X / fp.sqrt(D)
PAIRS = {
    "one layer": (Y, Y),
    "two layers": (V @ Y / fp.sqrt(P), V @ Y / fp.sqrt(P)),
    "different weights": (V @ Y / fp.sqrt(P), U @ Y / fp.sqrt(P)),
    "orthogonal weights": (V @ (Y + Y2) / fp.sqrt(P), V @ Y2 / fp.sqrt(P)),
    "a sum of weights": (V @ Y / fp.sqrt(P) + U @ Y / fp.sqrt(P), V @ Y / fp.sqrt(P)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_recursion_equals_traces(name):
    one, other = PAIRS[name]
    products = EntryProducts(_NoTraces())
    moments = _SecondMoment({})
    whole = (moments(one + other) - moments(one - other)) / 4
    assert sympy.simplify(products(one, other) - whole) == 0


def test_what_begins_with_no_weights_is_a_trace():
    table = {S: sympy.Symbol("H")}
    value = EntryProducts(_SecondMoment(table))(S @ X, S @ X)
    assert value == sympy.Rational(7, 3)  # E t^2 for t uniform on (1, 2)


def test_diagonal_matrices_in_front():
    mask = fp.mask(P, keep=0.3)
    value = EntryProducts(_SecondMoment({mask: sympy.Symbol("H")}))(mask @ Y, mask @ Y)
    assert abs(float(value) - 0.3) < 1e-15


def test_diagonal_matrices_that_occur_below_too_and_shared_parts():
    """A residual layer whose neurons share a diagonal matrix, and means, with no trace of the whole."""
    mask = fp.mask(P, keep=0.3)
    below = mask @ Y + fp.ones(P) @ fp.ones(N).T / 2
    skip, other = fp.gaussian(P, P, name="A"), fp.gaussian(P, P, name="B")
    layer = mask @ (skip @ below + other @ below) / fp.sqrt(P) + mask @ fp.ones(P) @ fp.ones(N).T
    products = EntryProducts(_NoTraces())
    value = float(products.limit(layer, layer))
    assert abs(value - (0.3 * 2 * (0.3 + 0.25) + 0.3)) < 1e-12
    sizes = {"n": 60, "d": 900, "p": 900}
    found = [(layer.simulate(sizes, seed=seed) ** 2).mean() for seed in range(8)]
    assert abs(np.mean(found) - value) < 5 * np.std(found, ddof=1) / np.sqrt(len(found)) + 1 / sizes["p"]


def test_a_matrix_that_occurs_on_both_sides_is_not_averaged_alone():
    square = fp.gaussian(P, P)
    products = EntryProducts(_SecondMoment({}))
    one = square @ square @ fp.gaussian(P, N) / P
    assert sympy.simplify(products(one, one) - _SecondMoment({})(one)) == 0


def test_deep_networks_derive_in_linear_size_and_follow_mean_field_theory():
    depth, layer, width = 30, X, D
    for _ in range(depth):
        layer, width = fp.tanh(fp.gaussian(P, width) @ layer / fp.sqrt(width)), P
    law = fp.spectrum(layer.T @ layer / P)
    assert len(law.system.unknowns) <= 2 * depth + 2
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    weights = weights / weights.sum()
    variance = 1.0
    for _ in range(depth):  # q -> E tanh(sqrt(q) x)^2 (Poole et al. 2016)
        variance = weights @ np.tanh(np.sqrt(variance) * nodes) ** 2
    assert abs(float(law.at(n=1, d=2, p=3).moments(1)[0]) - variance) < 1e-9


def test_isometries_keep_the_mean_square_or_spread_it_over_more_entries():
    products, narrow, wide = EntryProducts(_NoTraces()), fp.haar(P, Q).T, fp.haar(N, P)
    assert sympy.simplify(products(narrow @ Y, narrow @ Y) - products(Y, Y)) == 0
    assert sympy.simplify(products(wide @ Y, wide @ Y) - P / N * products(Y, Y)) == 0
    assert products(wide @ Y, fp.haar(N, P) @ Y) == 0


SQUARE = fp.gaussian(P, P), fp.gaussian(P, P)


def _skips(scale):
    """Return a sum of two independent layers, and a multiple of it with a layer of its own on top."""
    below = Y + fp.gaussian(P, N)
    return below, scale * below + SQUARE[0] @ below / fp.sqrt(P) + SQUARE[1] @ Y / fp.sqrt(P) + Y


@pytest.mark.parametrize("scale", [1, -2, sympy.Rational(1, 3)])
def test_a_skip_connection_carries_a_known_sum(scale):
    below, above = _skips(scale)
    products, moments = EntryProducts(_SecondMoment({})), _SecondMoment({})
    assert sympy.simplify(products(below, below) - moments(below)) == 0
    assert sympy.simplify(products(above, above) - moments(above)) == 0


def test_variances_of_residual_layers_are_a_recursion():
    q, c = sympy.symbols("q c", positive=True)
    below = Y + fp.gaussian(P, N)
    products = EntryProducts(_SecondMoment({}))
    products(below, below)
    front = U @ below / fp.sqrt(P)
    products.name(front, front, q)  # the variance of a pre-activation names that of what the weights act on
    above = below + c * SQUARE[0] @ below / fp.sqrt(P)
    assert sympy.expand(products.limit(above, above) - q - c**2 * q) == 0


def test_variances_of_a_residual_stack_hold_one_layer_each():
    hidden = fp.tanh(Y)
    for _ in range(6):
        hidden = hidden + fp.tanh(fp.gaussian(P, P) @ hidden / fp.sqrt(P))
    variances = [c for c in fp.spectrum(hidden.T @ hidden / P).system.coefficients if c.symbol.name.startswith("q_")]
    assert len(variances) == 6 and all(len(c.arguments[0].free_symbols) <= 3 for c in variances)
