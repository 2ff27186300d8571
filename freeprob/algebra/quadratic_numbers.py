"""Exact arithmetic with square roots of rational numbers: the fields Q(sqrt(r_1), ..., sqrt(r_k)).

Networks are scaled by 1/sqrt(d), so equations hold sqrt(d) although the answer is rational in d; computing in the field
of these roots keeps it exact.
"""

from __future__ import annotations

import math
from typing import Any

import flint

__all__ = ["QuadraticField", "QuadraticNumber"]


def _rational_root(number: flint.fmpq) -> flint.fmpq | None:
    """Return the square root of a non-negative rational number where it is rational."""
    p, q = int(number.p), int(number.q)
    roots = math.isqrt(p), math.isqrt(q)
    return flint.fmpq(*roots) if roots[0] ** 2 == p and roots[1] ** 2 == q else None


class QuadraticField:
    """Square roots of positive rational numbers that are independent over the rationals.

    Examples
    --------
    >>> from flint import fmpq
    >>> from freeprob.algebra.quadratic_numbers import QuadraticField
    >>> field = QuadraticField()
    >>> a, b = field.sqrt(fmpq(2)), field.sqrt(fmpq(1, 3))
    >>> (a * b) ** 2, 1 / (a - 1) - a, field.sqrt(fmpq(2, 3)) - a * b
    (2/3, 1, 0)
    """

    def __init__(self) -> None:
        self.radicands: list[flint.fmpq] = []

    def sqrt(self, number: flint.fmpq) -> Any:
        """Return the positive square root: rational if it can be, else in the roots already known, else a new one."""
        if number < 0:
            raise ValueError(f"{number} has no real square root")
        for mask in range(2 ** len(self.radicands)):
            inside = self.product(mask)
            root = _rational_root(number / inside)
            if root is not None:  # sqrt(number) = root * sqrt(inside)
                return QuadraticNumber.make(self, {mask: root})
        self.radicands.append(number)
        return QuadraticNumber(self, {1 << (len(self.radicands) - 1): flint.fmpq(1)})

    def product(self, mask: int) -> flint.fmpq:
        """Return the product of the radicands in a set, given by its bits."""
        result = flint.fmpq(1)
        for i, radicand in enumerate(self.radicands):
            if mask >> i & 1:
                result *= radicand
        return result


class QuadraticNumber:
    """An irrational element: ``sum parts[mask] * sqrt(product of the radicands in mask)``; rational ones are `fmpq`."""

    __slots__ = ("field", "parts")

    def __init__(self, field: QuadraticField, parts: dict[int, flint.fmpq]):
        self.field, self.parts = field, parts

    @staticmethod
    def make(field: QuadraticField, parts: dict[int, flint.fmpq]) -> Any:
        """Return an element, as a `flint.fmpq` when it is rational."""
        parts = {mask: c for mask, c in parts.items() if c}
        if any(parts):
            return QuadraticNumber(field, parts)
        return parts.get(0, flint.fmpq(0))

    def _parts(self, other: Any) -> dict[int, flint.fmpq] | None:
        if isinstance(other, QuadraticNumber):
            return other.parts
        return {0: flint.fmpq(other)} if isinstance(other, int | flint.fmpz | flint.fmpq) else None

    def __repr__(self) -> str:
        return " + ".join(f"{c}*sqrt({self.field.product(mask)})" for mask, c in sorted(self.parts.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, QuadraticNumber) and self.field is other.field and self.parts == other.parts

    __hash__ = None  # type: ignore[assignment]

    def __neg__(self) -> QuadraticNumber:
        return QuadraticNumber(self.field, {mask: -c for mask, c in self.parts.items()})

    def __add__(self, other: Any) -> Any:
        parts = self._parts(other)
        if parts is None:
            return NotImplemented
        total = dict(self.parts)
        for mask, c in parts.items():
            total[mask] = total.get(mask, 0) + c
        return self.make(self.field, total)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __mul__(self, other: Any) -> Any:
        parts = self._parts(other)
        if parts is None:
            return NotImplemented
        total: dict[int, flint.fmpq] = {}
        for i, a in self.parts.items():
            for j, b in parts.items():
                total[i ^ j] = total.get(i ^ j, 0) + a * b * self.field.product(i & j)
        return self.make(self.field, total)

    __rmul__ = __mul__

    def inverse(self) -> Any:
        """Return the reciprocal, by multiplication with conjugates until the denominator is rational."""
        numerator: Any = flint.fmpq(1)
        denominator: Any = self
        while isinstance(denominator, QuadraticNumber):
            bit = max(denominator.parts).bit_length() - 1
            flipped = {mask: -c if mask >> bit & 1 else c for mask, c in denominator.parts.items()}
            conjugate = QuadraticNumber(self.field, flipped)
            numerator, denominator = conjugate * numerator, denominator * conjugate
        return numerator / denominator

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, QuadraticNumber):
            return self * other.inverse()
        return self * (1 / flint.fmpq(other)) if isinstance(other, int | flint.fmpq) else NotImplemented

    def __rtruediv__(self, other: Any) -> Any:
        return self.inverse() * other

    def __pow__(self, exponent: int) -> Any:
        if exponent < 0:
            return self.inverse() ** (-exponent)
        result: Any = flint.fmpq(1)
        for _ in range(exponent):
            result = self * result
        return result
