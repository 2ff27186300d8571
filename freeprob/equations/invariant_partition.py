"""Which entries of the solution vanish and which are equal.

The solution of the operator-valued Dyson equation is reached from G = 0 by the map ``F(G) = (A - eta(G))^-1`` and
analytic continuation in the strength of the randomness. If F maps matrices that are constant on the classes of a
partition (and zero on one distinguished class) to matrices of the same kind, the solution is of that kind. The
coarsest such partition is found by refinement, as in the minimisation of automata: start with one class of zeros,
evaluate F at random values that are constant on classes, and split classes whose images differ, until none does.
Structural zeros, transposition symmetry and isomorphic copies of a resolvent all come out of this one loop.
Images are compared at two independent random choices of all parameters, in double precision.
"""

from __future__ import annotations

import cmath
import math

import numpy as np
import sympy
from sympy.core.function import AppliedUndef

from ..algebra.symbols import Size
from ..language.operations import FAMILY_VARIABLE
from ..pencil.linear_pencil import LinearPencil
from .covariance import CovarianceTerm

__all__ = ["invariant_partition", "is_singular_without_randomness"]

_CLOSE = 1e-8
_NODES = 3


class _RandomModel:
    """The map F at random values of every symbol."""

    def __init__(self, pencil: LinearPencil, terms: tuple[CovarianceTerm, ...], rng: np.random.Generator):
        symbols: set[sympy.Symbol] = set()
        for scalar in pencil.constant.values():
            symbols |= scalar.free_symbols
        for term in terms:
            symbols |= term.scalar.free_symbols
        for members in pencil.families.values():
            for member in members:
                symbols |= (member.scalar.free_symbols | member.formula.free_symbols) - {FAMILY_VARIABLE}
        values: dict[sympy.Symbol, complex] = {}
        for symbol in sorted(symbols, key=lambda s: (s.name, isinstance(s, Size))):
            real = rng.uniform(0.6, 1.9)
            values[symbol] = complex(real, rng.uniform(0.3, 0.9)) if symbol.is_real is None else real
        self.n = pencil.size
        self.blocks = [np.array(pencil.variables(s)) for s in dict.fromkeys(pencil.spaces)]
        self.constant = np.zeros((self.n, self.n), dtype=complex)
        for (i, j), scalar in pencil.constant.items():
            self.constant[i, j] = _number(scalar, values)
        self.where = np.array([[t.row, t.column, t.variable, t.source] for t in terms], dtype=int).reshape(-1, 4)
        self.scalars = np.array([_number(t.scalar, values) for t in terms], dtype=complex)
        self.families: list[np.ndarray] = []
        for members in pencil.families.values():
            matrices = np.zeros((_NODES, self.n, self.n), dtype=complex)
            for k, node in enumerate(rng.uniform(0.5, 2.0, _NODES)):
                for member in members:
                    value = _number(member.formula, values | {FAMILY_VARIABLE: node})
                    matrices[k, member.row, member.column] += _number(member.scalar, values) * value
            self.families.append(matrices)
        self.weights = rng.dirichlet(np.ones(_NODES))

    def image(self, g: np.ndarray) -> np.ndarray:
        """Return F(g)."""
        base = self.constant.copy()
        if len(self.where):
            row, column, variable, source = self.where.T
            np.subtract.at(base, (row, column), self.scalars * g[variable, source])
        result = np.zeros_like(base)
        for block in self.blocks:
            corner = np.ix_(block, block)
            stacked = np.broadcast_to(base[corner], (_NODES, len(block), len(block))).copy()
            for matrices in self.families:
                stacked += matrices[:, block[:, None], block[None, :]]
            result[corner] = np.tensordot(self.weights, np.linalg.inv(stacked), axes=1)
        return result


def _number(scalar: sympy.Expr, values: dict[sympy.Symbol, complex]) -> complex:
    if scalar.is_Symbol:
        return complex(values[scalar])
    if isinstance(scalar, AppliedUndef):  # a tabulated function: any fixed generic function will do
        key = sum((k + 1) * ord(c) for k, c in enumerate(scalar.func.__name__))
        return 0.8 + 0.5 * cmath.sin(key + 2.1 * _number(scalar.args[0], values))
    if scalar.is_Add:
        return sum(_number(part, values) for part in scalar.args)
    if scalar.is_Mul:
        return math.prod(_number(part, values) for part in scalar.args)
    if scalar.is_Pow:
        return _number(scalar.base, values) ** _number(scalar.exp, values)
    return complex(scalar.subs({s: values[s] for s in scalar.free_symbols}))


def is_singular_without_randomness(pencil: LinearPencil) -> bool:
    """Return whether the deterministic part of a pencil is singular at generic values of its symbols."""
    model = _RandomModel(pencil, (), np.random.default_rng(7))
    for block in model.blocks:
        corner = np.ix_(block, block)
        part = model.constant[corner] + sum((m[0][corner] for m in model.families), np.zeros((1, 1)))
        if np.linalg.matrix_rank(part) < len(block):
            return True
    return False


def invariant_partition(
    pencil: LinearPencil, terms: tuple[CovarianceTerm, ...], regularised: tuple[int, ...] = ()
) -> np.ndarray:
    """Return the class of each entry (variable, row) of the solution; class 0 holds the entries that vanish.

    Parameters
    ----------
    pencil : LinearPencil
    terms : tuple of CovarianceTerm
        The covariance map.
    regularised : tuple of int
        Variables to whose equation a multiple of the identity is added.

    Returns
    -------
    ndarray of int, shape (size, size)

    """
    rng = np.random.default_rng(20240229)
    models = [_RandomModel(pencil, terms, rng) for _ in range(2)]
    for model in models:
        for variable in regularised:
            model.constant[variable, variable] += 0.8135
    n = pencil.size
    classes = np.zeros((n, n), dtype=int)
    if n == 0:  # a number without traces
        return classes
    while True:
        images = []
        for model in models:
            values = rng.standard_normal(classes.max() + 1) + 1j * rng.standard_normal(classes.max() + 1)
            values *= 0.1
            values[0] = 0.0
            images.append(model.image(values[classes]))
        refined = _refine(classes, images)
        if refined.max() == classes.max():
            return classes
        classes = refined


def _refine(classes: np.ndarray, images: list[np.ndarray]) -> np.ndarray:
    """Split classes by the values of the images; entries that stay zero keep class 0."""
    flat = classes.ravel()
    points = np.stack([image.ravel() for image in images], axis=1)
    scale = np.maximum(np.abs(points), 1e-6)
    refined = np.full(flat.shape, -1)
    zero = (flat == 0) & (np.abs(points) < 1e-10).all(axis=1)
    refined[zero] = 0
    count = 0
    for index in range(len(flat)):
        if refined[index] >= 0:
            continue
        count += 1
        same = (refined < 0) & (flat == flat[index])
        same &= (np.abs(points - points[index]) < _CLOSE * scale[index]).all(axis=1)
        refined[same] = count
    return refined.reshape(classes.shape)
