"""The operations that are understood: found by looking in the folder ``operations``.

A file of that folder defines ``OPERATIONS``, functions by the name that torch, ``torch.nn.functional`` and tensors give
to an operation, with torch's signature after the reader; and ``LAYERS``, for each class of ``torch.nn`` the operation
and those attributes of the module that are its arguments.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import operations
from .layer import Layer
from .reader import Reader

__all__ = ["Operation", "find_layer", "find_operation", "layer_names", "operation_names"]


@dataclass(frozen=True)
class Operation:
    """An operation on features.

    Attributes
    ----------
    name : str
        Without the underscore of in-place variants.
    function : callable
        ``function(reader, input, ...)``.
    """

    name: str
    function: Callable[..., Any]

    def __call__(self, reader: Reader, *arguments: Any, **keywords: Any) -> Any:
        """Apply it; arguments that it does not know are refused."""
        try:
            inspect.signature(self.function).bind(reader, *arguments, **keywords)
        except TypeError as error:
            reader.refuse(f"these arguments of {self.name} are not understood ({error})", "the plain form of it")
        return self.function(reader, *arguments, **keywords)


def _collect() -> tuple[Mapping[str, Operation], Mapping[str, Layer]]:
    functions: dict[str, Operation] = {}
    layers: dict[str, Layer] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(operations.__path__)):
        loaded = importlib.import_module(f"{operations.__name__}.{module}")
        for name, function in getattr(loaded, "OPERATIONS", {}).items():
            if name in functions:
                raise ValueError(f"two operations are named {name!r}; the second is in {module}.py")
            functions[name] = Operation(name, function)
        for name, layer in getattr(loaded, "LAYERS", {}).items():
            if name in layers:
                raise ValueError(f"two layers are named {name!r}; the second is in {module}.py")
            layers[name] = layer
    return functions, layers


_FUNCTIONS, _LAYERS = _collect()


def find_operation(name: str) -> Operation | None:
    """Return the operation of a name, also of an in-place variant (``relu_``, ``iadd``)."""
    plain = name.rstrip("_")
    return _FUNCTIONS.get(plain) or (_FUNCTIONS.get(plain[1:]) if plain.startswith("i") else None)


def find_layer(name: str) -> Layer | None:
    """Return what a class of ``torch.nn`` does."""
    return _LAYERS.get(name)


def operation_names() -> tuple[str, ...]:
    """Return the names of all operations, sorted."""
    return tuple(sorted(_FUNCTIONS))


def layer_names() -> tuple[str, ...]:
    """Return the names of all layers, sorted."""
    return tuple(sorted(_LAYERS))
