"""A function of the entries of pre-activations, as a product of factors: f(h_1) g(h_2), or f(h_1, h_2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sympy
from sympy.core.relational import Relational

from ..language.activations import JointActivation, X, joint_arguments
from .gaussian_integrals import Kink

__all__ = ["EntryFunction", "Factor"]

_MOST_BRANCHES = 64


@dataclass(frozen=True)
class Factor:
    """An activation of scaled pre-activations, ``f(ratio_1 h_1, ratio_2 h_2, ...)``.

    Attributes
    ----------
    activation : Activation or JointActivation
    variables : tuple of int
        The numbers of the pre-activations.
    ratios : tuple of SymPy expressions
    """

    activation: Any
    variables: tuple[int, ...]
    ratios: tuple[sympy.Expr, ...]

    def __call__(self, values: dict[int, Any], ratios: Sequence[Any]) -> Any:
        """Return f at arrays by number of pre-activation."""
        return self.activation(*(r * values[v] for v, r in zip(self.variables, ratios, strict=True)))

    @property
    def formula(self) -> sympy.Expr | None:
        """The formula of the activation."""
        return self.activation.formula

    @property
    def arguments(self) -> tuple[sympy.Symbol, ...]:
        """The symbols of the formula."""
        return joint_arguments(len(self.variables)) if isinstance(self.activation, JointActivation) else (X,)

    def kinks(self, ratios: Sequence[Any], order: Sequence[int]) -> list[Kink]:
        """Return the hyperplanes where f may kink, in the pre-activations of the given order."""
        found: list[Kink] = []
        for normal, offset in _kinks(self.activation):
            full = np.zeros(len(order))
            for slope, v, ratio in zip(normal, self.variables, ratios, strict=True):
                full[order.index(v)] += slope * float(ratio)
            found.append((tuple(full), offset))
        return found


@lru_cache(maxsize=256)
def _kinks(activation: Any) -> tuple[Kink, ...]:
    if not isinstance(activation, JointActivation):
        return tuple(((1.0,), float(b)) for b in activation.breakpoints)
    if activation.formula is None:
        return ()
    arguments = joint_arguments(activation.count)
    found: list[Kink] = []
    for node in sympy.preorder_traversal(activation.formula):
        for switch in (branch for outer in _switches(node) for branch in _branches(outer)):
            if switch.is_polynomial(*arguments) and sympy.Poly(switch, *arguments).total_degree() == 1:
                normal = tuple(float(switch.coeff(a)) for a in arguments)
                found.append((normal, -float(switch.subs(dict.fromkeys(arguments, 0)))))
    return tuple(dict.fromkeys(found))


def _switches(node: sympy.Basic) -> list[sympy.Expr]:
    if isinstance(node, (sympy.Abs, sympy.sign, sympy.Heaviside)):
        return [node.args[0]]
    if isinstance(node, (sympy.Max, sympy.Min)):
        return [sympy.expand(a - b) for i, a in enumerate(node.args) for b in node.args[i + 1 :]]
    if isinstance(node, Relational):
        return [sympy.expand(node.lhs - node.rhs)]
    return []


def _branches(expression: sympy.Expr) -> list[sympy.Expr]:
    """Return the smooth expressions of which one that switches is made: x + Max(0, y) is x or x + y."""
    done, waiting = dict[sympy.Expr, None](), [expression]
    while waiting and len(done) + len(waiting) <= _MOST_BRANCHES:
        current = waiting.pop()
        node = next((n for n in sympy.postorder_traversal(current) if _choices(n)), None)
        if node is None:
            done[sympy.expand(current)] = None
        else:
            waiting += [current.xreplace({node: choice}) for choice in _choices(node)]
    return list(done)


def _choices(node: sympy.Basic) -> list[sympy.Expr]:
    """Return the expressions between which a node switches."""
    if isinstance(node, (sympy.Max, sympy.Min)):
        return list(node.args)
    if isinstance(node, sympy.Abs):
        return [node.args[0], -node.args[0]]
    if isinstance(node, (sympy.sign, sympy.Heaviside)):
        return [sympy.S.One, sympy.S.NegativeOne if isinstance(node, sympy.sign) else sympy.S.Zero]
    if isinstance(node, sympy.Piecewise):
        return [body for body, _ in node.args]
    return []


@dataclass(frozen=True)
class EntryFunction:
    """A product of factors."""

    factors: tuple[Factor, ...]

    @property
    def variables(self) -> tuple[int, ...]:
        """The pre-activations, in order."""
        return tuple(sorted({v for factor in self.factors for v in factor.variables}))

    @property
    def single(self) -> Factor | None:
        """The factor, when there is one and it has one argument."""
        if len(self.factors) == 1 and len(self.factors[0].variables) == 1:
            return self.factors[0]
        return None

    def renumbered(self, places: dict[int, int]) -> EntryFunction:
        """Return the function with other numbers of its pre-activations."""
        return EntryFunction(
            tuple(Factor(f.activation, tuple(places[v] for v in f.variables), f.ratios) for f in self.factors)
        )

    @property
    def symbols(self) -> set[sympy.Symbol]:
        """The symbols of the ratios."""
        return set().union(*(r.free_symbols for f in self.factors for r in f.ratios))

    def __str__(self) -> str:
        return " ".join(str(f.activation) for f in self.factors)

    @property
    def latex(self) -> str:
        """The product in LaTeX."""
        return r"\,".join(f.activation.latex for f in self.factors)
