r"""E f(a) g(b) for many pairs of correlated Gaussian numbers at once: the kernel of random features at given points.

With ``a = sqrt(q) x``, ``f(sqrt(q) x) = sum_k f_k(q) h_k(x)`` in normalised Hermite polynomials and Mehler's formula,

    E f(a) g(b) = sum_k f_k(q_a) g_k(q_b) rho^k,      rho = E[a b] / sqrt(q_a q_b).

The sum is cut off where ``|rho|^K`` times what is left of both second moments is negligible; pairs with a correlation
so close to 1 that this never happens, as repeated samples, are integrated over both variables.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from freeprob.errors import UnsupportedModel

__all__ = ["product_means"]

_DEGREE = 320
_REACH = 16.0
_WIDTH = 0.5
_NODES = 16
_TOLERANCE = 1e-11


def product_means(f: Any, g: Any, first: Any, second: Any, covariance: Any) -> np.ndarray:
    """Return E f(a_i) g(b_j) for centred Gaussian pairs.

    Parameters
    ----------
    f, g : Activation
    first : array of shape (N,)
        Variances of the a's.
    second : array of shape (M,)
        Variances of the b's.
    covariance : array of shape (N, M)
        E a_i b_j.

    Returns
    -------
    ndarray of shape (N, M)

    Raises
    ------
    UnsupportedModel
        If a second moment is infinite, or not resolved to 1e-9.

    Notes
    -----
    Y. Cho and L. Saul, "Kernel methods for deep learning" (2009), has the closed forms of the powers of the rectifier.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.language.activations import as_activation
    >>> from freeprob.language.activations.correlated_product import product_means
    >>> relu = as_activation("relu")
    >>> angle = np.arccos(0.5)
    >>> exact = (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
    >>> bool(abs(product_means(relu, relu, [1.0], [1.0], [[0.5]])[0, 0] - exact) < 1e-11)
    True
    """
    q, r = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    scale = np.sqrt(np.outer(q, r))
    rho = np.divide(np.asarray(covariance, dtype=float), scale, out=np.zeros_like(scale), where=scale > 0)
    rho = np.clip(rho, -1.0, 1.0)
    left, rest = _coefficients(f, q)
    right, other = (left, rest) if f == g and np.array_equal(q, r) else _coefficients(g, r)
    total, power = np.zeros_like(rho), np.ones_like(rho)
    for a, b in zip(left, right, strict=True):
        total += np.outer(a, b) * power
        power *= rho
    left_size, right_size = (np.sqrt((c**2).sum(axis=0)) for c in (left, right))
    allowed = _TOLERANCE * np.outer(left_size + np.sqrt(rest), right_size + np.sqrt(other))
    for i, j in np.argwhere(np.abs(power) * np.sqrt(np.outer(rest, other)) > allowed):
        total[i, j] = _pair(f, g, q[i], r[j], rho[i, j])
    return total


def _edges(breakpoints: np.ndarray, deviation: np.ndarray, extra: np.ndarray | None = None) -> np.ndarray:
    """Return edges of panels in units of the deviation, one row for each deviation."""
    grid = np.arange(-_REACH, _REACH + _WIDTH / 2, _WIDTH)
    with np.errstate(divide="ignore", invalid="ignore"):
        kinks = np.nan_to_num(breakpoints[None, :] / deviation[:, None], nan=0.0)
    parts = [np.broadcast_to(grid, (len(deviation), len(grid))), np.clip(kinks, -_REACH, _REACH)]
    if extra is not None:
        parts.append(np.clip(extra, -_REACH, _REACH))
    return np.sort(np.concatenate(parts, axis=1), axis=1)


def _panels(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return points and weights of Gauss-Legendre rules between edges, one row for each row of edges."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    half = np.diff(edges, axis=1)[:, :, None] / 2
    points = edges[:, :-1, None] + half * (1 + nodes)
    shape = (len(edges), -1)
    return points.reshape(shape), (half * weights).reshape(shape)


def _coefficients(f: Any, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the Hermite coefficients of f(sqrt(q) x), shape (degree, N), and what they leave of the second moment."""
    deviation = np.sqrt(q)
    points, weights = _panels(_edges(np.array(f.breakpoints, dtype=float), deviation))
    root = np.exp(-(points**2) / 4) / (2 * np.pi) ** 0.25
    with np.errstate(over="ignore", invalid="ignore"):
        values = f(deviation[:, None] * points) * root
    if not np.all(np.isfinite(values)):
        raise UnsupportedModel(f"activation {f}: E f(h)^2 is not finite at the variances of the given data")
    squares = (weights * values**2).sum(axis=1)
    _check_resolved(f, q, squares)
    old, new, found = np.zeros_like(root), root, []
    for k in range(_DEGREE):
        found.append((weights * values * new).sum(axis=1))
        old, new = new, (points * new - np.sqrt(k) * old) / np.sqrt(k + 1)
    coefficients = np.array(found)
    left = squares - (coefficients**2).sum(axis=0)
    return coefficients, np.where(left > 1e-13 * squares, left, 0.0)


def _check_resolved(f: Any, q: np.ndarray, squares: np.ndarray) -> None:
    """Compare the second moment at the largest variance with that of the activation itself."""
    k = int(np.argmax(q))
    if q[k] > 0 and abs(squares[k] - float(f.numeric_second_moment(float(q[k])))) > 1e-9 * abs(squares[k]):
        raise UnsupportedModel(
            f"activation {f}: E f(h)^2 at the variance {q[k]:.6g} of the given data is not resolved; scale the data so "
            "that pre-activations are of order one"
        )


def _pair(f: Any, g: Any, q: float, r: float, rho: float) -> float:
    """Return one mean by integration over both variables; the inner one is ``rho x + sqrt(1 - rho^2) y``."""
    sigma, tau = np.sqrt([q, r])
    spread = np.sqrt(max(1 - rho**2, 0.0))
    kinks = np.array(g.breakpoints, dtype=float) / tau
    if spread < 1e-7:
        points, weights = _panels(_edges(np.array(f.breakpoints, dtype=float), np.array([sigma]), kinks[None] / rho))
        inner = g(tau * rho * points)
    else:
        layers = spread * 2.0 ** np.arange(-2, 8)
        around = (kinks[:, None] / rho + np.concatenate([-layers, [0.0], layers])).reshape(1, -1)
        points, weights = _panels(_edges(np.array(f.breakpoints, dtype=float), np.array([sigma]), around))
        x = points.ravel()
        y, inner_weights = _panels(_edges(np.zeros(0), np.ones(len(x)), (kinks - rho * x[:, None]) / spread))
        density = np.exp(-(y**2) / 2) / np.sqrt(2 * np.pi)
        inner = ((inner_weights * density) * g(tau * (rho * x[:, None] + spread * y))).sum(axis=1)
    outer = np.exp(-(points**2) / 2) / np.sqrt(2 * np.pi)
    return float((weights * outer * f(sigma * points) * inner).sum())
