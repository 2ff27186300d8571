r"""Averages of entries of an inverse over independent coordinates that follow one another on a path.

This module is used twice, as the runtime is: by the package, and as text in the solvers that ``write_solver`` writes.
It must import nothing but NumPy.

The matrix is block tridiagonal. Each block, a site, depends on a coordinate of its own, and neighbouring sites are
coupled by one entry in either direction. Seen from a site, all those on its left are then one random number A in its
matrix, and all those on its right another one, C, independent of it:

    M = B(x) - A e_p e_q^T - C e_d e_c^T,        A' = kappa [(B(x) - A e_p e_q^T)^-1]_cd    for the next site.

So the law of A is carried from site to site, as in a disordered chain (F. J. Dyson, Phys. Rev. 92, 1331, 1953; H.
Schmidt, Phys. Rev. 105, 425, 1957). Coordinates that form a Markov chain leave A and C independent given x, and the law
of A is carried for each value of x: the density of neighbouring coordinates is a sum of products of functions of one,
the modes, of which Mehler's formula has rho^k as factors and independent coordinates have one. After each site it is
replaced by a few nodes with complex weights, exact for polynomials of a degree below their number. Averages are
analytic functions of A on the convex hull of its law, and Im A > 0 keeps their poles away from it, so that the error
falls geometrically with the number of nodes. The nodes are Leja points: each one makes the product of the distances to
those before it largest (E. B. Saff and V. Totik, *Logarithmic Potentials with External Fields*, 1997, chapter V).
"""

from __future__ import annotations

import numpy as np

WORK = 400_000  # numbers in an array of all nodes of a site and its sides, at the points that are averaged at once
ROUNDED = 1e-13  # differences of values that are smaller, relative to the values, are rounding
VANISHING = 1e-15  # modes with a smaller factor are left out


class PathSite:
    """A block of the matrix, with what is asked of it.

    ``entries`` maps (i, j) to a number, an array over points, or one of shape (nodes, points) where it depends on a
    coordinate. ``enter`` and ``leave``, shape (modes, nodes), are the modes shared with the sites before and behind it:
    the weights of the nodes of two neighbours are ``leave.T @ enter``, over the roots of their own. ``left`` is (p, q),
    ``right`` is (d, c), ``coupling`` the kappa with which the site before it enters. ``places`` are entries of the
    inverse, ``parameters`` entries of the block in which they are differentiated.
    """

    def __init__(self, size, entries, enter, leave, left, right, coupling, places, parameters):
        self.size, self.entries, self.enter, self.leave = size, entries, enter, leave
        self.left, self.right, self.coupling = left, right, coupling
        self.places, self.parameters = places, parameters


def combined(rules):
    """Return the weights of all combinations of the nodes of some rules."""
    weights = np.ones(1)
    for rule in rules:
        weights = np.multiply.outer(weights, rule).ravel()
    return weights


def spread(values, rules, place):
    """Return the values at the nodes of one rule at all combinations of the nodes of several."""
    sizes = [len(rule) for rule in rules]
    before, after = int(np.prod(sizes[:place])), int(np.prod(sizes[place + 1 :]))
    return np.tile(np.repeat(values, after, axis=0), (before, 1))


def alone(rules):
    """Return the one mode of a site whose coordinates are independent of those of its neighbour."""
    return np.sqrt(combined(rules))[None]


def linked(one, other, correlation):
    """Return the modes of two normal coordinates of some correlation, each given as (nodes, weights, rules, place).

    The density of the pair over that of independent ones is the kernel of Mehler (1866); its singular vectors at the
    nodes are the modes, shape (modes, nodes), each times the root of its singular value. They are spread to all
    combinations of the nodes of a site, whose rule at ``place`` is that of the coordinate.
    """
    (x, x_weights, *first), (y, y_weights, *second) = one, other
    key = x.tobytes(), x_weights.tobytes(), y.tobytes(), y_weights.tobytes(), float(correlation)
    if key not in _MODES:
        if len(_MODES) > 256:
            _MODES.clear()
        _MODES[key] = _modes(x.ravel()[:, None], x_weights, y.ravel(), y_weights, correlation)
    leave, enter = _MODES[key]
    return _widened(leave, *first), _widened(enter, *second)


_MODES: dict = {}


def _modes(x, x_weights, y, y_weights, correlation):
    exponent = correlation * (2 * x * y - correlation * (x**2 + y**2)) / (2 * (1 - correlation**2))
    roots = np.log(np.multiply.outer(x_weights, y_weights)) / 2
    left, factors, right = np.linalg.svd(np.exp(exponent + roots) / np.sqrt(1 - correlation**2))
    kept = factors > VANISHING
    scale = np.sqrt(factors[kept])[:, None]
    return scale * left.T[kept], scale * right[kept]


def _widened(modes, rules, place):
    others = [np.ones(len(rule)) if k == place else rule for k, rule in enumerate(rules)]
    return spread(modes.T, rules, place).T * np.sqrt(combined(others))


class _State:
    """The law of the number that stands for a side: nodes, shape (points, nodes), and weights, (points, modes, nodes).

    Its derivative in each parameter is the functional ``f -> sum_k slopes_k f'(node_k)``, ``slopes`` of shape
    (points, modes, parameters, nodes).
    """

    def __init__(self, nodes, weights, slopes):
        self.nodes, self.weights, self.slopes = nodes, weights, slopes


def _nothing(points):
    """Return the state beyond an end of the path: the number 0."""
    nodes = np.zeros((points, 1), dtype=complex)
    return _State(nodes, np.ones((points, 1, 1), dtype=complex), np.zeros((points, 1, 0, 1), dtype=complex))


def _inverse_of_block(site, part, points):
    """Return the inverse of the block without its neighbours, shape (points, nodes, size, size)."""
    matrix = np.zeros((points, site.enter.shape[1], site.size, site.size), dtype=complex)
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
    """Entries of (B - A e_p e_q^T)^-1 at all nodes of the coordinate and of A, shape (points, nodes, nodes of A)."""

    def __init__(self, inverse, number, place):
        self.inverse, (self.row, self.column) = inverse, place
        a = number[:, None, :]
        self.factor = a / (1 - a * inverse[:, :, self.column, self.row, None])
        self.known = {}

    def __call__(self, i, j):
        if (i, j) not in self.known:
            inverse = self.inverse
            edge = inverse[:, :, i, self.row] * inverse[:, :, self.column, j]
            self.known[i, j] = inverse[:, :, i, j, None] + edge[..., None] * self.factor
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


def _moved(state, block, modes, out, coupling, parameters, count):
    """Return the state behind a site; its parameters come after those of the state.

    ``modes`` are those shared with the side of the state, and those shared with the other side.
    """
    c, d = out
    p, q = block.row, block.column
    arrive, depart = modes
    points, old = state.nodes.shape
    masses = _times(arrive.T, state.weights)
    scale = coupling[:, None, None]
    values = (scale * block(c, d)).reshape(points, -1)
    growth = scale * block(c, p) * block(q, d)
    own = np.stack([masses, *(-scale * block(c, a) * block(b, d) * masses for a, b in parameters)], axis=2)
    few = values.shape[1] <= count
    folded = not few and len(arrive) == len(depart) == 1  # one matrix moves the derivatives in all parameters
    functionals = own
    if not folded:
        functionals = np.concatenate([own, _times(arrive.T, state.slopes) * growth[:, :, None]], axis=2)
    if few:
        found = depart[None, :, :, None, None] * functionals[:, None]
        found = np.moveaxis(found, 2, 3).reshape(points, len(depart), -1, values.shape[1])
        nodes = values
    else:
        places, basis = _leja(values, count)
        chosen = np.triu(np.take_along_axis(basis, places[:, None, :], axis=2))
        k = np.arange(count)
        chosen[:, k, k] = np.where(chosen[:, k, k] == 0, 1.0, chosen[:, k, k])
        basis = basis.reshape(points, count, -1, old)
        found = _times(depart, functionals @ basis.transpose(0, 2, 3, 1))
        if folded:
            moved = (basis * (growth * (arrive * depart).T)[:, None]).sum(axis=2)
            found = np.concatenate([found, state.slopes @ moved.swapaxes(1, 2)[:, None]], axis=2)
        flat = found.reshape(points, -1, count).swapaxes(1, 2)
        found = np.linalg.solve(chosen, flat).swapaxes(1, 2).reshape(found.shape)
        nodes = np.take_along_axis(values, places, axis=1)
    new = 1 + len(parameters)
    return _State(nodes, found[:, :, 0], np.concatenate([found[:, :, new:], found[:, :, 1:new]], axis=2))


def _times(real, array):
    """Return the product of a real matrix and the second axis of a complex array."""
    flat = np.ascontiguousarray(array).reshape(array.shape[0], array.shape[1], -1)
    if not flat.shape[2]:
        return np.zeros((len(array), len(real), *array.shape[2:]), dtype=complex)
    return (real @ flat.view(float)).view(complex).reshape(len(array), len(real), *array.shape[2:])


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
    spread_modes = any(len(site.enter) > 1 for site in sites)
    width = count * max(site.enter.shape[1] for site in sites)
    chunk = max(1, WORK // (width * (max(count, parameters) if spread_modes else count)))
    for start in range(0, points, chunk):
        part = slice(start, min(start + chunk, points))
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
        states.append(_moved(states[-1], block, (site.enter, site.leave), out, scale, site.parameters, count))
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
            modes = sites[k].leave, sites[k].enter
            right = _moved(right, block, modes, out, couplings[k], parameters, count)
    return np.concatenate(rows[::-1], axis=1), np.concatenate(derivatives[::-1], axis=1)


def _site_averages(site, inverse, left, right):
    """Return the averages at a site, and their derivatives: parameters on its left, its own, those on its right."""
    block = _Bordered(inverse, left.nodes, site.left)
    p, q = site.left
    d, c = site.right
    weights, beyond = _times(site.enter.T, left.weights), _times(site.leave.T, right.weights)
    everything = beyond.sum(axis=2)[..., None]
    closed = 1 / (1 - block(c, d)[..., None] * right.nodes[:, None, None, :])
    tail = (beyond * right.nodes[:, None, :])[..., None]
    once = (closed @ tail)[..., 0]
    closed *= closed
    twice = (closed @ (tail * right.nodes[:, None, :, None]))[..., 0]

    def pair(i, a, b, j):
        """Return the mean over the right side of the product of entries (i, a) and (b, j)."""
        mixed = block(i, a) * block(b, d) * block(c, j) + block(i, d) * block(c, a) * block(b, j)
        both = block(i, d) * block(c, a) * block(b, d) * block(c, j)
        return block(i, a) * block(b, j) * everything + mixed * once + both * twice

    values, slopes = [], []
    for i, j in site.places:
        edge = block(i, d) * block(c, j)
        mean = block(i, j) * everything + edge * once
        values.append((weights * mean).sum(axis=(1, 2)))
        before = np.einsum("prta,pra->pt", left.slopes, _times(site.enter, pair(i, p, q, j)))
        own = [-(weights * pair(i, a, b, j)).sum(axis=(1, 2))[:, None] for a, b in site.parameters]
        turned = ((weights * edge)[:, :, None] @ closed)[:, :, 0]
        after = np.einsum("pstc,psc->pt", right.slopes, _times(site.leave, turned))
        slopes.append(np.concatenate([before, *own, after[:, ::-1]], axis=1))
    if not values:
        count = left.slopes.shape[2] + len(site.parameters) + right.slopes.shape[2]
        return np.zeros((len(left.nodes), 0)), np.zeros((len(left.nodes), 0, count))
    return np.stack(values, axis=1), np.stack(slopes, axis=1)


def chained(outer, slopes, inner):
    """Return the products ``outer @ slopes @ inner`` at all points, which are the last axis."""
    first, middle, last = (np.moveaxis(factor, 2, 0) for factor in (outer, slopes, inner))
    return np.moveaxis(first @ middle @ last, 0, 2)
