r"""E (G^-1 - rho + C(t))^-1 = G: a self-adjoint family that is free from everything else on its space.

Let a family with law H act through the matrix ``C(t)`` of its functions at some rows R and variables V of the pencil.
With g the block of G from the rows R to the variables V, its operator-valued R-transform rho (a matrix on R x V) obeys

    E_t [ (C(t) - rho) (1 + g (C(t) - rho))^-1 ] = 0,

because ``(G^-1 - rho + C)^-1 = G - G (C - rho) (1 + g (C - rho))^-1 G`` must average to G. For one row and one variable
this is ``int (t - rho) / (1 + g (t - rho)) H(dt) = 0``: rho = R(-g), the scalar R-transform.

Voiculescu 1995 (operator-valued freeness); Belinschi, Mai and Speicher 2017, Theorem 2.2 (analytic subordination).
The unknowns are the entries of ``k = rho - E C``, which vanish without randomness: while it is switched on, C is
replaced by ``E C + tau (C - E C)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy
from flint import nmod_mat

from ...algebra.residues import Place, Residues, residue_matrix, weighted
from ...algebra.symbols import TAU
from ...derivation.average import Average
from ...derivation.record import Citation
from ...language.expression import Dimension
from ...language.nodes import Leaf
from ..block_inverse import BlockInverse
from ..free_letter import NODES, Entry, FreeLetter, Numbers, Sampled, Scope, by_entry, generic_places

__all__ = ["Subordination"]


class Subordination(FreeLetter):
    """The R-transform of a family, as the mean and the rest.

    Parameters
    ----------
    leaf : Leaf
    members : mapping of (row, variable) to SymPy expression
        Entries of C, in the variable.
    variable : Symbol
    law : Symbol
        The name of the spectral law.
    """

    rule = "subordination"
    prefix = "k"
    statement = "E (G^-1 - rho + C(t))^-1 = G for each free family"
    references = (Citation("BelinschiMaiSpeicher2017", "Theorem 2.2"), Citation("Voiculescu1995"))

    def __init__(
        self,
        leaf: Leaf,
        members: Mapping[Entry, sympy.Expr],
        variable: sympy.Symbol,
        law: sympy.Symbol,
    ):
        self.leaf = leaf
        self.members, self.variable, self.law = dict(members), variable, law
        self.rows = tuple(sorted({i for i, _ in members}))
        self.columns = tuple(sorted({j for _, j in members}))
        self._inverse: BlockInverse | None = None

    @property
    def keys(self) -> tuple[tuple, ...]:
        """One unknown for each row and variable."""
        return tuple((i, j) for i in self.rows for j in self.columns)

    @property
    def places(self) -> frozenset[Entry]:
        """The rows and variables of the family."""
        return frozenset(self.keys)

    def _mean(self, row: int, column: int) -> sympy.Expr:
        return Average(self.members.get((row, column), sympy.S.Zero), self.variable, self.law)

    def rho(self, row: int, column: int, scope: Scope) -> sympy.Expr:
        """Return the mean of the entry of C and the unknown."""
        return self._mean(row, column) + scope.auxiliary(self, (row, column))

    def _deviation(self, row: int, column: int, scope: Scope) -> sympy.Expr:
        """Return C - rho, with the randomness of C multiplied by TAU."""
        formula = self.members.get((row, column), sympy.S.Zero)
        return TAU * (formula - self._mean(row, column)) - scope.auxiliary(self, (row, column))

    def right(self, key: tuple, scope: Scope) -> sympy.Expr:
        """Return k + E (C - rho)(1 + g (C - rho))^-1, k = rho - E C, with the smaller of two inverses."""
        rows, columns = self.rows, self.columns
        wide = len(columns) > len(rows)

        def entry(a: int, b: int) -> sympy.Expr:
            if wide:
                terms = (self._deviation(a, v, scope) * scope.solution(v, b) for v in columns)
            else:
                terms = (scope.solution(a, r) * self._deviation(r, b, scope) for r in rows)
            return sympy.Add(sympy.Integer(a == b), *terms)

        if self._inverse is None:
            self._inverse = BlockInverse(rows if wide else columns, entry)
        i, j = key
        if wide:
            parts = (self._inverse(i, r) * self._deviation(r, j, scope) for r in rows if self._inverse.reaches(i, r))
        else:
            parts = (self._deviation(i, v, scope) * self._inverse(v, j) for v in columns if self._inverse.reaches(v, j))
        return scope.auxiliary(self, key) + Average(sympy.Add(*parts), self.variable, self.law)

    def description(self, key: tuple, name: str) -> str:
        """Return what an entry of rho is."""
        if len(self.keys) == 1:
            return f"R-transform of {name} without the mean: what {name} adds to the inverse of the averaged resolvent"
        return f"entry of the operator-valued R-transform of {name}, without the mean"

    def space(self, key: tuple) -> Dimension:
        """Return the space of the family."""
        return self.leaf.rows[0]

    def sampled(self, residues: Residues) -> Sampled:
        """Return the equations for a random law with a few atoms."""
        rows, columns = self.rows, self.columns

        def at(place: Place) -> nmod_mat:
            values = {e: residues.number(formula, {self.variable: place}) for e, formula in self.members.items()}
            return residue_matrix(rows, columns, [values])

        family, weights = generic_places(self.leaf, residues, at), residues.weights(NODES)
        mean = weighted(weights, family)
        one = residue_matrix(columns, columns, [{(v, v): 1 for v in columns}])

        def step(solution: Callable[[int, int], int], auxiliary: Numbers) -> Numbers:
            g = residue_matrix(columns, rows, [{(v, i): solution(v, i) for v in columns for i in rows}])
            rest = residue_matrix(rows, columns, [auxiliary])
            deviations = [c - mean - rest for c in family]
            change = weighted(weights, [d * (one + g * d).inv() for d in deviations])
            return by_entry(rows, columns, rest + change)

        def rho(auxiliary: Numbers) -> dict[Entry, int]:
            return by_entry(rows, columns, mean + residue_matrix(rows, columns, [auxiliary]))

        return Sampled(step, rho)
