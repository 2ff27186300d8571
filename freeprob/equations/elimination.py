"""Elimination: from a self-consistent system to one irreducible polynomial ``P(m, z; parameters) = 0``.

Denominators are cleared, then one unknown after another is removed by resultants with a pivot equation; the cheapest
pair (unknown, pivot) goes first, so unknowns that occur linearly are simply substituted. After every resultant only
the irreducible factor that vanishes at points of the physical solution is kept: resultants multiply in spurious
factors, sometimes of the same degree, and only the solution itself can tell them apart.

References
----------
.. [1] D. Cox, J. Little and D. O'Shea, *Ideals, Varieties, and Algorithms*, 4th ed., Springer 2015, chapter 3,
   section 6 (resultants and elimination).
.. [2] N. R. Rao and A. Edelman, *The polynomial method for random matrices*, Found. Comput. Math. 8 (2008) 649-702
   (algebraic laws: the polynomial that the Stieltjes transform satisfies).
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath
import sympy

from ..algebra.polynomials import PolynomialRing
from ..algebra.rationals import exact_atoms, rationalised
from ..algebra.resultant_process import resultant_factors
from ..algebra.straight_line import DecimalArithmetic, StraightLine
from ..algebra.symbols import TAU, M
from ..derivation.average import Average
from ..derivation.inverse_entry import InverseEntry
from ..errors import MissingValue, NotAlgebraic, SolveError
from ..language.laws.joint_empirical import JointEmpirical
from ..language.laws.product import Product
from .system import SelfConsistentSystem

__all__ = ["eliminate", "expand_atomic_averages", "polynomial_of"]

_log = logging.getLogger(__name__)

Evaluate = Callable[[int], Mapping[sympy.Symbol, Any]]
"""``evaluate(seed)`` returns one generic point of the solution curve: numbers for all symbols, to 12 digits or more."""

_MOST_TERMS = 20_000
_POINTS = 2
_MOST_ATOMS = 40
_VANISHES = 1e-30
_DIGITS = 60


def expand_atomic_averages(expr: sympy.Expr, laws: Mapping[sympy.Symbol, Any]) -> sympy.Expr:
    """Write averages over laws with finitely many atoms as sums.

    Parameters
    ----------
    expr : SymPy expression
    laws : mapping of Symbol to law
        A law says ``is_atomic`` and then has ``atoms``, a mapping from location to weight.

    Raises
    ------
    NotAlgebraic
        When a law is not a finite sum of atoms, or a long joint one that is data.

    Examples
    --------
    >>> import sympy
    >>> from types import SimpleNamespace
    >>> from freeprob.derivation.average import Average
    >>> from freeprob.equations.elimination import expand_atomic_averages
    >>> t, m, H = sympy.symbols("t m H")
    >>> half = sympy.Rational(1, 2)
    >>> law = SimpleNamespace(is_atomic=True, atoms={1: half, 3: half})
    >>> expand_atomic_averages(Average(t / (1 + t * m), t, H), {H: law})
    3/(2*(3*m + 1)) + 1/(2*(m + 1))
    """
    expr = expr.xreplace({entry: entry.explicit() for entry in expr.atoms(InverseEntry)})
    expr = rationalised(expr)  # before arithmetic turns 3 * 0.1 into 0.30000000000000004
    nodes = sorted(expr.atoms(Average), key=sympy.default_sort_key)
    table = {}
    for node in nodes:
        integrand, variable, name = node.args
        law: Any = laws.get(name)
        if not getattr(law, "is_atomic", False):
            shown = name if law is None else f"{name} = {law}"
            raise NotAlgebraic(
                f"the equations average over the law {shown}, which is not a finite sum of atoms, so there is no "
                "polynomial P(m, z); use a law with atoms, or solve numerically with .at(...)"
            )
        if isinstance(law, Product) and law.has_many_atoms:
            raise NotAlgebraic(
                f"the equations average over all combinations of values of {law}, and a polynomial P(m, z) of that "
                "degree is not written down; solve numerically with .at(...)"
            )
        count = len(law.points) if isinstance(law, JointEmpirical) else 0
        if count > _MOST_ATOMS:
            raise NotAlgebraic(
                f"the equations average over the {count} points of {law}, and a polynomial P(m, z) of that degree is "
                "not written down; solve numerically with .at(...)"
            )
        integrand = expand_atomic_averages(integrand, laws)
        table[node] = sympy.Add(*(w * integrand.xreplace({variable: x}) for x, w in exact_atoms(law.atoms)))
    return expr.xreplace(table) if table else expr


def polynomial_of(system: SelfConsistentSystem, evaluate: Evaluate, *, seconds: float = 60.0) -> sympy.Expr:
    """Return the irreducible polynomial that the read-out of a system satisfies.

    Parameters
    ----------
    system : SelfConsistentSystem
    evaluate : callable
        ``evaluate(seed)`` returns a generic point of the solution curve: a mapping from every size, parameter,
        coefficient, unknown and z to numbers. The unknowns need 12 digits, they are improved to 60 by Newton's method;
        parameters and z are taken as they are and should be random.
    seconds : float
        Time after which `NotAlgebraic` is raised.

    Returns
    -------
    SymPy expression
        In ``M``, the spectral parameter and the parameters; coprime integer coefficients.

    Raises
    ------
    NotAlgebraic
        When the system averages over a law that is not atomic, or depends on an unknown in a transcendental way, or
        when the elimination exceeds its limits.

    Examples
    --------
    >>> import mpmath, sympy
    >>> from freeprob.algebra.symbols import TAU, Z, M, unknown
    >>> from freeprob.equations.elimination import polynomial_of
    >>> from freeprob.equations.system import Component, SelfConsistentSystem
    >>> g, s = unknown("g"), sympy.Symbol("sigma", positive=True)
    >>> core = Component((g,), (1 / (-Z - TAU * s**2 * g),), linear=False)
    >>> system = SelfConsistentSystem(Z, (), (core,), g, (), (s,), ())
    >>> def evaluate(seed):
    ...     with mpmath.workdps(60):
    ...         z, sigma = mpmath.mpc(seed, 2), mpmath.mpf(3 + seed) / 7
    ...         return {Z: z, s: sigma, g: (-z + mpmath.sqrt(z - 2*sigma) * mpmath.sqrt(z + 2*sigma)) / (2*sigma**2)}
    >>> polynomial_of(system, evaluate)
    m**2*sigma**2 + m*z + 1
    """
    right = {u: r for component in system.components for u, r in zip(component.unknowns, component.right)}
    readout = expand_atomic_averages(system.readout.xreplace({TAU: sympy.S.One}), system.laws)
    needed: dict[sympy.Symbol, sympy.Expr] = {}
    waiting = [u for u in right if u in readout.free_symbols]
    while waiting:
        u = waiting.pop(0)
        needed[u] = expand_atomic_averages(right[u].xreplace({TAU: sympy.S.One}), system.laws)
        waiting += [v for v in right if v in needed[u].free_symbols and v not in needed and v not in waiting]
    equations = [u - r for u, r in needed.items()] + ([M - readout] if readout != M else [])
    read = None

    def with_target(seed: int) -> dict[sympy.Symbol, Any]:
        nonlocal read
        point = dict(evaluate(seed))
        if read is None:
            read = StraightLine([readout], list(point))
        with mpmath.workdps(_DIGITS):
            numbers = [mpmath.mpmathify(value) for value in point.values()]
            point[M] = read.run(numbers, DecimalArithmetic())[0]
        return point

    unknowns = [u for u in needed if u != M]
    return eliminate(equations, unknowns, M, system.spectral, with_target, seconds=seconds)


def eliminate(
    equations: Sequence[sympy.Expr | sympy.Eq],
    unknowns: Sequence[sympy.Symbol],
    target: sympy.Symbol,
    z: sympy.Symbol | None,
    evaluate: Evaluate,
    *,
    seconds: float = 60.0,
) -> sympy.Expr:
    """Eliminate unknowns from rational equations and return the irreducible polynomial in the target.

    Parameters
    ----------
    equations : sequence of expressions or Eq
        Rational in the unknowns, the target and z; ``TAU`` is set to 1.
    unknowns : sequence of Symbol
        The symbols to remove.
    target : Symbol
        The symbol to keep; the polynomial has positive degree in it.
    z : Symbol or None
        The spectral parameter (second in the order of the result).
    evaluate : callable
        ``evaluate(seed)`` returns a mapping from every symbol (the target included) to numbers on the physical
        solution. The unknowns need 12 digits, they are improved to 60 by Newton's method.
    seconds : float
        Time after which `NotAlgebraic` is raised.

    Returns
    -------
    SymPy expression
        Irreducible over the rationals, coprime integer coefficients, the leading coefficient (in the order target,
        z, other symbols by name) positive.

    Raises
    ------
    NotAlgebraic
        No polynomial exists, or the limits are exceeded.
    SolveError
        The points of ``evaluate`` do not solve the equations.

    Examples
    --------
    >>> import mpmath, sympy
    >>> from freeprob.equations.elimination import eliminate
    >>> u, v, m, z = sympy.symbols("u v m z")
    >>> def evaluate(seed):
    ...     with mpmath.workdps(60):
    ...         return {z: mpmath.mpf(seed + 2), u: mpmath.sqrt(seed + 2), v: 1 / mpmath.sqrt(seed + 2),
    ...                 m: mpmath.sqrt(seed + 2) + 1 / mpmath.sqrt(seed + 2)}
    >>> eliminate([u * v - 1, u / v - z, m - u - v], [u, v], m, z, evaluate)
    m**2*z - z**2 - 2*z - 1
    """
    expressions = [rationalised(_as_expression(equation).xreplace({TAU: sympy.S.One})) for equation in equations]
    first = [target] if z is None else [target, z]
    ring = PolynomialRing.of([*expressions, target], first=first)
    _refuse_transcendental(ring, {*unknowns, *first})
    points = []
    for seed in range(_POINTS):
        try:
            points.append(ring.values(dict(evaluate(seed)), _DIGITS))
        except KeyError as reason:
            raise MissingValue(f"the point of the solution curve has no value for {reason.args[0]}") from reason
    present = set(unknowns)
    removed = {i for i, g in enumerate(ring.generators) if g.free_symbols & present} | {i for i, _ in ring.relations}
    numerators = [ring.rational(expr).numerator for expr in expressions]
    relations = [relation for _, relation in ring.relations]
    terms = sum(len(numerator) for numerator in numerators)
    if terms > _MOST_TERMS:
        raise NotAlgebraic(
            f"the equations without fractions have {terms} terms, and {_MOST_TERMS} are the most that are eliminated; "
            "solve numerically with .at(...)"
        )
    variables = sorted(removed | {ring.index(target)})
    points = [ring.polish([*numerators, *relations], variables, point, _DIGITS) for point in points]
    elimination = _Elimination(ring, points, time.monotonic() + seconds, seconds)
    polynomials = [elimination.holding(ring.factors(p), expr) for p, expr in zip(numerators, expressions, strict=True)]
    found = elimination.run([*polynomials, *relations], removed, ring.index(target), target)
    return ring.expression(ring.primitive(found))


def _as_expression(equation: sympy.Expr | sympy.Eq) -> sympy.Expr:
    return equation.lhs - equation.rhs if isinstance(equation, sympy.Eq) else sympy.sympify(equation)


def _refuse_transcendental(ring: PolynomialRing, variables: set[sympy.Symbol]) -> None:
    algebraic = {i for i, _ in ring.relations}
    for i, generator in enumerate(ring.generators):
        inside = sorted(s.name for s in generator.free_symbols & variables)
        base, exponent = generator.as_base_exp()
        if inside and i not in algebraic and not (base.is_Symbol and exponent.is_Rational):
            raise NotAlgebraic(
                f"{generator} is not an algebraic function of {', '.join(inside)}, so there is no polynomial P(m, z); "
                "solve numerically with .at(...)"
            )


class _Elimination:
    """Resultants with choice of factor; polynomials are those of one ring, variables are numbers of generators."""

    def __init__(self, ring: PolynomialRing, points: list, deadline: float, seconds: float):
        self.ring, self.points, self.deadline, self.seconds = ring, points, deadline, seconds

    def holding(self, factors: list, what: sympy.Expr) -> Any:
        """Return the smallest factor that vanishes at every point."""
        for factor in sorted(factors, key=lambda f: (f.total_degree(), len(f))):
            if all(self.ring.relative_size(factor, values, _DIGITS) < _VANISHES for values in self.points):
                return factor
        best = min((max(self.ring.relative_size(f, v, _DIGITS) for v in self.points) for f in factors), default=1.0)
        raise SolveError(
            f"the given points do not solve the equation of {what}: the relative residual is {best:.1e}, not below "
            f"{_VANISHES:.0e}; solve the system again, to 12 digits or more"
        )

    def run(self, polynomials: list, removed: set[int], target: int, name: sympy.Symbol) -> Any:
        """Remove variables until one polynomial in the target is left."""
        for rank in range(3):  # another pivot when an order of elimination loses an equation
            found = self._attempt(polynomials, set(removed), target, rank)
            if found is not None:
                return found
        raise NotAlgebraic(f"the equations leave {name} undetermined: there are too few independent ones")

    def _attempt(self, polynomials: list, removed: set[int], target: int, rank: int) -> Any:
        current = _distinct(polynomials)
        while removed:
            removed = {v for v in removed if any(p.degrees()[v] for p in current)}
            if not removed:
                break
            choices = sorted(self._choices(current, removed), key=lambda choice: choice[0])
            _, variable, pivot = choices[min(rank, len(choices) - 1)]
            rank = 0
            current = _distinct(self._step(current, variable, pivot))
            removed.discard(variable)
        final = [p for p in current if p.degrees()[target]]
        return min(final, key=lambda p: (p.degrees()[target], len(p))) if final else None

    def _choices(self, polynomials: list, removed: set[int]) -> list[tuple[tuple, int, int]]:
        degrees = [tuple(map(int, p.degrees())) for p in polynomials]
        lengths = [len(p) for p in polynomials]
        choices = []
        for v in sorted(removed):
            holders = [i for i, d in enumerate(degrees) if d[v]]
            for i in holders:
                cost = sum(_cost(degrees[i], lengths[i], degrees[j], lengths[j], v) for j in holders if j != i)
                choices.append(((cost, degrees[i][v], lengths[i], v, i), v, i))
        return choices

    def _step(self, polynomials: list, variable: int, pivot: int) -> list:
        result = []
        for i, polynomial in enumerate(polynomials):
            if i == pivot:
                continue
            if polynomial.degrees()[variable]:
                left = self.deadline - time.monotonic()
                if left <= 0:
                    raise self._too_long()
                factors = resultant_factors(polynomial, polynomials[pivot], variable, left)
                if factors is None:
                    raise self._too_long()
                if not factors:
                    continue  # the two were the same equation
                polynomial = self.holding(factors, self.ring.generators[variable])
            result.append(polynomial)
        _log.debug("eliminated %s: %s terms left", self.ring.generators[variable], [len(p) for p in result])
        return result

    def _too_long(self) -> NotAlgebraic:
        return NotAlgebraic(
            f"the elimination took more than {self.seconds:g} s or ran out of memory: the polynomial P(m, z) exists "
            "but is too large; give numbers for parameters, or solve numerically with .at(...)"
        )


def _cost(pivot_degrees, pivot_length: int, degrees, length: int, v: int) -> float:
    """Bound the number of terms of a resultant: by the expanded determinant and by the degrees."""
    expanded = degrees[v] * math.log(pivot_length) + pivot_degrees[v] * math.log(length)
    by_degree = sum(
        math.log1p(degrees[v] * e + pivot_degrees[v] * d)
        for k, (d, e) in enumerate(zip(degrees, pivot_degrees, strict=True))
        if k != v
    )
    return math.exp(min(expanded, by_degree, 600))


def _distinct(polynomials: list) -> list:
    kept: list = []
    for polynomial in polynomials:
        if not any(_proportional(polynomial, other) for other in kept):
            kept.append(polynomial)
    return kept


def _proportional(p: Any, q: Any) -> bool:
    return len(p) == len(q) and p * q.leading_coefficient() == q * p.leading_coefficient()
