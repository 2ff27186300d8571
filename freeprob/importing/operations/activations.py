"""Entrywise functions of one argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from ...language.activations import X, as_activation
from ...language.entry_formulas import apply
from ...language.expression import Expression
from ...language.scalars import as_scalar
from ..layer import Layer
from ..reader import Reader

_REGISTERED = {
    "relu": "relu",
    "relu6": "relu6",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "special_expit": "sigmoid",
    "erf": "erf",
    "special_erf": "erf",
    "sin": "sin",
    "cos": "cos",
    "exp": "exp",
    "abs": "abs",
    "absolute": "abs",
    "sign": "sign",
    "sgn": "sign",
    "selu": "selu",
    "silu": "silu",
    "softsign": "softsign",
    "hardsigmoid": "hard_sigmoid",
    "hardswish": "hard_swish",
}
"""Names of torch and names of the language."""

_FORMULAS = {
    "atan": sympy.atan(X),
    "arctan": sympy.atan(X),
    "sinh": sympy.sinh(X),
    "cosh": sympy.cosh(X),
    "square": X**2,
    "mish": X * sympy.tanh(sympy.log(1 + sympy.exp(X))),
    "logsigmoid": -sympy.log(1 + sympy.exp(-X)),
    "tanhshrink": X - sympy.tanh(X),
}


def _fixed(function: Any) -> Callable[..., Expression]:
    activation = as_activation(function)

    def operation(reader: Reader, input: Any, inplace: bool = False) -> Expression:
        return apply(activation, reader.features(input))

    return operation


def _named(name: str, **parameters: Any) -> Any:
    return as_activation(name).with_parameters(**{key: as_scalar(value) for key, value in parameters.items()})


def leaky_relu(reader: Reader, input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Expression:
    """Return x for x > 0, else slope times x."""
    return apply(_named("leaky_relu", negative_slope=negative_slope), reader.features(input))


def prelu(reader: Reader, input: Any, weight: Any) -> Expression:
    """Return a leaky rectifier with a trained slope, the same for all neurons."""
    return apply(_named("leaky_relu", negative_slope=reader.number(weight)), reader.features(input))


def rrelu(
    reader: Reader,
    input: Any,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Expression:
    """Return a leaky rectifier with the mean slope; in training torch draws slopes, which is refused."""
    if training:
        reader.refuse("it draws a slope for each entry while training", "call module.eval() first")
    slope = (as_scalar(lower) + as_scalar(upper)) / 2
    return apply(_named("leaky_relu", negative_slope=slope), reader.features(input))


def elu(reader: Reader, input: Any, alpha: float = 1.0, inplace: bool = False) -> Expression:
    """Return x for x > 0, else alpha (exp(x) - 1)."""
    return apply(_named("elu", alpha=alpha), reader.features(input))


def celu(reader: Reader, input: Any, alpha: float = 1.0, inplace: bool = False) -> Expression:
    """Return x for x > 0, else alpha (exp(x/alpha) - 1)."""
    a = as_scalar(alpha)
    function = _named("elu", alpha=1) if a == 1 else sympy.Max(0, X) + a * (sympy.exp(sympy.Min(0, X) / a) - 1)
    return apply(as_activation(function), reader.features(input))


def gelu(reader: Reader, input: Any, approximate: str = "none") -> Expression:
    """Return x times the normal distribution function, or its approximation by tanh."""
    cubic = sympy.sqrt(2 / sympy.pi) * (X + sympy.Rational("0.044715") * X**3)
    function = "gelu" if approximate == "none" else X * (1 + sympy.tanh(cubic)) / 2
    return apply(as_activation(function), reader.features(input))


def softplus(reader: Reader, input: Any, beta: float = 1.0, threshold: float = 20.0) -> Expression:
    """Return log(1 + exp(beta x))/beta; torch's linear branch beyond the threshold differs by exp(-threshold)."""
    if threshold < 15:
        reader.refuse(f"softplus with threshold {threshold} has a jump", "threshold=20, torch's default")
    b = as_scalar(beta)
    return apply(as_activation("softplus" if b == 1 else sympy.log(1 + sympy.exp(b * X)) / b), reader.features(input))


def clamp(reader: Reader, input: Any, min: float | None = None, max: float | None = None) -> Expression:
    """Return x between two numbers."""
    formula: sympy.Expr = X
    if min is not None:
        formula = sympy.Max(reader.number(min), formula)
    if max is not None:
        formula = sympy.Min(reader.number(max), formula)
    return apply(as_activation(formula), reader.features(input))


def hardtanh(
    reader: Reader, input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Expression:
    """Return x between two numbers, -1 and 1 if not said otherwise."""
    if (min_val, max_val) == (-1, 1):
        return apply(as_activation("hard_tanh"), reader.features(input))
    return clamp(reader, input, min_val, max_val)


def hardshrink(reader: Reader, input: Any, lambd: float = 0.5) -> Expression:
    """Return x where |x| > lambda, else 0."""
    return apply(as_activation(X * sympy.Heaviside(sympy.Abs(X) - as_scalar(lambd))), reader.features(input))


def softshrink(reader: Reader, input: Any, lambd: float = 0.5) -> Expression:
    """Return x moved towards 0 by lambda."""
    a = as_scalar(lambd)
    return apply(as_activation(sympy.Max(0, X - a) + sympy.Min(0, X + a)), reader.features(input))


def threshold(reader: Reader, input: Any, threshold: float, value: float, inplace: bool = False) -> Expression:
    """Return x where it is above a threshold, else a value."""
    end, below = reader.number(threshold), reader.number(value)
    if end == below:
        return apply(as_activation(sympy.Max(X, end)), reader.features(input))
    formula = X * sympy.Heaviside(X - end) + below * sympy.Heaviside(end - X)
    return apply(as_activation(formula), reader.features(input))


OPERATIONS: dict[str, Callable[..., Any]] = {
    **{name: _fixed(known) for name, known in _REGISTERED.items()},
    **{name: _fixed(formula) for name, formula in _FORMULAS.items()},
    "leaky_relu": leaky_relu,
    "prelu": prelu,
    "rrelu": rrelu,
    "elu": elu,
    "celu": celu,
    "gelu": gelu,
    "softplus": softplus,
    "clamp": clamp,
    "clip": clamp,
    "hardtanh": hardtanh,
    "hardshrink": hardshrink,
    "softshrink": softshrink,
    "threshold": threshold,
}

LAYERS = {
    "ReLU": Layer("relu"),
    "ReLU6": Layer("relu6"),
    "Tanh": Layer("tanh"),
    "Sigmoid": Layer("sigmoid"),
    "SELU": Layer("selu"),
    "SiLU": Layer("silu"),
    "Softsign": Layer("softsign"),
    "Hardsigmoid": Layer("hardsigmoid"),
    "Hardswish": Layer("hardswish"),
    "Mish": Layer("mish"),
    "LogSigmoid": Layer("logsigmoid"),
    "Tanhshrink": Layer("tanhshrink"),
    "LeakyReLU": Layer("leaky_relu", "negative_slope"),
    "PReLU": Layer("prelu", "weight"),
    "RReLU": Layer("rrelu", "lower", "upper", "training"),
    "ELU": Layer("elu", "alpha"),
    "CELU": Layer("celu", "alpha"),
    "GELU": Layer("gelu", "approximate"),
    "Softplus": Layer("softplus", "beta", "threshold"),
    "Hardtanh": Layer("hardtanh", "min_val", "max_val"),
    "Hardshrink": Layer("hardshrink", "lambd"),
    "Softshrink": Layer("softshrink", "lambd"),
    "Threshold": Layer("threshold", "threshold", "value"),
}
