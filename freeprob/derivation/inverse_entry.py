"""One entry of the inverse of a matrix of expressions, as a SymPy node that is not expanded."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import sympy

__all__ = ["InverseEntry"]


class InverseEntry(sympy.Expr):
    """``InverseEntry(i, j, a_00, a_01, ..., a_nn)`` is the entry (i, j) of A^-1, where A is given row by row.

    As a quotient of determinants an entry has a number of terms that grows exponentially with the size of A, while its
    value costs n^3 operations. Its derivative is that of the inverse, ``d(A^-1) = -A^-1 dA A^-1``.

    Parameters
    ----------
    row, column : int
    *entries : SymPy expression
        The n^2 entries of A.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.derivation.inverse_entry import InverseEntry
    >>> a, b, c = sympy.symbols("a b c")
    >>> entry = InverseEntry(0, 1, a, b, 0, c)
    >>> entry.explicit(), entry.diff(b).doit()
    (-b/(a*c), -1/(a*c))
    """

    is_commutative = True

    def __new__(cls, row: int, column: int, *entries: sympy.Expr):
        """Return the node; raise ValueError when the entries are not those of a square matrix."""
        if math.isqrt(len(entries)) ** 2 != len(entries):
            raise ValueError(f"{len(entries)} entries are not those of a square matrix")
        return super().__new__(cls, sympy.Integer(row), sympy.Integer(column), *map(sympy.sympify, entries))

    @property
    def row(self) -> int:
        """The row in the inverse."""
        return int(self.args[0])

    @property
    def column(self) -> int:
        """The column in the inverse."""
        return int(self.args[1])

    @property
    def entries(self) -> tuple[sympy.Expr, ...]:
        """The entries of the matrix, row by row."""
        return self.args[2:]

    @property
    def size(self) -> int:
        """The number of rows of the matrix."""
        return math.isqrt(len(self.entries))

    @property
    def matrix(self) -> sympy.Matrix:
        """The matrix that is inverted."""
        return sympy.Matrix(self.size, self.size, self.entries)

    def at(self, row: int, column: int) -> InverseEntry:
        """Return another entry of the same inverse."""
        return self.func(row, column, *self.entries)

    def explicit(self) -> sympy.Expr:
        """Return the entry as a quotient of determinants; exponential in the size unless the matrix is sparse."""
        matrix = self.matrix
        if self.size == 1:
            return 1 / matrix[0, 0]
        return matrix.cofactor(self.column, self.row, method="berkowitz") / matrix.det(method="berkowitz")

    def doit(self, **hints: object) -> sympy.Expr:
        """Return the entry as a quotient of determinants."""
        return self.explicit()

    def slope(self, derivative: Callable[[sympy.Expr], sympy.Expr], at: Callable[[int, int], sympy.Expr]) -> sympy.Expr:
        """Return the derivative, given that of an entry of A and names for the entries of A^-1."""
        changes: Iterable = (
            (divmod(k, self.size), derivative(a)) for k, a in enumerate(self.entries) if not a.is_Number
        )
        return -sympy.Add(*(at(self.row, i) * d * at(j, self.column) for (i, j), d in changes if d != 0))

    def _eval_derivative(self, symbol: sympy.Symbol) -> sympy.Expr:
        return self.slope(lambda entry: entry.diff(symbol), self.at)

    def _sympystr(self, printer) -> str:
        rows = ", ".join(str(self.matrix.row(k).tolist()[0]) for k in range(self.size))
        return f"inv([{rows}])[{self.row}, {self.column}]"

    def _latex(self, printer, exp=None) -> str:
        text = rf"\left[{printer._print(self.matrix)}^{{-1}}\right]_{{{self.row + 1},{self.column + 1}}}"
        return rf"\left({text}\right)^{{{exp}}}" if exp is not None else text
