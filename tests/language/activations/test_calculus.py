"""Derivatives, sums, products and compositions."""

import copy
import json
import pickle

import numpy as np
import pytest
import sympy

from freeprob.errors import UnsupportedModel
from freeprob.language.activations import REGISTRY, CallableActivation, Q, X, as_activation, from_data

POINTS = np.array([[-2.3, -0.4, 0.1], [0.7, 1.3, 5.0]])
relu, tanh, sin, gelu = (as_activation(name) for name in ("relu", "tanh", "sin", "gelu"))
python = as_activation(lambda h: h / (1 + np.exp(-h)))


def test_arithmetic_acts_on_values():
    f, g = relu(POINTS), tanh(POINTS)
    for combined, expected in [
        (relu + tanh, f + g),
        (relu - tanh, f - g),
        (relu * tanh, f * g),
        (relu / (2 + tanh), f / (2 + g)),
        (2 * relu, 2 * f),
        (relu - 0.3, f - 0.3),
        (0.3 - relu, 0.3 - f),
        (relu / 4, f / 4),
        (1 / (1 + relu), 1 / (1 + f)),
        (-relu, -f),
        (relu**2, f**2),
        (np.float64(0.5) * relu + np.int64(2), 0.5 * f + 2),
        (sympy.Rational(1, 3) * relu, f / 3),
        (relu + X**2, f + POINTS**2),
        (sympy.Symbol("t") * relu, POINTS * f),
        (python * relu - 0.5, python(POINTS) * f - 0.5),
        (2 / (2 + python), 2 / (2 + python(POINTS))),
    ]:
        np.testing.assert_allclose(combined(POINTS), expected, rtol=1e-14)
        assert combined == pickle.loads(pickle.dumps(combined)) if combined.formula is not None else True


def test_floats_are_decimals_and_known_functions_are_recognised():
    assert str(relu - 0.3) == "Max(0, x) - 3/10"
    assert 2 * relu - relu == relu
    assert relu + relu.compose(-X) == as_activation("abs") or (relu + relu.compose(-X)).parity == 1
    assert sin.compose("linear") is sin


def test_composition():
    for outer, inner in [(relu, sin), (tanh, relu), (python, relu), (relu, python), (gelu, tanh)]:
        np.testing.assert_allclose(outer.compose(inner)(POINTS), outer(inner(POINTS)), rtol=1e-14)
    assert relu.compose("tanh").breakpoints == (0,)
    assert as_activation("erf").compose(2 * X).mean(Q) == 0
    assert as_activation("abs").compose(X**2 - 1).breakpoints == (-1, 1)


def test_refused_results():
    with pytest.raises(UnsupportedModel, match="constant"):
        relu - relu
    with pytest.raises(UnsupportedModel, match="constant"):
        0 * tanh
    with pytest.raises(UnsupportedModel, match="infinite"):
        relu / sin
    with pytest.raises(UnsupportedModel, match="2 free symbols"):
        relu + sympy.Symbol("a") * sympy.Symbol("b")
    with pytest.raises(UnsupportedModel, match="not registered"):
        relu.compose("rely")
    for other in ("tanh", None, [1.0]):
        with pytest.raises(TypeError):
            relu + other


@pytest.mark.parametrize("name", ["relu", "gelu", "softplus", "step", "hermite", "elu", "tanh"])
def test_centred_and_standardised(name):
    f = REGISTRY[name]
    q = sympy.Rational(7, 10)
    assert abs(f.centred(q).numeric_mean(q)) < 1e-15
    assert abs(f.centred(q).numeric_mean(q, 25)) < 1e-25
    assert f.centred(q).numeric_slope(q) == pytest.approx(f.numeric_slope(q), rel=1e-13)
    g = f.standardised(q)
    assert abs(g.numeric_mean(q)) < 1e-15
    assert g.numeric_second_moment(q) == pytest.approx(1, rel=1e-14)
    assert from_data(json.loads(json.dumps(g.to_data()))) == g
    assert (f.centred(q) is f) == (f.mean(q) == 0)


def test_centred_needs_a_number():
    with pytest.raises(UnsupportedModel, match="variance q must be a real number"):
        relu.centred(sympy.Symbol("q", positive=True))
    with pytest.raises(UnsupportedModel, match="positive"):
        relu.standardised(-1)


def test_centred_python_functions():
    f = python.centred(1.0)
    assert abs(f.numeric_mean(1.0)) < 1e-13
    assert python.standardised(1.0).numeric_second_moment(1.0) == pytest.approx(1, rel=1e-12)


def test_derivatives_that_are_registered():
    pairs = {"relu": "step", "abs": "sign", "softplus": "sigmoid", "sin": "cos", "exp": "exp"}
    for name, slope in pairs.items():
        assert as_activation(name).derivative() is REGISTRY[slope]
    assert as_activation(sympy.Piecewise((0, X < 0), (X, True))).derivative() is REGISTRY["step"]


def test_piecewise_linear_functions():
    for name, steps in {"hard_tanh": (0, 1, 0), "relu6": (0, 1, 0), "leaky_relu": (0.01, 1, 1)}.items():
        slope = as_activation(name).derivative()
        np.testing.assert_allclose(slope([-3.0, 0.5, 9.0]), steps)
        assert slope.second_moment(Q) is not None
    assert as_activation("hard_tanh").derivative().parity == 1


def test_straight_lines():
    line = as_activation(3 * X - 1)
    assert line.constant_slope == 3
    assert relu.constant_slope is tanh.constant_slope is python.constant_slope is None
    with pytest.raises(UnsupportedModel, match=r"3\*x - 1: its derivative is the number 3 \(constant_slope\)"):
        line.derivative()


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (sympy.sign(X) + X, r"jumps at x = 0.*distribution.*slope\(q\).*clipped"),
        (sympy.Piecewise((X, X < 1), (X**2 + 1, True)), "jumps at x = 1"),
        (sympy.sign(sympy.sin(X)), "not known whether it jumps"),
        (sympy.sqrt(sympy.Abs(X)), r"E f\(h\)\^2 is infinite"),
        (sympy.log(sympy.Abs(X)), "is infinite at x = 0"),
    ],
    ids=str,
)
def test_functions_without_derivative(function, message):
    with pytest.raises(UnsupportedModel, match=message):
        as_activation(function).derivative()


def test_continuous_singularities():
    f = as_activation(sympy.Piecewise((0, sympy.Eq(X, 0)), (X * sympy.log(sympy.Abs(X)), True)))
    assert f.derivative().numeric_mean(1) == pytest.approx(f.numeric_slope(1), rel=1e-9)
    f = as_activation(sympy.Abs(sympy.sin(X)))
    assert f.derivative().numeric_second_moment(1) == pytest.approx((1 + np.exp(-2)) / 2, rel=1e-12)


def test_python_functions():
    with pytest.raises(UnsupportedModel, match=r"Python function is not known; give f as a SymPy.*prime=g"):
        python.derivative()
    for prime in (lambda h: 1 / (1 + h**2), 1 / (1 + X**2), as_activation(1 / (1 + X**2))):
        f = CallableActivation(np.arctan, "arctan", prime=prime)
        assert f.derivative().numeric_second_moment(1) == pytest.approx(
            as_activation(sympy.atan).derivative().numeric_second_moment(1), rel=1e-12
        )
        assert str(f) == "arctan"
        assert copy.deepcopy(f) == f
    assert CallableActivation(np.arctan) != CallableActivation(np.arctan, prime=1 / (1 + X**2))
    with pytest.raises(UnsupportedModel, match="is not the derivative of f, or f jumps"):
        CallableActivation(np.arctan, prime=np.cos)
    with pytest.raises(UnsupportedModel, match="is not the derivative of f, or f jumps"):
        CallableActivation(lambda h: np.arctan(h) + np.sign(h), prime=1 / (1 + X**2))


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("silu", {"beta": 0}, "beta must be positive"),
        ("silu", {"beta": X}, "beta must be a real number"),
        ("elu", {"alpha": sympy.I}, "alpha must be a real number"),
        ("gaussian_bump", {"width": -1}, "width must be positive"),
        ("hermite", {"degree": 0}, "degree must be positive"),
        ("hermite", {"degree": 2.5}, "natural number"),
    ],
)
def test_bad_parameters(name, parameters, message):
    with pytest.raises(UnsupportedModel, match=f"activation {name}: .*{message}"):
        as_activation(name).with_parameters(**parameters)


def test_parameters_show():
    assert str(as_activation("silu")) == "silu"
    assert str(as_activation("silu").with_parameters(beta=1.702)) == "silu(851/500)"
    assert str(as_activation("hermite")) == "hermite(2)"


def test_hermite_polynomials_are_orthonormal():
    family = [as_activation("hermite").with_parameters(degree=k) for k in range(1, 6)]
    gram = [[f.numeric_product(g, 1) for g in family] for f in family]
    np.testing.assert_allclose(gram, np.eye(5), atol=1e-14)


def test_selu_is_normalised():
    selu = as_activation("selu")
    assert abs(selu.numeric_mean(1, 30)) < 1e-30
    assert abs(selu.numeric_second_moment(1, 30) - 1) < 1e-30


def test_names_do_not_collide_with_the_language():
    from freeprob.language import __all__ as words
    from freeprob.language.ensembles import ENSEMBLES

    assert not set(REGISTRY) & {*words, *ENSEMBLES}
