"""The operator-valued Dyson equation of a pencil, entry by entry.

For each space s the matrix ``G_s`` of limits of normalised traces of blocks of ``L^-1`` solves

    G_s = (A_s - eta_s(G))^-1,      or      G_s = E_t (A_s - eta_s(G) + C(t))^-1

when a deterministic family with law of t acts on s (Helton, Rashidi Far and Speicher 2007; Helton, Mai and Speicher
2018 for rational expressions; Belinschi, Mai and Speicher 2017). Only the entries that the answer needs are written
down. With B = A - eta(G), entries inside a strongly connected block of B come from the inverse of that block when it
is small and from ``B G = 1`` otherwise; entries between blocks from block back-substitution, which is linear.
"""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
import sympy

from ..algebra.symbols import TAU, integration_variable, unknown
from ..equivalents.positivity import is_positive_semidefinite
from ..errors import UnsupportedModel
from ..language.nodes import Leaf
from ..language.operations import FAMILY_VARIABLE
from ..pencil.linear_pencil import LinearPencil
from .average import Average
from .covariance import CovarianceTerm, covariance_map
from .invariant_partition import invariant_partition, is_singular_without_randomness

__all__ = ["DysonEquation", "Entry", "classes_in"]

_EXPLICIT = 3
"""Blocks up to this size are inverted in closed form."""

Entry = tuple[int, int]


@dataclass(frozen=True)
class Family:
    """A deterministic family: its letter, the variable of its law and the symbol that names the law."""

    leaf: Leaf
    variable: sympy.Symbol
    law: sympy.Symbol


class DysonEquation:
    """Writes the equation of each needed entry of the solution.

    Parameters
    ----------
    pencil : LinearPencil
    law_symbols : dict of Leaf to Symbol
        The name of the law of each family.
    """

    def __init__(self, pencil: LinearPencil, law_symbols: dict[Leaf, sympy.Symbol]):
        self.pencil = pencil
        self.terms = covariance_map(pencil)
        self.regularised = _regularised(pencil)
        self.classes = invariant_partition(pencil, self.terms, self.regularised)
        self.representatives = self._representatives()
        self.equations: dict[int, sympy.Expr] = {}
        self._by_entry: dict[Entry, list[CovarianceTerm]] = {}
        for term in self.terms:
            self._by_entry.setdefault((term.row, term.column), []).append(term)
        self.families: dict[sympy.Expr, Family] = {}
        for index, leaf in enumerate(pencil.families):
            space = leaf.rows[0]
            if space in self.families:
                other = self.families[space].leaf
                raise UnsupportedModel(
                    f"two deterministic families, {other} and {leaf}, act on the space {space}; the rule "
                    "'operator-valued Dyson equation' needs one family on each space (freeness of several needs "
                    "subordination). Remedy: write both as functions of one population matrix if they commute; or, "
                    "if they act on different sides of Gaussian matrices, give the two sides sizes of different names "
                    "(with equal values in .at)"
                )
            self.families[space] = Family(leaf, integration_variable(index), law_symbols[leaf])
        self._members: dict[Entry, sympy.Expr] = {}
        for leaf, members in pencil.families.items():
            family = self.families[leaf.rows[0]]
            for member in members:
                entry = (member.row, member.column)
                formula = member.formula.subs(FAMILY_VARIABLE, family.variable)
                self._members[entry] = self._members.get(entry, sympy.S.Zero) + member.scalar * formula
        self._couplings: dict[sympy.Expr, nx.DiGraph] = {}
        self._blocks: dict[sympy.Expr, dict[int, tuple[int, ...]]] = {}
        self._reach: dict[int, set[int]] = {}
        self._resolvents: dict[Entry, sympy.Expr] = {}

    def _representatives(self) -> list[Entry]:
        """Return the entry that stands for each class: diagonal ones first, then in order."""
        entries = sorted(np.ndindex(self.classes.shape), key=lambda e: (e[0] != e[1], e))
        first: dict[int, Entry] = {}
        for entry in entries:
            first.setdefault(int(self.classes[entry]), entry)
        return [first.get(k, (-1, -1)) for k in range(self.classes.max(initial=0) + 1)]

    def symbol(self, variable: int, source: int) -> sympy.Expr:
        """Return the unknown of an entry, 0 for a structural zero."""
        index = int(self.classes[variable, source])
        return unknown(f"G{index}") if index else sympy.S.Zero

    def base(self, row: int, column: int) -> sympy.Expr:
        """Return entry (row, column) of B = A - eta(G)."""
        value = self.pencil.constant.get((row, column), sympy.S.Zero)
        if row == column and row in self.regularised:
            value += 1 - TAU
        for term in self._by_entry.get((row, column), ()):
            value -= TAU * term.scalar * self.symbol(term.variable, term.source)
        return value

    def entry(self, row: int, column: int) -> sympy.Expr:
        """Return entry (row, column) of B + C(t)."""
        return self.base(row, column) + self._members.get((row, column), sympy.S.Zero)

    def couplings(self, space: sympy.Expr) -> nx.DiGraph:
        """Return the graph of the off-diagonal entries of B + C(t) on a space that do not vanish."""
        if space not in self._couplings:
            graph = nx.DiGraph()
            variables = self.pencil.variables(space)
            graph.add_nodes_from(variables)
            graph.add_edges_from((i, j) for i in variables for j in variables if i != j and self.entry(i, j) != 0)
            self._couplings[space] = graph
        return self._couplings[space]

    def block_of(self, space: sympy.Expr) -> dict[int, tuple[int, ...]]:
        """Return the strongly connected block of each variable on a space."""
        if space not in self._blocks:
            blocks = {}
            for component in nx.strongly_connected_components(self.couplings(space)):
                block = tuple(sorted(component))
                blocks.update(dict.fromkeys(block, block))
            self._blocks[space] = blocks
        return self._blocks[space]

    def right(self, variable: int, source: int) -> sympy.Expr:
        """Return the right-hand side of the equation of an entry."""
        space = self.pencil.spaces[variable]
        if space in self.families:
            family = self.families[space]
            return Average(self.resolvent(variable, source), family.variable, family.law)
        block = self.block_of(space)[variable]
        if source in block:
            if len(block) <= _EXPLICIT:
                return self.block_inverse(block, variable, source)
            return self._implicit(block, variable, source)
        others = [k for k in self.pencil.variables(space) if k not in block]
        total = sympy.S.Zero
        for inner in block:
            left = self.symbol(variable, inner)
            if left != 0:
                total -= left * sympy.Add(*(self.base(inner, k) * self.symbol(k, source) for k in others))
        return total

    def _implicit(self, block: tuple[int, ...], variable: int, source: int) -> sympy.Expr:
        """Return the equation ``B G = 1`` at (variable, source), solved for the diagonal term."""
        pivot = self.base(variable, variable)
        rest = sympy.Add(*(self.base(variable, k) * self.symbol(k, source) for k in block if k != variable))
        if pivot == 0:
            return rest + self.symbol(variable, source) - sympy.Integer(variable == source)
        return (sympy.Integer(variable == source) - rest) / pivot

    def block_inverse(self, block: tuple[int, ...], variable: int, source: int) -> sympy.Expr:
        """Return an entry of the inverse of a strongly connected block of B + C(t)."""
        matrix = sympy.Matrix(len(block), len(block), lambda i, j: self.entry(block[i], block[j]))
        if len(block) == 1:
            return 1 / matrix[0, 0]
        i, j = block.index(variable), block.index(source)
        return matrix.cofactor(j, i, method="berkowitz") / matrix.det(method="berkowitz")

    def resolvent(self, variable: int, source: int) -> sympy.Expr:
        """Return entry (variable, source) of (B + C(t))^-1 on a space with a family."""
        entry = (variable, source)
        if entry not in self._resolvents:
            space = self.pencil.spaces[variable]
            block = self.block_of(space)[variable]
            if source in block:
                self._resolvents[entry] = self.block_inverse(block, variable, source)
            else:
                others = [k for k in self.pencil.variables(space) if k not in block]
                total = sympy.S.Zero
                for inner in block:
                    coupling = sympy.S.Zero
                    for k in others:
                        link = self.entry(inner, k)
                        if link != 0 and self.reaches(k, source):
                            coupling += link * self.resolvent(k, source)
                    if coupling != 0:
                        total -= self.block_inverse(block, variable, inner) * coupling
                self._resolvents[entry] = total
        return self._resolvents[entry]

    def reaches(self, variable: int, source: int) -> bool:
        """Return whether an entry of the resolvent of B + C(t) can be nonzero."""
        if variable not in self._reach:
            self._reach[variable] = {variable} | nx.descendants(self.couplings(self.pencil.spaces[variable]), variable)
        return source in self._reach[variable]

    def close(self, needed: list[int]) -> dict[int, sympy.Expr]:
        """Return the equations of the needed classes and of all classes that they use, in order of discovery."""
        queue = list(needed)
        while queue:
            index = queue.pop(0)
            if index in self.equations or index == 0:
                continue
            right = self.right(*self.representatives[index])
            self.equations[index] = right
            queue.extend(classes_in(right))
        return self.equations


def _regularised(pencil: LinearPencil) -> tuple[int, ...]:
    """Return the variables whose inverse is kept regular by ``(1 - tau) I`` while the randomness is switched on.

    Needed when an inverse is singular without randomness, as that of ``X X^T / n``. For positive semi-definite
    matrices the path of the inverse stays finite as long as its end does.
    """
    if not is_singular_without_randomness(pencil):
        return ()
    for node in pencil.resolvents.values():
        if not is_positive_semidefinite(node):
            raise UnsupportedModel(
                f"dyson_equation: the inverse of {node} is singular when its random matrices are switched off, and "
                "the matrix is not positive semi-definite by construction, so the path to the solution may meet a "
                "singular matrix. Remedy: add a multiple of fp.identity(...) inside the inverse"
            )
    return tuple(sorted(pencil.resolvents))


def classes_in(expression: sympy.Expr) -> list[int]:
    """Return the classes of the entries of G that occur in an expression, in order."""
    return sorted(int(s.name[1:]) for s in expression.free_symbols if _is_entry(s))


def _is_entry(symbol: sympy.Symbol) -> bool:
    return symbol == unknown(symbol.name) and symbol.name[:1] == "G" and symbol.name[1:].isdigit()
