"""Free cumulants and moments of one variable, exactly, over any commutative ring.

With ``M(z) = 1 + sum m_n z^n`` and ``C(z) = 1 + sum kappa_n z^n`` the sum over non-crossing partitions is the relation
``M(z) = C(z M(z))`` [1]_, hence ``m_n = sum_s kappa_s [z^(n-s)] M(z)^s``, which is triangular in both directions.

References
----------
.. [1] A. Nica and R. Speicher, *Lectures on the Combinatorics of Free Probability*, Cambridge University Press 2006,
   Lecture 11 (moments as sums over non-crossing partitions) and Lecture 12 (the relation of the two power series).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["free_cumulants", "moments_from_cumulants"]


class _PowersOfMomentSeries:
    """Coefficients ``[z^k] M(z)^s`` of a moment series that grows by one moment at a time."""

    def __init__(self) -> None:
        self.moments: list[Any] = [1]
        self.rows: list[list[Any]] = [[]]  # rows[s][k] = [z^k] M^s

    def coefficient(self, s: int, k: int) -> Any:
        if k == 0:
            return 1
        if s == 1:
            return self.moments[k]
        while len(self.rows) <= s:
            self.rows.append([1])
        row = self.rows[s]
        while len(row) <= k:
            n = len(row)
            total = self.coefficient(s - 1, n)
            for i in range(1, n + 1):
                total = total + self.moments[i] * self.coefficient(s - 1, n - i)
            row.append(total)
        return row[k]


def free_cumulants(moments: Sequence[Any]) -> list[Any]:
    """Return the free cumulants ``kappa_1, ..., kappa_n`` of moments ``m_1, ..., m_n``.

    Parameters
    ----------
    moments : sequence
        Elements of any commutative ring: integers, fractions, floats, SymPy expressions.

    Returns
    -------
    list

    Examples
    --------
    The semicircle law has Catalan moments and one cumulant:

    >>> from freeprob.algebra.free_cumulants import free_cumulants
    >>> free_cumulants([0, 1, 0, 2, 0, 5])
    [0, 1, 0, 0, 0, 0]
    """
    powers = _PowersOfMomentSeries()
    cumulants: list[Any] = []
    for n, moment in enumerate(moments, start=1):
        value = moment
        for s in range(1, n):
            value = value - cumulants[s - 1] * powers.coefficient(s, n - s)
        cumulants.append(value)
        powers.moments.append(moment)
    return cumulants


def moments_from_cumulants(cumulants: Sequence[Any]) -> list[Any]:
    """Return the moments ``m_1, ..., m_n`` of free cumulants ``kappa_1, ..., kappa_n``.

    Parameters
    ----------
    cumulants : sequence
        Elements of any commutative ring.

    Returns
    -------
    list

    Examples
    --------
    The free Poisson law of rate 1 (Marchenko-Pastur) has all cumulants 1 and Catalan moments:

    >>> from freeprob.algebra.free_cumulants import moments_from_cumulants
    >>> moments_from_cumulants([1, 1, 1, 1, 1])
    [1, 2, 5, 14, 42]
    """
    powers = _PowersOfMomentSeries()
    for n in range(1, len(cumulants) + 1):
        value = cumulants[n - 1]
        for s in range(1, n):
            value = value + cumulants[s - 1] * powers.coefficient(s, n - s)
        powers.moments.append(value)
    return powers.moments[1:]
