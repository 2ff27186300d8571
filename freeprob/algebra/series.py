"""Truncated Laurent series in one variable w, over any ring of coefficients with ``+ - * /``.

The rings used are `flint.fmpq`, `fractions.Fraction`, `mpmath` numbers and `RationalFunction`. Every series knows its
truncation order: ``Laurent(v, [c_0, c_1, ...], k)`` is ``c_0 w^v + c_1 w^(v+1) + ... + O(w^k)``, and each operation
returns exactly the terms that are known.

References
----------
.. [1] D. E. Knuth, *The Art of Computer Programming*, vol. 2, 3rd ed., section 4.7 (manipulation of power series).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import flint
import mpmath

__all__ = ["Laurent"]

_INEXACT = (float, complex, mpmath.mpf, mpmath.mpc)


def _cancelled(value: Any, magnitude: Any) -> bool:
    """Tell whether an inexact sum is rounding noise; exact sums are zero only when they are zero."""
    if not isinstance(value, _INEXACT):
        return False
    unit = 2.0**-52 if isinstance(value, float | complex) else mpmath.mp.eps
    return abs(value) <= unit**0.75 * magnitude


def _total(terms: Sequence[Any]) -> Any:
    """Return the sum of some ring elements; rounding noise counts as zero."""
    if not terms:
        return 0
    result = terms[0]
    for term in terms[1:]:
        result = result + term
    if len(terms) > 1 and isinstance(result, _INEXACT) and _cancelled(result, sum(abs(t) for t in terms)):
        return 0
    return result


def _convolution(a: Sequence[Any], b: Sequence[Any], length: int) -> list[Any]:
    """Return the first coefficients of a product of power series."""
    if length > 8 and a and b and isinstance(a[0], flint.fmpq) and isinstance(b[0], flint.fmpq):
        try:
            product = flint.fmpq_poly(list(a[:length])).mul_low(flint.fmpq_poly(list(b[:length])), length).coeffs()
        except TypeError:  # a later coefficient is not rational
            pass
        else:
            return product + [0] * (length - len(product))
    result = []
    for n in range(length):
        low, high = max(0, n - len(b) + 1), min(n, len(a) - 1)
        result.append(_total([a[i] * b[n - i] for i in range(low, high + 1) if a[i] and b[n - i]]))
    return result


class Laurent:
    """A Laurent series ``sum_i coefficients[i] w^(valuation + i) + O(w^order)``.

    Parameters
    ----------
    valuation : int
        Exponent of the first coefficient given; leading zeros are dropped.
    coefficients : sequence of ring elements
    order : int
        All terms with a smaller exponent are known (those not given are zero).

    Attributes
    ----------
    valuation : int
        Exponent of the leading term; equal to ``order`` for a series that is zero as far as it is known.
    coefficients : tuple
        Leading coefficient first, no zeros at either end.
    order : int

    Examples
    --------
    >>> from fractions import Fraction
    >>> from freeprob.algebra.series import Laurent
    >>> w = Laurent(1, [Fraction(1)], 6)
    >>> 1 / (w - w**2)
    w^-1 + 1 + w + w^2 + w^3 + O(w^4)
    """

    __slots__ = ("coefficients", "order", "valuation")

    def __init__(self, valuation: int, coefficients: Sequence[Any], order: int):
        coefficients = list(coefficients[: max(0, order - valuation)])
        while coefficients and not coefficients[-1]:
            coefficients.pop()
        lead = next((i for i, c in enumerate(coefficients) if c), len(coefficients))
        self.coefficients: tuple[Any, ...] = tuple(coefficients[lead:])
        self.valuation: int = valuation + lead if self.coefficients else order
        self.order: int = order

    def coefficient(self, exponent: int) -> Any:
        """Return the coefficient of ``w**exponent``; `ValueError` when it lies beyond the truncation."""
        if exponent >= self.order:
            raise ValueError(f"the coefficient of w^{exponent} is not known in a series with O(w^{self.order})")
        i = exponent - self.valuation
        return self.coefficients[i] if 0 <= i < len(self.coefficients) else 0

    def truncate(self, order: int) -> Laurent:
        """Return the series with all terms from ``w**order`` on forgotten."""
        return Laurent(self.valuation, self.coefficients, min(order, self.order))

    def __bool__(self) -> bool:
        return bool(self.coefficients)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Laurent):
            return NotImplemented
        return self._key() == other._key()

    def _key(self) -> tuple:
        return (self.valuation, self.order, self.coefficients)

    __hash__ = None  # type: ignore[assignment]

    def __neg__(self) -> Laurent:
        return Laurent(self.valuation, [-c for c in self.coefficients], self.order)

    def __add__(self, other: Any) -> Laurent:
        if not isinstance(other, Laurent):
            other = Laurent(0, [other], max(self.order, 1))
        order = min(self.order, other.order)
        low, high = (self, other) if self.valuation <= other.valuation else (other, self)
        terms = list(low.coefficients[: max(0, order - low.valuation)])
        shift = high.valuation - low.valuation
        for i, c in enumerate(high.coefficients[: max(0, order - high.valuation)], start=shift):
            if i >= len(terms):
                terms.extend([0] * (i + 1 - len(terms)))
            terms[i] = _total([terms[i], c]) if terms[i] else c
        return Laurent(low.valuation, terms, order)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Laurent:
        return self + (-other)

    def __rsub__(self, other: Any) -> Laurent:
        return (-self) + other

    def __mul__(self, other: Any) -> Laurent:
        if not isinstance(other, Laurent):
            return Laurent(self.valuation, [c * other for c in self.coefficients], self.order)
        valuation = self.valuation + other.valuation
        order = min(self.valuation + other.order, other.valuation + self.order)
        length = min(order - valuation, len(self.coefficients) + len(other.coefficients))
        return Laurent(valuation, _convolution(self.coefficients, other.coefficients, max(0, length)), order)

    __rmul__ = __mul__

    def inverse(self) -> Laurent:
        """Return the reciprocal; as many terms are known as of the series itself."""
        if not self:
            raise ZeroDivisionError(f"division by a series that is zero up to O(w^{self.order})")
        length = self.order - self.valuation
        a = self.coefficients
        unit = _reciprocal(a)
        if length > 8 and all(isinstance(c, flint.fmpq | int) for c in a):
            terms = _newton_inverse(a, unit, length)
        else:
            terms = [unit]
            for n in range(1, length):
                inner = [a[i] * terms[n - i] for i in range(1, min(n, len(a) - 1) + 1) if a[i] and terms[n - i]]
                total = _total(inner)
                terms.append(-total * unit if total else 0)
        return Laurent(-self.valuation, terms, length - self.valuation)

    def __truediv__(self, other: Any) -> Laurent:
        if isinstance(other, Laurent):
            return self * other.inverse()
        return Laurent(self.valuation, [c * _reciprocal((other,)) for c in self.coefficients], self.order)

    def __rtruediv__(self, other: Any) -> Laurent:
        return self.inverse() * other

    def __pow__(self, exponent: int) -> Laurent:
        if exponent < 0:
            return self.inverse() ** (-exponent)
        if exponent == 0:
            return Laurent(0, [1], max(self.order - self.valuation, 1))
        if exponent == 1:
            return self
        even = (self * self) ** (exponent // 2)
        return even * self if exponent % 2 else even

    def __repr__(self) -> str:
        parts = []
        for i, c in enumerate(self.coefficients):
            k = self.valuation + i
            if not c:
                continue
            power = "" if k == 0 else "w" if k == 1 else f"w^{k}"
            parts.append(power if c == 1 and power else f"{c}*{power}" if power else f"{c}")
        return " + ".join([*parts, f"O(w^{self.order})"])


def _reciprocal(coefficients: Sequence[Any]) -> Any:
    """Return the reciprocal of the first coefficient in the ring of the others (a bare int has no ring of its own)."""
    lead = coefficients[0]
    if not isinstance(lead, int):
        return 1 / lead
    sample = next((c for c in coefficients if not isinstance(c, int)), Fraction(1))
    return (sample * 0 + 1) / lead


def _newton_inverse(a: Sequence[Any], unit: Any, length: int) -> list[Any]:
    known = [unit]
    while len(known) < length:
        n = min(2 * len(known), length)
        error = _convolution(a, known, n)
        error[0] = error[0] - 1
        correction: list[Any] = flint.fmpq_poly(known).mul_low(flint.fmpq_poly(error), n).coeffs()
        correction += [0] * (n - len(correction))
        known = [(known[i] if i < len(known) else 0) - correction[i] for i in range(n)]
    return known
