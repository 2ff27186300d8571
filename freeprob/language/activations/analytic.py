"""The smooth pieces of a function as functions of a complex variable."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import sympy

from freeprob.language.activations.pieces import X, has_choice, smooth_pieces

__all__ = ["Piece", "analytic_pieces"]


class Piece(NamedTuple):
    """A function on one interval; ``function`` takes complex arrays and is analytic next to the interval."""

    left: float
    right: float
    function: Callable[[np.ndarray], np.ndarray]


@lru_cache(maxsize=256)
def analytic_pieces(formula: sympy.Expr) -> tuple[Piece, ...] | None:
    """Return a function of ``X`` piece by piece; None where its kinks are not known.

    Parameters
    ----------
    formula : Expr

    Examples
    --------
    >>> import numpy as np
    >>> import sympy
    >>> from freeprob.language.activations.analytic import analytic_pieces
    >>> from freeprob.language.activations.pieces import X
    >>> low, high = analytic_pieces(sympy.Piecewise((sympy.exp(X), X < 0), (1, True)))
    >>> low.right, low.function(np.array([-1j])).round(3), high.function(np.array([2 - 1j]))
    (0.0, array([0.54-0.841j]), array([1.+0.j]))
    """
    found = []
    for left, right, body in smooth_pieces(formula):
        if has_choice(body):
            return None
        found.append(Piece(float(left), float(right), _complex(body)))
    return tuple(found)


def _complex(body: sympy.Expr) -> Callable[[np.ndarray], np.ndarray]:
    compiled = sympy.lambdify(X, body, ["scipy", "numpy"])

    def function(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            values = np.asarray(compiled(np.asarray(x, dtype=complex)), dtype=complex)
        return np.broadcast_to(values, np.shape(x))

    return function
