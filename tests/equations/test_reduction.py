"""Reduction leaves the solution where it was."""

import networkx as nx
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from freeprob.algebra.symbols import TAU, Z, unknown
from freeprob.derivation.average import Average
from freeprob.equations.dyson import DysonEquation
from freeprob.equations.reduction import eliminate_simple, strongly_connected
from freeprob.pencil.realisation import realise
from tests.equations.models import MATRICES, NUMBERS, VALUES, BruteForce, family_symbols, resolvent

UNKNOWNS = [unknown(f"G{k}") for k in range(1, 7)]


def _raw(name):
    expression = resolvent(MATRICES[name]) if name in MATRICES else NUMBERS[name]
    values = VALUES | ({Z: 0.4 + 6.0j} if name in MATRICES else {})
    pencil = realise([expression])
    dyson = DysonEquation(pencil, family_symbols(pencil))
    needed = {u for r in pencil.readouts for v, s, _ in r.entries if (u := dyson.symbol(v, s)) != 0}
    equations = dict(dyson.close(needed))
    g = BruteForce(pencil, values).solve()
    solution = {u: g[dyson.representatives[int(u.name[1:])]] for u in equations}
    return equations, needed, solution, values


@pytest.mark.parametrize("name", ["anticommutator", "random features", "rational", "degree 4", "nested resolvents"])
def test_the_solution_is_unchanged(name):
    equations, keep, solution, values = _raw(name)
    reduced, eliminated = eliminate_simple(equations, keep)
    assert set(reduced) | set(eliminated) == set(equations) and keep <= set(reduced)
    assert bool(eliminated) == (name in ("rational", "nested resolvents"))
    at = {u: v for u, v in solution.items() if u in reduced}
    for u, right in {**reduced, **eliminated}.items():
        value = complex(right.subs(TAU, 1).subs(values).subs(at))
        assert abs(value - solution[u]) < 1e-9 * (1 + abs(solution[u])), u
    for right in eliminated.values():
        assert not right.free_symbols & set(eliminated)


@pytest.mark.parametrize("name", ["separable", "anticommutator", "two letters twice", "trace of two resolvents"])
def test_components_come_in_order_of_solution(name):
    equations, keep, *_ = _raw(name)
    reduced, _ = eliminate_simple(equations, keep)
    components = strongly_connected(reduced)
    seen: set = set()
    for component in components:
        own = set(component.unknowns)
        for u, right in zip(component.unknowns, component.right, strict=True):
            assert right == reduced[u]
            assert right.free_symbols & set(reduced) <= seen | own
        seen |= own
    assert seen == set(reduced)


def test_linear_components_are_found():
    equations, keep, *_ = _raw("trace of two resolvents")
    reduced, _ = eliminate_simple(equations, keep)
    kinds = [component.linear for component in strongly_connected(reduced)]
    assert True in kinds and False in kinds
    for component in strongly_connected(reduced):
        own = component.unknowns
        rights = [right.replace(Average, lambda body, t, law: body.subs(t, 1.3)) for right in component.right]
        seconds = [sympy.simplify(r.diff(u, v)) for r in rights for u in own for v in own]
        assert component.linear == (not any(seconds))


def test_averages_and_self_references_stay():
    u, v, w = UNKNOWNS[:3]
    t, law = sympy.symbols("t H")
    equations = {u: 1 / (1 + u), v: Average(1 / (t - u), t, law), w: 2 * v}
    reduced, eliminated = eliminate_simple(equations, set())
    assert set(reduced) == {u, v} and eliminated == {w: 2 * v}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_random_systems(data):
    """Random equations with a random numeric solution put in by constants."""
    count = data.draw(st.integers(2, 6))
    unknowns = UNKNOWNS[:count]
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    solution = {u: sympy.Rational(int(rng.integers(1, 9)), int(rng.integers(1, 9))) for u in unknowns}
    equations = {}
    for u in unknowns:
        others = [unknowns[k] for k in rng.choice(count, size=rng.integers(0, 3))]
        form = sympy.Mul(*others) if rng.random() < 0.5 else 1 / (1 + sympy.Add(*others))
        value = form.subs(solution)
        equations[u] = form * (solution[u] / value) if rng.random() < 0.5 else form + solution[u] - value
    keep = {unknowns[0]}
    reduced, eliminated = eliminate_simple(equations, keep)
    assert unknowns[0] in reduced and set(reduced) | set(eliminated) == set(unknowns)
    for u, right in {**reduced, **eliminated}.items():
        assert right.subs(solution) == solution[u]
    graph = nx.DiGraph((v, u) for u, right in reduced.items() for v in right.free_symbols & set(reduced))
    graph.add_nodes_from(reduced)
    expected = {frozenset(c) for c in nx.strongly_connected_components(graph)}
    assert {frozenset(c.unknowns) for c in strongly_connected(reduced)} == expected
