"""Where a function of several pre-activations may fail to be smooth: on hyperplanes, and along curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np

__all__ = ["Curve", "Hyperplane", "Kink", "variables_in_order"]


@dataclass(frozen=True)
class Curve:
    """The places where ``function(h_1, ..., h_k)`` changes its sign.

    Attributes
    ----------
    function : callable
        Of a list of arrays, one for each variable.
    straight, bent : tuple of int
        The variables in which the function is a straight line, if the others are fixed, and the others it depends on.
    """

    function: Callable[[Sequence[Any]], np.ndarray]
    straight: tuple[int, ...]
    bent: tuple[int, ...]

    def renumbered(self, order: Sequence[int]) -> Curve:
        """Return the curve in the variables ``h[order[0]], h[order[1]], ...``."""
        places = {v: k for k, v in enumerate(order)}
        return Curve(
            lambda h: self.function([h[places[v]] for v in range(len(order))]),
            tuple(places[v] for v in self.straight),
            tuple(places[v] for v in self.bent),
        )


Hyperplane = tuple[tuple[float, ...], float]
"""The places ``a . h = b``, as (a, b)."""

Kink = Hyperplane | Curve


def variables_in_order(count: int, kinks: Sequence[Kink]) -> list[int]:
    """Return variables such that each curve is straight in the last that it depends on, as far as there is an order.

    Then every line along the last variable crosses a curve once, and the integral over it is as smooth in the others as
    the curve is.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.equivalents.kinks import Curve, variables_in_order
    >>> variables_in_order(2, [Curve(lambda h: h[0] + np.tanh(h[1]), (0,), (1,))])
    [1, 0]
    """
    graph = nx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from((b, s) for kink in kinks if isinstance(kink, Curve) for b in kink.bent for s in kink.straight)
    if not nx.is_directed_acyclic_graph(graph):
        return list(range(count))
    return list(nx.lexicographical_topological_sort(graph))
