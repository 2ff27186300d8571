r"""E F(h) for independent Gaussian h_k = s_k + sigma_k x_k and many shifts s: F is evaluated once, on one grid.

The density of each shift is a weight on the nodes of one variable, ``w_k(s_k)``, so that the means are contractions of
the table of F with one vector for each variable. Panels meet at the kinks of F.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["are_separate", "product_means"]

_CHUNK = 3_000_000
_OUTER = 1.5


def are_separate(covariance: np.ndarray, kinks: Sequence[tuple[tuple[float, ...], float]]) -> bool:
    """Return whether variables are independent and random, and each kink is a place of one of them."""
    one_place = all(np.count_nonzero(normal) == 1 for normal, _ in kinks)
    return one_place and np.count_nonzero(covariance) == np.count_nonzero(np.diag(covariance)) == len(covariance)


def product_means(
    integrand: Callable[[Sequence[np.ndarray]], np.ndarray],
    deviations: np.ndarray,
    shifts: np.ndarray,
    kinks: Sequence[tuple[tuple[float, ...], float]],
    reach: float,
    width: float,
    nodes: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the means for each row of shifts, and the part that comes from far out.

    Parameters
    ----------
    integrand : callable
        F of a list of arrays, one for each variable.
    deviations : ndarray, shape (k,)
        Standard deviations.
    shifts : ndarray, shape (b, k)
    kinks : sequence of (normal, offset)
        Places of single variables, ``a h_k = b``, where F may fail to be smooth.
    reach, width : float
        Of the grid beyond the shifts and of its panels, in standard deviations.
    nodes : int
        Of each panel.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.equivalents.product_rules import product_means
    >>> means, far = product_means(lambda h: np.abs(h[0]) * h[1], np.ones(2), np.array([[0.0, 1.0], [0.0, 2.0]]),
    ...                            [((1, 0), 0)], 9, 3, 16)
    >>> (means * np.sqrt(np.pi / 2)).round(12)  # E|x| = sqrt(2/pi)
    array([1., 2.])
    """
    found = [np.unique(column, return_inverse=True) for column in shifts.T]
    order = sorted(range(len(found)), key=lambda k: -len(found[k][0]))  # that of fewest shifts is contracted first
    places, tables, inner = [], [], []
    for k in order:
        values = found[k][0]
        breaks = [offset / normal[k] for normal, offset in kinks if normal[k] != 0]
        place, weights = _panels(values, deviations[k], breaks, (reach, width, nodes))
        standard = (place - values[:, None]) / deviations[k]
        table = weights * np.exp(-(standard**2) / 2) / (np.sqrt(2 * np.pi) * deviations[k])
        places.append(place)
        tables.append(table)
        inner.append(np.where(np.abs(standard) > reach - _OUTER, 0.0, table))
    indices = [found[k][1].reshape(-1) for k in order]
    total, size, near = np.zeros(len(shifts)), np.zeros(len(shifts)), np.zeros(len(shifts))
    row = len(places[1]) * max(len(p) if k > 1 else 1 for k, p in enumerate(places))
    step = max(1, _CHUNK // max(row, len(places[1]) * len(shifts)))
    for start in range(0, len(places[0]), step):
        part = slice(start, start + step)
        grid = np.meshgrid(places[0][part], *places[1:], indexing="ij")
        with np.errstate(over="ignore", invalid="ignore"):
            values = np.broadcast_to(
                np.asarray(integrand([grid[order.index(k)] for k in range(len(order))])), grid[0].shape
            )
        values = np.where(np.isfinite(values), values, 0.0)  # where all weights vanish; `far` would show others
        total += _contracted(values, [tables[0][:, part], *tables[1:]], indices)
        size += _contracted(np.abs(values), [tables[0][:, part], *tables[1:]], indices)
        near += _contracted(np.abs(values), [inner[0][:, part], *inner[1:]], indices)
    return total, size - near


def _panels(
    shifts: np.ndarray, deviation: float, breaks: Sequence[float], rule: tuple[float, float, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights of a Gauss-Legendre rule on panels that cover all shifts and meet at the breaks."""
    reach, width, nodes = rule
    low, high = shifts.min() - reach * deviation, shifts.max() + reach * deviation
    count = int(np.ceil((high - low) / (width * deviation)))
    ends = np.unique([*np.linspace(low, high, count + 1), *(b for b in breaks if low < b < high)])
    abscissae, weights = np.polynomial.legendre.leggauss(nodes)
    half, middle = np.diff(ends)[:, None] / 2, (ends[1:] + ends[:-1])[:, None] / 2
    return (middle + half * abscissae).reshape(-1), (half * weights).reshape(-1)


def _contracted(values: np.ndarray, tables: Sequence[np.ndarray], indices: Sequence[np.ndarray]) -> np.ndarray:
    """Return ``sum F[i, j, ...] w_1[s, i] w_2[s, j] ...`` for each s; rows of a table are values of its shift."""
    current, index = values @ tables[-1].T, indices[-1]
    for table, own in zip(reversed(tables[:-1]), reversed(indices[:-1]), strict=True):
        if current.shape[-1] == 1:
            current, index = current[..., 0] @ table.T, own
        else:
            current = np.einsum("...js,sj->...s", current[..., index], table[own])
            index = np.arange(len(own))
    return current[index]
