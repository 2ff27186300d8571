"""Free probability on laws alone, without matrices.

``add``, ``multiply``, ``compress`` and ``power`` are the free convolutions; ``subtract`` and ``divide`` undo them where
that is possible; ``r_transform``, ``s_transform``, ``free_cumulants`` and ``moments_from_cumulants`` are what they are
made of. Results are laws with density, edges, atoms and moments, and may be used as arguments again.

Examples
--------
>>> import freeprob as fp
>>> coin = fp.laws.atoms({-1: "1/2", 1: "1/2"})
>>> arcsine = fp.free.add(coin, coin)
>>> arcsine.edges().round(10), [int(m) for m in arcsine.moments(4)]
(array([-2.,  2.]), [0, 2, 0, 6])
"""

from __future__ import annotations

from ..algebra.free_cumulants import moments_from_cumulants
from .convolution import add, compress, multiply, power
from .deconvolution import divide, subtract
from .free_law import FreeLaw
from .transforms import free_cumulants, r_transform, s_transform

__all__ = [
    "FreeLaw",
    "add",
    "compress",
    "divide",
    "free_cumulants",
    "moments_from_cumulants",
    "multiply",
    "power",
    "r_transform",
    "s_transform",
    "subtract",
]
