"""The coordinates of a point, as a SymPy function: ``Coordinate(t, k)`` is the k-th eigenvalue at the point t.

Matrices that commute have one joint spectral law, a measure on points in R^d. A function of them is a formula in the
coordinates of one variable t, so that everything that is done with a function of one matrix is done with it too.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy

__all__ = ["Coordinate", "column_name", "coordinates_in", "place_name"]


class Coordinate(sympy.Function):
    """The k-th coordinate of a point, ``k = 1, 2, ...``.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.algebra.coordinate import Coordinate
    >>> t = sympy.Symbol("t")
    >>> formula = Coordinate(t, 1) + 2 * Coordinate(t, 2)
    >>> formula, formula.subs(t, sympy.Tuple(3, 5))
    (t[1] + 2*t[2], 13)
    """

    nargs = 2
    is_real = True
    is_extended_real = True
    is_commutative = True
    _imp_: Callable = staticmethod(lambda point, k: point[int(k) - 1])
    """The value of the function for ``lambdify``: the point is a sequence of its coordinates."""

    @classmethod
    def eval(cls, point, k):
        """Return the coordinate of a point that is known."""
        return point[int(k) - 1] if isinstance(point, sympy.Tuple) else None

    def fdiff(self, argindex=1):
        """Refuse: a point is no number, so there is no derivative."""
        raise sympy.functions.elementary.miscellaneous.ArgumentIndexError(self, argindex)

    @property
    def index(self) -> int:
        """The number of the coordinate, from 1."""
        return int(self.args[1])

    def _sympystr(self, printer):
        return f"{printer._print(self.args[0])}[{self.args[1]}]"

    def _latex(self, printer, exp=None):
        name, _, number = str(self.args[0]).partition("_")
        text = rf"{name}_{{{number},{self.args[1]}}}" if number else rf"{name}_{{{self.args[1]}}}"
        return rf"{text}^{{{exp}}}" if exp is not None else text


def coordinates_in(formula: sympy.Expr) -> list[Coordinate]:
    """Return the coordinates that occur in a formula, in order."""
    return sorted(formula.atoms(Coordinate), key=lambda c: (str(c.args[0]), c.index))


def column_name(law: str, k: int) -> str:
    """Return the name of the values of a coordinate of a joint law."""
    return f"{law}__{k}"


def place_name(law: str, argument: sympy.Expr) -> str:
    """Return the name of what a function is tabulated at: the places of a law, or a coordinate of its points."""
    return column_name(law, argument.index) if isinstance(argument, Coordinate) else law
