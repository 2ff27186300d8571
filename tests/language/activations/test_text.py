"""Text to expression, without eval."""

import pytest
import sympy

from freeprob.errors import UnsupportedModel
from freeprob.language.activations import X
from freeprob.language.activations.text import read_expression


@pytest.mark.parametrize(
    "expression",
    [
        X**3 - 3 * X,
        sympy.Max(0, X) - 1 / sympy.sqrt(2 * sympy.pi),
        sympy.Piecewise((X, (X > 1) | (X < -2)), (X**2, sympy.And(X > 0, X <= 1)), (sympy.exp(-X), True)),
        sympy.erf(X / 3) * sympy.cos(2 * X + sympy.E) + sympy.besselj(0, X),
        sympy.Rational(7, 3) * sympy.Abs(X) ** sympy.Rational(1, 3),
        -2 * (X + 1) * sympy.exp(X) / (3 * (2 * sympy.cosh(X) + 2)),
        -(X + 1) * sympy.exp(-X) / (X**2 + 1) ** 2,
        (sympy.Max(0, X) - 1 / sympy.sqrt(2 * sympy.pi)) / sympy.sqrt(sympy.Rational(1, 2) - 1 / (2 * sympy.pi)),
    ],
)
def test_round_trip(expression):
    assert read_expression(str(expression)) == expression


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "x.subs",
        "open('f')",
        "lambda y: y",
        "y + 1",
        "x +",
        "9**9**9",
        "9**(9**9)",
        "Symbol(x)",
        "sin(x, x, x)",
    ],
)
def test_refusals(text):
    with pytest.raises(UnsupportedModel, match="activation"):
        read_expression(text)
