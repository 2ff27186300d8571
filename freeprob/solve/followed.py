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

from ..errors import SolveError
from ..program import ir
from ..program.binding import Binding
from .ball_newton import DIGITS, BallNewton, from_balls, real_part, to_balls
from .bound_value import Value

__all__ = ["FollowedSolution", "followed_start", "program_input"]

_STARTS = (Fraction(1, 100), Fraction(1), Fraction(1, 10000))
_FIRST, _LONGEST, _SHORTEST = 0.1, 12.0, 0.1 / 2**20


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
        self._nonlinear = [k for c in program.components if not c.linear for k in c.unknowns]
        self._newton = BallNewton(program, value.binding, nodes)
        self._log = self._newton.inputs[name].mid().log().mid()
        self._step = _FIRST
        self._past = [(self._log, self._newton.corrected(to_balls(value.solution)))]

    def refined(self, nodes: int) -> None:
        """Use so many quadrature nodes from now on.

        Raises
        ------
        SolveError
            If the solution moves by more than rounding allows Newton's method to follow.
        """
        self._newton.with_nodes(nodes)
        self._past = [(self._log, self._newton.corrected(self._past[-1][1]))]
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
        try:  # sums over all pairs of given samples occur in linear equations, which are solved here alone
            self._past[-1] = (self._log, self._newton.corrected(self.unknowns))
        except ZeroDivisionError:
            raise SolveError(f"the linear equations are singular at {self.name} = {float(target):.0e}") from None
        return self.readout()

    def _go(self, target: Any, value: Any) -> None:
        guess = self._predicted(target)
        self._newton.inputs[self.name] = value if value is not None else target.exp().mid()
        try:
            found = self._newton.nonlinear_corrected(guess)
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

    def logarithms(self) -> list[float]:
        """Return the decimal logarithms of the sizes of the unknowns of nonlinear equations."""
        sizes = [abs(self.unknowns[k]) + flint.arb(10) ** -200 for k in self._nonlinear]
        return [float((size.log() / flint.arb(10).log()).mid()) for size in sizes]

    def numbers(self) -> tuple[list[Any], int]:
        """Return the unknowns as mpmath numbers, and the digits of these."""
        return [from_balls(v) for v in self.unknowns], DIGITS

    def readout(self) -> Any:
        """Return the number at the present value of the parameter, a real ball."""
        return self._newton.readout(self.unknowns)

    def _predicted(self, target: Any) -> list[Any]:
        """Return the unknowns of nonlinear equations by extrapolation, of their logarithms where these are smooth."""
        places = [x for x, _ in self._past]
        weights = []
        for k, x in enumerate(places):
            weight = flint.arb(1)
            for j, y in enumerate(places):
                weight = weight if j == k else weight * (target - y) / (x - y)
            weights.append(weight)
        guesses = list(self.unknowns)
        for k in self._nonlinear:
            column = [u[k] for _, u in self._past]
            first = column[0]
            if all(_is_positive_part(v, first) for v in column):
                total = _sum(w * (v / first).log() for w, v in zip(weights, column, strict=True))
                guesses[k] = (first * total.exp()).mid()
            else:
                guesses[k] = _sum(w * v for w, v in zip(weights, column, strict=True)).mid()
        return guesses


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


def _is_positive_part(value: Any, first: Any) -> bool:
    if first == 0 or value == 0:
        return False
    return bool(real_part(value / first) > 0)


def _relative(guess: Any, found: Any) -> float:
    return float((abs(guess - found) / (abs(found) + flint.arb(2) ** -800)).mid())


def _sum(terms: Any) -> Any:
    total = flint.arb(0)
    for term in terms:
        total = total + term
    return total
