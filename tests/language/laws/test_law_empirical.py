import time

import numpy as np
import pytest
import sympy

from freeprob.errors import UnsupportedModel
from freeprob.language import laws


def test_order_does_not_matter_and_repeats_are_merged():
    law = laws.empirical([3.0, 1.0, 1.0])
    assert law == laws.empirical(np.array([1, 3, 1])) and hash(law) == hash(laws.empirical((1, 1, 3)))
    assert law.atoms == {sympy.Float(1.0): sympy.Rational(2, 3), sympy.Float(3.0): sympy.Rational(1, 3)}
    assert law.nodes(2)[0].tolist() == [1.0, 3.0]
    assert law.quantiles(3).tolist() == [1.0, 1.0, 3.0]
    assert law.is_atomic and float(law.moment(2)) == pytest.approx(11 / 3)


@pytest.mark.parametrize("count", [1, 2, 8, 40])
def test_gauss_rule_keeps_two_count_minus_one_moments(count):
    values = np.random.default_rng(0).uniform(-1, 1, 5000)
    law = laws.empirical(values)
    points, weights = law.nodes(count)
    assert len(points) == count
    for k in range(2 * count):
        assert weights @ points**k == pytest.approx(np.mean(values**k), abs=1e-13)
    if count < 20:  # and not the next one: the rule is a compression, not the law
        assert abs(weights @ points ** (2 * count) - np.mean(values ** (2 * count))) > 1e-12


def test_hundred_thousand_values_are_cheap():
    values = np.random.default_rng(1).standard_normal(100_000)
    start = time.perf_counter()
    law = laws.empirical(values)
    points, weights = law.nodes(32)
    hash(law), laws.empirical(values) == law
    assert time.perf_counter() - start < 5
    assert weights @ points**4 == pytest.approx(np.mean(values**4), rel=1e-12)


@pytest.mark.parametrize(
    "values, message",
    [
        ([], "non-empty"),
        ([1.0, np.nan], "non-finite"),
        ([np.inf], "non-finite"),
        ([1j], "real"),
        ([[1.0]], "shape"),
        (["a"], "real"),
    ],
)
def test_bad_values_are_refused(values, message):
    with pytest.raises(UnsupportedModel, match=message):
        laws.empirical(values)
