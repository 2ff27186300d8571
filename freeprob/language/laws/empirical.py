"""The law of a list of observed eigenvalues."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import sympy

from ...errors import UnsupportedModel
from .atomic import AtomicLaw
from .base import Law
from .compression import compressed

__all__ = ["Empirical"]


class Empirical(AtomicLaw):
    """Law of observed values with equal weights, ``empirical(values)``.

    The values are kept as sorted float64; order does not matter. ``nodes(count)`` is the law itself when it has at
    most ``count`` distinct values, else a rule of at most ``count`` nodes: below 64 the Gauss rule, which keeps
    2 count - 1 moments to rounding, and from there on the extreme values themselves and a rule of the others. Beyond
    double precision it is always the law itself.

    Parameters
    ----------
    values : array of real numbers
        One dimension; 1e5 values are fine.

    Raises
    ------
    UnsupportedModel
        If there is no value, or one is not finite and real.

    Examples
    --------
    >>> from freeprob.language import laws
    >>> law = laws.empirical([3.0, 1.0, 1.0])
    >>> law, law.atoms
    (empirical(3 values in [1, 3]), {1.00000000000000: 2/3, 3.00000000000000: 1/3})
    """

    __slots__ = ()
    name = "empirical"

    def __init__(self, values: Any) -> None:
        if isinstance(values, bytes):
            array = np.frombuffer(values, dtype="<f8")
        else:
            array = np.asarray(values)
            if np.iscomplexobj(array) or array.ndim != 1 or array.size == 0:
                raise UnsupportedModel(
                    f"empirical needs a non-empty list of real numbers, not {array.dtype} of shape {array.shape}"
                )
            try:
                array = array.astype("<f8")
            except (TypeError, ValueError) as error:
                raise UnsupportedModel(f"empirical needs real numbers: {error}") from None
        if array.size == 0 or not np.all(np.isfinite(array)):
            raise UnsupportedModel("empirical got a non-finite law: remove the infinite and NaN values (or add some)")
        super().__init__(np.sort(array + 0.0).astype("<f8").tobytes())

    @classmethod
    def examples(cls) -> tuple[Law, ...]:
        """Return a short list with a repeated value, and one with more values than nodes."""
        spread = np.random.default_rng(7).gamma(2.0, 0.5, 1200)
        return cls([0.5, 2.0, 2.0, -1.0]), cls(spread)

    @property
    def values(self) -> np.ndarray:
        """The values, sorted and read-only."""
        return np.frombuffer(self.arguments[0], dtype="<f8")

    @property
    def has_many_atoms(self) -> bool:
        """True for more than 64 values."""
        return len(self.values) > 64

    def __str__(self) -> str:
        low, high = self._support()
        return f"empirical({len(self.values)} values in [{low:.6g}, {high:.6g}])"

    def latex(self) -> str:
        r"""Return ``\frac{1}{N} \sum_{i=1}^{N} \delta_{x_i}`` with the number of values."""
        count = len(self.values)
        return rf"\frac{{1}}{{{count}}} \sum_{{i=1}}^{{{count}}} \delta_{{x_i}}"

    def _support(self) -> tuple[float, float]:
        return float(self.values[0]), float(self.values[-1])

    def _atoms(self) -> dict[sympy.Expr, sympy.Expr]:
        points, counts = np.unique(self.values, return_counts=True)
        total = len(self.values)
        return {sympy.Float(float(x)): sympy.Rational(int(c), total) for x, c in zip(points, counts, strict=True)}

    def _moment(self, k: int) -> sympy.Expr:
        with np.errstate(over="ignore", under="ignore"):
            powers = self.values**k
        if np.all(np.isfinite(powers)):
            return sympy.Float(math.fsum(powers) / len(powers))
        with mpmath.workdps(30):
            return sympy.Float(mpmath.fsum(mpmath.mpf(float(x)) ** k for x in self.values) / len(powers), 15)

    def decimal_moment(self, k: int) -> sympy.Rational:
        """Return the k-th moment exactly, each value read as its shortest decimal form (0.3 as 3/10).

        Examples
        --------
        >>> from freeprob.language import laws
        >>> laws.empirical([0.1, 0.3]).decimal_moment(2)
        1/20
        """
        integers, places = _decimals(self)
        return sympy.Rational(sum(i**k for i in integers), len(integers) * 10 ** (places * k))

    def _float_atoms(self) -> tuple[np.ndarray, np.ndarray]:
        points, counts = np.unique(self.values, return_counts=True)
        return points, counts / len(self.values)

    def _precise_atoms(self) -> tuple[list[mpmath.mpf], list[mpmath.mpf]]:
        points, counts = np.unique(self.values, return_counts=True)
        total = mpmath.mpf(len(self.values))
        return [mpmath.mpf(float(x)) for x in points], [int(c) / total for c in counts]

    def _rule(self, count: int, digits: int):
        if digits > 15:
            return self._precise_atoms()
        points, weights = self._float_atoms()
        return compressed(points, weights, count)

    def _arguments_to_data(self) -> list:
        return [self.values.tolist()]

    @classmethod
    def _arguments_from_data(cls, data: list) -> tuple:
        return tuple(data)


@lru_cache(maxsize=8)
def _decimals(law: Empirical) -> tuple[list[int], int]:
    """Return integers and a number of places: the values are the integers divided by 10^places."""
    decimals = [Decimal(repr(v)) for v in law.values.tolist()]
    places = max(0, -min(int(d.as_tuple().exponent) for d in decimals))
    shifted = []
    for d in decimals:
        sign, digits, exponent = d.as_tuple()
        magnitude = int("".join(map(str, digits))) * 10 ** (int(exponent) + places)
        shifted.append(-magnitude if sign else magnitude)
    return shifted, places
