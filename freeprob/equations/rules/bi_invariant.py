r"""A rectangular matrix between generic bases, known through the law of its singular values.

The matrix A (N_a x N_b, singular values s_1, ..., s_r) stands at rows R and variables V of the pencil, its transpose at
rows R' and variables V'. Between generic bases A is free from all else with amalgamation over the diagonal algebra of
the spaces, and the space a splits into r directions that are paired with one direction of b each and N_a - r that are
not. With ``g = diag(G[V', R], G[V, R'])``, ``rho = diag(rho_a, rho_b)`` and ``C(s) = [[0, c s], [c' s, 0]]``,
subordination on both spaces at once reads

    (r / N_a) E_s [K(s)]_aa + (1 - r / N_a) K_a(0) = 0,      K(s) = (C(s) - rho) (1 + g (C(s) - rho))^-1,

and the same for b; K_a(0) is ``-rho_a (1 - g_a rho_a)^-1``. An isometry has s = 1.

Benaych-Georges 2009 (rectangular free convolution); Belinschi, Mai and Speicher 2017 (operator-valued subordination).
While the randomness is switched on, A is replaced by ``tau A``: its R-transform begins with the second order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sympy

from ...algebra.residues import PRIME, Residues, residue_matrix, weighted
from ...algebra.symbols import TAU
from ...derivation.average import Average
from ...derivation.coefficient import Coefficient
from ...derivation.record import Citation
from ...language.expression import Dimension
from ...language.nodes import Leaf
from ...pencil.linear_pencil import LetterEntry
from ..block_inverse import BlockInverse
from ..free_letter import NODES, Condition, Entry, FreeLetter, Numbers, Sampled, Scope, by_entry
from ..singular_values import SingularValues

__all__ = ["BiInvariant"]

Label = tuple[str, int]
"""A side, "a" or "b", and a row or variable of the pencil."""


class BiInvariant(FreeLetter):
    """The R-transform of a rectangular matrix between generic bases.

    Parameters
    ----------
    leaf : Leaf
    entries : sequence of LetterEntry
    variable : Symbol
        Stands for the singular value.
    law : Symbol or None
        The name of the law of the singular values; None for an isometry.
    index : int
        Tells letters of one model apart.
    """

    rule = "bi_invariant"
    prefix = "r"
    statement = "E K(s) = 0 on the rows and columns of each rectangular matrix between generic bases"
    references = (Citation("BenaychGeorges2009"), Citation("BelinschiMaiSpeicher2017", "Theorem 2.2"))

    def __init__(
        self,
        leaf: Leaf,
        entries: Iterable[LetterEntry],
        variable: sympy.Symbol,
        law: sympy.Symbol | None,
        index: int,
    ):
        self.leaf, self.variable, self.law = leaf, variable, law
        self.singular = SingularValues(leaf, index)
        entries = tuple(entries)
        plain = [e for e in entries if not e.transposed]
        turned = [e for e in entries if e.transposed]
        if not plain or not turned:  # all cumulants vanish
            plain, turned = [], []
        self.links: dict[tuple[Label, Label], sympy.Expr] = {}
        for e in plain:
            self.links[("a", e.row), ("b", e.column)] = e.scalar
        for e in turned:
            self.links[("b", e.row), ("a", e.column)] = e.scalar
        self.rows = tuple(sorted({row for row, _ in self.links}))
        self.columns = tuple(sorted({column for _, column in self.links}))
        self._inverses: dict[str, BlockInverse] = {}

    @property
    def _sizes(self) -> dict[str, Dimension]:
        return {"a": self.singular.rows, "b": self.singular.columns}

    @property
    def coefficients(self) -> tuple[Coefficient, ...]:
        """The number of singular values."""
        return self.singular.coefficients

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What the sizes must satisfy."""
        return self.singular.conditions

    # -- the rule ------------------------------------------------------------------------------------
    @property
    def keys(self) -> tuple[tuple, ...]:
        """The entries of rho on both sides."""
        return tuple((i, j) for i in self.rows for j in self.columns if i[0] == j[0])

    @property
    def places(self) -> frozenset[Entry]:
        """The rows and variables of both sides."""
        return frozenset((i[1], j[1]) for i, j in self.keys)

    def rho(self, row: int, column: int, scope: Scope) -> sympy.Expr:
        """Return the unknowns of an entry."""
        return sympy.Add(*(scope.auxiliary(self, key) for key in self.keys if (key[0][1], key[1][1]) == (row, column)))

    def _deviation(self, row: Label, column: Label, scope: Scope, paired: bool) -> sympy.Expr:
        if row[0] == column[0]:
            return -scope.auxiliary(self, (row, column))
        if not paired:
            return sympy.S.Zero
        singular = self.variable if self.law is not None else sympy.S.One
        return TAU * self.links.get((row, column), sympy.S.Zero) * singular

    def _kernel(self, key: tuple, scope: Scope, side: str) -> sympy.Expr:
        """Return an entry of K; ``side`` is "paired", or the side of an unpaired direction."""
        paired = side == "paired"
        columns = [c for c in self.columns if paired or c[0] == side]
        rows = [r for r in self.rows if paired or r[0] == side]

        def entry(a: Label, b: Label) -> sympy.Expr:
            terms = (scope.solution(a[1], r[1]) * self._deviation(r, b, scope, paired) for r in rows if r[0] == a[0])
            return sympy.Add(sympy.Integer(a == b), *terms)

        if side not in self._inverses:
            self._inverses[side] = BlockInverse(columns, entry)
        inverse = self._inverses[side]
        i, j = key
        return sympy.Add(
            *(self._deviation(i, v, scope, paired) * inverse(v, j) for v in columns if inverse.reaches(v, j))
        )

    def right(self, key: tuple, scope: Scope) -> sympy.Expr:
        """Return rho + E K."""
        side = key[0][0]
        fraction = self.singular.fraction(self._sizes[side])
        value = self._kernel(key, scope, "paired")
        if self.law is not None:
            value = Average(value, self.variable, self.law)
        value = fraction * value
        if fraction != 1:
            value += (1 - fraction) * self._kernel(key, scope, side)
        return scope.auxiliary(self, key) + value

    def description(self, key: tuple, name: str) -> str:
        """Return what an entry of rho is."""
        where = "rows" if key[0][0] == "a" else "columns"
        return f"R-transform of {name} on the space of its {where}"

    def space(self, key: tuple) -> Dimension:
        """Return the space of a side."""
        return self._sizes[key[0][0]]

    def sampled(self, residues: Residues) -> Sampled:
        """Return the equations for a few random singular values (one, 1, for an isometry)."""
        rows, columns = self.rows, self.columns
        count = 1 if self.law is None else NODES
        nodes = [1] if self.law is None else [residues.draw_positive() for _ in range(count)]
        weights = residues.weights(count)
        known = {e: residues.number(scalar) for e, scalar in self.links.items()}
        links = [residue_matrix(rows, columns, [{e: s * node % PRIME for e, s in known.items()}]) for node in nodes]
        fractions = {
            side: residues.number(self.singular.count) * pow(residues.number(size), -1, PRIME) % PRIME
            for side, size in self._sizes.items()
        }
        one = residue_matrix(columns, columns, [{(v, v): 1 for v in columns}])

        def step(solution: Callable[[int, int], int], auxiliary: Numbers) -> Numbers:
            own = {(c, r): solution(c[1], r[1]) for c in columns for r in rows if r[0] == c[0]}
            g, rho = residue_matrix(columns, rows, [own]), residue_matrix(rows, columns, [auxiliary])
            deviations = [link - rho for link in links]
            paired = by_entry(rows, columns, weighted(weights, [d * (one + g * d).inv() for d in deviations]))
            alone = by_entry(rows, columns, -rho * (one - g * rho).inv())
            return {
                (i, j): (value + fractions[i[0]] * (paired[i, j] - alone[i, j]) + alone[i, j]) % PRIME
                for (i, j), value in auxiliary.items()
            }

        def rho(auxiliary: Numbers) -> dict[Entry, int]:
            places: dict[Entry, int] = {}
            for (i, j), value in auxiliary.items():
                places[i[1], j[1]] = places.get((i[1], j[1]), 0) + value
            return places

        return Sampled(step, rho)
