r"""rho_O = c r c', r = -G (1 - c' r' c r): a Haar orthogonal matrix.

O stands with coefficients c at rows R and variables V, its transpose with c' at rows R' and variables V'. The free
cumulants of a Haar orthogonal matrix alternate between O and O^T, ``kappa_2k = (-1)^(k-1) Cat_(k-1)`` (Nica and
Speicher 2006, Proposition 15.1), and so, with ``x = c' G c G`` and ``h(x) = (sqrt(1 + 4 x) - 1)/(2 x) = 1 - x h(x)^2``,

    rho[R, V'] = -c G h(x) c',      rho[R', V] = -c' G h(c G c' G) c.

The unknowns are ``r = -G[V, R'] h`` and ``r' = -G[V', R] h'``. As ``x h^2 = c' r' c r``, they obey

    r = -G[V, R'] (1 - c' r' c r),      r' = -G[V', R] (1 - c r c' r'),

which stay regular where G diverges. While the randomness is switched on, O is replaced by ``sqrt(tau) O``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sympy
from flint import nmod_mat

from ...algebra.residues import Residues, residue_matrix
from ...algebra.symbols import TAU
from ...derivation.record import Citation
from ...language.expression import Dimension
from ...language.nodes import Leaf
from ...pencil.linear_pencil import LetterEntry
from ..free_letter import Entry, FreeLetter, Numbers, Sampled, Scope, by_entry

__all__ = ["HaarOrthogonal"]

Side = dict[Entry, sympy.Expr]


class HaarOrthogonal(FreeLetter):
    """The R-transform of a square Haar orthogonal matrix.

    Parameters
    ----------
    leaf : Leaf
    entries : sequence of LetterEntry
        Positions of the matrix and of its transpose.
    """

    rule = "haar"
    prefix = "r"
    statement = "rho_O = c r c' + c' r' c, r = -G (1 - c' r' c r), r' = -G (1 - c r c' r')"
    references = (Citation("NicaSpeicher2006", "Proposition 15.1"), Citation("CollinsSniady2006", "Theorem 5.2"))

    def __init__(self, leaf: Leaf, entries: Iterable[LetterEntry]):
        self.leaf = leaf
        plain: Side = {}
        turned: Side = {}
        for e in entries:
            (turned if e.transposed else plain)[e.row, e.column] = e.scalar
        if not plain or not turned:  # all cumulants vanish
            plain, turned = {}, {}
        self.sides = (plain, turned)
        self.rows = tuple(tuple(sorted({i for i, _ in side})) for side in self.sides)
        self.columns = tuple(tuple(sorted({j for _, j in side})) for side in self.sides)

    @property
    def keys(self) -> tuple[tuple, ...]:
        """The entries of r (side 0) and r' (side 1): a variable of one side and a row of the other."""
        return tuple((k, v, i) for k in (0, 1) for v in self.columns[k] for i in self.rows[1 - k])

    @property
    def places(self) -> frozenset[Entry]:
        """Rows of each side with variables of the other."""
        return frozenset((i, j) for k in (0, 1) for i in self.rows[k] for j in self.columns[1 - k])

    def _applied(self, side: int, row: int, other: int, scope: Scope) -> sympy.Expr:
        """Return the entry of c r, from a row of a side to a row of the other side."""
        coefficients = self.sides[side]
        terms = (
            coefficients[row, v] * scope.auxiliary(self, (side, v, other))
            for v in self.columns[side]
            if (row, v) in coefficients
        )
        return sympy.Add(*terms)

    def rho(self, row: int, column: int, scope: Scope) -> sympy.Expr:
        """Return an entry of rho."""
        total = sympy.S.Zero
        for side in (0, 1):
            if row in self.rows[side]:
                for other in self.rows[1 - side]:
                    coefficient = self.sides[1 - side].get((other, column), sympy.S.Zero)
                    if coefficient != 0:
                        total += TAU * self._applied(side, row, other, scope) * coefficient
        return total

    def right(self, key: tuple, scope: Scope) -> sympy.Expr:
        """Return -G (1 - c' r' c r)."""
        side, variable, row = key
        total = sympy.S.Zero
        for i in self.rows[1 - side]:
            solution = scope.solution(variable, i)
            if solution == 0:
                continue
            inner = sympy.Integer(i == row)
            for k in self.rows[side]:
                inner -= TAU * self._applied(1 - side, i, k, scope) * self._applied(side, k, row, scope)
            total -= solution * inner
        return total

    def description(self, key: tuple, name: str) -> str:
        """Return what an unknown is."""
        return f"entry of the R-transform of the Haar matrix {name}"

    def space(self, key: tuple) -> Dimension:
        """Return the space of the matrix."""
        return self.leaf.rows[0]

    def sampled(self, residues: Residues) -> Sampled:
        """Return r and rho for given numbers."""
        coefficients = [
            residue_matrix(
                self.rows[k], self.columns[k], [{e: residues.number(scalar) for e, scalar in self.sides[k].items()}]
            )
            for k in (0, 1)
        ]

        def unknowns(auxiliary: Numbers) -> list[nmod_mat]:
            return [
                residue_matrix(
                    self.columns[k],
                    self.rows[1 - k],
                    [{(v, i): value for (side, v, i), value in auxiliary.items() if side == k}],
                )
                for k in (0, 1)
            ]

        def step(solution: Callable[[int, int], int], auxiliary: Numbers) -> Numbers:
            applied = [c * r for c, r in zip(coefficients, unknowns(auxiliary), strict=True)]
            values: Numbers = {}
            for k in (0, 1):
                columns, rows = self.columns[k], self.rows[1 - k]
                g = residue_matrix(columns, rows, [{(v, i): solution(v, i) for v in columns for i in rows}])
                r = g * (applied[1 - k] * applied[k]) - g
                values |= {(k, v, i): value for (v, i), value in by_entry(columns, rows, r).items()}
            return values

        def rho(auxiliary: Numbers) -> dict[Entry, int]:
            total: dict[Entry, int] = {}
            for k, r in enumerate(unknowns(auxiliary)):
                part = coefficients[k] * r * coefficients[1 - k]
                for entry, value in by_entry(self.rows[k], self.columns[1 - k], part).items():
                    total[entry] = total.get(entry, 0) + value
            return total

        return Sampled(step, rho)
