"""Samples of an expression at finite size."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch
from typing import Any

import numpy as np
import sympy
from scipy.spatial.distance import cdist, pdist, squareform

from ..algebra.symbols import Size
from ..errors import MissingValue
from .analytic import real_values
from .expression import ONE, Expression, walk
from .given_sizes import given_sizes
from .nodes import (
    Block,
    Diagonal,
    Entrywise,
    Hadamard,
    Identity,
    Inverse,
    Leaf,
    MatrixFunction,
    Normalised,
    NormScaled,
    OffDiagonal,
    Product,
    SpectralFunction,
    SquaredDistances,
    Sum,
    Trace,
    Transpose,
    Zero,
)
from .scalars import as_scalar

__all__ = ["Sampler", "simulate"]


class Sampler:
    """Evaluates the nodes of one sample.

    Parameters
    ----------
    sizes : mapping of str or Size to int
    parameters : mapping of str or Symbol to float (or to a law, for a symbolic law)
    seed : int
    """

    def __init__(self, sizes: Mapping, parameters: Mapping, seed: int):
        self.sizes = {str(k): int(v) for k, v in sizes.items()}
        self.parameters = {str(k): v for k, v in parameters.items()}
        self.seed = seed
        self.done: dict[Expression, np.ndarray] = {}

    def lookup(self, symbol: sympy.Symbol) -> Any:
        """Return the value of a size or parameter."""
        table, kind = (self.sizes, "size") if isinstance(symbol, Size) else (self.parameters, "parameter")
        for name in (symbol.name, f"{symbol.name}_"):
            if name in table:
                return table[name]
        raise MissingValue(f"no value for the {kind} {symbol}; give {symbol}=... to simulate")

    def number(self, scalar: sympy.Expr) -> float:
        """Return the value of a scalar."""
        values = {s: self.lookup(s) for s in scalar.free_symbols}
        return float(scalar.subs(values))

    def dimension(self, space: tuple) -> int:
        """Return the total dimension of a space."""
        return sum(1 if s == ONE else self.lookup(s) for s in space)

    def generator(self, leaf: Leaf) -> np.random.Generator:
        """Return the random generator of a leaf; it depends on the leaf and the seed alone."""
        return np.random.default_rng([self.seed, leaf.index])

    def value(self, expression: Expression) -> np.ndarray:
        """Return the sample of an expression."""
        for node in walk(expression):
            if node not in self.done:
                self.done[node] = _evaluate(node, self)
        return self.done[expression]


def simulate(expression: Expression, sizes: Mapping, parameters: Mapping, seed: int) -> np.ndarray | float:
    """Sample an expression at finite size; see :meth:`Expression.simulate`."""
    fixed = {size.name: count for size, count in given_sizes(expression).items()}
    value = Sampler(fixed | {str(k): v for k, v in sizes.items()}, parameters, seed).value(expression)
    return float(value[0, 0]) if expression.is_number else value


@singledispatch
def _evaluate(node: Expression, sampler: Sampler) -> np.ndarray:
    raise TypeError(f"{type(node).__name__} cannot be sampled")


@_evaluate.register
def _(node: Leaf, sampler: Sampler) -> np.ndarray:
    values = {s: as_value(sampler.lookup(s)) for s in node.ensemble.free_symbols}
    rows, columns = sampler.dimension(node.rows), sampler.dimension(node.columns)
    return node.ensemble.sample(rows, columns, sampler.generator(node), values)


def as_value(value: Any) -> Any:
    """Return numbers as exact scalars and laws as they are."""
    return value if not isinstance(value, (int, float)) else as_scalar(value)


@_evaluate.register
def _(node: Transpose, sampler: Sampler) -> np.ndarray:
    return sampler.done[node.arguments[0]].T


@_evaluate.register
def _(node: SpectralFunction, sampler: Sampler) -> np.ndarray:
    variable = node.fields[2]
    formula = node.formula.subs({s: sampler.lookup(s) for s in node.formula.free_symbols - {variable}})
    function = sympy.lambdify(variable, formula, "numpy")
    leaf = node.leaf
    values = {s: as_value(sampler.lookup(s)) for s in leaf.ensemble.free_symbols}
    return leaf.ensemble.image(function, sampler.dimension(leaf.rows), sampler.generator(leaf), values)


@_evaluate.register
def _(node: Identity, sampler: Sampler) -> np.ndarray:
    return np.eye(sampler.dimension(node.rows))


@_evaluate.register
def _(node: Zero, sampler: Sampler) -> np.ndarray:
    return np.zeros((sampler.dimension(node.rows), sampler.dimension(node.columns)))


@_evaluate.register
def _(node: Sum, sampler: Sampler) -> np.ndarray:
    return sum((sampler.number(scalar) * sampler.done[part] for part, scalar in node.terms()), np.zeros(()))


@_evaluate.register
def _(node: Product, sampler: Sampler) -> np.ndarray:
    matrices = [sampler.done[factor] for factor in node.arguments]
    if matrices[-1].shape[1] < matrices[0].shape[0]:  # vectors on the right: multiply from the right
        result = matrices[-1]
        for matrix in reversed(matrices[:-1]):
            result = matrix @ result
        return result
    result = matrices[0]
    for matrix in matrices[1:]:
        result = result @ matrix
    return result


@_evaluate.register
def _(node: Inverse, sampler: Sampler) -> np.ndarray:
    return np.linalg.inv(sampler.done[node.arguments[0]])


@_evaluate.register
def _(node: MatrixFunction, sampler: Sampler) -> np.ndarray:
    variable = node.fields[2]
    formula = node.formula.subs({s: sampler.lookup(s) for s in node.formula.free_symbols - {variable}})
    values, vectors = np.linalg.eigh(sampler.done[node.matrix])
    return (vectors * real_values(formula, variable, values)) @ vectors.T


@_evaluate.register
def _(node: Entrywise, sampler: Sampler) -> np.ndarray:
    return np.asarray(node.activation(*(sampler.done[a] for a in node.arguments)), dtype=float)


@_evaluate.register
def _(node: Diagonal, sampler: Sampler) -> np.ndarray:
    return np.diag(sampler.done[node.vector].ravel())


@_evaluate.register
def _(node: Hadamard, sampler: Sampler) -> np.ndarray:
    return np.prod([sampler.done[factor] for factor in node.arguments], axis=0)


@_evaluate.register
def _(node: OffDiagonal, sampler: Sampler) -> np.ndarray:
    matrix = sampler.done[node.arguments[0]]
    return matrix - np.diag(np.diag(matrix))


@_evaluate.register
def _(node: Normalised, sampler: Sampler) -> np.ndarray:
    matrix, axis = sampler.done[node.arguments[0]], 0 if node.over == "rows" else 1
    if node.centred:
        matrix = matrix - matrix.mean(axis, keepdims=True)
    return matrix / np.sqrt((matrix**2).mean(axis, keepdims=True))


@_evaluate.register
def _(node: NormScaled, sampler: Sampler) -> np.ndarray:
    (matrix, features), axis = (sampler.done[a] for a in node.arguments), 0 if node.norms.over == "rows" else 1
    if node.norms.centred:
        features = features - features.mean(axis, keepdims=True)
    return matrix / np.sqrt((features**2).mean(axis, keepdims=True))


@_evaluate.register
def _(node: SquaredDistances, sampler: Sampler) -> np.ndarray:
    first, second = (sampler.done[points].T for points in node.arguments)
    if first is second:
        return squareform(pdist(first, "sqeuclidean"))
    return cdist(first, second, "sqeuclidean")


@_evaluate.register
def _(node: Block, sampler: Sampler) -> np.ndarray:
    return np.block([[sampler.done[part] for part in row] for row in node.grid])


@_evaluate.register
def _(node: Trace, sampler: Sampler) -> np.ndarray:
    matrix = sampler.done[node.arguments[0]]
    return np.array([[np.trace(matrix) / matrix.shape[0]]])
