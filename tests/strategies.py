"""Hypothesis strategies for expressions that are well shaped, well scaled and safe to sample."""

from __future__ import annotations

from functools import cache

import sympy
from hypothesis import strategies as st

import freeprob as fp
from freeprob.language.nodes import Zero

N, D, P = SPACES = fp.sizes("n d p")
LAMBDA = fp.parameters("lambda", positive=True)

SIMULATION_SIZES = {"n": 12, "d": 7, "p": 9}
SIMULATION_PARAMETERS = {"lambda": 0.7}

ACTIVATIONS = ("relu", "tanh", "erf", "sign", "sigmoid")


@cache
def leaf(kind: str, rows: sympy.Expr, columns: sympy.Expr, number: int) -> fp.Expression:
    """Return one of a few leaves, so that expressions share them."""
    if kind == "wigner":
        return fp.wigner(rows)
    if kind == "elliptic":
        return fp.elliptic(rows, sympy.Rational(1 - 2 * number, 2))
    if kind == "bonds":
        return fp.bonds(rows, columns, keep=sympy.Rational(2, 3))
    if kind == "population":
        return fp.population(rows, fp.laws.atoms({1: sympy.Rational(1, 2), 3 + number: sympy.Rational(1, 2)}))
    return fp.gaussian(rows, columns)


def scalars() -> st.SearchStrategy[sympy.Expr]:
    """Scalars of order one, never 0."""
    numbers = st.sampled_from([sympy.Rational(*q) for q in ((1, 2), (-2, 1), (3, 1), (5, 4))])
    ratios = st.sampled_from([LAMBDA, 1 / LAMBDA, N / D, sympy.sqrt(P / N), 1 + LAMBDA * D / P, sympy.exp(-LAMBDA)])
    return numbers | ratios


@st.composite
def _bounded_leaf(draw, rows, columns):
    kinds = ["gaussian"] + (["wigner", "elliptic", "population", "identity"] if rows is columns else [])
    kind = draw(st.sampled_from(kinds))
    if kind == "identity":
        return fp.identity(rows)
    made = leaf(kind, rows, columns, draw(st.integers(0, 1)))
    return made if kind == "population" else made / fp.sqrt(columns)


@st.composite
def matrices(draw, rows: sympy.Expr, columns: sympy.Expr, depth: int = 3):
    """Matrices over two sizes whose operator norm stays bounded."""
    if depth == 0:
        return draw(_bounded_leaf(rows, columns))
    kinds = ["leaf", "sum", "product", "transpose", "entrywise"] + (["inverse", "root"] if rows is columns else [])
    kind = draw(st.sampled_from(kinds))
    if kind == "leaf":
        return draw(_bounded_leaf(rows, columns))
    if kind == "sum":
        return draw(scalars()) * draw(matrices(rows, columns, depth - 1)) + draw(matrices(rows, columns, depth - 1))
    if kind == "transpose":
        return draw(matrices(columns, rows, depth - 1)).T
    if kind == "root":
        return draw(st.sampled_from([fp.sqrt, fp.inv]))(leaf("population", rows, rows, draw(st.integers(0, 1))))
    inner = draw(st.sampled_from(SPACES))
    if kind == "product":
        return draw(matrices(rows, inner, depth - 1)) @ draw(matrices(inner, columns, depth - 1))
    if kind == "inverse":
        factor = draw(matrices(rows, inner, depth - 1))
        return fp.inv(factor @ factor.T + draw(st.sampled_from([LAMBDA, sympy.Integer(1)])) * fp.identity(rows))
    weights = leaf("gaussian", rows, inner, draw(st.integers(0, 1)))
    features = weights @ draw(matrices(inner, columns, depth - 1))
    if isinstance(features, Zero):
        features = leaf("gaussian", rows, columns, 0)
    return fp.entrywise(draw(st.sampled_from(ACTIVATIONS)), features) / fp.sqrt(columns)


@st.composite
def expressions(draw, depth: int = 3):
    """Matrices, block matrices and numbers: whatever the language can say."""
    kind = draw(st.sampled_from(["matrix", "matrix", "trace", "form", "block"]))
    rows, columns = draw(st.sampled_from(SPACES)), draw(st.sampled_from(SPACES))
    if kind == "matrix":
        return draw(matrices(rows, columns, depth))
    if kind == "block":
        corner = draw(matrices(rows, columns, depth - 1))
        return fp.block([[draw(matrices(rows, rows, 1)), corner], [corner.T, 0 * fp.identity(columns)]])
    square = draw(matrices(rows, rows, depth - 1))
    if kind == "trace":
        return fp.tr(square) + draw(scalars())
    vector = leaf("gaussian", rows, sympy.S.One, 0)
    return vector.T @ square @ vector / rows
