"""Zeros on the axis by the argument principle: counts, places, multiplicities."""

import numpy as np
import pytest

from freeprob.errors import SolveError
from freeprob.solve.axis_zeros import real_zeros


@pytest.mark.parametrize("places", [[0.3], [0.3, 0.31], [1e-6, 0.5, 0.999], [0.25, 0.250001], [0.5, 0.5]])
def test_between_two_square_root_ends(places):
    def function(z):
        return np.prod([z - p for p in places], axis=0) * np.sqrt(z) * np.sqrt(1 - z) / (1.3 + z)

    found = [z.place for z in real_zeros(function, 0.0, 1.0, 1.0) for _ in range(z.multiplicity)]
    assert found == pytest.approx(sorted(places), rel=1e-10)


@pytest.mark.parametrize("multiplicity", [1, 2, 3])
def test_multiplicity_is_a_count(multiplicity):
    (zero,) = real_zeros(lambda z: (z - 7.0) ** multiplicity / np.sqrt(z), 0.0, np.inf, 1.0)
    assert zero.multiplicity == multiplicity and zero.place == pytest.approx(7.0, rel=1e-12)


def test_both_unbounded_sides():
    def function(z):
        return (z - 1e5) * (z + 3.0) / z**2

    assert [z.place for z in real_zeros(function, -np.inf, -1.0, 1.0)] == pytest.approx([-3.0], rel=1e-12)
    assert [z.place for z in real_zeros(function, 1.0, np.inf, 1.0)] == pytest.approx([1e5], rel=1e-12)
    assert real_zeros(lambda z: np.ones(len(z), dtype=complex), 1.0, np.inf, 1.0) == []


def test_zeros_off_the_axis_do_not_count():
    assert real_zeros(lambda z: (z - 2.0) ** 2 + 1e-2, 0.0, np.inf, 1.0) == []


def test_a_pole_is_an_error():
    with pytest.raises(SolveError, match="pole near"):
        real_zeros(lambda z: 1 / (z - 2.0), 0.0, np.inf, 1.0)
