"""A system as something that can be evaluated: the printed NumPy program, loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import SolveError
from ..program import ir
from ..targets import numpy_runtime as runtime
from ..targets import path_averages as along
from ..targets.numpy_printer import print_component, print_outputs, print_readout

__all__ = ["numeric_model", "numeric_outputs", "translated"]

_ALONG = ("PathSite", "alone", "chained", "linked", "path_averages", "spread")
"""What printed programs use of the averages along paths."""


def numeric_model(program: ir.Program, quadrature: dict[str, tuple[Any, Any]]) -> runtime.Model:
    """Return the runtime model of a program.

    Parameters
    ----------
    program : Program
    quadrature : dict of str to (nodes, weights)
        Rules of the laws, real or complex; nodes of two dimensions, (nodes, points), differ from point to point.
    """
    scope = _scope(quadrature)
    pieces = [print_component(program, k) for k in range(len(program.components))]
    source = "\n\n".join([*pieces, print_readout(program)])
    exec(compile(source, "<freeprob program>", "exec"), scope)
    components = [
        runtime.Component(c.unknowns, scope[f"component_{k}"], c.linear, c.border, c.places)
        for k, c in enumerate(program.components)
    ]
    return runtime.Model(len(program.unknowns), components, scope["readout"], program.spectral, program.positive)


def numeric_outputs(
    program: ir.Program, procedure: ir.Procedure, quadrature: dict[str, tuple[Any, Any]]
) -> Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    """Return the function ``(unknowns, inputs, z) -> outputs`` of a procedure beside a program, one row an output."""
    scope = _scope(quadrature)
    exec(compile(print_outputs(program, procedure), "<freeprob outputs>", "exec"), scope)
    return scope["outputs"]


def translated(function: Callable, *arguments: Any) -> Any:
    """Call the runtime, turning its error into the package's."""
    try:
        return function(*arguments)
    except runtime.SolveError as error:
        raise SolveError(str(error)) from error


def _scope(quadrature: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    """Return the names that printed programs use."""
    return {
        "np": np,
        "inverse_entries": runtime.inverse_entries,
        **{name: getattr(along, name) for name in _ALONG},
        "NODES": {name: _spread(nodes) for name, (nodes, _) in quadrature.items()},
        "WEIGHTS": {name: _column(weights) for name, (_, weights) in quadrature.items()},
    }


def _column(values: Any) -> np.ndarray:
    column = np.asarray(values)
    return column if np.iscomplexobj(column) else column.astype(float)


def _spread(nodes: Any) -> np.ndarray:
    """Return nodes as a column, or as they are when they differ from point to point."""
    nodes = _column(nodes)
    return nodes[:, None] if nodes.ndim == 1 else nodes
