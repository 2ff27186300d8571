"""Quadrature rules of a few nodes for discrete measures of many atoms."""

from __future__ import annotations

import numpy as np

__all__ = ["compressed", "gauss_rule"]

_LOCAL = 8
"""Nodes of the Gauss rule that replaces the atoms of one panel."""

_KEEPS_ENDS = 64
"""Number of nodes from which on extreme atoms are nodes."""

_GLOBAL = 400
"""Largest Gauss rule of the whole measure; the Lanczos process takes a time of the third power of its size."""


def compressed(points: np.ndarray, weights: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a rule of at most ``count`` nodes for a sum of point masses.

    From 64 nodes on, half of them are the smallest and the largest atoms themselves: single values in the tails
    may be islands of a spectrum. An atom at 0 stays where it is.
    The rest, m nodes, is for m up to 400 the Gauss rule of the atoms between, which keeps
    the first 2 m - 1 moments: the atoms are first replaced by panels of 8-node Gauss rules, so short that a polynomial
    of degree 2 m - 1 in the points, scaled to [-1, 1] and bounded by 1 there, keeps its mean to rounding; then follows
    the Lanczos process with full reorthogonalisation on diag(points), started at sqrt(weights) (W. Gautschi, Orthogonal
    Polynomials, 2004, section 2.2.3). For larger m the panels themselves are the rule: half of them are of equal mass,
    half of equal angle arccos(x).

    Parameters
    ----------
    points : array
        Increasing.
    weights : array
        Positive.
    count : int

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.language.laws.compression import compressed
    >>> x, w = compressed(np.arange(1.0, 101.0), np.full(100, 0.01), 3)
    >>> bool(abs(w @ x**5 - np.mean(np.arange(1.0, 101.0) ** 5)) < 1e-4)
    True
    """
    if len(points) <= count:
        return points, weights
    zero = points == 0
    if zero.any() and count > 1:  # the rank of a matrix: an atom that rounding moves off 0 changes limits at 0
        nodes, masses = compressed(points[~zero], weights[~zero], count - 1)
        place = int(np.searchsorted(nodes, 0.0))
        return np.insert(nodes, place, 0.0), np.insert(masses, place, weights[zero].sum())
    ends = count // 4 if count >= _KEEPS_ENDS else 0
    inner = slice(ends, len(points) - ends)
    middle = _middle(points[inner], weights[inner], count - 2 * ends)
    parts = [(points[:ends], weights[:ends]), middle, (points[inner.stop :], weights[inner.stop :])]
    nodes, masses = (np.concatenate(column) for column in zip(*parts, strict=True))
    return nodes, masses


def _middle(points: np.ndarray, weights: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    if count > _GLOBAL:
        return _panels(points, weights, _edges(points, weights, count // (2 * _LOCAL), count // (2 * _LOCAL)))
    if len(points) > 2 * _LOCAL * count:
        points, weights = _panels(points, weights, _edges(points, weights, 2 * count, 0))
    return gauss_rule(points, weights, count)


def _edges(points: np.ndarray, weights: np.ndarray, angles: int, masses: int) -> np.ndarray:
    """Return the first index of each panel: cut at equal angles and at equal masses."""
    low, high = points[0], points[-1]
    cuts = low + (high - low) * np.sin(np.pi / 2 * np.arange(1, angles) / angles) ** 2
    below = np.cumsum(weights)
    by_mass = np.searchsorted(below, below[-1] * np.arange(1, masses) / masses) if masses else []
    return np.unique(np.concatenate([[0], np.searchsorted(points, cuts), by_mass]).astype(int))


def _panels(points: np.ndarray, weights: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Replace the atoms of each panel by their Gauss rule, all panels at once (Stieltjes' procedure)."""
    starts = starts[starts < len(points)]
    sizes = np.diff(np.append(starts, len(points)))
    small = np.repeat(sizes <= _LOCAL, sizes)
    kept = points[small], weights[small]
    sizes = sizes[sizes > _LOCAL]
    if not len(sizes):
        return kept
    points, weights = points[~small], weights[~small]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    panel = np.repeat(np.arange(len(sizes)), sizes)
    ends = np.stack([points[starts], points[starts + sizes - 1]])
    centre, half = ends.mean(axis=0), np.diff(ends, axis=0)[0] / 2
    x = (points - centre[panel]) / half[panel]
    mass = np.add.reduceat(weights, starts)
    share = weights / mass[panel]

    def mean(values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(share * values, starts)

    basis = [np.ones_like(x)]
    jacobi = np.zeros((len(sizes), _LOCAL, _LOCAL))
    for k in range(_LOCAL):
        following = x * basis[k]
        jacobi[:, k, k] = mean(following * basis[k])
        for _ in range(2):  # twice is enough
            for p in basis:
                following = following - mean(following * p)[panel] * p
        norm = np.sqrt(mean(following**2))
        norm[norm < 1e-14] = 0.0  # fewer distinct atoms than nodes: the rest of the matrix is not reached
        if k + 1 < _LOCAL:
            jacobi[:, k, k + 1] = jacobi[:, k + 1, k] = norm
            basis.append(following / np.where(norm > 0, norm, np.inf)[panel])
    values, vectors = np.linalg.eigh(jacobi)
    nodes = centre[:, None] + half[:, None] * np.clip(values, -1, 1)
    masses = mass[:, None] * vectors[:, 0, :] ** 2
    reached = masses > 0
    points = np.concatenate([kept[0], nodes[reached]])
    weights = np.concatenate([kept[1], masses[reached]])
    order = np.argsort(points, kind="stable")
    return points[order], weights[order]


def gauss_rule(points: np.ndarray, weights: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the Gauss rule of some point masses, by the Lanczos process with full reorthogonalisation."""
    if len(points) <= count:
        return points, weights
    mass = weights.sum()
    centre, scale = points.mean(), np.ptp(points) or 1.0
    x = (points - centre) / scale
    basis = np.zeros((count, len(x)))
    basis[0] = np.sqrt(weights / mass)
    jacobi = np.zeros((count, count))
    size = count
    for k in range(count):
        v = x * basis[k]
        jacobi[k, k] = basis[k] @ v
        for _ in range(2):  # twice is enough
            v = v - (basis[: k + 1] @ v) @ basis[: k + 1]
        norm = np.sqrt(v @ v)
        if k + 1 == count or norm < 1e-14:
            size = k + 1
            break
        basis[k + 1] = v / norm
        jacobi[k, k + 1] = jacobi[k + 1, k] = norm
    values, vectors = np.linalg.eigh(jacobi[:size, :size])
    return centre + scale * values, mass * vectors[0] ** 2
