"""Targets: languages of generated solvers, found by looking in this folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import UnsupportedModel
from .base import Target
from .solver_file import NODES, solver_file

__all__ = ["TARGETS", "write"]

TARGETS: dict[str, Target] = {}
"""Targets by name."""

for _module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
    _loaded = importlib.import_module(f"{__name__}.{_module}")
    for _value in list(vars(_loaded).values()):
        if isinstance(_value, type) and issubclass(_value, Target) and _value is not Target:
            TARGETS[_value.name] = _value()


def write(derivation: Any, path: Path, target: str, defaults: Mapping[str, Any], nodes: int = NODES) -> Path:
    """Write a stand-alone solver of a derivation.

    Raises
    ------
    UnsupportedModel
        If there is no such target.
    """
    if target not in TARGETS:
        raise UnsupportedModel(f"there is no target {target!r}; the targets are {', '.join(sorted(TARGETS))}")
    path.write_text(TARGETS[target].source(solver_file(derivation, defaults, nodes)), encoding="utf-8")
    return path
