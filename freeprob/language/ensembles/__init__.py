"""Ensembles of leaf matrices: one module each, found by looking in this folder."""

from __future__ import annotations

import importlib
import pkgutil

from .base import Ensemble, new_leaf

__all__ = ["ENSEMBLES", "Ensemble", "new_leaf"]

ENSEMBLES: dict[str, type[Ensemble]] = {}
"""Ensemble classes by name."""

for _module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
    _loaded = importlib.import_module(f"{__name__}.{_module}")
    for _value in list(vars(_loaded).values()):
        if isinstance(_value, type) and issubclass(_value, Ensemble) and "name" in vars(_value):
            ENSEMBLES[_value.name] = _value
