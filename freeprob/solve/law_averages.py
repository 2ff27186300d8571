"""Averages over a spectral law for series expansions: by nodes, or exactly by moments.

An average is a callable that takes a function of the location. Over atoms or quadrature nodes it is a weighted sum.
Over a law with exact moments the function is run once on the location as a polynomial variable, and ``t^k`` is then
replaced by the k-th moment: exact, whatever the law. That fails (`Irrational`) when the function divides by t.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import flint
import mpmath
import sympy

from ..algebra.quadratic_numbers import QuadraticNumber
from ..algebra.series import Laurent
from ..algebra.straight_line import Irrational
from ..errors import SolveError
from ..language.laws import JointLaw

__all__ = ["average_by_moments", "average_by_nodes", "quadrature", "require_finite_moments"]

Average = Callable[[Callable[[Any], Any]], Any]


def average_by_nodes(pairs: Sequence[tuple[Any, Any]]) -> Average:
    """Return the average over a sum of point masses, given as (location, weight).

    Examples
    --------
    >>> from freeprob.solve.law_averages import average_by_nodes
    >>> average_by_nodes([(1, 0.5), (3, 0.5)])(lambda t: t**2)
    5.0
    """

    def average(function: Callable[[Any], Any]) -> Any:
        location, weight = pairs[0]
        total = function(location) * weight
        for location, weight in pairs[1:]:
            total = total + function(location) * weight
        return total

    return average


def quadrature(law: Any, count: int, digits: int = 30) -> list[tuple[Any, mpmath.mpf]]:
    """Return mpmath nodes and weights of a law (points of a joint law); the weights add up to 1 exactly.

    Without the exact mass, leading terms of an expansion that cancel in the model would leave rounding noise.
    """
    locations, weights = law.nodes(count, digits)
    if isinstance(law, JointLaw):
        locations = list(zip(*locations, strict=True))
    total = mpmath.fsum(weights)
    return [(x, mpmath.mpf(w) / total) for x, w in zip(locations, weights, strict=True)]


def average_by_moments(moment: Callable[[int], sympy.Expr], law: Any) -> Average:
    """Return the exact average over a law with rational moments.

    A series is truncated where it would need an infinite moment.

    Parameters
    ----------
    moment : callable
        ``moment(k)`` is the k-th moment as a SymPy number.
    law : object
        Named in errors.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.solve.law_averages import average_by_moments
    >>> average_by_moments(lambda k: sympy.Rational(1, k + 1), "uniform(0, 1)")(lambda t: t * t + 1)
    4/3
    """
    known: list[flint.fmpq] = [flint.fmpq(1)]

    def functional(value: Any) -> Any:
        if isinstance(value, Laurent):
            terms: list[Any] = []
            try:
                for c in value.coefficients:
                    terms.append(functional(c))
            except SolveError:  # an infinite moment: the series ends here
                return Laurent(value.valuation, terms, value.valuation + len(terms))
            return Laurent(value.valuation, terms, value.order)
        if not isinstance(value, _PolynomialInLocation):
            return value
        coefficients = value.polynomial.coeffs()
        while len(known) < len(coefficients):
            known.append(_rational_moment(moment, len(known), law))
        total = flint.fmpq(0)
        for c, m in zip(coefficients, known):
            total += c * m
        return total

    return lambda function: functional(function(_PolynomialInLocation(flint.fmpq_poly([0, 1]))))


def _rational_moment(moment: Callable[[int], sympy.Expr], k: int, law: Any) -> flint.fmpq:
    value = sympy.sympify(moment(k))
    _require_finite(value, k, law)
    if not value.is_Rational:
        raise Irrational(f"moment {k} of {law} is not rational")
    return flint.fmpq(int(value.p), int(value.q))


def require_finite_moments(law: Any, count: int) -> None:
    """Raise `SolveError` when a moment up to this order is infinite (a quadrature rule would give finite nonsense)."""
    for k in range(1, count + 1):
        _require_finite(sympy.sympify(law.moment(k)), k, law)


def _require_finite(moment: sympy.Expr, k: int, law: Any) -> None:
    if moment.is_finite is False or moment is sympy.nan:
        raise SolveError(f"the law {law} has no finite moment of order {k}, so neither has the answer")


class _PolynomialInLocation:
    """A polynomial in the location t, with the operations of a ring; division only by constants."""

    __slots__ = ("polynomial",)

    def __init__(self, polynomial: flint.fmpq_poly):
        self.polynomial = polynomial

    @staticmethod
    def _raw(other: Any) -> Any:
        if isinstance(other, _PolynomialInLocation):
            return other.polynomial
        return other if isinstance(other, int | flint.fmpq) else None

    def _make(self, other: Any, operation: Callable[[Any, Any], Any]) -> Any:
        if isinstance(other, QuadraticNumber):
            raise Irrational("an average with irrational coefficients")
        raw = self._raw(other)
        return NotImplemented if raw is None else _PolynomialInLocation(operation(self.polynomial, raw))

    def __bool__(self) -> bool:
        return not self.polynomial.is_zero()

    def __eq__(self, other: object) -> bool:
        raw = self._raw(other)
        return NotImplemented if raw is None else self.polynomial == raw

    __hash__ = None  # type: ignore[assignment]

    def __neg__(self) -> _PolynomialInLocation:
        return _PolynomialInLocation(-self.polynomial)

    def __add__(self, other: Any) -> Any:
        return self._make(other, lambda a, b: a + b)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self._make(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __mul__(self, other: Any) -> Any:
        return self._make(other, lambda a, b: a * b)

    __rmul__ = __mul__

    def _inverse(self) -> flint.fmpq:
        if self.polynomial.degree() > 0:
            raise Irrational("an average of a quotient with the location in the denominator")
        return 1 / flint.fmpq(self.polynomial[0])

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, _PolynomialInLocation):
            return self * other._inverse()
        return self * (1 / flint.fmpq(other)) if isinstance(other, int | flint.fmpq) else NotImplemented

    def __rtruediv__(self, other: Any) -> Any:
        return other * self._inverse()

    def __pow__(self, exponent: int) -> Any:
        return self._inverse() ** (-exponent) if exponent < 0 else _PolynomialInLocation(self.polynomial**exponent)
