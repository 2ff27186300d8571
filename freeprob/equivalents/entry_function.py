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
from .kinks import Curve, Kink

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
        """Return where f may kink, in the pre-activations of the given order."""
        places, scales = [order.index(v) for v in self.variables], [float(ratio) for ratio in ratios]
        found: list[Kink] = []
        for kink in _kinks(self.activation):
            if isinstance(kink, Curve):
                found.append(_placed(kink, places, scales))
                continue
            full = np.zeros(len(order))
            for slope, place, scale in zip(kink[0], places, scales, strict=True):
                full[place] += slope * scale
            found.append((tuple(full), kink[1]))
        return found


def _placed(curve: Curve, places: Sequence[int], scales: Sequence[float]) -> Curve:
    """Return a curve in all pre-activations, where its arguments are multiples of some of them."""
    bent = {places[k] for k in curve.bent}
    return Curve(
        lambda h: curve.function([scale * h[place] for place, scale in zip(places, scales, strict=True)]),
        tuple(sorted({places[k] for k in curve.straight} - bent)),
        tuple(sorted(bent)),
    )


@lru_cache(maxsize=256)
def _kinks(activation: Any) -> tuple[Kink, ...]:
    if not isinstance(activation, JointActivation):
        return tuple(((1.0,), float(b)) for b in activation.breakpoints)
    if activation.formula is None:
        return ()
    found: list[Kink] = []
    for node in sympy.preorder_traversal(activation.formula):
        for switch in _switches(node):
            for piece in _branches(switch):
                found += _kink(piece, activation.count)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=256)
def _kink(switch: sympy.Expr, count: int) -> tuple[Kink, ...]:
    """Return where an expression changes its sign; nothing where it is a number."""
    arguments = joint_arguments(count)
    own = [k for k, a in enumerate(arguments) if switch.has(a)]
    slopes = {k: switch.coeff(arguments[k]) for k in own}
    straight = [
        k for k in own if slopes[k].is_number and not _without(switch, slopes[k], arguments[k]).has(arguments[k])
    ]
    if not own:
        return ()
    if straight == own:
        normal = tuple(float(slopes.get(k, 0)) for k in range(count))
        return ((normal, -float(switch.subs(dict.fromkeys(arguments, 0)))),)
    values = JointActivation(count, switch)
    return (Curve(lambda h: values(*h), tuple(straight), tuple(k for k in own if k not in straight)),)


def _without(switch: sympy.Expr, slope: sympy.Expr, argument: sympy.Symbol) -> sympy.Expr:
    return sympy.expand(switch - slope * argument)


def _switches(node: sympy.Basic) -> list[sympy.Expr]:
    if isinstance(node, (sympy.Abs, sympy.sign, sympy.Heaviside)):
        return [node.args[0]]
    if isinstance(node, (sympy.Max, sympy.Min)):
        return [sympy.expand(a - b) for i, a in enumerate(node.args) for b in node.args[i + 1 :]]
    if isinstance(node, Relational):
        return [sympy.expand(node.lhs - node.rhs)]
    return []


def _branches(expression: sympy.Expr) -> list[sympy.Expr]:
    """Return the smooth expressions of which one that switches is made: x + Max(0, y) is x or x + y.

    Where there are too many, the expression itself.
    """
    done, waiting = dict[sympy.Expr, None](), [expression]
    while waiting and len(done) + len(waiting) <= _MOST_BRANCHES:
        current = waiting.pop()
        node = next((n for n in sympy.postorder_traversal(current) if _choices(n)), None)
        if node is None:
            done[sympy.expand(current)] = None
        else:
            waiting += [current.xreplace({node: choice}) for choice in _choices(node)]
    return [expression] if waiting else list(done)


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
