"""Functions that are applied to each entry; those of block matrices act block by block.

A number added to every entry is a part of the function: ``f(H + c 1 1^T)`` is ``f(x + c)`` of H.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from ..errors import ShapeError
from .activations import Activation, JointActivation, X, as_activation, as_joint_activation, joint_arguments
from .blocks import Cells, cells
from .ensembles.ones import ones
from .expression import ONE, Expression
from .hadamard import is_all_ones
from .nodes import Entrywise, Zero
from .operations import block, combine, multiply
from .scaled_neurons import mixture_of_scales

__all__ = ["entrywise"]


def entrywise(function: Any, expression: Expression, *others: Expression) -> Expression:
    """Apply a function to each entry.

    Parameters
    ----------
    function : activation, name, SymPy expression, SymPy function or vectorised callable
        Of one argument for each matrix. The symbols of an expression are taken in alphabetical order; a
        ``sympy.Lambda`` says which is which.
    expression, *others : Expression
        Entries of order one, for example ``W @ X / fp.sqrt(d)``; matrices of one shape. For block matrices, such as
        samples of several classes side by side, the result is the block matrix of the functions of the blocks.

    Raises
    ------
    ScalingError
        If the entries of the argument diverge or vanish in the limit.
    ShapeError
        If the shapes of several matrices differ.
    UnsupportedModel
        If the function has no Gaussian moments.

    Examples
    --------
    >>> import freeprob as fp, sympy
    >>> n, d, p = fp.sizes("n d p")
    >>> W, V, X = fp.gaussian(p, d, name="W"), fp.gaussian(p, d, name="V"), fp.gaussian(d, n, name="X")
    >>> u, v = sympy.symbols("u v")
    >>> fp.entrywise(sympy.Max(u, v), W @ X / fp.sqrt(d), V @ X / fp.sqrt(d))
    entrywise(Max(x1, x2), W @ X / sqrt(d), V @ X / sqrt(d))
    >>> fp.tanh(W @ X / fp.sqrt(d) + fp.ones(p) @ fp.ones(n).T / 2)
    entrywise(tanh(x + 1/2), W @ X / sqrt(d))
    """
    nodes = (expression, *others)
    for node in nodes:
        if not isinstance(node, Expression):
            raise TypeError(f"an entrywise function needs an expression, not {type(node).__name__}")
    if any(len(axis) > 1 for node in nodes for axis in (node.rows, node.columns)):
        return _blockwise(function, nodes)
    nodes = tuple(node if (grid := cells(node)) is None else grid[0][0] for node in nodes)
    if isinstance(function, JointActivation) and function.is_of_kernel:
        return _of_shifted(function, nodes)
    if not others:
        of_kernel = _is_kernel(expression) and isinstance(function, sympy.Expr)
        # a function of a kernel matrix is needed near two points only: 1/(1 + x) has no Gaussian moments
        return _of_shifted(as_joint_activation(function, 1) if of_kernel else as_activation(function), nodes)
    return _of_shifted(as_joint_activation(function, len(nodes)), nodes)


@dataclass(frozen=True)
class _Shifted:
    """``f(x_1 + c_1, ..., x_k + c_k)`` of arrays."""

    function: Callable
    shifts: tuple[float, ...]

    def __call__(self, *arrays: np.ndarray) -> np.ndarray:
        return self.function(*(x + c for x, c in zip(arrays, self.shifts, strict=True)))


def _of_shifted(activation: Any, nodes: tuple[Expression, ...]) -> Expression:
    """Return a function of matrices; numbers added to all their entries are taken into the function."""
    mixture = mixture_of_scales(
        lambda *scaled: _of_shifted(activation, scaled), nodes, lambda: _constant(activation, nodes[0])
    )
    if mixture is not None:
        return mixture
    split = [_without_constant(node) for node in nodes]
    shifts = tuple(shift for _, shift in split)
    if all(shift == 0 for shift in shifts):
        return Entrywise.intern(activation, nodes)
    return Entrywise.intern(_shifted(activation, shifts), tuple(rest for rest, _ in split))


def _constant(activation: Any, node: Expression) -> Expression:
    """Return a function of matrices that are 0, of one shape."""
    zeros = [sympy.S.Zero] * getattr(activation, "count", 1)
    if activation.formula is None:
        function = activation if isinstance(activation, Activation) else activation.function
        value = sympy.sympify(float(np.asarray(function(*(np.zeros(1) for _ in zeros))).reshape(-1)[0]))
    else:
        arguments = [X] if isinstance(activation, Activation) else joint_arguments(activation.count)
        value = activation.formula.subs(dict(zip(arguments, zeros, strict=True)))
    if value == 0:
        return Zero.intern(node.rows, node.columns)
    columns = [] if node.columns == (ONE,) else [ones(node.columns[0]).T]
    return combine([(multiply(ones(node.rows[0]), *columns), value)])


def _shifted(activation: Any, shifts: tuple[sympy.Expr, ...]) -> Any:
    if isinstance(activation, Activation):
        return activation.compose(X + shifts[0])
    if activation.formula is None:
        moved = _Shifted(activation.function, tuple(map(float, shifts)))
        return JointActivation(activation.count, None, moved)
    arguments = joint_arguments(activation.count)
    return as_joint_activation(
        sympy.Lambda(
            arguments,
            activation.formula.subs({x: x + c for x, c in zip(arguments, shifts, strict=True)}, simultaneous=True),
        ),
        activation.count,
    )


def _without_constant(node: Expression) -> tuple[Expression, sympy.Expr]:
    """Return a matrix without its multiple of ``1 1^T``, and the number with which that was multiplied."""
    if isinstance(node, Zero) or node.order == sympy.S.NegativeInfinity:
        return node, sympy.S.Zero
    terms = list(node.terms())
    shift = sympy.Add(*(c for part, c in terms if is_all_ones(part) and not c.free_symbols))
    rest = [(part, c) for part, c in terms if not is_all_ones(part) or c.free_symbols]
    return (combine(rest), shift) if rest else (node, sympy.S.Zero)


def _blockwise(function: Any, nodes: tuple[Expression, ...]) -> Expression:
    first = nodes[0]
    for node in nodes[1:]:
        if node.rows != first.rows or node.columns != first.columns:
            raise ShapeError(
                f"a function of several matrices needs one shape, not {first} of shape {first.shape_text} and "
                f"{node} of shape {node.shape_text}"
            )
    grids = []
    for node in nodes:
        grid = cells(node)
        if grid is None:
            raise ShapeError(
                f"an entrywise function of a block matrix acts on its blocks, and those of {node} cannot be told: it "
                "holds an inverse. Remedy: write the blocks down with fp.block"
            )
        grids.append(grid)
    rows, columns = range(len(first.rows)), range(len(first.columns))
    if len(nodes) == 1 and _is_kernel(first):
        return _of_kernel_blocks(function, grids[0])
    return block([[entrywise(function, *(grid[i][j] for grid in grids)) for j in columns] for i in rows])


def _is_kernel(node: Expression) -> bool:
    return node.order == 0 and node.is_square and node.T is node


def _of_kernel_blocks(function: Any, grid: Cells) -> Expression:
    """Return a function of the kernel matrix of samples of several classes; blocks off the diagonal are rectangular."""
    formula = function.formula if isinstance(function, Activation) else function
    activation = as_joint_activation(formula if formula is not None else function, 1)
    count = len(grid)
    upper = {(i, j): entrywise(activation, grid[i][j]) for i in range(count) for j in range(i, count)}
    return block([[upper[i, j] if i <= j else upper[j, i].T for j in range(count)] for i in range(count)])
