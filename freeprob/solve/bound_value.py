"""A number with values for its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mpmath
import numpy as np

from ..errors import SolveError
from ..program import ir
from ..program.binding import Binding
from ..targets import numpy_runtime as runtime
from ..targets.rounding_runtime import rounding
from .bound_law import NODES
from .certificate import Certificate, certify
from .nodes import refuse_many_variables, resolved_nodes
from .numeric_model import numeric_model
from .precise import PreciseSolver, resolved_value
from .refined_rules import RefinedValue

__all__ = ["Found", "Value"]


@dataclass(frozen=True)
class Found:
    """A number that was found in high precision.

    Attributes
    ----------
    number : float
    unknowns : list of mpmath numbers
        To ``digits`` digits.
    nodes : int
        Quadrature nodes of continuous laws.
    digits : int
    balls : list of arb
        The unknowns once more.
    """

    number: float
    unknowns: list[Any]
    nodes: int
    digits: int
    balls: list[Any]


class Value:
    """The limit of a number at given parameters; ``float(value)`` is the number.

    Parameters
    ----------
    program : Program
    binding : Binding
    nodes : int
        Quadrature nodes of continuous laws to begin with.
    found : Found, optional
        Where the number was found on another path than this one.
    """

    def __init__(
        self,
        program: ir.Program,
        binding: Binding,
        nodes: int = NODES,
        found: Found | None = None,
    ):
        self.program = program
        self.binding = binding
        self.nodes = nodes
        self._found = found

    @cached_property
    def resolved(self) -> int:
        """The number of quadrature nodes at which the number no longer depends on it."""
        if self._found is not None:
            return self._found.nodes
        refuse_many_variables(self.binding)
        return resolved_nodes(self.binding, lambda n: np.array([self._solved(n)[0]]), self.nodes)

    @cached_property
    def _refined(self) -> RefinedValue:
        return RefinedValue(self.program, self.binding.floats())

    @cached_property
    def model(self) -> runtime.Model:
        """The numeric model."""
        return numeric_model(self.program, self.binding.quadrature(self.resolved))

    @cached_property
    def _solution(self) -> tuple[float, np.ndarray]:
        if self._found is not None:
            return self._found.number, np.array([[complex(v)] for v in self._found.unknowns])
        return self._solved(self.resolved)

    def _solved(self, nodes: int) -> tuple[float, np.ndarray]:
        try:
            return self._refined(self.binding.quadrature(nodes))
        except runtime.SolveError as error:
            given = ", ".join(f"{k}={float(v):.6g}" for k, v in sorted(self.binding.values.items(), key=str))
            raise SolveError(f"at {given}: {error}" if given else str(error)) from error

    def solved(self, nodes: int) -> np.ndarray:
        """Return the unknowns in float64 with so many quadrature nodes, whether the number depends on these or not."""
        return self._solved(nodes)[1][:, 0]

    @property
    def balls(self) -> list[Any] | None:
        """The unknowns in high precision, where the number was found so."""
        return self._found.balls if self._found is not None else None

    @property
    def solution(self) -> np.ndarray:
        """The unknowns of the program at the solution."""
        return self._solution[1][:, 0]

    @cached_property
    def rounding(self) -> float:
        """What rounding leaves open of the number, relative to it; see :mod:`freeprob.targets.rounding_runtime`."""
        return 0.0 if self._found is not None else self.rounding_with(self.resolved)

    def rounding_with(self, nodes: int) -> float:
        """Return what rounding leaves open with so many quadrature nodes."""
        number, unknowns = self._solved(nodes)
        model = numeric_model(self.program, self.binding.quadrature(nodes))
        return float(rounding(model, self.binding.floats(), unknowns, np.array([number]))[0])

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

    def precise(self, digits: int = 50, nodes: int | None = None) -> Any:
        """Return the number to this many digits, as an mpmath number.

        Parameters
        ----------
        digits : int
        nodes : int, optional
            Quadrature nodes of continuous laws; as many as the digits need where they are not given.

        Raises
        ------
        SolveError
            If quadrature rules of affordable size do not give all digits.
        """
        if nodes is not None:
            value = self._precise(digits, nodes)
        else:
            first = max(self.resolved, 4 * digits)
            value = resolved_value(self.binding, digits, first, lambda count: self._precise(digits, count))
        with mpmath.workdps(digits):
            return +value

    def _precise(self, digits: int, nodes: int) -> Any:
        if self._found is None:
            solver = PreciseSolver(self.program, self.binding, digits, nodes)
            unknowns = solver.polish(self.solution)
        else:
            solver = PreciseSolver(self.program, self.binding, digits, nodes, extra=self._found.digits)
            unknowns = solver.corrected(self._found.unknowns)
        with mpmath.workdps(solver.work):
            return mpmath.re(solver.readout(unknowns))

    @property
    def unknowns(self) -> Mapping[str, float]:
        """The unknowns of the system at the solution."""
        symbols = [u for c in self.binding.system.components for u in c.unknowns]
        return {s.name: float(v.real) for s, v in zip(symbols, self.solution, strict=True)}
