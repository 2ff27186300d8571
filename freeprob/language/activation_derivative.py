"""The derivative of an activation, almost everywhere."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import sympy

from ..errors import UnsupportedModel
from .activations import Activation, X, as_activation
from .activations.pieces import smooth_pieces

__all__ = ["activation_derivative"]


@lru_cache(maxsize=256)
def activation_derivative(activation: Activation) -> Activation | sympy.Expr:
    """Return f' as an activation, or as a number where it is constant.

    At a kink the value does not matter: a Gaussian pre-activation is not there.

    Raises
    ------
    UnsupportedModel
        If f jumps, since its derivative is then a distribution, or is a Python function without a formula.

    Examples
    --------
    >>> from freeprob.language.activation_derivative import activation_derivative
    >>> from freeprob.language.activations import as_activation
    >>> [str(activation_derivative(as_activation(f))) for f in ("relu", "linear", "tanh")]
    ['step', '1', '1 - tanh(x)**2']
    """
    if activation.formula is None:
        raise UnsupportedModel(
            f"jacobian: the activation {activation} is a Python function, whose derivative is not known. Remedy: give "
            "it as a SymPy expression"
        )
    pieces = smooth_pieces(sympy.sympify(activation.formula))
    for (_, point, left), (_, _, right) in pairwise(pieces):
        gap = sympy.limit(right, X, point, "+") - sympy.limit(left, X, point, "-")
        if not abs(gap.evalf(30)) < 1e-20:
            raise UnsupportedModel(
                f"jacobian: the activation {activation} jumps at {point}, so its derivative is not a function. "
                "Remedy: use a continuous activation"
            )
    slopes = [sympy.diff(body, X) for _, _, body in pieces]
    steps = [
        (after - before) * sympy.Heaviside(X - point)
        for (_, point, _), before, after in zip(pieces[:-1], slopes[:-1], slopes[1:], strict=True)
    ]
    total = sympy.Add(slopes[0], *steps)
    return as_activation(total) if X in total.free_symbols else total
