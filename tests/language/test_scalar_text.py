"""Scalars survive as text, and text runs no code."""

import pytest
import sympy

from freeprob.algebra.symbols import Eigenvalue, Size
from freeprob.language.scalar_text import read_scalar, symbol_words, write_scalar

n, d = Size("n"), Size("d")
lam = sympy.Symbol("lambda", positive=True)
t, pi = Eigenvalue("t"), sympy.Symbol("pi", real=True)
SYMBOLS = [n, d, lam, t, sympy.Symbol("t", real=True), pi]


@pytest.mark.parametrize(
    "scalar",
    [
        sympy.Rational(-3, 7),
        sympy.sqrt(2) * lam / sympy.sqrt(n * d) - 1,
        pi * sympy.pi,
        sympy.exp(-lam) * sympy.log(n / d) ** 2,
        t + sympy.Symbol("t", real=True),
        sympy.Float("0.1"),
        sympy.Float("1.23456789012345678901234567890", 30) * lam,
        sympy.Float(-1e-300),
        sympy.Max(lam, n / d, 1),
        sympy.Mul(2, lam + 1, evaluate=False),
        (lam + 1) ** sympy.Rational(-5, 3),
        sympy.E**2 + sympy.EulerGamma,
    ],
    ids=str,
)
def test_round_trip(scalar):
    words = symbol_words(SYMBOLS)
    back = read_scalar(write_scalar(scalar, words), {w: s for s, w in words.items()})
    assert back == scalar and sympy.srepr(back) == sympy.srepr(scalar)


def test_words_are_distinct_identifiers():
    words = symbol_words([*SYMBOLS, sympy.Symbol("a b"), sympy.Symbol("class"), sympy.Symbol("exp")])
    assert len(set(words.values())) == len(words)
    assert all(w.isidentifier() for w in words.values())
    assert words[pi] == "pi_" and words[lam] == "lambda_"


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "n.__class__",
        "x",
        "exp(n",
        "[1]",
        "9**9**9",
        "lambda: 1",
        "1/0",
        "factorial(10**9)",
        "0.5",
        "True",
        "",
        "(" * 500,
        "binary(1, 10**9, 53)",
    ],
)
def test_refused(text):
    with pytest.raises(ValueError):
        read_scalar(text, {"n": n})


def test_an_unknown_function_cannot_be_written():
    with pytest.raises(ValueError, match="not elementary"):
        write_scalar(sympy.gamma(lam), {lam: "lambda_"})
