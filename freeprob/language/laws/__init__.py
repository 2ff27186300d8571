"""Spectral laws of deterministic self-adjoint families.

A law is one file of this folder. Every file is found by itself: a subclass of ``Law``, or of ``JointLaw`` for several
matrices that commute, is exposed under its class name and, as its constructor, under its ``name``
(``laws.uniform(0, 1)``); a file may instead hold a function of the file's name that builds another law
(``laws.bernoulli``). Nothing else has to be edited for a new law.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

from .base import Law
from .joint import JointLaw
from .measure import REGISTRY, Measure

__all__ = ["REGISTRY", "JointLaw", "Law"]

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Return the constructor of a law; each file of this folder adds its own."""


def _constructors(module: object, file_name: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for public in getattr(module, "__all__", ()):
        value = getattr(module, public)
        if isinstance(value, type) and issubclass(value, Measure) and "name" in value.__dict__:
            found |= {public: value, value.name: value}
        elif public == file_name and callable(value):
            found[public] = value
    return found


_found: dict[str, object] = {}
for _file in sorted(info.name for info in pkgutil.iter_modules(__path__)):
    _found |= _constructors(importlib.import_module(f"{__name__}.{_file}"), _file)
globals().update(_found)  # after all imports: a constructor may have the name of its module
__all__ += sorted(_found)
