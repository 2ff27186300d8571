"""The words that folders add to the language: a constructor for each ensemble, a function for each activation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from .activations import REGISTRY
from .ensembles import ENSEMBLES
from .entrywise import entrywise
from .expression import Expression

__all__ = ["word", "words"]


def words() -> tuple[str, ...]:
    """Return the names of all ensembles and activations, sorted."""
    return tuple(sorted({*ENSEMBLES, *REGISTRY}))


@cache
def word(name: str) -> Callable[..., Expression] | None:
    """Return the constructor of an ensemble, the function of an activation, or None.

    Parameters
    ----------
    name : str
        For example ``"gaussian"`` or ``"relu"``.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.language.vocabulary import word
    >>> word("tanh")(fp.gaussian(fp.sizes("n"), name="h"))
    tanh(h)
    """
    if name in ENSEMBLES:
        return getattr(sys.modules[ENSEMBLES[name].__module__], name)
    return _entrywise_function(name) if name in REGISTRY else None


def _entrywise_function(name: str) -> Callable[..., Expression]:
    activation = REGISTRY[name]

    def apply(expression: Expression, **parameters: Any) -> Expression:
        return entrywise(activation.with_parameters(**parameters) if parameters else activation, expression)

    known = ", ".join(activation.parameters)
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"Apply {name} to each entry of an expression" + (f" (parameters: {known})." if known else ".")
    return apply
