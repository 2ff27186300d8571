"""High precision: Newton's method in mpmath on the compiled program, from a float64 solution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from ..errors import SolveError
from ..program import ir
from ..program.binding import Binding
from ..program.compiled import CompiledProgram
from ..program.component_values import component_values
from .nodes import are_exact, growing_counts

__all__ = ["PreciseLaw", "PreciseSolver", "resolved_value"]

_EXTRA = 10
_SAME = 1e-5
"""Largest accepted difference between m at high precision and in float64, relative."""

_MOST = 15_000
"""Largest rule of one law."""


def resolved_value(binding: Binding, digits: int, nodes: int, evaluate: Callable[[int], Any]) -> Any:
    """Return an answer at a number of quadrature nodes at which it has all its digits.

    Rules converge geometrically: where one and that of half as many nodes agree to more than half of the digits (0.6 of
    them, and three more), the finer one is right to all. Rules that converge slowly never agree so far.

    Parameters
    ----------
    binding : Binding
    digits : int
    nodes : int
        To begin with.
    evaluate : callable
        The answer in mpmath numbers for a number of nodes.

    Raises
    ------
    SolveError
        If no rule of affordable size is fine enough.
    """
    laws = binding.laws.values()
    if are_exact(laws, nodes):
        return evaluate(nodes)
    tolerance = mpmath.mpf(10) ** -(0.6 * digits + 3)
    previous, known = None, 0
    for count, size in growing_counts(laws, max(1, nodes // 2), 2 * _MOST):
        if size > _MOST:
            break
        try:
            current = evaluate(count)
        except SolveError:  # a rule too coarse for the solution in float64
            if count >= nodes:
                raise
            current = None
        if current is not None and are_exact(laws, count):
            return current
        if previous is not None and current is not None and abs(current - previous) <= tolerance * abs(current):
            return current
        previous, known = current, size
    raise SolveError(
        f"quadrature rules of up to {known} nodes do not give the averages over continuous laws to {digits} digits; "
        "ask for fewer digits, use laws with atoms, or a point farther from the axis"
    )


class PreciseSolver:
    """Polishes a float64 solution of a program to any number of digits.

    Parameters
    ----------
    program : Program
    binding : Binding
    digits : int
    nodes : int
        Quadrature nodes of continuous laws.
    extra : int
        Further digits of the arithmetic, for systems that lose many.
    rule_digits : int, optional
        Digits of the quadrature rules, where fewer do.
    """

    def __init__(
        self,
        program: ir.Program,
        binding: Binding,
        digits: int,
        nodes: int,
        *,
        extra: int = _EXTRA,
        rule_digits: int | None = None,
    ):
        self.program = program
        self.digits = digits
        self.work = digits + extra
        with mpmath.workdps(self.work):
            self.inputs = dict(zip(program.inputs, binding.inputs(self.work), strict=True))
            functions = {
                "sqrt": mpmath.sqrt,
                "exp": mpmath.exp,
                "log": mpmath.log,
                "sin": mpmath.sin,
                "cos": mpmath.cos,
                "tanh": mpmath.tanh,
                "erf": mpmath.erf,
                "asin": mpmath.asin,
                "pi": lambda _: +mpmath.pi,
            }
            laws = binding.quadrature(nodes, rule_digits or self.work) if program.laws else {}
        self.interpreter = CompiledProgram(lambda p, q: mpmath.mpf(p) / q, functions, laws)

    def polish(self, u: np.ndarray, z: Any = None) -> list[Any]:
        """Return the unknowns to full precision.

        Raises
        ------
        SolveError
            If Newton's method moves away from the start: the float64 solution was no solution.
        """
        return self.corrected([mpmath.mpmathify(complex(v)) for v in u], z)

    def corrected(self, unknowns: list[Any], z: Any = None) -> list[Any]:
        """Return the unknowns to full precision, from a start in mpmath numbers; see :meth:`polish`."""
        with mpmath.workdps(self.work):
            values = dict(self.inputs)
            values["switch"] = mpmath.mpf(1)
            if z is not None:
                values["z"] = mpmath.mpmathify(z)
            values.update(zip(self.program.unknowns, unknowns, strict=True))
            tolerance = mpmath.mpf(10) ** (-self.digits - 3)
            for component in self.program.components:
                self._newton(component, values, tolerance)
            return [values[name] for name in self.program.unknowns]

    def _newton(self, component: ir.Component, values: dict[str, Any], tolerance: Any) -> None:
        names = [self.program.unknowns[k] for k in component.unknowns]
        size = len(names)
        first = None
        for _ in range(60):
            residuals, entries = component_values(self.interpreter.run, component, values)
            jacobian = mpmath.zeros(size)
            for place, entry in entries.items():
                jacobian[place] = entry
            try:
                delta = mpmath.lu_solve(jacobian, mpmath.matrix(residuals))
            except ZeroDivisionError:
                raise SolveError(f"the equations are singular in {mpmath.mp.dps} digits; ask for more digits") from None
            top = max(abs(values[name]) for name in names) + mpmath.mpf("1e-300")
            move = max(abs(d) for d in delta) / top
            first = move if first is None else first
            if move > 1e-3 and not component.linear:
                raise SolveError(f"the float64 solution is off by {mpmath.nstr(move, 3)}: Newton's method left it")
            for name, d in zip(names, delta, strict=True):
                values[name] -= d
            if move < tolerance:
                return
        raise SolveError(f"Newton's method did not reach {self.digits} digits; the point may be an edge")

    def readout(self, unknowns: list[Any], z: Any = None) -> Any:
        """Return the answer at given unknowns."""
        with mpmath.workdps(self.work):
            values = dict(self.inputs) | dict(zip(self.program.unknowns, unknowns, strict=True))
            if z is not None:
                values["z"] = mpmath.mpmathify(z)
            return self.interpreter.run(self.program.readout, values)[0]


class PreciseLaw:
    """A spectral law at high precision; made by ``law.at(...).precise(digits=50)``.

    Parameters
    ----------
    law : BoundLaw
    digits : int
    nodes : int, optional
        Quadrature nodes of continuous laws; as many as the digits need where they are not given.
    """

    def __init__(self, law: Any, digits: int, nodes: int | None = None):
        self.law = law
        self.digits = digits
        self._nodes = nodes
        self._solvers: dict[int, PreciseSolver] = {}

    def stieltjes(self, z: Any) -> Any:
        """Return m(z) as an mpmath complex number.

        Parameters
        ----------
        z : complex, or mpmath or decimal-string number for points that float64 cannot hold

        Raises
        ------
        SolveError
            If the point is an edge, or quadrature rules of affordable size do not give all digits.
        """
        if self._nodes is not None:
            value = self._value(z, self._nodes)
        else:
            first = max(self.law.nodes, 4 * self.digits)
            value = resolved_value(self.law.binding, self.digits, first, lambda count: self._value(z, count))
        with mpmath.workdps(self.digits):
            return +value

    def _value(self, z: Any, nodes: int) -> Any:
        """Return m(z) with a given number of quadrature nodes."""
        if nodes not in self._solvers:
            self._solvers[nodes] = PreciseSolver(self.law.program, self.law.binding, self.digits, nodes)
        solver = self._solvers[nodes]
        point = mpmath.mpmathify(z)
        near = np.array([complex(point)])
        upper = near if near[0].imag >= 0 else near.conj()
        u = self.law.unknowns(upper)[:, 0]
        exact = point if point.imag >= 0 else mpmath.conj(point)
        with mpmath.workdps(solver.work):
            value = solver.readout(solver.polish(u, exact), exact)
            value = mpmath.mpc(value)
            known = complex(self.law.model.readout(u[:, None], self.law.inputs, upper)[0])
            if abs(value - known) > _SAME * abs(known):
                raise SolveError(
                    f"the quadrature of a law at high precision is not resolved at {mpmath.nstr(point, 6)}: it gives "
                    f"{mpmath.nstr(value, 8)}, and the rule on an arc {known:.8g}"
                )
            return value if point.imag >= 0 else mpmath.conj(value)

    def density(self, x: Any) -> Any:
        """Return the density at a real point as an mpmath number."""
        return mpmath.im(self.stieltjes(mpmath.mpmathify(x))) / mpmath.pi
