"""A solution of the equations, followed along one parameter in high precision.

Where a parameter is tiny, unknowns of the equations grow like powers of its inverse although the number converges, so
that float64 loses all digits, and the path that switches the randomness on becomes singular. The solution is found at a
value of the parameter where float64 solves the equations, and followed from there with 240 digits: the unknowns become
powers of the parameter, so that the steps of its logarithm grow.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import mpmath

from ..errors import SolveError
from ..program import ir
from ..program.binding import Binding
from .balls import ball_inputs, ball_program
from .bound_value import Value

__all__ = ["FollowedSolution", "followed_start", "precision", "program_input"]

_STARTS = (Fraction(1, 100), Fraction(1), Fraction(1, 10000))
_BITS = 800
_RULE_BITS = 66
_CONVERGED = 270
"""Bits to which Newton's method is taken."""
_FIRST, _LONGEST, _SHORTEST = 0.1, 12.0, 0.1 / 2**20
_JUMP = 1e-3
"""Largest first step of Newton's method in a nonlinear component, relative."""


class precision:  # a context, named like those of mpmath
    """A block of code that computes with the precision of a followed solution."""

    def __enter__(self) -> None:
        self._before = flint.ctx.prec
        flint.ctx.prec = _BITS

    def __exit__(self, *_: object) -> None:
        flint.ctx.prec = self._before


class FollowedSolution:
    """The unknowns at a value of one parameter, which may go down.

    Parameters
    ----------
    program : Program
    value : Value
        Where float64 solves the equations.
    name : str
        The input of the program that goes down, positive.
    nodes : int
        Quadrature nodes of continuous laws.
    """

    def __init__(self, program: ir.Program, value: Value, name: str, nodes: int):
        self.program = program
        self.name = name
        self._binding = value.binding
        self._nonlinear = [k for c in program.components if not c.linear for k in c.unknowns]
        self._inputs = ball_inputs(program, value.binding, _BITS)
        self._compiled = ball_program(program, value.binding, nodes, _BITS, _RULE_BITS)
        self._log = self._inputs[name].mid().log().mid()
        self._step = _FIRST
        self._past = [(self._log, self._corrected(_numbers(value.solution)))]

    def refined(self, nodes: int) -> None:
        """Use so many quadrature nodes from now on.

        Raises
        ------
        SolveError
            If the solution moves by more than rounding allows Newton's method to follow.
        """
        self._compiled = ball_program(self.program, self._binding, nodes, _BITS, _RULE_BITS)
        self._past = [(self._log, self._corrected(self._past[-1][1]))]
        self._step = _FIRST

    def go(self, target: Fraction) -> Any:
        """Follow the solution down to a value of the parameter, and return the number there, a real ball.

        Raises
        ------
        SolveError
            If the solution cannot be followed.
        """
        place = flint.arb(target.numerator) / target.denominator
        end = place.log().mid()
        while self._log > end:
            if self._step < _SHORTEST:
                raise SolveError(
                    f"the solution could not be followed below {self.name} = {self._log.exp().str(5, radius=False)}"
                )
            reach = (self._log - self._step).mid()
            last = not reach > end
            self._go(end if last else reach, place.mid() if last else None)
        return self.readout()

    def _go(self, target: Any, value: Any) -> None:
        guess = self._predicted(target)
        self._inputs[self.name] = value if value is not None else target.exp().mid()
        try:
            found = self._corrected(guess)
        except (SolveError, ZeroDivisionError):
            self._step /= 4
            return
        distance = max((_relative(guess[k], found[k]) for k in self._nonlinear), default=0.0)
        self._past = [*self._past[-2:], (target, found)]
        self._log = target
        self._step = min(self._step * (4 if distance < 1e-6 else 2 if distance < 1e-4 else 1), _LONGEST)

    @property
    def unknowns(self) -> list[Any]:
        """The unknowns at the present value of the parameter."""
        return self._past[-1][1]

    def numbers(self) -> tuple[list[Any], int]:
        """Return the unknowns as mpmath numbers, and the digits of these."""
        digits = int(_CONVERGED * 0.3)
        with mpmath.workprec(_BITS):
            return [_number(v) for v in self.unknowns], digits

    def readout(self) -> Any:
        """Return the number at the present value of the parameter, a real ball."""
        values = self._inputs | dict(zip(self.program.unknowns, self.unknowns, strict=True))
        return _real(self._compiled.run(self.program.readout, values)[0])

    def _predicted(self, target: Any) -> list[Any]:
        """Return the unknowns by extrapolation, of their logarithms where these are smooth."""
        places = [x for x, _ in self._past]
        weights = []
        for k, x in enumerate(places):
            weight = flint.arb(1)
            for j, y in enumerate(places):
                weight = weight if j == k else weight * (target - y) / (x - y)
            weights.append(weight)
        guesses = []
        for column in zip(*(u for _, u in self._past), strict=True):
            first = column[0]
            if all(_is_positive_part(v, first) for v in column):
                total = _sum(w * (v / first).log() for w, v in zip(weights, column, strict=True))
                guesses.append((first * total.exp()).mid())
            else:
                guesses.append(_sum(w * v for w, v in zip(weights, column, strict=True)).mid())
        return guesses

    def _corrected(self, unknowns: list[Any]) -> list[Any]:
        values = self._inputs | dict(zip(self.program.unknowns, unknowns, strict=True))
        for component in self.program.components:
            self._newton(component, values)
        return [values[name] for name in self.program.unknowns]

    def _newton(self, component: ir.Component, values: dict[str, Any]) -> None:
        names = [self.program.unknowns[k] for k in component.unknowns]
        size = len(names)
        small = flint.arb(2) ** -_CONVERGED
        for _ in range(60):
            outputs = self._compiled.run(component.procedure, values)
            step = _solved(component, outputs, size)
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


def followed_start(program: ir.Program, bind: Callable[[Fraction], Binding], nodes: int) -> Value:
    """Return the number at a value of the parameter where float64 solves the equations."""
    problem: SolveError | None = None
    for place in _STARTS:
        value = Value(program, bind(place), nodes)
        try:
            float(value)
        except SolveError as error:
            problem = error
            continue
        return value
    raise SolveError(f"no positive value of the parameter could be solved: {problem}") from problem


def program_input(program: ir.Program, binding: Binding, parameter: str) -> str:
    """Return the name of a parameter in the program."""
    system = binding.system
    return program.inputs[next(k for k, s in enumerate((*system.sizes, *system.parameters)) if s.name == parameter)]


def _middle(x: Any) -> Any:
    """Order exact balls by their midpoints."""
    return x.mid()


def _solved(component: ir.Component, outputs: list[Any], size: int) -> list[Any]:
    complex_ = any(isinstance(o, flint.acb) for o in outputs)
    if size == 1:
        entry = outputs[1] if len(outputs) > 1 else flint.arb(0)
        step = (outputs[0].mid() / entry.mid()).mid()
        if not step.is_finite():
            raise ZeroDivisionError("the Jacobian is singular")
        return [step]
    kind: Any = flint.acb_mat if complex_ else flint.arb_mat
    jacobian = kind(size, size)
    for (i, j), entry in zip(component.pattern, outputs[size:], strict=True):
        jacobian[i, j] = entry.mid()
    right = kind([[o.mid()] for o in outputs[:size]])
    step = jacobian.solve(right)
    return [step[k, 0].mid() for k in range(size)]


def _numbers(solution: Any) -> list[Any]:
    """Return a float64 solution as exact balls, real where all of it is."""
    top = max((abs(v) for v in solution), default=0.0)
    if all(abs(complex(v).imag) <= 1e-12 * top for v in solution):
        return [flint.arb(float(complex(v).real)) for v in solution]
    return [flint.acb(complex(v)) for v in solution]


def _number(value: Any) -> Any:
    """Return an exact ball as an mpmath number."""
    if isinstance(value, flint.acb):
        return mpmath.mpc(_number(value.real), _number(value.imag))
    mantissa, exponent = value.mid().man_exp()
    return mpmath.ldexp(mpmath.mpf(int(mantissa)), int(exponent))


def _real(value: Any) -> Any:
    return value.real if isinstance(value, flint.acb) else value


def _is_positive_part(value: Any, first: Any) -> bool:
    if first == 0 or value == 0:
        return False
    return bool(_real(value / first) > 0)


def _relative(guess: Any, found: Any) -> float:
    return float((abs(guess - found) / (abs(found) + flint.arb(2) ** -_BITS)).mid())


def _sum(terms: Any) -> Any:
    total = flint.arb(0)
    for term in terms:
        total = total + term
    return total
