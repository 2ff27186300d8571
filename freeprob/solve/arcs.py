"""Rules on arcs beside the support of the laws, for numbers close to the axis.

A quadrature rule of real nodes replaces a law by atoms, and where the randomness is weak, near the ends of a law or
where its density is small, the atoms show: the spectrum falls apart into islands. On an arc below the support the
averages over the law are exact to rounding however close their poles come to the support from above. That the poles of
a model come from one side only (from above, or from below where the law is inverted) is checked: m must be that of
rules of real nodes wherever, on the axis and above it, two of these agree with each other.
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
    if binding.arcs(nodes, False) is None:
        return None
    try:
        coarse, fine = evaluate(binding.quadrature(nodes)), evaluate(binding.quadrature(2 * nodes))
    except SolveError:
        return None
    scale = np.nanmax(np.abs(fine))
    resolved = np.abs(coarse - fine) <= _RESOLVED * scale
    if np.count_nonzero(resolved) < _LEAST * len(resolved):
        return None
    for upper in (False, True):
        rules = binding.arcs(nodes, upper)
        try:
            found = evaluate(rules) if rules is not None else coarse * np.nan
        except SolveError:
            continue
        if np.isfinite(found).all() and np.abs(found - fine)[resolved].max() <= _AGREE * scale:
            return rules
    return None
