"""Finite size: integer sizes in given ratios, and what two sizes say about the limit.

Means of smooth statistics approach their limits like ``limit + c / N + O(1 / N^2)``, so twice the mean at 2N minus the
mean at N is the limit up to the second order (Richardson's extrapolation). The second order is allowed for by a
quarter of the change between the two sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import lcm

import numpy as np
import sympy

__all__ = ["Extrapolation", "extrapolate", "integer_sizes"]

_SIGMAS = 4.5
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Extrapolation:
    """Means at sizes N and 2N against a limit.

    Attributes
    ----------
    limit : float
        The derived value.
    means, errors : tuple of float
        Means at N and 2N, and their standard errors.
    value, error : float
        Extrapolated to infinite size, and its standard error.
    """

    limit: float
    means: tuple[float, float]
    errors: tuple[float, float]
    value: float
    error: float

    @property
    def gap(self) -> float:
        """The change from N to 2N."""
        return abs(self.means[1] - self.means[0])

    @property
    def deviation(self) -> float:
        """The distance of the extrapolated value from the limit."""
        return abs(self.value - self.limit)

    @property
    def z_score(self) -> float:
        """The deviation in standard errors."""
        return self.deviation / self.error if self.error > 0 else 0.0 if self.deviation < _ROUNDING else np.inf

    @property
    def allowance(self) -> float:
        """The deviation that noise and the second order in 1/N explain."""
        return _SIGMAS * self.error + 0.25 * self.gap + _ROUNDING * (1 + abs(self.limit))

    @property
    def agrees(self) -> bool:
        """Whether the simulation supports the limit."""
        return self.deviation <= self.allowance

    @property
    def decides(self) -> bool:
        """Whether the two sizes are close enough to each other to say anything about the limit."""
        return self.gap <= 0.5 * self.deviation or self.agrees


def extrapolate(small: Sequence[float], large: Sequence[float], limit: float) -> Extrapolation:
    """Return what samples at two sizes say about a limit.

    Examples
    --------
    >>> from freeprob.verify.finite_size import extrapolate
    >>> found = extrapolate([1.19, 1.21, 1.20], [1.10, 1.11, 1.09], limit=1.0)
    >>> round(found.value, 6), found.agrees
    (1.0, True)
    """
    means = (float(np.mean(small)), float(np.mean(large)))
    errors = (_standard_error(small), _standard_error(large))
    value = 2 * means[1] - means[0]
    return Extrapolation(limit, means, errors, value, float(np.hypot(2 * errors[1], errors[0])))


def _standard_error(sample: Sequence[float]) -> float:
    return float(np.std(sample, ddof=1) / np.sqrt(len(sample)))


def integer_sizes(ratios: Mapping[str, sympy.Expr], size: int) -> tuple[dict[str, int], bool]:
    """Return integers in the given ratios, the largest close to ``size``, and whether the ratios are exact.

    Examples
    --------
    >>> import sympy
    >>> from freeprob.verify.finite_size import integer_sizes
    >>> integer_sizes({"n": sympy.Integer(1), "d": sympy.Rational(4, 5)}, 128)
    ({'n': 130, 'd': 104}, True)
    """
    top = max(ratios.values())
    shares = {name: sympy.nsimplify(ratio / top) for name, ratio in ratios.items()}
    if all(share.is_Rational for share in shares.values()):
        common = lcm(*(int(share.q) for share in shares.values()))
        if common <= size:
            whole = max(1, round(size / common)) * common
            return {name: int(share * whole) for name, share in shares.items()}, True
    return {name: max(1, round(float(share) * size)) for name, share in shares.items()}, False
