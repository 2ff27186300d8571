"""Quadrature rules along arcs beside the real axis, for averages whose poles come close to a law.

An average over a law, such as the mean of ``1 / (t - w)``, has a pole w that approaches the support from one side when
the spectral parameter comes down to the axis. Where the density is analytic, the integral over the support may be
replaced by one along an arc with the same ends on the other side: the average is then as smooth at w on the support as
far away from it. In the logit l of a parameter in (0, 1) such an arc is the line ``Im l = -angle``. The trapezoidal
rule on this line converges exponentially, whatever the distance of w from the law and from its ends (L. N. Trefethen
and J. A. C. Weideman, The exponentially convergent trapezoidal rule, SIAM Review 56, 2014, section 5).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["arc_rule", "complex_logistic"]

_ANGLE = np.pi / 4
"""Halfway between the support and its continuation for a density with roots at its ends, which doubles angles."""

_ROUNDING = 36.0
"""exp(-_ROUNDING) is below rounding."""


def complex_logistic(logit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return y = 1/(1 + exp(-logit)) and 1 - y, each to full relative accuracy."""
    low = logit.real < 0
    small = np.exp(np.where(low, logit, -logit))
    near, far = small / (1 + small), 1 / (1 + small)
    return np.where(low, near, far), np.where(low, far, near)


def arc_rule(
    push: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]], low: float, high: float, width: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return complex nodes in the lower half plane, and weights of sum 1.

    Parameters
    ----------
    push : callable
        Maps logits to points of the law and the density in the logit; analytic near the line.
    low, high : float
        Logits outside of which there is no mass.
    width : float
        Scale on which the density varies in the logit.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.language.laws.contour import arc_rule, complex_logistic
    >>> def uniform(logit):
    ...     y, rest = complex_logistic(logit)
    ...     return y, y * rest
    >>> nodes, weights = arc_rule(uniform, -40.0, 40.0, 1.0)
    >>> w = 0.25 + 1e-9j
    >>> bool(abs(weights @ (1 / (nodes - w)) - np.log((1 - w) / -w)) < 1e-12)
    True
    """
    angle = min(_ANGLE, width)
    step = 2 * np.pi * angle / _ROUNDING
    count = int(np.ceil((high - low) / step)) + 1
    nodes, masses = push(np.linspace(low, high, count) - 1j * angle)
    kept = np.abs(masses) > np.exp(-_ROUNDING - 4) * np.abs(masses).max()
    nodes, masses = nodes[kept], masses[kept]
    return nodes, masses / masses.sum()
