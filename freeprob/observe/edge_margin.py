"""How far beyond an edge of its support the eigenvalues of a finite matrix may lie.

At a soft edge E, where the density is (gamma^(3/2) / pi) sqrt(E - x), the largest of N eigenvalues is
E + TW / (gamma N^(2/3)) with TW of the Tracy-Widom law, for real symmetric matrices that with beta = 1: C. A. Tracy
and H. Widom, Communications in Mathematical Physics 177 (1996); K. Johansson, Annals of Probability 29 (2001), and
I. M. Johnstone, same journal 29 (2001), Theorem 1, for sample covariance matrices.

The scale 1 / (gamma N^(2/3)) is the distance from the edge within which the law has mass 2 / (3 pi N). Said this way
it applies to every edge: at a hard edge, where the density is infinite, the distance is of order N^(-2).
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["TRACY_WIDOM", "edge_scales"]

TRACY_WIDOM = 4.0
"""The Tracy-Widom law with beta = 1 exceeds 4 with probability 2.2e-4, and 2.02 with probability 1 %."""


def edge_scales(law: Any, count: int) -> list[tuple[float, float]]:
    """Return the scale of fluctuations of the eigenvalues at the two edges of each interval of the support.

    Parameters
    ----------
    law : BoundLaw
    count : int
        The number of eigenvalues N.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.observe.edge_margin import edge_scales
    >>> n = fp.sizes("n")
    >>> law = fp.spectrum(fp.wigner(n) / fp.sqrt(n)).at(n=1)
    >>> left, right = edge_scales(law, 1000)[0]
    >>> round(left, 4), round(right, 4)
    (0.01, 0.01)
    """
    mass = 2.0 / (3.0 * np.pi * count)
    atoms = law.atoms()
    scales = []
    for low, high in law.support():
        below, above = law.cdf(low), law.cdf(high) - atoms.get(high, 0.0)
        part = min(mass, 0.5 * (above - below))
        inner = law.quantile(np.clip([below + part, above - part], 1e-15, 1 - 1e-15))
        scales.append((max(float(inner[0]) - low, 0.0), max(high - float(inner[1]), 0.0)))
    return scales
