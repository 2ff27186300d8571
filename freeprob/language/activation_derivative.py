"""Derivatives of activations and of entrywise functions, almost everywhere."""

from __future__ import annotations

import sympy

from ..errors import UnsupportedModel
from .activations import Activation, JointActivation, joint_arguments
from .entrywise import entrywise
from .expression import Expression
from .nodes import Entrywise

__all__ = ["activation_derivative", "entrywise_derivative"]


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
    slope = activation.constant_slope
    return slope if slope is not None else activation.derivative()


def entrywise_derivative(node: Entrywise, k: int) -> Expression | sympy.Expr:
    """Return the derivative of an entrywise function in one of its arguments: an entrywise function, or a number.

    Raises
    ------
    UnsupportedModel
        If there is none; the message names the node.
    """
    activation = node.activation
    if not isinstance(activation, JointActivation):
        try:
            slope = activation_derivative(activation)
        except UnsupportedModel as error:
            raise UnsupportedModel(f"the derivative of {node}: {error}") from error
        return entrywise(slope, node.arguments[0]) if isinstance(slope, Activation) else slope
    if activation.formula is None:
        raise UnsupportedModel(
            f"the derivative of {node}: that of a Python function is not known. Remedy: give it as a SymPy expression"
        )
    symbols = joint_arguments(activation.count)
    formula = sympy.diff(activation.formula, symbols[k])
    return entrywise(sympy.Lambda(symbols, formula), *node.arguments) if formula.free_symbols else formula
