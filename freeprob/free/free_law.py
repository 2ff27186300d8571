"""A law that is made of others by free convolutions: a tree, and its numbers on demand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import sympy

from ..equations.elimination import polynomial_of
from ..equations.scalar.assembly import system_of
from ..equations.scalar.node import Node
from ..equations.scalar.rules.spectral_law import SpectralLawNode
from ..equations.system import SelfConsistentSystem
from ..errors import MissingValue
from ..language.laws import Law
from ..language.laws.scalars import scalar
from ..program import ir
from ..program.binding import bind
from ..program.lowering import lower
from ..solve.bound_law import BoundLaw
from ..verify.generic_point import generic_point

__all__ = ["FreeLaw", "LawNames", "node_of"]


class LawNames:
    """Names the laws of a tree in equations: a symbolic law keeps its name, others are H_1, H_2, ..."""

    def __init__(self) -> None:
        self.table: dict[Law, sympy.Symbol] = {}

    def __call__(self, key: Any, law: Law) -> sympy.Symbol:
        """Return the symbol of a law."""
        if law not in self.table:
            own = getattr(law, "symbol", None)
            self.table[law] = own if own is not None else sympy.Symbol(f"H_{len(self.table) + 1}")
        return self.table[law]


class FreeLaw:
    """A law that is made of others; made by :func:`freeprob.free.add` and its companions.

    Besides the methods below it has those of a law with numbers: ``stieltjes``, ``density``, ``edges``, ``atoms``,
    ``moments``, ``cumulants``, ``cdf``, ``quantile``, ``integrate``, ``sample``, ``plot``, ``precise``, ``certify``.
    The equations are solved when one of these is called first.

    Attributes
    ----------
    node : Node
        How it is made.

    Examples
    --------
    >>> import freeprob as fp
    >>> v = fp.parameters("v", positive=True)
    >>> law = fp.free.add(fp.laws.semicircle(v), fp.laws.marchenko_pastur(1))
    >>> law.polynomial()
    m**3*v + m**2*v + m**2*z + m*z + 1
    >>> law.at(v=2).cumulants(3)
    [Fraction(1, 1), Fraction(3, 1), Fraction(1, 1)]
    """

    def __init__(self, node: Node):
        self.node = node

    @cached_property
    def system(self) -> SelfConsistentSystem:
        """The equations of the Stieltjes transform m(z)."""
        return system_of(self.node, LawNames(), positive=self.node.is_nonnegative is True)

    @cached_property
    def program(self) -> ir.Program:
        """The numeric program of the system."""
        return lower(self.system)

    @cached_property
    def solved(self) -> BoundLaw:
        """The law with numbers."""
        return BoundLaw(self.program, bind(self.system, {}))

    def at(self, **values: Any) -> FreeLaw:
        """Return the law with values of its parameters, by name (``lambda_`` for ``lambda``).

        Raises
        ------
        MissingValue
            If it has no parameter of a name.
        """
        names = {symbol.name: symbol for symbol in self.node.free_symbols}
        unknown = [name for name in values if name not in names and name.removesuffix("_") not in names]
        if unknown:
            raise MissingValue(
                f"{unknown[0]!r} is not a parameter of {self}; it has {', '.join(sorted(names)) or 'none'}"
            )
        bound = {names.get(name) or names[name.removesuffix("_")]: value for name, value in values.items()}
        numbers = {s: v if isinstance(v, Law) else scalar(v, f"the value of {s}") for s, v in bound.items()}
        return FreeLaw(self.node.subs(numbers))

    def polynomial(self) -> sympy.Expr:
        """Return the irreducible polynomial P(m, z; parameters) with P(m(z), z) = 0.

        Raises
        ------
        NotAlgebraic
            If a law in it is continuous and has no rational R-transform.
        """
        return polynomial_of(self.system, lambda seed: generic_point(self, seed))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
        return getattr(self.solved, name)

    def __dir__(self) -> Iterator[str]:
        return iter(sorted({*super().__dir__(), *(name for name in dir(BoundLaw) if not name.startswith("_"))}))

    def __str__(self) -> str:
        return str(self.node)

    __repr__ = __str__


def node_of(law: Any) -> Node:
    """Return a law as a tree.

    Raises
    ------
    TypeError
        If it is no law.
    """
    if isinstance(law, FreeLaw):
        return law.node
    if isinstance(law, Law):
        return SpectralLawNode(law)
    raise TypeError(f"fp.free works on laws, such as fp.laws.semicircle(1) or fp.free.add(...), not on {law!r}")
