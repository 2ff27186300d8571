"""The free convolutions: sums, products, corners and powers of free variables."""

from __future__ import annotations

from typing import Any

from ..equations.scalar.rules.compression import Compression
from ..equations.scalar.rules.free_power import FreePower
from ..equations.scalar.rules.free_product import product_of
from ..equations.scalar.rules.free_sum import FreeSum
from ..errors import UnsupportedModel
from ..language.laws.scalars import scalar
from .free_law import FreeLaw, node_of

__all__ = ["add", "compress", "multiply", "power"]


def add(*laws: Any) -> FreeLaw:
    """Return the law of a sum of free variables (free additive convolution): R-transforms add.

    Parameters
    ----------
    *laws : law or FreeLaw

    References
    ----------
    D. Voiculescu, *Addition of certain non-commuting random variables*, J. Funct. Anal. 66 (1986), Theorem 4.5.

    Examples
    --------
    >>> import freeprob as fp
    >>> law = fp.free.add(fp.laws.semicircle(1), fp.laws.semicircle(3))
    >>> law.edges().round(10)
    array([-4.,  4.])
    """
    return FreeLaw(FreeSum(tuple(map(node_of, _some(laws)))))


def multiply(*laws: Any) -> FreeLaw:
    """Return the law of ``A^(1/2) B A^(1/2)`` for free A, B (free multiplicative convolution): S-transforms multiply.

    Parameters
    ----------
    *laws : law or FreeLaw
        All but at most one on [0, infinity). One may have mean zero.

    Raises
    ------
    UnsupportedModel
        If two laws have negative support: the product is not the law of a self-adjoint variable.

    References
    ----------
    D. Voiculescu, *Multiplication of certain non-commuting random variables*, J. Operator Theory 18 (1987), Theorem
    2.6; N. R. Rao and R. Speicher, Electron. Commun. Probab. 12 (2007), for mean zero.

    Examples
    --------
    Two free projections, the Jacobi ensemble:

    >>> import freeprob as fp
    >>> law = fp.free.multiply(fp.laws.bernoulli("1/4"), fp.laws.bernoulli("1/2"))
    >>> law.edges().round(8)
    array([0.0669873, 0.9330127])
    """
    nodes = [node_of(law) for law in _some(laws)]
    signed = [str(node) for node in nodes if node.is_nonnegative is False]
    if len(signed) > 1:
        raise UnsupportedModel(
            f"multiply: {signed[0]} and {signed[1]} both have negative support; A^(1/2) B A^(1/2) needs A >= 0, so at "
            "most one factor may be negative somewhere"
        )
    return FreeLaw(product_of(*nodes))


def compress(law: Any, fraction: Any) -> FreeLaw:
    """Return the law of a corner: the compression by a free projection, seen in the smaller space.

    ``R(g)`` becomes ``R(alpha g)``; equivalently the law is ``power(law, 1/alpha)`` scaled by alpha.

    Parameters
    ----------
    law : law or FreeLaw
    fraction : scalar
        alpha in (0, 1], the rank of the projection.

    References
    ----------
    A. Nica and R. Speicher, *Lectures on the Combinatorics of Free Probability*, 2006, Corollary 14.11.

    Examples
    --------
    >>> import freeprob as fp
    >>> coin = fp.laws.atoms({-1: "1/2", 1: "1/2"})
    >>> fp.free.compress(coin, "1/2").polynomial()
    m**2*z**2 - m**2 - 1
    """
    alpha = scalar(fraction, "the fraction of compress")
    if alpha.is_number and not 0 < alpha <= 1:
        raise UnsupportedModel(f"compress: the fraction {alpha} of the space must be positive and at most 1")
    return FreeLaw(Compression(alpha, node_of(law)))


def power(law: Any, exponent: Any) -> FreeLaw:
    """Return the free additive power: ``R`` is multiplied by s, so that integer powers are sums of free copies.

    Parameters
    ----------
    law : law or FreeLaw
    exponent : scalar
        s >= 1; any s > 0 for a law that is known to be freely infinitely divisible (semicircle, Marchenko-Pastur, and
        sums of these).

    Raises
    ------
    UnsupportedModel
        If there need not be such a law.

    References
    ----------
    A. Nica and R. Speicher, *Lectures on the Combinatorics of Free Probability*, 2006, Corollary 14.13.

    Examples
    --------
    >>> import freeprob as fp
    >>> fp.free.power(fp.laws.semicircle(1), "9/4").edges().round(10)
    array([-3.,  3.])
    """
    s, node = scalar(exponent, "the exponent of power"), node_of(law)
    if s.is_number and not s > 0:
        raise UnsupportedModel(f"power: the exponent {s} must be positive")
    if s.is_number and s < 1 and not node.is_infinitely_divisible:
        raise UnsupportedModel(
            f"power: the free power {s} of {node} need not be a probability law, because {s} < 1 and the law is not "
            "known to be freely infinitely divisible; powers s >= 1 always exist"
        )
    return FreeLaw(FreePower(s, node))


def _some(laws: tuple[Any, ...]) -> tuple[Any, ...]:
    if not laws:
        raise TypeError("give at least one law")
    return laws
