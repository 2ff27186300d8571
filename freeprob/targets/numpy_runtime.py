"""Newton continuation for self-consistent systems, in NumPy alone.

This module is used twice: by the package to solve a derived system, and, copied as text, inside every solver that
``write_solver(target="numpy")`` writes. It must import nothing but NumPy.

The physical solution is reached by continuation (never by plain iteration): the randomness is switched on from 0 to 1
at a point of the upper half plane, and the spectral parameter is then moved to where the answer is wanted. A step is
accepted when Newton's corrections contract (a Kantorovich-type test); otherwise it is shortened.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

CONTRACTION = 0.25  # largest accepted ratio of successive Newton corrections on a path
REACH = 1.0  # largest accepted first Newton correction, relative to the unknowns
FAINT = 1e-14  # unknowns below this part of the largest one are rounding errors
FILL = 4  # an elimination makes at most so many entries of an inverse nonzero
ROUNDING = 1e-7  # relative size of corrections that may be put down to rounding ...
SINGULAR = 1e-5  # ... and close to a branch point, where the residual is below RESIDUAL relative to the unknowns
RESIDUAL = 1e-12
FIRST = 1e-20  # a path may begin with steps this small: solutions vary at the scale of a small penalty there
BENDS = (0.03, 0.1, 0.3)  # heights of the arcs by which a path goes around a point that it cannot pass
MEMORY = (2, 5)  # a path is predicted by the polynomial through as many of its points; more when that fails ...
FAR = 2.0  # ... for steps that are at most this much longer than the last one
RING = 1e-3  # radius, relative to the spectrum's width, of the circle in a gap on which a point inside is interpolated
POLE = 1e9  # a larger value of m, relative to 1/width, may be that of an atom
AXIS = 1e-13  # distance to the target, relative to the spectrum's width, at which a path ends on a branch point

BLOCK = 4096  # matrices that are inverted at once
NO_SOLUTION = (
    "no solution was found: while the randomness is switched on, a matrix that is inverted becomes singular, so the "
    "number is infinite or undefined in the limit"
)
LEFT_THE_AXIS = "the solution left the real axis: the matrix is singular on the way"


class SolveError(ArithmeticError):
    """No solution on the physical branch could be established."""


@lru_cache(maxsize=256)
def _unit_pivots(size, places, units):
    """Return the order in which rows and columns with pivot 1 are eliminated, those that leave the others sparse.

    ``places`` are the nonzero entries and ``units`` the diagonal entries that are 1. A pivot on a cycle of two is not
    taken: the pivot of the other one would change.
    """
    rows = {i: {j for k, j in places if k == i and j != i} for i in range(size)}
    columns = {j: {i for i, k in places if k == j and i != j} for j in range(size)}
    order, left = [], set(units)
    while left:
        k = min(left, key=lambda i: (len(rows[i]) * len(columns[i]), i))
        left.discard(k)
        if rows[k] & columns[k] or len(rows[k]) * len(columns[k]) > FILL:
            continue
        order.append(k)
        for i in columns[k]:
            rows[i].discard(k)
            rows[i] |= rows[k]
        for j in rows[k]:
            columns[j].discard(k)
            columns[j] |= columns[k]
    return tuple(order)


def _inverted(size, entries):
    """Return the inverse of a matrix at each point, nan where it is singular; entries are given by place."""
    count = len(next(iter(entries.values())))
    matrix = np.zeros((count, size, size), dtype=complex)
    for (i, j), value in entries.items():
        matrix[:, i, j] = value
    try:
        return np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        inverse = np.full_like(matrix, np.nan)
        regular = np.flatnonzero(np.linalg.matrix_rank(matrix) == size)
        inverse[regular] = np.linalg.inv(matrix[regular])
        return inverse


def inverse_entries(size, entries, places):
    """Return entries of the inverse of a matrix at each point.

    ``entries`` maps (i, j) to numbers or arrays that broadcast together; entries that vanish are left out. At a
    singular matrix the result is nan, which no step of Newton's method accepts. Rows and columns with pivot 1 are
    eliminated first, and their entries of the inverse follow from those of the rest.
    """
    units = tuple(i for i in range(size) if np.ndim(e := entries.get((i, i), 0)) == 0 and e == 1)
    order = _unit_pivots(size, tuple(entries), units)
    if len(order) == size:
        order = order[:-1]
    shape = np.broadcast_shapes(*(np.shape(value) for value in entries.values()))
    flat = {
        place: np.broadcast_to(value, shape).ravel() if np.ndim(value) else value for place, value in entries.items()
    }
    result = np.empty((len(places), int(np.prod(shape))), dtype=complex)
    core = [i for i in range(size) if i not in order]
    for first in range(0, result.shape[1], BLOCK):
        part = slice(first, min(first + BLOCK, result.shape[1]))
        matrix = {place: value[part] if np.ndim(value) else value for place, value in flat.items()}
        known = _Eliminated(order, matrix)
        left = {(a, b): matrix[i, j] for a, i in enumerate(core) for b, j in enumerate(core) if (i, j) in matrix}
        left[0, 0] = np.broadcast_to(left.get((0, 0), 0), part.stop - part.start)
        known.add(core, _inverted(len(core), left))
        for row, place in zip(result, places):
            row[part] = known(*place)
    return list(result.reshape(len(places), *shape))


class _Eliminated:
    """The inverse of a matrix of which some unit pivots are eliminated: the matrix given becomes that of the rest."""

    def __init__(self, order, matrix):
        self.steps = {}
        for place, k in enumerate(order):
            row = {j: matrix.pop((k, j)) for i, j in list(matrix) if i == k and j != k}
            column = {i: matrix.pop((i, k)) for i, j in list(matrix) if j == k and i != k}
            del matrix[k, k]
            for i, left in column.items():
                for j, right in row.items():
                    matrix[i, j] = matrix.get((i, j), 0) - left * right
            self.steps[k] = place, row, column
        self.known = {}

    def add(self, core, inverse):
        """Take the inverse of the rest."""
        self.known |= {(i, j): inverse[:, a, b] for a, i in enumerate(core) for b, j in enumerate(core)}

    def __call__(self, i, j):
        """Return an entry of the inverse: ``x_k = e_k - sum_j B_kj x_j`` for the one eliminated first."""
        if (i, j) not in self.known:
            first, last = (self.steps.get(k, (len(self.steps),))[0] for k in (i, j))
            if first <= last:
                value = float(i == j)
                for k, entry in self.steps[i][1].items():
                    value = value - entry * self(k, j)
            else:
                value = 0.0
                for k, entry in self.steps[j][2].items():
                    value = value - entry * self(i, k)
            self.known[i, j] = value
        return self.known[i, j]


class Component:
    """Some unknowns, and ``function(u, p, z, switch) -> (residuals, jacobian)`` for them.

    The Jacobian has shape (k, k, points). With a border the function returns its entries at the given places instead,
    of shape (entries, points): they lie next to the diagonal, but for the last rows and columns, the border.
    """

    def __init__(self, unknowns, function, linear, border=None, places=()):
        self.unknowns = list(unknowns)
        self.function = function
        self.linear = linear
        self.border = border
        self.rows, self.columns = np.array(places, dtype=int).reshape(-1, 2).T
        if border is not None:
            core = len(self.unknowns) - border
            self.below = self.rows >= core
            self.above = ~self.below & (self.columns >= core)
            self.inside = ~self.below & (self.columns < core)
            self.width = max(1, np.abs(self.rows - self.columns)[self.inside].max(initial=0))

    def evaluate(self, u, p, z, switch):
        """Return residuals and the whole Jacobian, of shape (k, k, points)."""
        residual, jacobian = self.function(u, p, z, switch)
        return residual, jacobian if self.border is None else self._whole(jacobian)

    def _whole(self, entries):
        whole = np.zeros((len(self.unknowns), len(self.unknowns), entries.shape[1]), dtype=complex)
        whole[self.rows, self.columns] = entries
        return whole

    def correction(self, u, p, z, switch):
        """Return residuals and Newton's correction."""
        residual, jacobian = self.function(u, p, z, switch)
        if self.border is None:
            return residual, _solve_linear(jacobian, residual)
        with np.errstate(all="ignore"):
            delta = self._solve_sparse(jacobian, residual)
        if not np.isfinite(delta).all():
            delta = _solve_linear(self._whole(jacobian), residual)
        return residual, delta

    def _solve_sparse(self, entries, residual):
        """Eliminate what lies next to the diagonal, then the border."""
        core, border = len(self.unknowns) - self.border, self.border
        inside, above, below, width = self.inside, self.above, self.below, self.width
        i, j = self.rows[inside], self.columns[inside]
        band = np.zeros((core, 2 * width + 1, entries.shape[1]), dtype=complex)
        band[i, width + j - i] = entries[inside]
        sides = np.zeros((core, border + 1, entries.shape[1]), dtype=complex)
        sides[:, 0] = residual[:core]
        sides[self.rows[above], 1 + self.columns[above] - core] = entries[above]
        solved = _solve_banded(band, sides)
        if not border:
            return solved[:, 0]
        lower = np.zeros((border, core + border, entries.shape[1]), dtype=complex)
        lower[self.rows[below] - core, self.columns[below]] = entries[below]
        last = np.concatenate([residual[core:, None], lower[:, core:]], axis=1)
        last = last - np.einsum("bip,isp->bsp", lower[:, :core], solved)
        found = _solve_linear(last[:, 1:], last[:, 0])
        return np.concatenate([solved[:, 0] - np.einsum("ibp,bp->ip", solved[:, 1:], found), found])

    def swept(self, u, p, z, switch):
        """Return the unknowns after one sweep that solves each equation for its own unknown."""
        residual, jacobian = self.function(u, p, z, switch)
        if self.border is None:
            diagonal = np.einsum("iij->ij", jacobian)
        else:
            diagonal = np.zeros_like(residual)
            own = self.rows == self.columns
            diagonal[self.rows[own]] = jacobian[own]
        return u[self.unknowns] - residual / diagonal


class Model:
    """A system: components in order of solution and the read-out of the answer.

    Arrays of unknowns have shape (unknowns, points), parameters (inputs, 1) or (inputs, points).
    """

    def __init__(self, count, components, readout, spectral, positive):
        self.count = count
        self.components = components
        self.readout = readout
        self.spectral = spectral
        self.positive = positive


def _solve_linear(jacobian, residual):
    """Solve the Newton equations at all points; a singular point gives infinity."""
    k = residual.shape[0]
    with np.errstate(all="ignore"):
        if k == 1:
            return residual / jacobian[0]
        if k == 2:
            (a, b), (c, d) = jacobian
            det = a * d - b * c
            return np.stack([(d * residual[0] - b * residual[1]) / det, (a * residual[1] - c * residual[0]) / det])
        matrices = np.ascontiguousarray(np.moveaxis(jacobian, 2, 0))
        vectors = np.ascontiguousarray(residual.T)[:, :, None]
        try:
            return np.linalg.solve(matrices, vectors)[:, :, 0].T
        except np.linalg.LinAlgError:
            finite = np.isfinite(matrices).all(axis=(1, 2))
            safe = np.where(finite[:, None, None], matrices, np.eye(k))
            spread = np.linalg.svd(safe, compute_uv=False)
            singular = ~finite | (spread[:, -1] <= np.finfo(float).eps * spread[:, 0])
            safe = np.where(singular[:, None, None], np.eye(k), safe)
            answer = np.linalg.solve(safe, vectors)[:, :, 0].T
            answer[:, singular] = np.inf
            return answer


def _solve_banded(band, sides):
    """Solve banded systems by elimination of blocks as large as the band is wide; nan where that fails.

    The band has shape (k, 2 width + 1, points), its columns are the diagonals; the right-hand sides (k, sides, points).
    """
    k, columns, points = band.shape
    size = columns // 2
    blocks = -(-k // size)
    filled = np.zeros((blocks * size, columns, points), dtype=complex)
    filled[:k], filled[k:, size] = band, 1.0
    vectors = np.zeros((blocks * size, sides.shape[1], points), dtype=complex)
    vectors[:k] = sides
    vectors = np.ascontiguousarray(np.moveaxis(vectors.reshape(blocks, size, -1, points), 3, 1))
    filled = np.moveaxis(filled.reshape(blocks, size, columns, points), 3, 1)
    i, j = np.indices((size, size))
    inner = filled[..., i, j - i + size]
    before = np.where(j >= i, filled[..., i, np.maximum(j - i, 0)], 0)
    after = np.where(j <= i, filled[..., i, np.minimum(j - i + 2 * size, 2 * size)], 0)
    try:
        for b in range(blocks - 1):
            both = np.linalg.solve(inner[b], np.concatenate([after[b], vectors[b]], axis=2))
            after[b], vectors[b] = both[..., :size], both[..., size:]
            inner[b + 1] -= before[b + 1] @ after[b]
            vectors[b + 1] -= before[b + 1] @ vectors[b]
        vectors[-1] = np.linalg.solve(inner[-1], vectors[-1])
    except np.linalg.LinAlgError:
        return np.full_like(sides, np.nan)
    for b in range(blocks - 2, -1, -1):
        vectors[b] -= after[b] @ vectors[b + 1]
    return np.moveaxis(vectors, 1, 3).reshape(blocks * size, -1, points)[:k]


def newton(model, u, p, z, switch, contraction=CONTRACTION, reach=REACH, limit=14):
    """Return (u, good, rate): Newton's method at all points, component by component.

    A point is good when its corrections contract at the given rate down to rounding; the rate is the largest ratio
    of its successive corrections.
    """
    u = u.copy()
    good = np.ones(u.shape[1], dtype=bool)
    rate = np.zeros(u.shape[1])
    with np.errstate(all="ignore"):
        for component in model.components:
            rows = component.unknowns
            previous = None
            settled = ~good
            for _ in range(limit):
                residual, delta = component.correction(u, p, z, switch)
                new = u[rows] - delta
                scale = np.abs(new)
                top = scale.max(axis=0) + 1e-300
                size = np.max(np.abs(delta) / (scale + 1e-6 * top), axis=0)
                fine = np.max(np.abs(delta) / (scale + FAINT * top), axis=0)
                bad = ~np.isfinite(size)
                if previous is None:
                    if not component.linear:
                        bad |= fine > reach
                    error = fine
                else:
                    ratio = fine / np.maximum(previous, 1e-300)
                    slow = ratio > contraction
                    exact = np.abs(residual).max(axis=0) <= RESIDUAL * top
                    noise = slow & (size <= np.where(exact, SINGULAR, ROUNDING))
                    bad |= slow & ~noise & (size > 1e-11)
                    error = np.where(noise, 0.0, fine * np.minimum(ratio, 1.0))
                    rate = np.maximum(rate, np.where(settled | (size < 1e-11), 0.0, ratio))
                good &= ~bad | settled
                u[rows] = np.where(settled | bad, u[rows], new)
                settled = settled | bad | (error < 1e-14) | (fine < 1e-13)
                if settled.all():
                    break
                previous = fine
            else:
                good &= settled
    return u, good, rate


def start(model, p, z, points):
    """Return the unknowns with the randomness switched off.

    The equations are then triangular, or nearly so: a few sweeps that solve each for its own unknown suffice, and
    Newton's method finishes what is coupled. The sweeps begin at 0, or at 1 where they meet a singular point; Newton's
    method may also begin at 0.
    """
    off = np.zeros(points)
    zero = np.zeros((model.count, points), dtype=complex)
    for first in (_swept(model, zero, p, z, off), _swept(model, zero + 1.0, p, z, off), zero):
        u = first
        for _ in range(model.count + 2):
            u, good, _ = newton(model, u, p, z, off, contraction=np.inf, reach=np.inf, limit=60)
            if good.all():
                return u
    raise SolveError("the system without randomness is singular at this point")


def _swept(model, u, p, z, switch):
    """Return the unknowns after sweeps over all components, until nothing changes."""
    with np.errstate(all="ignore"):
        for _ in range(model.count + 2):
            before, u = u, u.copy()
            for component in model.components:
                swept = component.swept(u, p, z, switch)
                u[component.unknowns] = np.where(np.isfinite(swept), swept, u[component.unknowns])
            if np.array_equal(before, u):
                break
    return u


def _extrapolated(places, values, target):
    """Return the polynomial through the values at some places (nan: not there), evaluated at the target."""
    result = np.zeros(values.shape[1:], dtype=complex)
    with np.errstate(all="ignore"):
        for k in range(len(places)):
            factors = np.where(np.isnan(places), 1.0, (target - places) / (places[k] - places))
            factors[k] = 1.0
            weight = np.where(np.isnan(places[k]), 0.0, factors.prod(axis=0))
            result += weight * values[k]
    return result


def follow(model, u, p, z0, z1, s0, s1, floor=0.0, bend=0.0, memory=MEMORY[0], limit=400, guarded=False):
    """Continue solutions from (z0, s0) to (z1, s1), each point with its own steps.

    The path is a straight line, but for an arc of height ``bend`` of the switch in the complex plane. On a guarded
    path a step whose end violates the branch condition is a failed step: next to the axis, Newton's method may jump to
    the complex conjugate solution.

    Returns
    -------
    (u, good)
        ``good`` is False where the path could not be finished.
    """
    points = u.shape[1]
    done = np.zeros(points)
    step = np.ones(points)
    failed = np.zeros(points, dtype=bool)
    z0, z1 = np.broadcast_to(z0, points), np.broadcast_to(z1, points)
    length = np.abs(z1 - z0)
    u = u.copy()
    passed = np.full((memory, points), np.nan)  # the places passed last, and the solutions there
    known = np.zeros((memory, *u.shape), dtype=complex)
    passed[0], known[0] = 0.0, u
    order = np.ones(points, dtype=int)  # how many of them the prediction uses: fewer after a failure
    for _ in range(limit):
        active = np.flatnonzero((done < 1.0) & ~failed)
        if not len(active):
            break
        target = np.where(step[active] >= 1.0, 1.0, done[active] + step[active] * (1.0 - done[active]))
        z = z0[active] + target * (z1[active] - z0[active])
        z = np.where(target >= 1.0, z1[active], z)
        s = s0 + target * (s1 - s0)
        if bend:
            s = s + 4j * bend * target * (1.0 - target)
        last = passed[0, active] - passed[1, active]  # a prediction that reaches far beyond it is a last resort
        count = np.where(target - done[active] <= FAR * last, order[active], 1) if memory == MEMORY[0] else memory
        used = np.where(np.arange(memory)[:, None] < count, passed[:, active], np.nan)
        guess = _extrapolated(used, known[:, :, active], target)
        inputs = p if p.shape[1] == 1 else p[:, active]
        trial, good, rate = newton(model, guess, inputs, z, s)
        if guarded:
            good &= herglotz(model, model.readout(trial, inputs, z), z)
        moved = active[good]
        u[:, moved] = trial[:, good]
        done[moved] = target[good]
        passed[:, moved] = np.concatenate([done[None, moved], passed[:-1, moved]])
        known[:, :, moved] = np.concatenate([u[None, :, moved], known[:-1, :, moved]])
        close = moved[(1.0 - done[moved]) * length[moved] < floor]
        done[close] = 1.0
        growth = np.where(rate[good] < 0.03, 3.0, np.where(rate[good] < 0.1, 1.5, 1.0))
        step[moved] = np.minimum(1.0, growth * step[moved])
        order[moved] = np.minimum(order[moved] + 1, memory)
        stuck = active[~good]
        order[stuck] = np.maximum(order[stuck] - 2, 1)
        step[stuck] *= 0.4
        failed[stuck] |= step[stuck] < 1e-5 * np.maximum(done[stuck], FIRST)
    return u, done >= 1.0


def switch_on(model, p, z, points, bend=0.0):
    """Return (u, good) at fixed z: the randomness is switched on from 0 to 1."""
    z = np.broadcast_to(np.asarray(z, dtype=complex), points)
    return follow(model, start(model, p, z, points), p, z, z, 0.0, 1.0, bend=bend)


class Anchor:
    """A solved point high in the upper half plane, the mean and width of the spectrum, and lines solved so far."""

    def __init__(self, model, p):
        self.lines = {}
        height, previous = 1.0, None
        for _ in range(80):
            u, good = switch_on(model, p, np.array([1j * height]), 1)
            if not good[0]:
                height, previous = 4.0 * height, None
                continue
            w = -1j * height * model.readout(u, p, np.array([1j * height]))[0]
            mean, second = -w.imag * height, (1.0 - w.real) * height**2
            scale = abs(mean) + np.sqrt(abs(second))
            if scale < 1e-3 * height and previous is None and height > 1e-200:  # far above: moments drown in rounding
                height /= 4.0
                continue
            # the first two moments, once two heights above the spectrum agree on them
            settled = previous is not None and abs(mean - previous[0]) < 0.1 * scale
            if settled and abs(second - previous[1]) < 0.2 * abs(second) + 1e-6 * height**2:
                break
            height, previous = 4.0 * height, (mean, second)
        else:
            raise SolveError("no point of the upper half plane could be solved; is the matrix bounded?")
        self.mean = mean
        variance = second - mean**2
        self.width = np.sqrt(variance) if variance > 1e-10 * height**2 else max(abs(self.mean), 1e-3 * height)
        self.z = self.mean + 2j * self.width
        self.u, good = follow(model, u, p, np.array([1j * height]), np.array([self.z]), 1.0, 1.0)
        if not good[0]:
            raise SolveError("the solution could not be continued to the anchor point")


def descend(model, p, anchor, z):
    """Return (u, good) at points of the closed upper half plane, solved by coming down from above."""
    points = len(z)
    top = z.real + 1j * np.maximum(z.imag, 0.7 * anchor.width)
    result = np.broadcast_to(anchor.u, (model.count, points)).copy()
    solved = np.zeros(points, dtype=bool)
    for memory, limit in zip(MEMORY, (120, 400)):
        left = np.flatnonzero(~solved)
        if not len(left):
            break
        inputs = p if p.shape[1] == 1 else p[:, left]
        u = np.broadcast_to(anchor.u, (model.count, len(left))).copy()
        u, good = follow(
            model, u, inputs, np.full(len(left), anchor.z), top[left], 1.0, 1.0, memory=memory, limit=limit
        )
        rising = left[good]
        inputs = p if p.shape[1] == 1 else p[:, rising]
        u, good = follow(
            model, u[:, good], inputs, top[rising], z[rising], 1.0, 1.0, AXIS * anchor.width, 0.0, memory, limit, True
        )
        result[:, rising], solved[rising] = u, good
    return result, solved


def herglotz(model, m, z):
    """Return where m is a Stieltjes transform's value: Im m >= 0, and Im(z m) >= 0 for laws on [0, infinity)."""
    slack = 1e-8 * np.abs(m) + 1e-300
    good = np.isfinite(m) & (m.imag >= -slack)
    if model.positive:
        good &= (z * m).imag >= -slack * np.abs(z)
    return good


def branch_values(model, p, anchor, z):
    """Return (u, m, good) at points of the closed upper half plane; good where m is found on the physical branch."""
    u, good = descend(model, p, anchor, z)
    m = model.readout(u, p, z)
    return u, m, good & herglotz(model, m, z)


def _require(good, z):
    if not good.all():
        raise SolveError(f"no solution on the physical branch was found at z = {z[~good][0]:.6g}")


def solve_points(model, p, anchor, z):
    """Return the unknowns at points of the closed upper half plane; raise SolveError where that fails."""
    u, _, good = branch_values(model, p, anchor, z)
    _require(good, z)
    return u


def _line(model, p, anchor, level):
    """Return solved points (x, u, m) of the line Im z = level, which later calls use as starts."""
    if level not in anchor.lines:
        anchor.lines[level] = np.zeros(0), np.zeros((model.count, 0), dtype=complex), np.zeros(0, dtype=complex)
    return anchor.lines[level]


def _remember(anchor, level, x, u, m, most=600):
    """Merge solved points into a line and thin it out, but not next to edges of the support."""
    old = anchor.lines[level]
    x, u, m = np.concatenate([old[0], x]), np.concatenate([old[1], u], axis=1), np.concatenate([old[2], m])
    x, first = np.unique(x, return_index=True)
    if len(x) > most:
        outside = np.abs(m[first].imag) < 1e-9 * np.abs(m[first])
        change = np.flatnonzero(outside[1:] != outside[:-1])
        near = np.clip((change[:, None] + np.arange(-2, 4)).ravel(), 0, len(x) - 1)
        kept = np.unique(np.concatenate([np.linspace(0, len(x) - 1, most).round().astype(int), near]))
        x, first = x[kept], first[kept]
    anchor.lines[level] = x, u[:, first], m[first]


def _from_neighbours(model, p, z, pending, line):
    """Solve pending points from solved neighbours; return (indices, u, m) of those that pass all tests.

    A point passes when Newton contracts fast, the branch conditions hold, it lies on the same side of the edge of the
    support as the neighbours it started from, and outside the support m increases from left to right. The start is
    interpolated, or next to an edge the neighbour on one side.
    """
    xs, us, ms = line
    x = z.real[pending]
    right = np.clip(np.searchsorted(xs, x), 1, len(xs) - 1)
    left = right - 1
    inner = (xs[left] <= x) & (x <= xs[right])
    pending, x, left, right = pending[inner], x[inner], left[inner], right[inner]
    outside = np.abs(ms.imag) < 1e-9 * np.abs(ms) if z.imag[0] == 0.0 else np.zeros(len(xs), dtype=bool)
    same = outside[left] == outside[right]
    found, solutions, values = [], [], []
    for first, second, chosen in ((left, right, same), (left, left, ~same), (right, right, ~same)):
        i, j, at = first[chosen], second[chosen], pending[chosen]
        if not len(at):
            continue
        span = np.where(i == j, 1.0, xs[j] - xs[i])
        weight = np.where(i == j, 0.0, (x[chosen] - xs[i]) / span)
        guess = us[:, i] * (1 - weight) + us[:, j] * weight
        u, good, _ = newton(model, guess, p, z[at], np.ones(len(at)), contraction=0.1, reach=0.3)
        m = model.readout(u, p, z[at])
        good &= herglotz(model, m, z[at])
        if z.imag[0] == 0.0:
            flat = np.abs(m.imag) < 1e-9 * np.abs(m)
            slack = 1e-12 * np.abs(m)
            rising = ((xs[i] > x[chosen]) | (ms[i].real <= m.real + slack)) & (
                (xs[j] < x[chosen]) | (m.real <= ms[j].real + slack)
            )
            good &= (flat == outside[i]) & (~flat | rising)
        found.append(at[good])
        solutions.append(u[:, good])
        values.append(m[good])
    if not found:
        return pending[:0], us[:, :0], ms[:0]
    found, first = np.unique(np.concatenate(found), return_index=True)
    return found, np.concatenate(solutions, axis=1)[:, first], np.concatenate(values)[first]


def solve_grid(model, p, anchor, z, regular=False, coarse=97):
    """Return m at many points of a horizontal line; like solve_points, but faster.

    A coarse subset is solved by continuation from above. The others start from interpolated neighbours; what does
    not pass the tests is solved from above as well.
    """
    level = float(z.imag[0])
    x = z.real
    line = _line(model, p, anchor, level)
    low, high = x.min(), x.max()
    known = int(np.count_nonzero((line[0] >= low) & (line[0] <= high)))
    if not len(line[0]) or line[0][0] > low or line[0][-1] < high or known < coarse // 2:
        nodes = np.unique(np.concatenate([np.linspace(low, high, coarse), [low, high]]))
        u, values, good = branch_values(model, p, anchor, nodes + 1j * level)
        if np.count_nonzero(good) < 2:
            raise SolveError(f"no solution on the physical branch was found between {low:.6g} and {high:.6g}")
        # a node may lie on a pole or an edge: do without it
        _remember(anchor, level, nodes[good], u[:, good], values[good])
    m = np.zeros(len(z), dtype=complex)
    pending = np.arange(len(z))
    for _ in range(6):
        found, u, values = _from_neighbours(model, p, z, pending, anchor.lines[level])
        if not len(found):
            break
        m[found] = values
        _remember(anchor, level, x[found], u, values)
        pending = np.setdiff1d(pending, found)
        if not len(pending):
            return m
    if len(pending):
        u, m[pending], good = values_with_gaps(model, p, anchor, z[pending], regular)
        _remember(anchor, level, x[pending][good], u[:, good], m[pending][good])
    return m


def values_with_gaps(model, p, anchor, z, regular):
    """Return (u, m, good); points in a gap at which an unknown has a pole get m alone."""
    u, m, good = branch_values(model, p, anchor, z)
    if not good.all():
        m[~good] = _from_gap(model, p, anchor, z[~good], regular)
        _require(~np.isnan(m), z)
    return u, m, good


def _from_gap(model, p, anchor, z, regular, count=24):
    """Return m next to the axis from its values on circles in a gap, by Cauchy's formula; nan where that fails.

    In a gap m is analytic, also where it vanishes and unknowns have poles. The lower half of a circle follows by
    symmetry. Two circles must agree, and hold no mass; for the regular part of m they may hold an atom at z.
    """
    found = []
    angle = (np.arange(count) + 0.5) * np.pi / count
    for radius in RING * anchor.width * np.array([1.0, 0.6]):
        ring = (z.real[:, None] + radius * np.exp(1j * angle)).ravel()
        u, good = descend(model, p, anchor, ring)
        values = np.where(good, model.readout(u, p, ring), np.nan).reshape(len(z), count)
        values = np.concatenate([values, values.conj()], axis=1)
        w = radius * np.concatenate([np.exp(1j * angle), np.exp(-1j * angle)])
        near = np.abs(z.imag) < 0.25 * radius
        value = (values * w / (w - 1j * z.imag[:, None])).mean(axis=1)
        masses = [(values * (w / radius) ** k).mean(axis=1) for k in (1, 2, 3)]
        found.append((value, radius * masses[0], radius * np.maximum(abs(masses[1]), abs(masses[2])), near))
    (one, mass, off, _), (two, _, _, near) = found
    size = np.abs(values).max(axis=1)
    good = near & (np.abs(one - two) <= 1e-9 * size)
    empty = np.abs(mass) <= 1e-9
    good &= empty | (regular & (off <= 1e-9 * np.abs(mass)))
    return np.where(good, one, np.nan)


def stieltjes_values(model, p, anchor, z, regular=False):
    """Return m(z); real z means the boundary value from above, and the lower half plane follows by symmetry.

    The regular part leaves out an atom at z.
    """
    z = np.asarray(z, dtype=complex)
    flat = z.ravel()
    lower = flat.imag < 0
    upper = np.where(lower, flat.conj(), flat)
    level = len(upper) > 160 and np.ptp(upper.imag) == 0
    if level:
        m = solve_grid(model, p, anchor, upper, regular)
    else:
        m = values_with_gaps(model, p, anchor, upper, regular)[1]
    return np.where(lower, m.conj(), m).reshape(z.shape)


def density_values(model, p, anchor, x):
    """Return the density of the continuous part, Im m(x + i0) / pi."""
    x = np.asarray(x, dtype=float)
    m = np.array(stieltjes_values(model, p, anchor, x.astype(complex), regular=True))
    pole = np.abs(m) * anchor.width > POLE
    if pole.any():
        beside = _from_gap(model, p, anchor, x[pole].astype(complex), True)
        m[pole] = np.where(np.isnan(beside), m[pole], beside)
    value = np.maximum(m.imag, 0.0) / np.pi
    return np.where(value < 1e-10 * np.abs(m), 0.0, value)


def switched_on(model, p, points, real=True):
    """Return (u, good): the unknowns of a number at one or many parameter points, which may be complex.

    Where an unknown passes through 0 on the real path, no relative step is small: the path then bends around that
    point. The mirror image of the bent path ends in the complex conjugate, so a real end is one that does not depend
    on the side.
    """
    z = np.zeros(points, dtype=complex)
    u, good = switch_on(model, p, z, points)
    for bend in BENDS:
        bad = np.flatnonzero(~good)
        if len(bad):
            again, found = switch_on(model, p if p.shape[1] == 1 else p[:, bad], z[bad], len(bad), bend)
            u[:, bad] = again
            good[bad] = found
            if real:
                size = np.abs(again).max(axis=0, initial=0.0)
                good[bad] &= np.abs(again.imag).max(axis=0, initial=0.0) <= 1e-9 * size
    return u, good


def is_real(answer):
    """Return where a number is real but for rounding, as every solution on the physical branch is."""
    return np.isfinite(answer) & (np.abs(answer.imag) <= 1e-8 * (1.0 + np.abs(answer.real)))


def solve_value(model, p, points):
    """Return the read-out of a number at one or many parameter points, and the unknowns."""
    u, good = switched_on(model, p, points)
    answer = np.broadcast_to(model.readout(u, p, np.zeros(points, dtype=complex)), points)
    if not good.all():
        where = "" if points == 1 else f" (parameter point number {int(np.flatnonzero(~good)[0])})"
        raise SolveError(f"{NO_SOLUTION}{where}")
    if not is_real(answer).all():
        raise SolveError(LEFT_THE_AXIS)
    return answer.real, u
