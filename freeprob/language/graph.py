"""The computation graph as a networkx graph, and a layout to draw it."""

from __future__ import annotations

from collections.abc import Mapping

import networkx

from .expression import Expression, walk
from .printing import latex, text

__all__ = ["graph", "positions"]

_LONGEST_LABEL = 60


def graph(expression: Expression, names: Mapping[Expression, str] | None = None) -> networkx.DiGraph:
    """Return the graph of an expression: one node for each distinct sub-expression.

    Parameters
    ----------
    expression : Expression
    names : mapping of Expression to str, optional
        Names of nodes, of leaves or of whole sub-expressions.

    Returns
    -------
    networkx.DiGraph
        Nodes 0, 1, ... in topological order with attributes ``kind``, ``label`` (text), ``latex`` and ``shape``;
        an edge goes from an argument to its user and has the tuple of its places there as ``position``. In the label
        of a node, arguments with a long label are written ``node_3``.

    Examples
    --------
    >>> import freeprob as fp
    >>> n, d = fp.sizes("n d")
    >>> X = fp.gaussian(d, n, name="X")
    >>> view = fp.graph(X @ X.T)
    >>> [view.nodes[i]["label"] for i in view]
    ['X', 'X.T', 'X @ X.T']
    >>> list(view.edges)
    [(0, 1), (0, 2), (1, 2)]
    """
    result = networkx.DiGraph()
    numbers: dict[Expression, int] = {}
    short: dict[Expression, str] = dict(names or {})
    for number, node in enumerate(walk(expression)):
        numbers[node] = number
        label = text(node, short)
        result.add_node(
            number, kind=type(node).__name__, label=label, latex=latex(node, short), shape=tuple(map(str, node.shape))
        )
        if len(label) > _LONGEST_LABEL:
            short[node] = f"node_{number}"
        for argument in dict.fromkeys(node.arguments):
            places = tuple(i for i, other in enumerate(node.arguments) if other is argument)
            result.add_edge(numbers[argument], number, position=places)
    return result


def positions(view: networkx.DiGraph) -> dict[int, tuple[float, float]]:
    """Return coordinates of the nodes in layers, the same at every call.

    Parameters
    ----------
    view : networkx.DiGraph
        From :func:`graph`.

    Returns
    -------
    dict of int to (float, float)
        The first coordinate is the length of the longest path that ends at the node; the second orders a layer by
        the mean height of the arguments and centres it at 0.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.language.graph import positions
    >>> n = fp.sizes("n")
    >>> positions(fp.graph(fp.inv(fp.wigner(n) / fp.sqrt(n) + 3 * fp.identity(n))))
    {0: (0.0, -0.5), 1: (0.0, 0.5), 2: (1.0, 0.0), 3: (2.0, 0.0)}
    """
    layer: dict[int, int] = {}
    for node in sorted(view):  # numbers are in topological order
        layer[node] = 1 + max((layer[argument] for argument in view.predecessors(node)), default=-1)
    heights: dict[int, float] = {}
    for depth in range(1 + max(layer.values(), default=-1)):
        members = sorted(node for node in view if layer[node] == depth)
        members.sort(key=lambda node: (_mean_height(view, node, heights), node))
        heights |= {node: i - (len(members) - 1) / 2 for i, node in enumerate(members)}
    return {node: (float(layer[node]), heights[node]) for node in sorted(view)}


def _mean_height(view: networkx.DiGraph, node: int, heights: Mapping[int, float]) -> float:
    below = [heights[argument] for argument in sorted(view.predecessors(node))]
    return sum(below) / len(below) if below else 0.0
