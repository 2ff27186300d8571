"""Trees of laws: a node knows its R-transform in terms of those of its parts.

At a node with law mu write ``r = R(g)`` for the R-transform at an argument g. Then ``w = r + 1/g`` is the point with
Cauchy transform ``G(w) = g``, and ``t = g r = psi(1/w)`` with ``S(t) = 1/r``: R- and S-transform are one curve in the
pair (g, r) (Nica and Speicher 2006, Lectures 12 and 18). Sums keep g, products keep t, and nothing is divided that
may vanish.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import sympy

from ...algebra.symbols import unknown as unknown_symbol

__all__ = ["Node", "Unknowns", "curved_part"]


class Unknowns:
    """The equations that nodes add where their R-transform is not explicit.

    Parameters
    ----------
    law_symbol : callable
        Returns the symbol that names the law of a leaf, given its key and its law.

    Attributes
    ----------
    rows : dict of Symbol to right-hand side
    descriptions : dict of Symbol to str
    laws : dict of Symbol to law
        Those that are averaged over.
    """

    def __init__(self, law_symbol: Callable[[Any, Any], sympy.Symbol]):
        self.law_symbol = law_symbol
        self.rows: dict[sympy.Symbol, sympy.Expr] = {}
        self.descriptions: dict[sympy.Symbol, str] = {}
        self.laws: dict[sympy.Symbol, Any] = {}

    def new(self, letter: str, description: str) -> sympy.Symbol:
        """Return a new unknown, whose equation must follow with :meth:`equate`."""
        symbol = unknown_symbol(f"{letter}'{len(self.descriptions)}")
        self.descriptions[symbol] = description
        return symbol

    def equate(self, symbol: sympy.Symbol, right: sympy.Expr) -> sympy.Symbol:
        """Add the equation ``symbol = right`` and return the symbol."""
        self.rows[symbol] = right
        return symbol

    def law(self, key: Any, law: Any) -> sympy.Symbol:
        """Return the symbol of a law that is averaged over."""
        symbol = self.law_symbol(key, law)
        self.laws[symbol] = law
        return symbol


@dataclass(frozen=True)
class Node(ABC):
    """A probability law, known through its R-transform; nodes are frozen and equal by value.

    Attributes
    ----------
    words : str
        What has this law, in words; by default the law is described.
    """

    words: str = field(default="", compare=False, kw_only=True)

    @abstractmethod
    def r_transform(self, g: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return R(g), adding equations where it is not explicit.

        At g = 0 the right-hand sides must be explicit: this is where the randomness is switched off.
        """

    @property
    def free_symbols(self) -> set[sympy.Symbol]:
        """The parameters and symbolic laws."""
        values = [getattr(self, f.name) for f in fields(self)]
        flat = [v for value in values for v in (value if isinstance(value, tuple) else (value,))]
        return set().union(*(v.free_symbols for v in flat if hasattr(v, "free_symbols")))

    def subs(self, mapping: Mapping[sympy.Symbol, Any]) -> Self:
        """Return the law with values for symbols."""

        def bound(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(map(bound, value))
            if isinstance(value, Node):
                return value.subs(mapping)
            scalars = {symbol: number for symbol, number in mapping.items() if isinstance(number, sympy.Basic)}
            return value.subs(scalars) if isinstance(value, sympy.Basic) else value

        return replace(self, **{f.name: bound(getattr(self, f.name)) for f in fields(self) if f.name != "words"})

    @abstractmethod
    def described(self) -> str:
        """Return the law in words."""

    def __str__(self) -> str:
        return self.words or self.described()

    @property
    @abstractmethod
    def is_nonnegative(self) -> bool | None:
        """Whether the law lives on [0, infinity); None when that depends on symbols."""

    @property
    def is_infinitely_divisible(self) -> bool:
        """Whether R is that of a law after multiplication by any positive number; False says nothing."""
        return False

    def at_level(self, t: sympy.Expr) -> sympy.Expr | None:
        """Return r as a function of t, ``1/S(t)``, where that is rational; None where it is not."""
        return None

    def subordinated(self, z: sympy.Expr, m: sympy.Expr, unknowns: Unknowns) -> sympy.Expr | None:
        """Return the Stieltjes transform m at z by that of one part at its subordinate point; None where R serves."""
        return None

    def stieltjes(self, w: sympy.Expr, s: sympy.Expr, unknowns: Unknowns) -> sympy.Expr | None:
        """Return the Stieltjes transform E[1/(s b - w)] where it is an explicit average; None where it is not."""
        return None

    def level(self, w: sympy.Expr, s: sympy.Expr, unknowns: Unknowns) -> sympy.Expr | None:
        """Return the level ``E[s b/(w - s b)] = psi(1/w)`` of s b, where :meth:`stieltjes` is explicit."""
        return None

    def along(
        self, argument: Callable[[sympy.Expr], sympy.Expr], unknowns: Unknowns
    ) -> tuple[sympy.Expr, sympy.Expr] | None:
        """Return r and t where the argument g is a function of t, smooth also where g vanishes in a gap of the law.

        None where R is rational: such a law has no gap.
        """
        return None

    def moment_transform(self, h: sympy.Expr, unknowns: Unknowns) -> sympy.Expr:
        """Return E[b/(1 - h b)] for b of this law: ``psi(h)/h``, which at h = 0 is the mean.

        At ``w = 1/h`` the pair is ``g = h/(1 - h r)``, ``r = R(g)``, and the value is ``r/(1 - h r)``.
        """
        r = unknowns.new("r", f"R-transform of {self} at its own argument")
        unknowns.equate(r, self.r_transform(h / (1 - h * r), unknowns))
        return r / (1 - h * r)


def curved_part(parts: tuple[Node, ...], unknowns: Unknowns) -> tuple[Node, tuple[Node, ...]] | None:
    """Return the only part whose R-transform is not rational, and the other parts; None when it is not the only one."""
    trial = Unknowns(unknowns.law_symbol)
    curved = [k for k, part in enumerate(parts) if part.along(lambda t: t, trial) is not None]
    if len(curved) != 1:
        return None
    return parts[curved[0]], (*parts[: curved[0]], *parts[curved[0] + 1 :])
