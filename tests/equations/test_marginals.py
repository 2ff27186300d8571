"""Averages over the factors of a product law that meet."""

import sympy

import freeprob as fp
from freeprob.algebra.coordinate import Coordinate
from freeprob.equations.marginals import Marginals

H, t = sympy.symbols("H t")
U, S, B = fp.laws.uniform(0, 1), fp.laws.semicircle(1), fp.laws.bernoulli("1/2")


def test_coordinates_that_meet_stay_together():
    law = fp.laws.product(U, S, B)
    members = {(0, 1): Coordinate(t, 1) * Coordinate(t, 3), (2, 2): Coordinate(t, 2)}
    found = Marginals(H, law, t, [{0, 1}, {2}], members)
    first, second = sympy.Symbol("Hac"), sympy.Symbol("Hb")
    assert found.laws == {first: fp.laws.product(U, B), second: S}
    assert (
        found.of(0) == found.of(1) == (first, {Coordinate(t, 1): Coordinate(t, 1), Coordinate(t, 3): Coordinate(t, 2)})
    )
    assert found.of(2) == (second, {Coordinate(t, 2): t})


def test_a_factor_in_two_blocks_joins_them():
    law = fp.laws.product(U, S)
    members = {(0, 0): Coordinate(t, 1), (1, 1): Coordinate(t, 1) + Coordinate(t, 2)}
    found = Marginals(H, law, t, [{0}, {1}], members)
    assert found.laws == {H: law} and found.of(1) == (H, {})


def test_a_factor_that_nothing_reads_is_left_out():
    law = fp.laws.product(U, S, U)
    found = Marginals(H, law, t, [{0, 1}], {(0, 0): Coordinate(t, 1), (1, 1): Coordinate(t, 3)})
    assert found.laws == {sympy.Symbol("Hac"): fp.laws.product(U, U)}
    assert found.of(0)[1] == {Coordinate(t, 1): Coordinate(t, 1), Coordinate(t, 3): Coordinate(t, 2)}


def test_factors_of_several_coordinates_are_moved_as_one():
    pair = fp.laws.joint_atoms({(1, 2): "1/2", (3, 0): "1/2"})
    law = fp.laws.product(U, pair)
    members = {(0, 0): Coordinate(t, 1), (1, 1): Coordinate(t, 3)}
    found = Marginals(H, law, t, [{0}, {1}], members)
    assert found.of(1) == (sympy.Symbol("Hb"), {Coordinate(t, 2): Coordinate(t, 1), Coordinate(t, 3): Coordinate(t, 2)})
    assert found.laws[sympy.Symbol("Hb")] == pair


def test_layers_of_a_tangent_kernel_have_laws_of_their_own():
    n, d, p = fp.sizes("n d p")
    X = signal = fp.gaussian(d, n)
    below = d
    for _ in range(3):
        signal, below = fp.relu(fp.gaussian(p, below) @ signal / fp.sqrt(below)), p
    law = fp.spectrum(fp.ntk(fp.gaussian(p).T @ signal / fp.sqrt(p), X))
    assert sorted(joint.dimension for joint in law.system.laws.values()) == [2, 2]
    assert all(len({place.rpartition("__")[0] for place in places}) == 1 for places, _ in law.system.tables)
