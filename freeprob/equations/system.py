"""The self-consistent system: unknowns with meanings, equations, branch and read-outs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy

from ..algebra.symbols import TAU, Size
from ..derivation.coefficient import Coefficient
from ..derivation.table import Table
from ..language.expression import Expression

__all__ = ["Component", "SelfConsistentSystem", "Unknown"]


@dataclass(frozen=True)
class Unknown:
    """An unknown of the system.

    Attributes
    ----------
    symbol : Symbol
    definition : callable
        Returns ``meaning``; it is called when somebody asks.
    space : Size
        The space of that trace.
    description : str
        What the unknown is, in words, when it is not a normalised trace.
    """

    symbol: sympy.Symbol
    definition: Callable[[], Expression | None] = field(compare=False, repr=False)
    space: sympy.Expr
    description: str = ""

    @cached_property
    def meaning(self) -> Expression | None:
        """The matrix whose normalised trace this unknown is; None if no expression of one space is known."""
        return self.definition()


@dataclass(frozen=True)
class Component:
    """A strongly connected component: ``unknowns[i] = right[i]``; solved after the components before it."""

    unknowns: tuple[sympy.Symbol, ...]
    right: tuple[sympy.Expr, ...]
    linear: bool

    @property
    def equations(self) -> tuple[sympy.Eq, ...]:
        """The equations with all randomness switched on; ``u = u + f`` reads ``0 = f``."""
        return tuple(_equation(u, r.subs(TAU, 1)) for u, r in zip(self.unknowns, self.right, strict=True))


def _equation(u: sympy.Symbol, right: sympy.Expr) -> sympy.Eq:
    if u in sympy.Add.make_args(right):
        return sympy.Eq(sympy.S.Zero, right - u, evaluate=False)
    return sympy.Eq(u, right, evaluate=False)


@dataclass(frozen=True)
class SelfConsistentSystem:
    """The equations of a model.

    Attributes
    ----------
    spectral : Symbol or None
        The spectral parameter z; None for a number.
    unknowns : tuple of Unknown
    components : tuple of Component
        In order of solution. Right-hand sides contain ``TAU``, which multiplies every covariance.
    readout : SymPy expression
        The answer (m(z) or the number) in the unknowns.
    sizes : tuple of Size
    parameters : tuple of Symbol
        Scalar parameters that need a value.
    coefficients : tuple of Coefficient
        In an order in which each depends only on earlier ones.
    laws : dict of Symbol to law
        Laws named by the ``Average`` nodes.
    tables : tuple of (tuple of str, Table)
        Functions of the eigenvalue of a family that are known by numbers, with the name of the law of the family or
        of the coordinate of its joint law.
    positive : bool
        True when the matrix is positive semi-definite by construction (branch check Im(z m) >= 0).
    conditions : tuple of Condition
        Inequalities that the sizes must satisfy.
    contours : tuple of ContourPoint
        Spectral parameters of functions of matrices; the read-out integrates over them.
    given_sizes : dict of Size to int
        Sizes that given arrays fix.
    """

    spectral: sympy.Symbol | None
    unknowns: tuple[Unknown, ...]
    components: tuple[Component, ...]
    readout: sympy.Expr
    sizes: tuple[Size, ...]
    parameters: tuple[sympy.Symbol, ...]
    coefficients: tuple[Coefficient, ...]
    laws: dict[sympy.Symbol, Any] = field(default_factory=dict)
    tables: tuple[tuple[tuple[str, ...], Table], ...] = ()
    positive: bool = False
    conditions: tuple[Any, ...] = ()
    contours: tuple[sympy.Symbol, ...] = ()
    given_sizes: dict[Size, int] = field(default_factory=dict)

    @property
    def equations(self) -> tuple[sympy.Eq, ...]:
        """The equations with all randomness switched on."""
        return tuple(equation for component in self.components for equation in component.equations)

    @property
    def core(self) -> tuple[Component, ...]:
        """The nonlinear components."""
        return tuple(c for c in self.components if not c.linear)

    @property
    def linear_response(self) -> tuple[Component, ...]:
        """The components that are linear once the core is known."""
        return tuple(c for c in self.components if c.linear)
