"""Newton's method with 240 digits, in the ball arithmetic of Arb (python-flint) on midpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flint
import mpmath

from ..errors import SolveError
from ..program import ir
from ..program.binding import Binding
from ..program.component_values import component_values
from .balls import ball_inputs, ball_program

__all__ = ["DIGITS", "BallNewton", "from_balls", "newton_step", "precision", "real_part", "to_balls"]

_BITS = 800
_RULE_BITS = 66
_CONVERGED = 270
"""Bits to which Newton's method is taken."""
DIGITS = int(_CONVERGED * 0.3)
"""Digits of the unknowns."""
_JUMP = 1e-3
"""Largest first step of Newton's method in a nonlinear component, relative."""


class precision:  # a context, named like those of mpmath
    """A block of code that computes with the precision of a followed solution."""

    def __enter__(self) -> None:
        self._before = flint.ctx.prec
        flint.ctx.prec = _BITS

    def __exit__(self, *_: object) -> None:
        flint.ctx.prec = self._before


class BallNewton:
    """The equations of a program at one point, in high precision.

    Parameters
    ----------
    program : Program
    binding : Binding
    nodes : int
        Quadrature nodes of continuous laws.

    Attributes
    ----------
    inputs : dict of str to arb
        Sizes, parameters and coefficients.
    """

    def __init__(self, program: ir.Program, binding: Binding, nodes: int):
        self.program = program
        self.binding = binding
        self.inputs = ball_inputs(program, binding, _BITS)
        self.with_nodes(nodes)

    def with_nodes(self, nodes: int) -> None:
        """Use so many quadrature nodes from now on."""
        self._compiled = ball_program(self.program, self.binding, nodes, _BITS, _RULE_BITS)

    def run(self, procedure: ir.Procedure, unknowns: list[Any]) -> list[Any]:
        """Return the outputs of a procedure."""
        return self._compiled.run(procedure, self.inputs | dict(zip(self.program.unknowns, unknowns, strict=True)))

    def readout(self, unknowns: list[Any]) -> Any:
        """Return the number, a real ball."""
        return real_part(self.run(self.program.readout, unknowns)[0])

    def corrected(self, unknowns: list[Any]) -> list[Any]:
        """Return the solution next to given unknowns.

        Raises
        ------
        SolveError, ZeroDivisionError
            If Newton's method moves away from them, or does not converge.
        """
        return self._corrected(unknowns, self.program.components)

    def nonlinear_corrected(self, unknowns: list[Any]) -> list[Any]:
        """Return the same, but for linear equations after the last nonlinear one: their unknowns stay as they are."""
        last = max((k for k, c in enumerate(self.program.components) if not c.linear), default=-1)
        return self._corrected(unknowns, self.program.components[: last + 1])

    def _corrected(self, unknowns: list[Any], components: Sequence[ir.Component]) -> list[Any]:
        values = self.inputs | dict(zip(self.program.unknowns, unknowns, strict=True))
        for component in components:
            self._newton(component, values)
        return [values[name] for name in self.program.unknowns]

    def _newton(self, component: ir.Component, values: dict[str, Any]) -> None:
        names = [self.program.unknowns[k] for k in component.unknowns]
        small = flint.arb(2) ** -_CONVERGED
        for _ in range(60):
            step = newton_step(*component_values(self._compiled.run, component, values))
            top = max((abs(values[name]).mid() for name in names), key=_middle)
            top = top + flint.arb(2) ** -_BITS
            move = max((abs(d).mid() for d in step), key=_middle)
            if not component.linear and not move <= top * _JUMP:
                raise SolveError("Newton's method left the solution")
            for name, d in zip(names, step, strict=True):
                values[name] = (values[name] - d).mid()
            if move <= top * small:
                return
        raise SolveError("Newton's method did not converge")


def _middle(x: Any) -> Any:
    """Order exact balls by their midpoints."""
    return x.mid()


def newton_step(residuals: list[Any], entries: dict[tuple[int, int], Any]) -> list[Any]:
    """Return the step of Newton's method, the solution of the linear equations with these entries.

    Raises
    ------
    ZeroDivisionError
        If they are singular.
    """
    size = len(residuals)
    if size == 1:
        step = (residuals[0].mid() / entries.get((0, 0), flint.arb(0)).mid()).mid()
        if not step.is_finite():
            raise ZeroDivisionError("the Jacobian is singular")
        return [step]
    complex_ = any(isinstance(o, flint.acb) for o in (*residuals, *entries.values()))
    kind: Any = flint.acb_mat if complex_ else flint.arb_mat
    jacobian = kind(size, size)
    for place, entry in entries.items():
        jacobian[place] = entry.mid()
    step = jacobian.solve(kind([[o.mid()] for o in residuals]))
    return [step[k, 0].mid() for k in range(size)]


def to_balls(solution: Any) -> list[Any]:
    """Return a float64 solution as exact balls, real where all of it is."""
    top = max((abs(v) for v in solution), default=0.0)
    if all(abs(complex(v).imag) <= 1e-12 * top for v in solution):
        return [flint.arb(float(complex(v).real)) for v in solution]
    return [flint.acb(complex(v)) for v in solution]


def from_balls(value: Any) -> Any:
    """Return an exact ball as an mpmath number."""
    if isinstance(value, flint.acb):
        return mpmath.mpc(from_balls(value.real), from_balls(value.imag))
    mantissa, exponent = value.mid().man_exp()
    with mpmath.workprec(_BITS):
        return mpmath.ldexp(mpmath.mpf(int(mantissa)), int(exponent))


def real_part(value: Any) -> Any:
    """Return the real part of a ball."""
    return value.real if isinstance(value, flint.acb) else value
