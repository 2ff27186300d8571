"""Answers with finer and finer quadrature rules, each from the solution with the rule before.

A finer rule changes the equations little, so that Newton's method reaches its solution from that of the coarser one at
once, where the path from infinity costs some dozens of solutions. A step is taken only where Newton's method contracts
at all points, the branch conditions hold and the answer moves little; else the path is followed anew.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from ..program import ir
from ..targets import numpy_runtime as runtime
from .numeric_model import numeric_model

__all__ = ["RefinedLaw", "RefinedValue"]

_NEAR = 0.05
"""Largest change of an answer from one rule to the next, relative to the largest one."""


class RefinedLaw:
    """m at points across the spectrum.

    Parameters
    ----------
    program : Program
    inputs : array
    probes : callable
        The points, for an anchor.
    """

    def __init__(self, program: ir.Program, inputs: np.ndarray, probes: Callable[[runtime.Anchor], np.ndarray]):
        self.program, self.inputs, self.probes = program, inputs, probes
        self.anchor: runtime.Anchor | None = None
        self._last: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None

    def __call__(self, rules: dict[str, tuple[Any, Any]]) -> np.ndarray:
        """Return m with given rules.

        Raises
        ------
        runtime.SolveError
            If m is not found at a point.
        """
        model = numeric_model(self.program, rules)
        if self.anchor is not None and self._last is not None:
            z, u, m = self._last
            high, there = _corrected(model, self.inputs, self.anchor.u, np.array([self.anchor.z]))
            near, good = _corrected(model, self.inputs, u, z)
            moved = model.readout(near, self.inputs, z)
            good &= runtime.herglotz(model, moved, z)
            if there.all() and good.all() and np.abs(moved - m).max() <= _NEAR * np.abs(m).max():
                self.anchor = copy.copy(self.anchor)
                self.anchor.u, self.anchor.lines = high, {}
                self._last = z, near, moved
                return moved
        self.anchor = runtime.Anchor(model, self.inputs)
        z = self.probes(self.anchor) if self._last is None else self._last[0]
        u, m, _ = runtime.values_with_gaps(model, self.inputs, self.anchor, z, False)
        self._last = z, u, m
        return m


class RefinedValue:
    """A number.

    Parameters
    ----------
    program : Program
    inputs : array
    """

    def __init__(self, program: ir.Program, inputs: np.ndarray):
        self.program, self.inputs = program, inputs
        self._last: tuple[float, np.ndarray] | None = None

    def __call__(self, rules: dict[str, tuple[Any, Any]]) -> tuple[float, np.ndarray]:
        """Return the number and the unknowns with given rules.

        Raises
        ------
        runtime.SolveError
            If no solution is found.
        """
        model = numeric_model(self.program, rules)
        if self._last is not None:
            known, u = self._last
            z = np.zeros(1, dtype=complex)
            u, good = _corrected(model, self.inputs, u, z)
            answer = np.broadcast_to(model.readout(u, self.inputs, z), 1)
            if good.all() and runtime.is_real(answer).all() and abs(answer[0].real - known) <= _NEAR * abs(known):
                self._last = float(answer[0].real), u
                return self._last
        value, u = runtime.solve_value(model, self.inputs, 1)
        self._last = float(value[0]), u
        return self._last


def _corrected(model: runtime.Model, inputs: np.ndarray, u: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the unknowns after Newton's method from near ones, and where it contracted."""
    with np.errstate(all="ignore"):
        u, good, _ = runtime.newton(model, u, inputs, z, np.ones(len(z)))
    return u, good
