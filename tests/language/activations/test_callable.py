"""Activations given by a Python function."""

import copy
import pickle

import numpy as np
import pytest

from freeprob.errors import UnsupportedModel
from freeprob.language.activations import REGISTRY, CallableActivation, as_activation


def swish(h):
    return h / (1 + np.exp(-h))


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_moments_equal_those_of_the_formula(name):
    known = REGISTRY[name]
    f = CallableActivation(lambda h: known(h))
    for q in (0.3, 2.0):
        for moment in ("numeric_mean", "numeric_slope", "numeric_second_moment"):
            assert getattr(f, moment)(q) == pytest.approx(getattr(known, moment)(q), rel=1e-12, abs=1e-13)
    assert f.numeric_product(known, 1.4) == pytest.approx(known.numeric_second_moment(1.4), rel=1e-12)
    assert known.numeric_product(f, 1.4, 50) == pytest.approx(known.numeric_second_moment(1.4), rel=1e-12)


def test_precision_is_announced():
    f = as_activation(swish)
    assert f.precise_digits == 13
    assert f.name == "swish"
    assert f.latex == r"\operatorname{swish}"
    assert f.formula is None and f.breakpoints == () and f.parity == 0
    assert f.mean(1) is f.slope(1) is f.second_moment(1) is None
    assert float(f.numeric_mean(1.0, 50)) == f.numeric_mean(1.0)


def test_expectation():
    f = as_activation(swish)
    assert f.expectation(lambda h, v: v * h, 2.0) == pytest.approx(2 * f.numeric_slope(2.0), rel=1e-12)
    relu = as_activation("relu")
    assert float(relu.expectation(lambda h, v: v**4, 2, 40)) == pytest.approx(6, rel=1e-15)
    with pytest.raises(UnsupportedModel, match="relu"), np.errstate(all="ignore"):
        relu.expectation(lambda h, v: 1 / h**2, 2)


def test_identity_and_pickle():
    assert as_activation(swish) == as_activation(swish)
    assert hash(as_activation(swish)) == hash(as_activation(swish))
    assert as_activation(lambda h: h**2) != as_activation(lambda h: h**2)
    assert pickle.loads(pickle.dumps(as_activation(swish))) == as_activation(swish)
    assert copy.deepcopy(as_activation(swish)) == as_activation(swish)
    assert str(as_activation(lambda h: h**2)) == "lambda"


def test_callable_is_not_data():
    with pytest.raises(UnsupportedModel, match=r"swish: a Python callable cannot be serialised.*SymPy"):
        as_activation(swish).to_data()


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda h: h - h.mean(), "does not act entry by entry"),
        (lambda h: h.sum(), "must keep the shape"),
        (lambda h: h[:1], "must keep the shape"),
        (lambda h: 1j * h, "real numbers, got dtype complex128"),
        (lambda h: np.array([["a"] * 5] * 2)[: len(h), : h.shape[1]], "real numbers"),
        (lambda h: np.log(h), "infinite or undefined"),
        (lambda h: float(h), "failed on a float64 array of shape .2, 5. with TypeError"),
        (lambda h, g: h, "failed on a float64 array"),
        (lambda h: 0 * h + 2, "constant"),
        (lambda h: 1 / h, r"E f\(h\)\^2 is infinite"),
        (lambda h: np.exp(h**4), r"E f\(h\)\^2 is infinite"),
    ],
)
def test_refusals(function, message):
    with pytest.raises(UnsupportedModel, match=f"activation lambda.*{message}"):
        as_activation(function)


def test_moments_only_below_a_variance():
    f = as_activation(lambda h: np.exp(h**2))
    assert f.numeric_second_moment(0.1) == pytest.approx(1 / np.sqrt(0.6), rel=1e-12)
    with pytest.raises(UnsupportedModel, match=r"infinite.*only for q < 0.25"):
        f.numeric_mean(0.3)


def test_arguments_are_not_changed():
    def in_place(h):
        h *= 2
        return h

    points = np.array([1.0, 2.0])
    np.testing.assert_array_equal(as_activation(in_place)(points), [2.0, 4.0])
    np.testing.assert_array_equal(points, [1.0, 2.0])
