r"""rho_O = -c G h c' - h c' G c, h = 1 - (c' G c G) h^2: a Haar orthogonal matrix.

O stands with coefficients c at rows R and variables V, its transpose with c' at rows R' and variables V'. The free
cumulants of a Haar orthogonal matrix alternate between O and O^T, ``kappa_2k = (-1)^(k-1) Cat_(k-1)`` (Nica and
Speicher 2006, Proposition 15.1), and so, with ``x = c' G c G``,

    rho[R, V'] = -c G h(x) c',      rho[R', V] = -h(x) c' G c,      h(x) = (sqrt(1 + 4 x) - 1)/(2 x),

where the small matrix h obeys ``h = 1 - x h^2``. While the randomness is switched on, O is replaced by ``sqrt(tau) O``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import sympy

from ...algebra.symbols import TAU
from ...derivation.record import Citation
from ...language.expression import Dimension
from ...language.nodes import Leaf
from ...pencil.linear_pencil import LetterEntry
from ..free_letter import Entry, FreeLetter, Sampled, Scope, fixed_point

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
    prefix = "h"
    statement = "rho_O = -c G h c' - h c' G c, h = 1 - c' G c G h^2"
    references = (Citation("NicaSpeicher2006", "Proposition 15.1"), Citation("CollinsSniady2006", "Theorem 5.2"))

    def __init__(self, leaf: Leaf, entries: Iterable[LetterEntry]):
        self.leaf = leaf
        entries = tuple(entries)
        plain: Side = {(e.row, e.column): e.scalar for e in entries if not e.transposed}
        turned: Side = {(e.row, e.column): e.scalar for e in entries if e.transposed}
        # the matrix h has one row for each row of the side that is called `turned` here: take the smaller one
        if len({i for i, _ in plain}) < len({i for i, _ in turned}):
            plain, turned = turned, plain
        self.plain, self.turned = plain, turned
        self.rows, self.columns = (tuple(sorted({e[k] for e in plain})) for k in (0, 1))
        self.turned_rows, self.turned_columns = (tuple(sorted({e[k] for e in turned})) for k in (0, 1))
        if not plain or not turned:
            self.rows = self.columns = self.turned_rows = self.turned_columns = ()

    @property
    def keys(self) -> tuple[tuple, ...]:
        """The entries of h."""
        return tuple((k, m) for k in self.turned_rows for m in self.turned_rows)

    @property
    def places(self) -> frozenset[Entry]:
        """Rows of each side with variables of the other."""
        return frozenset(
            [(i, j) for i in self.rows for j in self.turned_columns]
            + [(k, j) for k in self.turned_rows for j in self.columns]
        )

    @property
    def scalars(self) -> Iterable[sympy.Expr]:
        """The coefficients of the matrix and of its transpose."""
        return (*self.plain.values(), *self.turned.values())

    def _forward(self, row: int, turned_row: int, scope: Scope) -> sympy.Expr:
        """Return the entry of c G, from a row of the matrix to a row of its transpose."""
        return sympy.Add(*(self.plain.get((row, v), 0) * scope.solution(v, turned_row) for v in self.columns))

    def _back(self, turned_row: int, row: int, scope: Scope) -> sympy.Expr:
        """Return the entry of c' G, from a row of the transpose to a row of the matrix."""
        return sympy.Add(*(self.turned.get((turned_row, v), 0) * scope.solution(v, row) for v in self.turned_columns))

    def rho(self, row: int, column: int, scope: Scope) -> sympy.Expr:
        """Return an entry of rho."""
        total = sympy.S.Zero
        if row in self.rows and column in self.turned_columns:
            for k in self.turned_rows:
                forward = self._forward(row, k, scope)
                for m in self.turned_rows:
                    total -= TAU * forward * scope.auxiliary(self, (k, m)) * self.turned.get((m, column), 0)
        if row in self.turned_rows and column in self.columns:
            for m in self.turned_rows:
                for i in self.rows:
                    back = self._back(m, i, scope) * self.plain.get((i, column), 0)
                    total -= TAU * scope.auxiliary(self, (row, m)) * back
        return total

    def right(self, key: tuple, scope: Scope) -> sympy.Expr:
        """Return 1 - x h^2."""
        k, m = key
        total = sympy.Integer(k == m)
        for a in self.turned_rows:
            x = sympy.Add(*(self._back(k, i, scope) * self._forward(i, a, scope) for i in self.rows))
            square = sympy.Add(
                *(scope.auxiliary(self, (a, b)) * scope.auxiliary(self, (b, m)) for b in self.turned_rows)
            )
            total -= TAU * x * square
        return total

    def description(self, key: tuple, name: str) -> str:
        """Return what an entry of h is."""
        what = "h" if len(self.keys) == 1 else "entry of the matrix h"
        return f"{what} = (sqrt(1 + 4 x) - 1)/(2 x) of the Haar matrix {name}"

    def space(self, key: tuple) -> Dimension:
        """Return the space of the matrix."""
        return self.leaf.rows[0]

    def sampled(self, number: Callable[..., complex], rng: np.random.Generator) -> Sampled:
        """Return h and rho for given numbers."""
        c = _matrix(self.plain, self.rows, self.columns, number)
        turned = _matrix(self.turned, self.turned_rows, self.turned_columns, number)

        def evaluate(solution: np.ndarray):
            forward = c @ solution[np.ix_(self.columns, self.turned_rows)]
            back = turned @ solution[np.ix_(self.turned_columns, self.rows)]
            one = np.eye(len(self.turned_rows), dtype=complex)
            h = fixed_point(lambda value: one - back @ forward @ value @ value, one)
            first, second = -forward @ h @ turned, -h @ back @ c
            rho: dict[Entry, complex] = {}
            for rows, columns, part in (
                (self.rows, self.turned_columns, first),
                (self.turned_rows, self.columns, second),
            ):
                for a, i in enumerate(rows):
                    for b, j in enumerate(columns):
                        rho[i, j] = rho.get((i, j), 0.0) + complex(part[a, b])
            keys = {
                (k, m): complex(h[a, b]) for a, k in enumerate(self.turned_rows) for b, m in enumerate(self.turned_rows)
            }
            return keys, rho

        return Sampled({}, evaluate)


def _matrix(side: Side, rows: tuple[int, ...], columns: tuple[int, ...], number: Callable[..., complex]) -> np.ndarray:
    result = np.zeros((len(rows), len(columns)), dtype=complex)
    for (i, j), scalar in side.items():
        if i in rows and j in columns:
            result[rows.index(i), columns.index(j)] = number(scalar, {})
    return result
