"""Moments of a law, exactly, from its self-consistent system at z = infinity.

Near infinity the physical solution is the only one in Laurent series of w = 1/z that starts at the deterministic
solution (all randomness switched off): each application of the right-hand sides fixes further coefficients, because a
covariance term is smaller by a power of w. The moments are read from ``m(z) = -sum_k m_k z^(-k-1)``.

References
----------
.. [1] R. Speicher and J. Mingo, *Free Probability and Random Matrices*, Springer 2017, chapter 10 (operator-valued
   equations as fixed points in formal power series).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from numbers import Rational
from typing import Any

import flint
import mpmath
import networkx
import sympy
from mpmath import libmp

from ..algebra.rationals import exact_atoms
from ..algebra.series import Laurent
from ..algebra.straight_line import DecimalArithmetic, ExactArithmetic, Irrational, StraightLine
from ..algebra.symbols import TAU
from ..equations.system import Component, SelfConsistentSystem
from ..errors import MissingValue, SolveError
from ..language.laws import JointLaw
from .law_averages import average_by_moments, average_by_nodes, quadrature, require_finite_moments

__all__ = ["moments_at_infinity"]

_log = logging.getLogger(__name__)

_DIGITS = 40


def moments_at_infinity(
    system: SelfConsistentSystem, values: Mapping[sympy.Symbol, Any], count: int
) -> list[Fraction] | list[mpmath.mpf]:
    """Return the moments ``m_1, ..., m_count`` of the law whose Stieltjes transform is the read-out of a system.

    Parameters
    ----------
    system : SelfConsistentSystem
        With a spectral parameter; each right-hand side gains at least one order in 1/z in a bounded number of sweeps.
    values : mapping of Symbol to number
        Sizes and parameters; coefficient symbols may be left out, their own definitions are then used.
        Integers, `Fraction`, SymPy rationals and `flint.fmpq` are exact; a float stands for its shortest decimal
        form (0.3 is 3/10), but the answer is then a decimal. Floats in a law with atoms are read in the same way.
    count : int
        Number of moments.

    Returns
    -------
    list of Fraction, or of mpf
        Fractions when all values, moments of the laws and roots are rational; otherwise mpmath numbers with 40
        digits (30 when a law has to be averaged by quadrature).

    Raises
    ------
    SolveError
        When the sweeps stagnate (the law may have unbounded support, or the equations at z = infinity are not
        triangular), the read-out is not the Stieltjes transform of a probability law, or the equations hold
        functions that are known by numbers only.
    MissingValue
        When a size, parameter or coefficient has no value.

    Examples
    --------
    The Marchenko-Pastur law with ratio c has the Narayana polynomials as moments:

    >>> import sympy
    >>> from fractions import Fraction
    >>> from freeprob.algebra.symbols import TAU, Z, M
    >>> from freeprob.equations.system import Component, SelfConsistentSystem
    >>> from freeprob.solve.moments import moments_at_infinity
    >>> c = sympy.Symbol("c", positive=True)
    >>> core = Component((M,), (1 / (-Z + TAU / (1 + TAU * c * M)),), linear=False)
    >>> system = SelfConsistentSystem(Z, (), (core,), M, (), (c,), ())
    >>> moments_at_infinity(system, {c: Fraction(1, 2)}, 4)
    [Fraction(1, 1), Fraction(3, 2), Fraction(11, 4), Fraction(45, 8)]
    """
    if system.spectral is None:
        raise SolveError("the system is that of a number, not of a spectral law: it has no spectral parameter")
    if count < 1:
        return []
    if system.tables:
        names = ", ".join(table.name for _, table in system.tables)
        raise SolveError(f"the functions {names} are known by numbers only: they have no series")
    numbers = {symbol: _as_rational(value) for symbol, value in values.items()}
    if all(number is not None for number in numbers.values()):
        try:
            moments = _Expansion(system, numbers, count, ExactArithmetic()).moments()
        except Irrational as reason:
            _log.debug("exact moments not possible (%s); using %d digits", reason, _DIGITS)
        else:
            if all(isinstance(v, Rational | sympy.Rational | flint.fmpq) for v in values.values()):
                return [Fraction(int(m.p), int(m.q)) for m in moments]
            with mpmath.workdps(_DIGITS):
                return [mpmath.mpf(int(m.p)) / int(m.q) for m in moments]
    with mpmath.workdps(_DIGITS + 10):
        inexact = {symbol: mpmath.mpmathify(_plain(value)) for symbol, value in values.items()}
        moments = _Expansion(system, inexact, count, DecimalArithmetic()).moments()
    with mpmath.workdps(_DIGITS):
        return [m.real if isinstance(m, mpmath.mpc) and m.imag == 0 else +m for m in moments]


def _plain(value: Any) -> Any:
    """Return a number in a type that mpmath can read."""
    if isinstance(value, flint.fmpq):
        return Fraction(int(value.p), int(value.q))
    if isinstance(value, sympy.Basic):
        return value.evalf(mpmath.mp.dps + 5)
    return value


def _as_rational(value: Any) -> flint.fmpq | None:
    """Return a real number as the rational number that it is; None for anything else."""
    if isinstance(value, flint.fmpq):
        return value
    if isinstance(value, sympy.Float):
        value = mpmath.mpf(value._mpf_)
    if isinstance(value, mpmath.mpf) and mpmath.isfinite(value):
        value = Fraction(*map(int, libmp.to_rational(value._mpf_)))
    if isinstance(value, float) and math.isfinite(value):
        value = Fraction(repr(float(value)))
    return flint.fmpq(int(value.numerator), int(value.denominator)) if isinstance(value, Rational) else None


class _Expansion:
    """One computation in one arithmetic."""

    def __init__(self, system: SelfConsistentSystem, values: Mapping, count: int, arithmetic: Any):
        self.system, self.count, self.arithmetic = system, count, arithmetic
        self.values = dict(values)
        self.unknowns = [u for component in system.components for u in component.unknowns]
        self.laws: dict[sympy.Symbol, Callable] = {}
        self._add_coefficients()
        self._require_values()
        self.laws = {symbol: self._average(law) for symbol, law in system.laws.items()}

    def _evaluate(self, expressions: Sequence[sympy.Expr], point: Mapping) -> list[Any]:
        return StraightLine(expressions, list(point)).run(list(point.values()), self.arithmetic, self.laws)

    def _add_coefficients(self) -> None:
        for c in self.system.coefficients:
            if c.symbol in self.values:
                continue
            if c.exact is not None:
                self.values[c.symbol] = self._evaluate([c.exact], self.values)[0]
            elif isinstance(self.arithmetic, ExactArithmetic):
                raise Irrational(f"{c.symbol} has no closed form")
            else:
                arguments = self._evaluate(c.arguments, self.values) if c.arguments else []
                self.values[c.symbol] = mpmath.mpmathify(c.evaluate(*arguments, digits=_DIGITS))

    def _require_values(self) -> None:
        known = {*self.values, *self.unknowns, *self.system.laws, TAU, self.system.spectral}
        used = [r for component in self.system.components for r in component.right] + [self.system.readout]
        used += [law for law in self.system.laws.values() if hasattr(law, "free_symbols")]
        missing = sorted({s.name for item in used for s in item.free_symbols - known})
        if missing:
            raise MissingValue(f"no value for {', '.join(missing)}; give each size and parameter a number")

    def _average(self, law: Any) -> Callable[[Callable], Any]:
        if getattr(law, "is_atomic", False):
            if getattr(law, "has_many_atoms", False):
                if isinstance(self.arithmetic, ExactArithmetic) and hasattr(law, "decimal_moment"):
                    return average_by_moments(law.decimal_moment, law)
                raise SolveError(f"{law} has too many atoms for a series of {_DIGITS} digits")
            return average_by_nodes([(self._place(x), self._number(w)) for x, w in exact_atoms(law.atoms)])
        symbols = sorted(getattr(law, "free_symbols", ()), key=str)
        if symbols:
            law = law.subs({s: _plain(self.values[s]) for s in symbols})
        if isinstance(law, JointLaw):
            if isinstance(self.arithmetic, ExactArithmetic):
                raise Irrational(f"the joint law {law} is averaged over by nodes")
            return average_by_nodes(quadrature(law, max(40, 2 * self.count)))
        require_finite_moments(law, self.count)
        if isinstance(self.arithmetic, ExactArithmetic):
            return average_by_moments(law.moment, law)
        return average_by_nodes(quadrature(law, max(40, 2 * self.count)))

    def _number(self, scalar: sympy.Expr) -> Any:
        return self._evaluate([scalar], self.values)[0]

    def _place(self, place: sympy.Expr) -> Any:
        """Return a location, or the coordinates of a point, as numbers."""
        return tuple(map(self._number, place)) if isinstance(place, sympy.Tuple) else self._number(place)

    def moments(self) -> list[Any]:
        order = self.count + 4
        for _ in range(6):
            transform = self._readout(order)
            if isinstance(transform, Laurent) and transform.order >= self.count + 2:
                return self._read(transform)
            deficit = self.count + 2 - (transform.order if isinstance(transform, Laurent) else 0)
            order += max(deficit, 1)
        raise SolveError(f"the read-out {self.system.readout} loses all orders in 1/z; is it a Stieltjes transform?")

    def _read(self, transform: Laurent) -> list[Any]:
        mass = -transform.coefficient(1)
        exact = isinstance(self.arithmetic, ExactArithmetic)
        if transform.valuation != 1 or (mass != 1 if exact else abs(mass - 1) > mpmath.mpf(10) ** -25):
            raise SolveError(
                f"the read-out {self.system.readout} behaves as {transform.truncate(2)} in w = 1/z, "
                "not as -w: it is not the Stieltjes transform of a probability law"
            )
        moments = [0 * mass - transform.coefficient(k + 1) for k in range(1, self.count + 1)]
        if exact and not all(isinstance(m, flint.fmpq) for m in moments):
            raise Irrational("the moments have square roots in them")
        return moments

    def _readout(self, order: int) -> Any:
        one = self.arithmetic.number(sympy.S.One)
        point = dict(self.values) | {self.system.spectral: Laurent(-1, [one], order), TAU: one}
        for component in self.system.components:
            try:
                self._solve(component, point, order)
            except ZeroDivisionError as reason:
                names = ", ".join(str(u) for u in component.unknowns)
                raise SolveError(f"the equations of {names} have no expansion at z = infinity: {reason}") from reason
        return self._evaluate([self.system.readout], point)[0]

    def _solve(self, component: Component, point: dict, order: int) -> None:
        """Add the series of the unknowns of a component to ``point``, in which earlier unknowns are known."""
        unknowns = list(component.unknowns)
        for u in unknowns:
            point[u] = 0 * self.arithmetic.number(sympy.S.One)
        self._start(component, point)
        inputs = [s for s in point if s not in component.unknowns]
        program = StraightLine(component.right, [*inputs, *unknowns])
        fixed = [point[s] for s in inputs]
        current = [point[u] for u in unknowns]
        patience = 3 * (len(unknowns) + 2)
        best, stalled = None, 0
        while True:
            following = program.run([*fixed, *current], self.arithmetic, self.laws)
            agreement = _agreement(current, following)
            if agreement is None:
                point.update(zip(unknowns, following, strict=True))
                return
            current = following
            best, stalled = (agreement, 0) if best is None or agreement > best else (best, stalled + 1)
            if stalled > patience:
                names = ", ".join(str(u) for u in unknowns)
                raise SolveError(
                    f"the expansion of {names} at z = infinity stagnates at w^{best}, w = 1/z: these equations stay "
                    "nonlinear at z = infinity, so the moments are not rational functions of the parameters; "
                    "integrate the density instead"
                )

    def _start(self, component: Component, point: dict) -> None:
        """Set the unknowns to the solution with the randomness switched off, where the equations are triangular."""
        off = {u: right.xreplace({TAU: sympy.S.Zero}) for u, right in zip(component.unknowns, component.right)}
        graph = networkx.DiGraph((v, u) for u in off for v in component.unknowns if v in off[u].free_symbols)
        graph.add_nodes_from(component.unknowns)
        if networkx.is_directed_acyclic_graph(graph):
            position = {u: i for i, u in enumerate(component.unknowns)}
            sequence = list(networkx.lexicographical_topological_sort(graph, key=position.get))
        else:
            sequence = list(component.unknowns) * (len(component.unknowns) + 1)
        for u in sequence:
            point[u] = self._evaluate([off[u]], point)[0]


def _agreement(current: Sequence[Any], following: Sequence[Any]) -> int | None:
    """Return the lowest exponent of w at which two iterates differ; None when they agree in all known terms."""
    lowest = None
    for a, b in zip(current, following, strict=True):
        if not isinstance(b, Laurent):
            a, b = (Laurent(0, [x], 1) if not isinstance(x, Laurent) else x for x in (a, b))
        difference = b - a
        if difference:
            exponent = difference.valuation - min(0, b.valuation)
        elif not isinstance(a, Laurent) or a.order != b.order:
            exponent = difference.order
        else:
            continue
        lowest = exponent if lowest is None else min(lowest, exponent)
    return lowest
