"""A generic point of the solution curve: random rational values and the physical solution to 60 digits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import mpmath
import numpy as np
import sympy

from ..equations.system import SelfConsistentSystem
from ..errors import FreeprobError, SolveError
from ..program import ir
from ..program.binding import Binding, bind, free_symbols
from ..solve.numeric_model import numeric_model
from ..solve.precise import PreciseSolver
from ..targets import numpy_runtime as runtime

__all__ = ["NoGenericPoint", "generic_point"]

_DIGITS = 60
_ATTEMPTS = 24
_NODES = 40


class NoGenericPoint(SolveError):
    """No point with random values could be solved, which says nothing of the solution at given values."""


class Owner(Protocol):
    """What has a system and its program: a spectral law or a limit."""

    @property
    def system(self) -> SelfConsistentSystem: ...

    @property
    def program(self) -> ir.Program: ...


def generic_point(owner: Owner, seed: int) -> dict[sympy.Symbol, Any]:
    """Return one generic point of the solution curve, as :func:`freeprob.equations.elimination.polynomial_of` needs.

    Sizes, parameters and coefficients are independent random rationals between 0 and 1, of either sign where none was
    declared (a coefficient is a free symbol of the polynomial); z is a random rational of the upper half plane. The
    randomness is switched on at fixed z, so the solution is the physical one, and Newton's method brings it to 60
    digits.

    Parameters
    ----------
    owner : SpectralLaw or LimitValue
        Gives ``system`` and ``program``.
    seed : int

    Returns
    -------
    dict of Symbol to number
        Of every size, parameter, coefficient and unknown, and of z.

    Raises
    ------
    NoGenericPoint
        If no admissible point could be solved.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.verify.generic_point import generic_point
    >>> n = fp.sizes("n")
    >>> point = generic_point(fp.spectrum(fp.wigner(n) / fp.sqrt(n)), seed=1)
    >>> m, z = (point[s] for s in sorted(point, key=str))
    >>> bool(abs(m**2 + m * z + 1) < 1e-50)
    True
    """
    system = owner.system
    symbols = tuple(c.symbol for c in system.coefficients)
    free = replace(system, parameters=(*system.parameters, *symbols), coefficients=())
    generator = np.random.default_rng([20240917, seed])
    reason: Exception | None = None
    for attempt in range(_ATTEMPTS):
        try:
            binding = _random_binding(free, generator, signed=attempt > 0)
            return _solve(owner.program, binding, _random_z(system, generator, 1.0 + attempt))
        except (FreeprobError, runtime.SolveError) as error:  # not admissible, such as p > n for an isometry
            reason = error
    raise NoGenericPoint(
        f"no generic point of the solution curve could be solved; the last reason: {reason}"
    ) from reason


def _rational(generator: np.random.Generator, low: int, high: int) -> sympy.Rational:
    """Return a random rational with the prime denominator 199, so that values are unrelated."""
    return sympy.Rational(int(generator.integers(low, high)), 199)


def _random_binding(free: SelfConsistentSystem, generator: np.random.Generator, signed: bool) -> Binding:
    values = {symbol: _rational(generator, 40, 199) for symbol in free_symbols(free)}
    if signed:  # a kernel that decreases with the distance is positive with a negative slope alone
        values = {s: v if s.is_nonnegative else v * int(generator.choice([-1, 1])) for s, v in values.items()}
    return bind(free, {symbol.name: value for symbol, value in values.items()})


def _random_z(system: SelfConsistentSystem, generator: np.random.Generator, height: float) -> tuple | None:
    if system.spectral is None:
        return None
    return _rational(generator, -199, 199), _rational(generator, 199, 398) * sympy.Rational(height)


def _solve(program: ir.Program, binding: Binding, z: tuple | None) -> dict[sympy.Symbol, Any]:
    system = binding.system
    model = numeric_model(program, binding.quadrature(_NODES))
    place = complex(*map(float, z)) if z else 0.0
    u, good = runtime.switch_on(model, binding.floats(), place, 1)
    if not good[0]:
        raise SolveError("the randomness could not be switched on")
    solver = PreciseSolver(program, binding, _DIGITS, _NODES)
    with mpmath.workdps(solver.work):
        exact = mpmath.mpc(*(mpmath.mpf(int(q.p)) / int(q.q) for q in z)) if z else None
        polished = solver.polish(u[:, 0], exact)
        names = [s for component in system.components for s in component.unknowns]
        point: dict[sympy.Symbol, Any] = dict(zip(names, polished, strict=True))
        for symbol, value in binding.values.items():
            point[symbol] = mpmath.mpf(int(value.p)) / int(value.q)
        if z:
            point[system.spectral] = exact
    return point
