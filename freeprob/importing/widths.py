"""Widths of a module as sizes: equal widths are one size."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from ..algebra.symbols import Size
from ..errors import ShapeError
from ..language.expression import ONE, Dimension

__all__ = ["Widths"]


class Widths:
    """A table of widths and sizes.

    Parameters
    ----------
    given : mapping of int to Size
        Widths whose sizes the user chose. A width of 1 stays 1; others get the size ``p_300`` for 300.

    Examples
    --------
    >>> from freeprob.importing.widths import Widths
    >>> from freeprob.algebra.symbols import sizes
    >>> widths = Widths({300: sizes("p")})
    >>> widths.size(300), widths.size(50), widths.size(1), widths.numbers
    (p, p_50, 1, {'p': 300, 'p_50': 50})
    """

    def __init__(self, given: Mapping[int, Dimension] | None = None) -> None:
        self._chosen: dict[int, Dimension] = {}
        self._numbers: dict[Dimension, int] = {}
        for width, size in (given or {}).items():
            if isinstance(width, bool) or not isinstance(width, int) or width < 1:
                raise ShapeError(f"sizes={{{width!r}: {size}}}: a width is a positive integer, as sizes={{300: p}}")
            if not isinstance(size, Size):
                raise ShapeError(f"sizes={{{width}: {size!r}}}: make sizes with fp.sizes('n d p')")
            self._chosen[width] = size

    def size(self, width: int) -> Dimension:
        """Return the size of a width."""
        if width == 1:
            return ONE
        size = self._chosen.setdefault(width, Size(f"p_{width}"))
        self.fix(size, width, f"a width of {width}")
        return size

    def fix(self, size: Dimension, width: int, what: str) -> None:
        """Note that a size is a width.

        Raises
        ------
        ShapeError
            If it is another one already.
        """
        known = self.number(size)
        if known is not None and known != width:
            raise ShapeError(f"{what} has the size {size}, which is {known} elsewhere in the module")
        if size != ONE:
            self._numbers[size] = width
            self._chosen.setdefault(width, size)

    def number(self, size: Dimension) -> int | None:
        """Return the width of a size, or None where it is not known yet."""
        return 1 if size == ONE else self._numbers.get(size)

    def value(self, expression: sympy.Expr) -> sympy.Expr:
        """Return an expression in sizes at the widths of the module."""
        return expression.xreplace({size: sympy.Integer(width) for size, width in self._numbers.items()})

    @property
    def numbers(self) -> dict[str, int]:
        """The widths that occur, by the names of their sizes."""
        return {str(size): width for size, width in self._numbers.items()}
