"""Entries of an inverse on the pattern of an elimination."""

import networkx as nx
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.equations.selected_inverse import SelectedInverse
from tests.agreement import spectrum_agreement

N, D, P = fp.sizes("n d p")
X = fp.gaussian(D, N)


def _solved(matrix, wanted=(), last=()):
    """Return (equations, numbers of the inverse from them), all unknowns in an order in which each is known."""
    size = len(matrix)
    inverse = SelectedInverse(
        range(size),
        lambda i, j: sympy.Float(matrix[i, j], 20) if matrix[i, j] != 0 else sympy.S.Zero,
        lambda i, j: sympy.Symbol(f"g_{i}_{j}"),
        lambda i, j: sympy.Symbol(f"s_{i}_{j}"),
        wanted,
        last,
    )
    equations = {f"s_{i}_{j}": inverse.elimination((i, j)) for i, j in inverse.earlier}
    equations |= {f"g_{i}_{j}": inverse.right((i, j)) for i, j in inverse.pattern}
    graph = nx.DiGraph()
    graph.add_nodes_from(equations)
    graph.add_edges_from((s.name, name) for name, right in equations.items() for s in right.free_symbols)
    values = {}
    for name in nx.topological_sort(graph):  # raises where an entry needs itself
        values[sympy.Symbol(name)] = equations[name].subs(values)
    return inverse, {place: float(values[sympy.Symbol(f"g_{place[0]}_{place[1]}")]) for place in inverse.pattern}


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(2, 7), st.integers(0, 10**6), st.floats(0.1, 0.6))
def test_entries_on_the_pattern_are_those_of_the_inverse(size, seed, density):
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((size, size)) * (rng.random((size, size)) < density) + 4 * np.eye(size)
    wanted = [(0, size - 1)]
    inverse, found = _solved(matrix, wanted, last={0})
    exact = np.linalg.inv(matrix)
    for (i, j), value in found.items():
        assert value == pytest.approx(exact[i, j], rel=1e-9, abs=1e-12)
    assert inverse.order[-1] == 0 and (0, size - 1) in inverse.pattern
    assert all((i, j) in inverse.pattern for i, j in np.argwhere(matrix != 0))


def test_the_number_of_entries_grows_with_the_size_of_a_band():
    def count(size):
        band = np.eye(size) * 4 + np.eye(size, k=1) + np.eye(size, k=-2)
        return len(_solved(band)[0].pattern)

    assert count(30) - count(20) == count(20) - count(10) <= 70


def test_entries_come_before_those_that_need_them():
    band = np.eye(8) * 4 + np.eye(8, k=1) + np.eye(8, k=-1)
    inverse, _ = _solved(band)
    for place in inverse.pattern:
        for symbol in inverse.right(place).free_symbols:
            kind, i, j = symbol.name.split("_")
            if kind == "g":
                assert inverse.precedence((int(i), int(j))) < inverse.precedence(place)


def _residual(depth, activation):
    H = activation(fp.gaussian(P, D) @ X / fp.sqrt(D))
    for _ in range(depth - 1):
        H = activation(fp.gaussian(P, P) @ H / fp.sqrt(P)) / 2 + H
    return H.T @ H / P


def test_residual_stacks_have_equations_linear_in_depth():
    counts = [len(fp.spectrum(_residual(depth, fp.sin)).system.unknowns) for depth in (14, 18, 22)]
    assert max(counts[1] - counts[0], counts[2] - counts[1]) <= 16 and counts[2] <= 80  # 22 layers tie 44 variables


def test_a_deep_residual_network_agrees_with_simulation():
    agreement = spectrum_agreement(_residual(9, fp.sin), {"n": 300, "d": 240, "p": 360}, first_seed=4)
    assert agreement.ratio < 1, agreement


def test_entries_far_below_rounding_errors():
    """Ten residual layers of two weights: their Jacobian has entries of size 10^-20 beside those of size 1."""
    signal = source = fp.gaussian(N)
    for _ in range(10):
        inner = fp.relu(fp.gaussian(N, N) @ signal / fp.sqrt(N))
        signal = signal + sympy.Rational(1, 10) * fp.gaussian(N, N) @ inner / fp.sqrt(N)
    jacobian = fp.jacobian(signal, source)
    pencil, scalar = (fp.spectrum(jacobian.T @ jacobian, via=via).at(n=1) for via in ("pencil", "scalar"))
    assert pencil.moments(1)[0] == (1 + sympy.Rational(1, 200)) ** 10
    for z in (1j, 0.8 + 0.2j):
        assert pencil.stieltjes(z) == pytest.approx(scalar.stieltjes(z), rel=1e-11)
