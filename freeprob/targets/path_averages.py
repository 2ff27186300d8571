r"""Averages of entries of an inverse over independent coordinates that follow one another on a path.

This module is used twice, as the runtime is: by the package, and as text in the solvers that ``write_solver`` writes.
It must import nothing but NumPy.

The matrix is block tridiagonal. Each block, a site, depends on a coordinate of its own, and neighbouring sites are
coupled by one entry in either direction. Seen from a site, all those on its left are then one random number A in its
matrix, and all those on its right another one, C, independent of it:

    M = B(x) - A e_p e_q^T - C e_d e_c^T,        A' = kappa [(B(x) - A e_p e_q^T)^-1]_cd    for the next site.

So the law of A is carried from site to site, as in a disordered chain (F. J. Dyson, Phys. Rev. 92, 1331, 1953;
H. Schmidt, Phys. Rev. 105, 425, 1957). After each site it is replaced by a few nodes with complex weights, exact for
polynomials of a degree below their number. Averages are analytic functions of A on the convex hull of its law, and
Im A > 0 keeps their poles away from it, so that the error falls geometrically with the number of nodes. The nodes are
Leja points: each one makes the product of the distances to those before it largest (E. B. Saff and V. Totik,
*Logarithmic Potentials with External Fields*, 1997, chapter V).
"""

from __future__ import annotations

import numpy as np

CHUNK = 32  # points that are averaged at once
ROUNDED = 1e-13  # differences of values that are smaller, relative to the values, are rounding


class PathSite:
    """A block of the matrix, with what is asked of it.

    ``entries`` maps (i, j) to a number, an array over points, or one of shape (nodes, points) where it depends on the
    coordinate. ``left`` is (p, q), ``right`` is (d, c), ``coupling`` the kappa with which the site before it enters.
    ``places`` are entries of the inverse, ``parameters`` entries of the block in which they are differentiated.
    """

    def __init__(self, size, entries, weights, left, right, coupling, places, parameters):
        self.size, self.entries, self.weights = size, entries, weights
        self.left, self.right, self.coupling = left, right, coupling
        self.places, self.parameters = places, parameters


class _State:
    """The law of the number that stands for a side: nodes and weights, shape (points, nodes).

    Its derivative in each parameter is the functional ``f -> sum_k slopes_k f'(node_k)``, ``slopes`` of shape
    (points, parameters, nodes).
    """

    def __init__(self, nodes, weights, slopes):
        self.nodes, self.weights, self.slopes = nodes, weights, slopes


def _nothing(points):
    """Return the state beyond an end of the path: the number 0."""
    nodes = np.zeros((points, 1), dtype=complex)
    return _State(nodes, np.ones_like(nodes), np.zeros((points, 0, 1), dtype=complex))


def _inverse_of_block(site, part, points):
    """Return the inverse of the block without its neighbours, shape (points, nodes, size, size)."""
    matrix = np.zeros((points, len(site.weights), site.size, site.size), dtype=complex)
    for (i, j), value in site.entries.items():
        value = np.asarray(value)
        if value.ndim == 2:
            matrix[:, :, i, j] = (value[:, part] if value.shape[1] > 1 else value).T
        elif value.ndim == 1:
            matrix[:, :, i, j] = (value[part] if len(value) > 1 else value)[:, None]
        else:
            matrix[:, :, i, j] = value
    try:
        return np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        return np.full_like(matrix, np.nan)


class _Bordered:
    """Entries of (B - A e_p e_q^T)^-1 at all nodes of A and of the coordinate, shape (points, nodes, nodes)."""

    def __init__(self, inverse, number, place):
        self.inverse, (self.row, self.column) = inverse, place
        a = number[:, :, None]
        self.factor = a / (1 - a * inverse[:, None, :, self.column, self.row])
        self.known = {}

    def __call__(self, i, j):
        if (i, j) not in self.known:
            inverse = self.inverse
            edge = inverse[:, None, :, i, self.row] * inverse[:, None, :, self.column, j]
            self.known[i, j] = inverse[:, None, :, i, j] + edge * self.factor
        return self.known[i, j]


def _squared(values):
    """Return squared absolute values, which are cheaper than the values."""
    return values.real**2 + values.imag**2


def _leja(values, count):
    """Return (places, basis): Leja points among some values, and Newton's polynomials of these points.

    Shapes (points, count) and (points, count, values). Ties are broken, so that the choice is stable. A polynomial that
    vanishes at all values up to rounding is 0, as are those after it.
    """
    points, size = values.shape
    centre = values.mean(axis=1, keepdims=True)
    shifted = values - centre
    radius = np.sqrt(_squared(shifted).max(axis=1, keepdims=True))
    rounding = ROUNDED * (np.abs(centre) + radius)
    shifted = shifted / np.where(radius > 0, radius, 1.0)
    tilt = 1 + 0.01 * np.sin(np.arange(1, size + 1) * 1.618)
    rows = np.arange(points)
    places = np.zeros((points, count), dtype=int)
    basis = np.zeros((points, count, size), dtype=complex)
    heights = _squared(shifted)
    basis[:, 0] = 1.0
    for k in range(count):
        places[:, k] = np.argmax(heights * tilt, axis=1)
        if k + 1 < count:
            now = basis[:, k] * (shifted - shifted[rows, places[:, k]][:, None])
            heights = _squared(now)
            largest = np.sqrt(heights.max(axis=1, keepdims=True))
            basis[:, k + 1] = now * np.where(largest * radius > rounding, 1.0 / largest, 0.0)
    return places, basis


def _moved(state, block, weights, out, coupling, parameters, count):
    """Return the state behind a site; its parameters come after those of the state."""
    c, d = out
    p, q = block.row, block.column
    points, old = state.nodes.shape
    masses = state.weights[:, :, None] * weights
    scale = coupling[:, None, None]
    values = (scale * block(c, d)).reshape(points, -1)
    growth = scale * block(c, p) * block(q, d) * weights
    own = [-(scale * block(c, a) * block(b, d) * masses).reshape(points, -1) for a, b in parameters]
    own = np.stack(own, axis=1) if own else np.zeros((points, 0, values.shape[1]), dtype=complex)
    masses = masses.reshape(points, -1)
    if values.shape[1] <= count:
        carried = (state.slopes[..., None] * growth[:, None]).reshape(points, -1, values.shape[1])
        return _State(values, masses, np.concatenate([carried, own], axis=1))
    places, basis = _leja(values, count)
    chosen = np.triu(np.take_along_axis(basis, places[:, None, :], axis=2))
    k = np.arange(count)
    chosen[:, k, k] = np.where(chosen[:, k, k] == 0, 1.0, chosen[:, k, k])
    means = basis @ np.concatenate([masses[:, None], own], axis=1).swapaxes(1, 2)
    carried = (basis.reshape(points, count, old, -1) * growth[:, None]).sum(axis=3)
    found = np.linalg.solve(chosen, np.concatenate([means, carried], axis=2)).swapaxes(1, 2)
    own, carried = found[:, 1 : 1 + len(parameters)], found[:, 1 + len(parameters) :]
    slopes = np.concatenate([state.slopes @ carried, own], axis=1)
    return _State(np.take_along_axis(values, places, axis=1), found[:, 0], slopes)


def path_averages(sites, count, points):
    """Return the averages of the places of all sites, and their derivatives in the parameters of all sites.

    Parameters
    ----------
    sites : list of PathSite
    count : int
        Nodes of the law of each side.
    points : int

    Returns
    -------
    (averages, slopes)
        Shapes (places, points) and (places, parameters, points), in the order of the sites.
    """
    places = sum(len(site.places) for site in sites)
    parameters = sum(len(site.parameters) for site in sites)
    averages = np.empty((places, points), dtype=complex)
    slopes = np.empty((places, parameters, points), dtype=complex)
    for start in range(0, points, CHUNK):
        part = slice(start, min(start + CHUNK, points))
        with np.errstate(all="ignore"):
            found = _path_averages(sites, count, part)
        averages[:, part], slopes[:, :, part] = found[0].T, np.moveaxis(found[1], 0, 2)
    return averages, slopes


def _path_averages(sites, count, part):
    points = part.stop - part.start
    inverses = [_inverse_of_block(site, part, points) for site in sites]
    couplings = [np.broadcast_to(np.asarray(s.coupling, dtype=complex), part.stop)[part] for s in sites]
    states = [_nothing(points)]
    for site, inverse, scale in zip(sites, inverses, couplings[1:]):
        block = _Bordered(inverse, states[-1].nodes, site.left)
        out = site.right[1], site.right[0]
        states.append(_moved(states[-1], block, site.weights, out, scale, site.parameters, count))
    right = _nothing(points)
    rows, derivatives = [], []
    for k in range(len(sites) - 1, -1, -1):
        values, slopes = _site_averages(sites[k], inverses[k], states[k], right)
        rows.append(values)
        derivatives.append(slopes)
        if k:
            block = _Bordered(inverses[k], right.nodes, sites[k].right)
            out = sites[k].left[1], sites[k].left[0]
            parameters = sites[k].parameters[::-1]
            right = _moved(right, block, sites[k].weights, out, couplings[k], parameters, count)
    return np.concatenate(rows[::-1], axis=1), np.concatenate(derivatives[::-1], axis=1)


def _site_averages(site, inverse, left, right):
    """Return the averages at a site, and their derivatives: parameters on its left, its own, those on its right."""
    block = _Bordered(inverse, left.nodes, site.left)
    p, q = site.left
    d, c = site.right
    points = len(left.nodes)
    weights = left.weights[:, :, None] * site.weights
    shape = weights.shape
    closed = 1 / (1 - block(c, d).reshape(points, -1, 1) * right.nodes[:, None, :])
    tail = (right.weights * right.nodes)[:, :, None]
    once = (closed @ tail).reshape(shape)
    closed *= closed
    twice = (closed @ (tail * right.nodes[:, :, None])).reshape(shape)

    def pair(i, a, b, j):
        """Return the mean over the right side of the product of entries (i, a) and (b, j)."""
        mixed = block(i, a) * block(b, d) * block(c, j) + block(i, d) * block(c, a) * block(b, j)
        both = block(i, d) * block(c, a) * block(b, d) * block(c, j)
        return block(i, a) * block(b, j) + mixed * once + both * twice

    values, slopes = [], []
    for i, j in site.places:
        edge = block(i, d) * block(c, j)
        mean = block(i, j) + edge * once
        values.append((weights * mean).sum(axis=(1, 2)))
        before = (left.slopes @ (pair(i, p, q, j) @ site.weights)[:, :, None])[:, :, 0]
        own = [-(weights * pair(i, a, b, j)).sum(axis=(1, 2))[:, None] for a, b in site.parameters]
        turned = (weights * edge).reshape(points, 1, -1) @ closed
        after = (right.slopes @ turned.swapaxes(1, 2))[:, :, 0]
        slopes.append(np.concatenate([before, *own, after[:, ::-1]], axis=1))
    if not values:
        count = left.slopes.shape[1] + len(site.parameters) + right.slopes.shape[1]
        return np.zeros((points, 0)), np.zeros((points, 0, count))
    return np.stack(values, axis=1), np.stack(slopes, axis=1)


def chained(outer, slopes, inner):
    """Return the products ``outer @ slopes @ inner`` at all points, which are the last axis."""
    first, middle, last = (np.moveaxis(factor, 2, 0) for factor in (outer, slopes, inner))
    return np.moveaxis(first @ middle @ last, 0, 2)
