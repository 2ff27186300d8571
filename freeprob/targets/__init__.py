"""Targets: languages of generated solvers, found by looking in this folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import UnsupportedModel
from .base import Target
from .solver_file import NODES as FILE_NODES
from .solver_file import ContourCode, solver_file

__all__ = ["FILE_NODES", "TARGETS", "write"]

TARGETS: dict[str, Target] = {}
"""Targets by name."""

for _module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
    _loaded = importlib.import_module(f"{__name__}.{_module}")
    for _value in list(vars(_loaded).values()):
        if isinstance(_value, type) and issubclass(_value, Target) and _value is not Target:
            TARGETS[_value.name] = _value()


def write(
    derivation: Any,
    path: Path,
    target: str,
    defaults: Mapping[str, Any],
    nodes: int = FILE_NODES,
    contour: ContourCode | None = None,
) -> Path:
    """Write a stand-alone solver of a derivation; with its contours, where its number holds functions of matrices.

    Raises
    ------
    UnsupportedModel
        If there is no such target, or it does not integrate over contours.
    """
    if target not in TARGETS:
        raise UnsupportedModel(f"there is no target {target!r}; the targets are {', '.join(sorted(TARGETS))}")
    if contour is not None and not TARGETS[target].takes_contours:
        able = ", ".join(sorted(name for name, known in TARGETS.items() if known.takes_contours))
        raise UnsupportedModel(
            f"write_solver: the number holds functions of matrices, and the target {target!r} does not integrate over "
            f"contours. Remedy: target={able!r}"
        )
    path.write_text(TARGETS[target].source(solver_file(derivation, defaults, nodes, contour)), encoding="utf-8")
    return path
