"""A system as something that can be evaluated: the printed NumPy program, loaded."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..program import ir
from ..targets import numpy_runtime as runtime
from ..targets.numpy_printer import print_component, print_readout

__all__ = ["numeric_model"]


def numeric_model(program: ir.Program, quadrature: dict[str, tuple[Any, Any]]) -> runtime.Model:
    """Return the runtime model of a program.

    Parameters
    ----------
    program : Program
    quadrature : dict of str to (nodes, weights)
        Float64 rules of the laws.
    """
    scope: dict[str, Any] = {
        "np": np,
        "NODES": {name: np.asarray(nodes, dtype=float)[:, None] for name, (nodes, _) in quadrature.items()},
        "WEIGHTS": {name: np.asarray(weights, dtype=float) for name, (_, weights) in quadrature.items()},
    }
    pieces = [print_component(program, k) for k in range(len(program.components))]
    source = "\n\n".join([*pieces, print_readout(program)])
    exec(compile(source, "<freeprob program>", "exec"), scope)
    components = [
        runtime.Component(c.unknowns, scope[f"component_{k}"], c.linear) for k, c in enumerate(program.components)
    ]
    return runtime.Model(len(program.unknowns), components, scope["readout"], program.spectral, program.positive)
