"""Integer sizes and extrapolation."""

import numpy as np
import pytest
import sympy

from freeprob.errors import MissingValue
from freeprob.verify.finite_size import extrapolate, integer_sizes
from freeprob.verify.simulated_model import SimulatedModel

from . import models


def test_sizes_keep_rational_ratios():
    ratios = {"n": sympy.Integer(1), "d": sympy.Rational(7, 10), "p": sympy.Rational(8, 5)}
    assert integer_sizes(ratios, 256) == ({"n": 160, "d": 112, "p": 256}, True)
    sizes, exact = integer_sizes(ratios | {"d": sympy.Rational(12345, 99991)}, 256)
    assert not exact and sizes == {"n": 160, "d": 20, "p": 256}


@pytest.mark.parametrize("offset, agrees", [(0.0, True), (0.05, False)])
def test_a_wrong_limit_is_seen_and_a_right_one_is_not(offset, agrees):
    generator = np.random.default_rng(1)
    small, large = (1 + 3 / n + generator.normal(size=20) * 0.01 for n in (100, 200))
    found = extrapolate(small, large, 1 + offset)
    assert found.agrees is agrees and found.decides


def test_sizes_too_small_to_decide():
    found = extrapolate([2.0, 2.0001], [1.0, 1.0001], 0.5)
    assert not found.agrees and not found.decides


def test_every_size_needs_a_value():
    with pytest.raises(MissingValue, match="size p"):
        SimulatedModel(models.random_features().expression, {"n": 1, "d": 1})
