"""Rules on arcs beside the support of the laws, for numbers close to the axis.

A quadrature rule of real nodes replaces a law by atoms, and where the randomness is weak, near the ends of a law or
where its density is small, the atoms show: the spectrum falls apart into islands. On an arc below the support the
averages over the law are exact to rounding however close their poles come to the support from above. That the poles of
a model come from one side only (from above, or from below where the law is inverted; in the plane of a function of the
variable, or of its square) is checked: m must be that of rules of real nodes wherever, on the axis and above it, two of
these agree with each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import SolveError
from ..program.binding import Binding

__all__ = ["HEIGHTS", "arc_rules"]

HEIGHTS = (0.0, 0.03, 0.3)
"""Heights above the axis, relative to the width of the spectrum, at which rules are compared."""

_AGREE, _RESOLVED = 1e-8, 1e-9
_LEAST = 0.4
"""Least part of the points at which the real rules must agree."""

_MANY = 2
"""Arcs with this many times the nodes of a rule of real nodes are not used where that is as good."""

Rules = dict[str, tuple[Any, Any]]


def arc_rules(binding: Binding, nodes: int, evaluate: Callable[[Rules], np.ndarray]) -> Rules | None:
    """Return rules on arcs that give the same numbers as rules of real nodes, None where there are none.

    Parameters
    ----------
    binding : Binding
    nodes : int
        Of the smaller of two rules of real nodes, and of the rules of atomic laws.
    evaluate : callable
        The answer at some points, at ``HEIGHTS`` above the axis, with given rules; nan where it is not found.
    """
    candidates = _candidates(binding, nodes)
    if not candidates:
        return None
    try:
        coarse, fine = evaluate(binding.quadrature(nodes)), evaluate(binding.quadrature(2 * nodes))
    except SolveError:
        return None
    scale = np.nanmax(np.abs(fine))
    resolved = np.abs(coarse - fine) <= _RESOLVED * scale
    if np.count_nonzero(resolved) < _LEAST * len(resolved):
        return None
    plain = not binding.system.tables or binding.is_unbounded
    if resolved.all() and not plain and min(map(_size, candidates)) > _MANY * nodes:
        return None
    for rules in candidates:
        try:
            found = evaluate(rules)
        except SolveError:
            continue
        solved = np.isfinite(found) | np.isnan(fine)  # next to an end at 0, rounding stops all rules
        if solved.all() and np.abs(found - fine)[resolved].max() <= _AGREE * scale:
            return rules
    return None


def _size(rules: Rules) -> int:
    return max(len(weights) for _, weights in rules.values())


def _candidates(binding: Binding, nodes: int) -> list[Rules]:
    """Return the rules on arcs: on either side, and for functions by their values and by their squares."""
    powers = (2, 1) if binding.system.tables else (1,)
    found = (binding.arcs(nodes, upper, power) for power in powers for upper in (False, True))
    return [rules for rules in found if rules is not None]
