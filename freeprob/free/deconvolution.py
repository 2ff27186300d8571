"""Free deconvolution: what has to be added to, or multiplied with, one law to get another.

The differences of R-transforms and quotients of S-transforms always exist as series; whether they belong to a
probability measure is decided here by its moments (Hankel matrices are positive semi-definite) and its mass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..equations.scalar.node import Node
from ..equations.scalar.rules.free_product import FreeProduct
from ..equations.scalar.rules.free_sum import FreeSum
from ..equations.scalar.rules.quotients import FreeDifference, FreeQuotient
from ..errors import FreeprobError, UnsupportedModel
from .free_law import FreeLaw, node_of

__all__ = ["divide", "subtract"]

_ORDER = 6
_MASS = 1e-6
_NEGATIVE = -1e-9


def subtract(whole: Any, removed: Any) -> FreeLaw:
    """Return the law whose free sum with ``removed`` is ``whole``.

    Parameters
    ----------
    whole, removed : law or FreeLaw

    Raises
    ------
    UnsupportedModel
        If there is no such probability law; the message says what fails.

    Examples
    --------
    >>> import freeprob as fp
    >>> fp.free.subtract(fp.laws.semicircle(3), fp.laws.semicircle(2)).edges().round(10)
    array([-2.,  2.])
    >>> fp.free.subtract(fp.laws.semicircle(1), fp.laws.semicircle(2))
    Traceback (most recent call last):
        ...
    freeprob.errors.UnsupportedModel: subtract: there is no probability law whose free sum with semicircle(2, 0) is ...
    """
    first, second = node_of(whole), node_of(removed)
    rest = _without(first, second, FreeSum)
    if rest is not None:
        return FreeLaw(rest)
    result = FreeLaw(FreeDifference(first, second))
    return _checked(result, "subtract", f"whose free sum with {removed} is {whole}")


def divide(whole: Any, removed: Any) -> FreeLaw:
    """Return the law whose free product with ``removed`` is ``whole``.

    Parameters
    ----------
    whole, removed : law or FreeLaw
        ``removed`` on [0, infinity).

    Raises
    ------
    UnsupportedModel
        If there is no such probability law; the message says what fails.

    Examples
    --------
    >>> import freeprob as fp
    >>> S, W = fp.laws.atoms({1: "1/2", 3: "1/2"}), fp.laws.marchenko_pastur("1/10")
    >>> [int(m) for m in fp.free.divide(fp.free.multiply(S, W), W).moments(3)]
    [2, 5, 14]
    """
    first, second = node_of(whole), node_of(removed)
    if second.is_nonnegative is False:
        raise UnsupportedModel(f"divide: {removed} must live on [0, infinity)")
    rest = _without(first, second, FreeProduct)
    if rest is not None:
        return FreeLaw(rest)
    result = FreeLaw(FreeQuotient(first, second))
    return _checked(result, "divide", f"whose free product with {removed} is {whole}")


def _without(whole: Node, removed: Node, kind: type[FreeSum] | type[FreeProduct]) -> Node | None:
    """Return the whole without a part that it was made of; None when it was not."""
    if not isinstance(whole, kind) or removed not in whole.parts or len(whole.parts) < 2:
        return None
    parts = list(whole.parts)
    parts.remove(removed)
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def _checked(law: FreeLaw, rule: str, wanted: str) -> FreeLaw:
    """Return a law that was seen to be one; a law with open parameters is checked when it has values."""
    if law.node.free_symbols:
        return law
    moments = law.moments(2 * _ORDER)
    reason = _negative(moments)
    if reason:
        raise UnsupportedModel(f"{rule}: there is no probability law {wanted}: {reason}")
    reason = _defect(law)
    if reason:
        raise UnsupportedModel(f"{rule}: no probability law was found {wanted}: {reason}")
    return law


def _negative(moments: Sequence[Any]) -> str:
    """Return which moments a positive measure cannot have; empty when none was found."""
    variance = moments[1] - moments[0] ** 2
    if variance < 0:
        return f"its variance would be {float(variance):.6g}"
    numbers = np.array([1.0, *map(float, moments)])
    scale = max(numbers[2 * _ORDER], 1e-300) ** (1 / (2 * _ORDER))
    numbers = numbers / scale ** np.arange(len(numbers))
    for order in range(2, _ORDER + 1):
        hankel = numbers[np.add.outer(np.arange(order + 1), np.arange(order + 1))]
        lowest = float(np.linalg.eigvalsh(hankel)[0])
        if lowest < _NEGATIVE:
            return f"the Hankel matrix of its moments up to order {2 * order} would have the eigenvalue {lowest:.2g}"
    return ""


def _defect(law: FreeLaw) -> str:
    """Return what is wrong with the density; empty when it is a law."""
    try:
        mass = law.mass()
        gaps = [abs(law.quadrature_moment(k) - float(m)) for k, m in enumerate(law.moments(2), start=1)]
    except FreeprobError as error:
        return f"the equations have no solution that is one ({error})"
    if abs(mass - 1.0) > _MASS or max(gaps) > _MASS * (1 + abs(law.anchor.mean) + law.anchor.width) ** 2:
        return f"the measure would have mass {mass:.6g}"
    return ""
