"""One entry of the inverse of a matrix of expressions, as a SymPy node that is not expanded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

import sympy

__all__ = ["InverseEntry", "SquareMatrix"]


class _Places(sympy.Atom):
    """The places of the entries of a matrix that do not vanish, row by row."""

    def __new__(cls, size: int, places: tuple[tuple[int, int], ...]):
        self = super().__new__(cls)
        self.size, self.places = size, places
        return self

    def _hashable_content(self):
        return self.size, self.places

    def _sympystr(self, printer) -> str:
        return f"{self.size}{self.places}"


class SquareMatrix(sympy.Basic):
    """A square matrix of expressions of which the entries that do not vanish are kept.

    The entries of one inverse share it, so that what is done with it is done once: with many variables on a space there
    are as many entries as variables, and the matrix has some for each.

    Parameters
    ----------
    size : int
    entries : dict of (row, column) to SymPy expression

    Examples
    --------
    >>> import sympy
    >>> from freeprob.derivation.inverse_entry import SquareMatrix
    >>> a, b = sympy.symbols("a b")
    >>> matrix = SquareMatrix.of(2, {(0, 0): a, (0, 1): b, (1, 1): 1})
    >>> matrix.xreplace({b: 0}).dense
    Matrix([
    [a, 0],
    [0, 1]])
    """

    def __new__(cls, places: _Places, *values: sympy.Expr):  # noqa: D102
        if any(value == 0 for value in values):
            kept = [(place, value) for place, value in zip(places.places, values, strict=True) if value != 0]
            places, values = _Places(places.size, tuple(p for p, _ in kept)), tuple(v for _, v in kept)
        self = super().__new__(cls, places, *values)
        self._rule, self._replaced = {}, (self, False)
        return self

    @classmethod
    def of(cls, size: int, entries) -> SquareMatrix:
        """Return the matrix with these entries; others are 0."""
        found = sorted((place, sympy.sympify(value)) for place, value in entries.items())
        return cls(_Places(size, tuple(place for place, _ in found)), *(value for _, value in found))

    @property
    def size(self) -> int:
        """The number of rows."""
        return self.args[0].size

    def items(self) -> Iterator[tuple[tuple[int, int], sympy.Expr]]:
        """Yield the places and entries that do not vanish, row by row."""
        return zip(self.args[0].places, self.args[1:], strict=True)

    @cached_property
    def free_symbols(self):
        """The symbols of the entries."""
        return set().union(*(entry.free_symbols for entry in self.args[1:]))

    @property
    def dense(self) -> sympy.Matrix:
        """The matrix with its zeros."""
        return sympy.Matrix(sympy.SparseMatrix(self.size, self.size, dict(self.items())))

    def _xreplace(self, rule):
        """Replace as SymPy does, once for all entries of the inverse that are treated with equal rules."""
        if not isinstance(rule, dict):  # a transformation, of which nothing is known
            return super()._xreplace(rule)
        if self._rule != rule:
            self._rule, self._replaced = dict(rule), super()._xreplace(rule)
        return self._replaced


class InverseEntry(sympy.Expr):
    """``InverseEntry(i, j, A)`` is the entry (i, j) of A^-1.

    As a quotient of determinants an entry has a number of terms that grows exponentially with the size of A, while its
    value costs n^3 operations. Its derivative is that of the inverse, ``d(A^-1) = -A^-1 dA A^-1``.

    Parameters
    ----------
    row, column : int
    matrix : SquareMatrix

    Examples
    --------
    >>> import sympy
    >>> from freeprob.derivation.inverse_entry import InverseEntry, SquareMatrix
    >>> a, b, c = sympy.symbols("a b c")
    >>> entry = InverseEntry(0, 1, SquareMatrix.of(2, {(0, 0): a, (0, 1): b, (1, 1): c}))
    >>> entry.explicit(), entry.diff(b).doit()
    (-b/(a*c), -1/(a*c))
    """

    is_commutative = True

    def __new__(cls, row: int, column: int, matrix: SquareMatrix):  # noqa: D102
        return super().__new__(cls, sympy.Integer(row), sympy.Integer(column), matrix)

    @property
    def row(self) -> int:
        """The row in the inverse."""
        return int(self.args[0])

    @property
    def column(self) -> int:
        """The column in the inverse."""
        return int(self.args[1])

    @property
    def matrix(self) -> SquareMatrix:
        """The matrix that is inverted."""
        return self.args[2]

    @property
    def free_symbols(self):
        """The symbols of the matrix."""
        return set(self.matrix.free_symbols)

    def at(self, row: int, column: int) -> InverseEntry:
        """Return another entry of the same inverse."""
        return self.func(row, column, self.matrix)

    def explicit(self) -> sympy.Expr:
        """Return the entry as a quotient of determinants; exponential in the size unless the matrix is sparse."""
        matrix = self.matrix.dense
        if self.matrix.size == 1:
            return 1 / matrix[0, 0]
        return matrix.cofactor(self.column, self.row, method="berkowitz") / matrix.det(method="berkowitz")

    def doit(self, **hints: object) -> sympy.Expr:
        """Return the entry as a quotient of determinants."""
        return self.explicit()

    def slope(self, derivative: Callable[[sympy.Expr], sympy.Expr], at: Callable[[int, int], sympy.Expr]) -> sympy.Expr:
        """Return the derivative, given that of an entry of A and names for the entries of A^-1."""
        changes = ((place, derivative(a)) for place, a in self.matrix.items() if not a.is_Number)
        return -sympy.Add(*(at(self.row, i) * d * at(j, self.column) for (i, j), d in changes if d != 0))

    def _eval_derivative(self, symbol: sympy.Symbol) -> sympy.Expr:
        return self.slope(lambda entry: entry.diff(symbol), self.at)

    def _sympystr(self, printer) -> str:
        dense = self.matrix.dense
        rows = ", ".join(str(dense.row(k).tolist()[0]) for k in range(self.matrix.size))
        return f"inv([{rows}])[{self.row}, {self.column}]"

    def _latex(self, printer, exp=None) -> str:
        text = rf"\left[{printer._print(self.matrix.dense)}^{{-1}}\right]_{{{self.row + 1},{self.column + 1}}}"
        return rf"\left({text}\right)^{{{exp}}}" if exp is not None else text
