"""The registered activations, one a file in this folder, and the ways to name one."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import sympy

from freeprob.errors import UnsupportedModel
from freeprob.language.activations.base import Activation, X
from freeprob.language.activations.callable import CallableActivation
from freeprob.language.activations.expression import ExpressionActivation
from freeprob.language.activations.text import read_expression

__all__ = ["REGISTRY", "as_activation", "from_data"]


_USERS = ("calculus",)
"""Modules of this folder that need the registry."""


def _discover() -> Mapping[str, Activation]:
    """Return name -> the ``ACTIVATION`` of each module of this folder, sorted by name."""
    package, own = __name__.rpartition(".")[::2]
    found: dict[str, Activation] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules([str(Path(__file__).parent)])):
        if module in (own, *_USERS):
            continue
        activation = getattr(importlib.import_module(f"{package}.{module}"), "ACTIVATION", None)
        if activation is None:
            continue
        if activation.name in found:
            raise ValueError(f"two activations are named {activation.name!r}; the second is in {module}.py")
        found[activation.name] = activation
    return MappingProxyType({name: found[name] for name in sorted(found)})


REGISTRY: Mapping[str, Activation] = _discover()
"""Name -> activation, for each file of this folder that defines ``ACTIVATION``."""

_BY_FORMULA = {activation.formula: activation for activation in REGISTRY.values()}


def as_activation(f: Any) -> Activation:
    """Return f as an activation.

    Parameters
    ----------
    f : Activation, str, SymPy function class, SymPy expression in one symbol, or vectorised callable
        What equals a registered activation (``sympy.tanh``, ``sympy.Max(x, 0)``, ``numpy.tanh``) becomes that one.

    Returns
    -------
    Activation

    Raises
    ------
    UnsupportedModel
        With the reason and the remedy, if f is none of these or has no Gaussian moments.

    Examples
    --------
    >>> import numpy as np, sympy
    >>> from freeprob.language.activations import as_activation
    >>> x = sympy.Symbol("x", real=True)
    >>> [str(as_activation(f)) for f in ("relu", sympy.erf, sympy.Max(x, 0), x**3 - 3 * x, np.tanh)]
    ['relu', 'erf', 'relu', 'x**3 - 3*x', 'tanh']
    """
    if isinstance(f, Activation):
        return f
    if isinstance(f, str):
        return _by_name(f)
    if isinstance(f, type) and issubclass(f, sympy.Function):
        return _from_expression(_applied(f))
    if isinstance(f, sympy.Lambda):
        return _from_expression(f(X) if len(f.signature) == 1 else f.expr)
    if isinstance(f, (sympy.Basic, int, float)):
        return _from_expression(f)
    if hasattr(f, "__call__") and not isinstance(f, type):  # noqa: B004  (the name callable is a module of this folder)
        return _known_array_function(f) or CallableActivation(f)
    raise UnsupportedModel(
        f"activation {f!r}: a {type(f).__name__} is no activation; give a registered name, a SymPy function or "
        "expression in one symbol, or a function of NumPy arrays"
    )


def _by_name(name: str) -> Activation:
    if name not in REGISTRY:
        raise UnsupportedModel(f"activation {name!r} is not registered; there are {', '.join(REGISTRY)}")
    return REGISTRY[name]


def _applied(function: type[sympy.Function]) -> sympy.Expr:
    try:
        return function(X)
    except (TypeError, ValueError) as error:
        raise UnsupportedModel(
            f"activation {function.__name__}: it is not a function of one argument ({error}); give an expression"
        ) from error


def _from_expression(expression: Any) -> Activation:
    activation = ExpressionActivation(expression)
    return _BY_FORMULA.get(activation.formula, activation)


def _known_array_function(f: Any) -> Activation | None:
    """Return the registered activation that NumPy's or SciPy's own function f computes."""
    for activation in REGISTRY.values():
        for path in activation.array_functions:
            module, _, name = path.rpartition(".")
            if module in sys.modules and getattr(sys.modules[module], name, None) is f:
                return activation
    return None


def from_data(data: Mapping[str, Any]) -> Activation:
    """Return the activation that :meth:`Activation.to_data` described.

    Examples
    --------
    >>> from freeprob.language.activations import as_activation, from_data
    >>> from_data({"expression": "x**3 - 3*x"}).to_data()
    {'expression': 'x**3 - 3*x'}
    >>> from_data({"activation": "leaky_relu", "parameters": {"negative_slope": "1/5"}}).slope(1)
    3/5
    """
    if set(data) == {"expression"}:
        return _from_expression(read_expression(data["expression"]))
    if "activation" in data and set(data) <= {"activation", "parameters"}:
        activation = _by_name(data["activation"])
        given = {key: read_expression(str(value)) for key, value in data.get("parameters", {}).items()}
        unknown = sorted(set(given) - set(activation.parameters))
        activation.require(not unknown, f"it has no parameter {', '.join(unknown)}")
        return activation.with_parameters(**given) if given else activation
    raise UnsupportedModel(f"activation data {dict(data)!r}: expected the key 'activation' or 'expression'")
