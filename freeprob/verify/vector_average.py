"""The mean of a number over its vectors, with the matrices of one sample held fixed.

A number such as a test error fluctuates with the fresh test point by as much as its own size, while everything that
depends on the matrices concentrates. Vectors that occur outside inverses only are cheap to draw again: all draws are
carried through the graph together, as a stack, so that products with matrices are products of matrices.

Where the vectors fall into two groups that meet only in inner products (targets and noise against the test point), each
group gets its own axis of the stack, and every draw of one meets every draw of the other: k draws of each give k^2
terms, which are almost uncorrelated because the two vectors of an inner product are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx
import numpy as np

from ..language.expression import ONE, Expression, walk
from ..language.given_sizes import array_of
from ..language.nodes import Entrywise, Leaf, Product, Sum, Transpose, Zero
from ..language.simulation import Sampler

__all__ = ["resampled_leaves", "vector_average"]


def resampled_leaves(number: Expression) -> list[Leaf]:
    """Return the random vectors that can be drawn again cheaply: all nodes above them are sums, products and the like.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.verify.vector_average import resampled_leaves
    >>> n = fp.sizes("n")
    >>> A, x, y = fp.wigner(n) / fp.sqrt(n), fp.gaussian(n), fp.gaussian(n)
    >>> number = x.T @ fp.inv(A + y @ y.T / n + 3 * fp.identity(n)) @ x / n
    >>> [leaf is x for leaf in resampled_leaves(number)]
    [True]
    """
    vectors = [node for node in walk(number) if isinstance(node, Leaf) and node.columns == (ONE,)]
    fixed = {v for v in vectors if v.ensemble.is_constant or v.ensemble.free_symbols or array_of(v) is not None}
    for node in walk(number):
        if not isinstance(node, (Leaf, Transpose, Sum, Product, Zero, Entrywise)):
            fixed |= {v for v in walk(node) if isinstance(v, Leaf)}
    return [v for v in vectors if v not in fixed]


def vector_average(number: Expression, sizes: Mapping, parameters: Mapping, seed: int, draws: int) -> float:
    """Return the mean of a number over draws of its vectors, the matrices being those of ``number.simulate``.

    Parameters
    ----------
    number : Expression, shape (1, 1)
    sizes, parameters : mapping
        As for :meth:`Expression.simulate`.
    seed : int
    draws : int
        Number of draws of each vector.

    Returns
    -------
    float
    """
    sampler = Sampler(sizes, parameters, seed)
    leaves = resampled_leaves(number)
    if not leaves:
        return float(sampler.value(number)[0, 0])
    axis = _axes(number, leaves)
    stacks: dict[Expression, np.ndarray] = {}
    for leaf in leaves:
        generator = np.random.default_rng([seed, leaf.index, 1])
        rows = sampler.dimension(leaf.rows)
        drawn = np.stack([leaf.ensemble.sample(rows, 1, generator, {}) for _ in range(draws)])
        stacks[leaf] = np.expand_dims(drawn, 1 - axis[leaf])
    for node in walk(number):
        if node not in stacks and any(argument in stacks for argument in node.arguments):
            stacks[node] = _stack(node, stacks, sampler)
    return float(stacks[number].mean())


def _axes(number: Expression, leaves: list[Leaf]) -> dict[Leaf, int]:
    """Return the axis of the stack for each vector: two axes if the vectors fall into two groups, else one."""
    below: dict[Expression, frozenset[Expression]] = {}
    meetings = networkx.Graph()
    meetings.add_nodes_from(leaves)
    wide: list[frozenset[Expression]] = []
    for node in walk(number):
        inside = {node} if node in meetings else set().union(*(below[a] for a in node.arguments))
        own = frozenset(inside)
        below[node] = own
        if not node.is_number:
            wide.append(own)
        elif isinstance(node, Product):
            parts = [below[a] for a in node.arguments if below[a] and not a.is_number]
            pairs = [(u, v) for k, left in enumerate(parts) for right in parts[k + 1 :] for u in left for v in right]
            meetings.add_edges_from(pairs)
    one: dict[Any, int] = dict.fromkeys(leaves, 0)
    if any(meetings.has_edge(v, v) for v in leaves) or not networkx.is_bipartite(meetings):
        return one
    two = one | dict(networkx.bipartite.color(meetings))
    return two if all(len({two[v] for v in group}) <= 1 for group in wide) else one


def _stack(node: Expression, stacks: dict[Expression, np.ndarray], sampler: Sampler) -> np.ndarray:
    """Return the stack of a node, shape (draws or 1, draws or 1, rows, columns)."""
    values = [stacks[a] if a in stacks else sampler.value(a)[None, None] for a in node.arguments]
    match node:
        case Transpose():
            return np.swapaxes(values[0], -1, -2)
        case Entrywise():
            return np.asarray(node.activation(*values), dtype=float)
        case Sum():
            named = dict(zip(node.arguments, values, strict=True))
            return sum((sampler.number(scalar) * named[part] for part, scalar in node.terms()), np.zeros(()))
        case Product():
            if values[-1].size > values[-1][0, 0].size and values[0].shape[:2] == (1, 1):
                result = values[-1]
                for left in reversed(values[:-1]):
                    result = _times(left, result)
                return result
            result = values[0]
            for right in values[1:]:
                result = _times(result, right)
            return result
    raise TypeError(f"{type(node).__name__} cannot be carried as a stack")


def _times(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Multiply stacks of matrices by as few and large products as possible."""
    rows, inner, columns = a.shape[2], a.shape[3], b.shape[3]
    if inner == rows == columns == 1:
        return a * b
    if b.shape[:2] == (1, 1):
        return (a.reshape(-1, inner) @ b[0, 0]).reshape(*a.shape[:3], columns)
    if a.shape[:2] == (1, 1):
        wide = (a[0, 0] @ np.moveaxis(b, 2, 0).reshape(inner, -1)).reshape(rows, *b.shape[:2], columns)
        return np.moveaxis(wide, 0, 2)
    if rows == columns == 1 and 1 in a.shape[:2] and 1 in b.shape[:2] and a.shape[:2] == b.shape[1::-1]:
        pairs = a.reshape(-1, inner) @ b.reshape(-1, inner).T  # every draw of one group meets every draw of the other
        return (pairs if b.shape[0] == 1 else pairs.T)[:, :, None, None]
    return a @ b
