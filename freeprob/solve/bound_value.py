"""A number with values for its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import mpmath
import numpy as np

from ..errors import SolveError
from ..program import ir
from ..program.binding import Binding
from ..targets import numpy_runtime as runtime
from .bound_law import NODES
from .certificate import Certificate, certify
from .nodes import resolved_nodes
from .numeric_model import numeric_model
from .precise import PreciseSolver

__all__ = ["Value"]


class Value:
    """The limit of a number at given parameters; ``float(value)`` is the number."""

    def __init__(self, program: ir.Program, binding: Binding, nodes: int = NODES):
        self.program = program
        self.binding = binding
        self.nodes = nodes

    @cached_property
    def resolved(self) -> int:
        """The number of quadrature nodes at which the number no longer depends on it."""
        return resolved_nodes(self.binding, lambda n: np.array([self._solved(n)[0]]), self.nodes)

    @cached_property
    def model(self) -> runtime.Model:
        """The numeric model."""
        return numeric_model(self.program, self.binding.quadrature(self.resolved))

    @cached_property
    def _solution(self) -> tuple[float, np.ndarray]:
        return self._solved(self.resolved)

    def _solved(self, nodes: int) -> tuple[float, np.ndarray]:
        model = numeric_model(self.program, self.binding.quadrature(nodes))
        try:
            value, u = runtime.solve_value(model, self.binding.floats(), 1)
        except runtime.SolveError as error:
            given = ", ".join(f"{k}={float(v):.6g}" for k, v in sorted(self.binding.values.items(), key=str))
            raise SolveError(f"at {given}: {error}" if given else str(error)) from error
        return float(value[0]), u

    @property
    def solution(self) -> np.ndarray:
        """The unknowns of the program at the solution."""
        return self._solution[1][:, 0]

    def __float__(self) -> float:
        return self._solution[0]

    def __repr__(self) -> str:
        return repr(float(self))

    def __format__(self, spec: str) -> str:
        return format(float(self), spec)

    def certify(self, bits: int = 106) -> Certificate:
        """Prove that a solution lies in a small ball near this number.

        Returns
        -------
        Certificate
            With ``certified``, ``value`` (a ball), ``radius`` and ``message``.
        """
        return certify(self.program, self.binding, self.solution, nodes=self.nodes, bits=bits)

    def precise(self, digits: int = 50) -> Any:
        """Return the number to this many digits, as an mpmath number."""
        solver = PreciseSolver(self.program, self.binding, digits, max(self.nodes, 4 * digits))
        with mpmath.workdps(solver.work):
            value = mpmath.re(solver.readout(solver.polish(self.solution)))
        with mpmath.workdps(digits):
            return +value

    @property
    def unknowns(self) -> Mapping[str, float]:
        """The unknowns of the system at the solution."""
        symbols = [u for c in self.binding.system.components for u in c.unknowns]
        return {s.name: float(v.real) for s, v in zip(symbols, self.solution, strict=True)}
