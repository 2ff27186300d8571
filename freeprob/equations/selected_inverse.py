r"""Selected entries of the inverse of a sparse symbolic matrix, in a number of equations linear in its size.

The inverse of a banded matrix is full, but its entries next to the diagonal can be had without the others. With
``B = L U`` by elimination without pivoting, ``s_ij`` the entry (i, j) that is left when all variables before both are
eliminated, and G = B^-1, the rows of ``U G = L^-1`` and the columns of ``G L = U^-1`` give

.. math::
    s_{ij} = B_{ij} - \sum_{k < i, j} \frac{s_{ik} s_{kj}}{s_{kk}}, \qquad
    s_{ii} G_{ij} = \delta_{ij} - \sum_{k > i} s_{ik} G_{kj} \quad (j \ge i), \qquad
    G_{ij} s_{jj} = -\sum_{k > j} G_{ik} s_{kj} \quad (i > j),

where all entries on the right lie on the pattern of the elimination when the entry on the left does.

References
----------
.. [1] K. Takahashi, J. Fagan and M.-S. Chin, *Formation of a sparse bus impedance matrix and its application to short
   circuit study*, 8th PICA Conference Proceedings (1973) 63-69.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import networkx as nx
import sympy

__all__ = ["SelectedInverse"]

Place = tuple[int, int]


class SelectedInverse:
    """Equations for the entries of an inverse on the pattern of an elimination.

    Parameters
    ----------
    variables : sequence of int
        Labels of rows and columns.
    entry : callable
        ``entry(i, j)`` returns an entry of the matrix.
    value : callable
        ``value(i, j)`` returns the unknown for an entry of the inverse, 0 for a structural zero.
    name : callable
        ``name(i, j)`` returns the unknown for an entry that elimination changes.
    wanted : iterable of (int, int)
        Entries of the inverse that are to lie on the pattern.
    last : collection of int
        Variables that are eliminated after all others.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.equations.selected_inverse import SelectedInverse
    >>> def unknown(letter):
    ...     return lambda i, j: sympy.Symbol(f"{letter}{i}{j}")
    >>> def entry(i, j):
    ...     return sympy.Symbol(f"b{i}{j}") if abs(i - j) <= 1 else sympy.S.Zero
    >>> inverse = SelectedInverse(range(3), entry, unknown("g"), unknown("s"))
    >>> inverse.order, inverse.elimination((1, 1)), inverse.right((1, 1))
    ([0, 1, 2], b11 - b01*b10/b00, (-b12*g21 + 1)/s11)
    """

    def __init__(
        self,
        variables: Sequence[int],
        entry: Callable[[int, int], sympy.Expr],
        value: Callable[[int, int], sympy.Expr],
        name: Callable[[int, int], sympy.Expr],
        wanted: Iterable[Place] = (),
        last: Collection[int] = (),
    ):
        self.entry, self.value, self.name = entry, value, name
        self.filled = {(i, j) for i in variables for j in variables if i == j or entry(i, j) != 0}
        graph = nx.Graph()
        graph.add_nodes_from(variables)
        graph.add_edges_from(place for place in (*self.filled, *wanted) if place[0] != place[1])
        order = list(nx.utils.reverse_cuthill_mckee_ordering(graph))
        self.order = [v for v in order if v not in last] + [v for v in order if v in last]
        self.position = {v: k for k, v in enumerate(self.order)}
        self.earlier: dict[Place, list[int]] = {}  # what is eliminated before an entry and changes it
        self.later: dict[int, list[int]] = {}
        for k in self.order:
            later = sorted((v for v in graph[k] if self.position[v] > self.position[k]), key=self.position.__getitem__)
            self.later[k] = later
            graph.add_edges_from((i, j) for i in later for j in later if i != j)
            for place in ((i, j) for i in later for j in later if (i, k) in self.filled and (k, j) in self.filled):
                self.filled.add(place)
                self.earlier.setdefault(place, []).append(k)
        self.pattern = {(v, v) for v in variables} | set(graph.edges) | {(j, i) for i, j in graph.edges}

    def left(self, i: int, j: int) -> sympy.Expr:
        """Return the entry that is left when all variables before both are eliminated."""
        if (i, j) not in self.filled:
            return sympy.S.Zero
        return self.name(i, j) if (i, j) in self.earlier else self.entry(i, j)

    def precedence(self, place: Place) -> tuple[int, int]:
        """Return the place of an entry of the inverse in the order of back-substitution."""
        i, j = place
        return -min(self.position[i], self.position[j]), int(i == j)

    def elimination(self, place: Place) -> sympy.Expr:
        """Return the right-hand side of the equation of an entry that elimination changes."""
        i, j = place
        gone = (self.left(i, k) * self.left(k, j) / self.left(k, k) for k in self.earlier[place])
        return self.entry(i, j) - sympy.Add(*gone)

    def right(self, place: Place) -> sympy.Expr:
        """Return the right-hand side of the equation of an entry of the inverse."""
        i, j = place
        if self.position[i] <= self.position[j]:
            rest = sympy.Add(*(self.left(i, k) * self.value(k, j) for k in self.later[i]))
            return (sympy.Integer(i == j) - rest) / self.left(i, i)
        rest = sympy.Add(*(self.value(i, k) * self.left(k, j) for k in self.later[j]))
        return -rest / self.left(j, j)
