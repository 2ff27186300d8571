"""Newton continuation for self-consistent systems, in NumPy alone.

This module is used twice: by the package to solve a derived system, and, copied as text, inside every solver that
``write_solver(target="numpy")`` writes. It must import nothing but NumPy.

The physical solution is reached by continuation (never by plain iteration): the randomness is switched on from 0 to 1
at a point of the upper half plane, and the spectral parameter is then moved to where the answer is wanted. A step is
accepted when Newton's corrections contract (a Kantorovich-type test); otherwise it is shortened.
"""

from __future__ import annotations

import numpy as np

CONTRACTION = 0.25  # largest accepted ratio of successive Newton corrections on a path
REACH = 0.6  # largest accepted first Newton correction, relative to the unknowns
ROUNDING = 3e-8  # relative size of corrections that rounding can cause close to a branch point
AXIS = 1e-13  # distance to the target, relative to the spectrum's width, at which a path ends on a branch point


class SolveError(ArithmeticError):
    """No solution on the physical branch could be established."""


class Component:
    """Some unknowns, and ``evaluate(u, p, z, switch) -> (residuals, jacobian)`` for them."""

    def __init__(self, unknowns, evaluate, linear):
        self.unknowns = list(unknowns)
        self.evaluate = evaluate
        self.linear = linear


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
            singular = ~finite | (np.linalg.svd(safe, compute_uv=False)[:, -1] == 0)
            safe = np.where(singular[:, None, None], np.eye(k), safe)
            answer = np.linalg.solve(safe, vectors)[:, :, 0].T
            answer[:, singular] = np.inf
            return answer


def newton(model, u, p, z, switch, contraction=CONTRACTION, reach=REACH, limit=14):
    """Return (u, good): Newton's method at all points, component by component.

    A point is good when its corrections contract at the given rate down to rounding.
    """
    u = u.copy()
    good = np.ones(u.shape[1], dtype=bool)
    with np.errstate(all="ignore"):
        for component in model.components:
            rows = component.unknowns
            previous = None
            settled = ~good
            for _ in range(limit):
                residual, jacobian = component.evaluate(u, p, z, switch)
                delta = _solve_linear(jacobian, residual)
                new = u[rows] - delta
                scale = np.abs(new)
                top = scale.max(axis=0) + 1e-300
                size = np.max(np.abs(delta) / (scale + 1e-6 * top), axis=0)
                bad = ~np.isfinite(size)
                if previous is None:
                    if not component.linear:
                        bad |= np.abs(delta).max(axis=0) > reach * top
                    error = size
                else:
                    ratio = size / np.maximum(previous, 1e-300)
                    slow = ratio > contraction
                    bad |= slow & (size > ROUNDING)
                    error = np.where(slow & (size <= ROUNDING), 0.0, size * np.minimum(ratio, 1.0))
                good &= ~bad | settled
                u[rows] = np.where(settled | bad, u[rows], new)
                settled = settled | bad | (error < 1e-14) | (size < 1e-13)
                if settled.all():
                    break
                previous = size
            else:
                good &= settled
    return u, good


def start(model, p, z, points):
    """Return the unknowns with the randomness switched off."""
    u = np.zeros((model.count, points), dtype=complex)
    off = np.zeros(points)
    for _ in range(model.count + 2):
        u, good = newton(model, u, p, z, off, contraction=np.inf, reach=np.inf, limit=60)
        if good.all():
            return u
    raise SolveError("the system without randomness is singular at this point")


def follow(model, u, p, z0, z1, s0, s1, floor=0.0):
    """Continue solutions from (z0, s0) to (z1, s1) along straight lines, each point with its own steps.

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
    for _ in range(400):
        active = np.flatnonzero((done < 1.0) & ~failed)
        if not len(active):
            break
        target = np.where(step[active] >= 1.0, 1.0, done[active] + step[active] * (1.0 - done[active]))
        z = z0[active] + target * (z1[active] - z0[active])
        z = np.where(target >= 1.0, z1[active], z)
        s = s0 + target * (s1 - s0)
        trial, good = newton(model, u[:, active], p if p.shape[1] == 1 else p[:, active], z, s)
        moved = active[good]
        u[:, moved] = trial[:, good]
        done[moved] = target[good]
        close = moved[(1.0 - done[moved]) * length[moved] < floor]
        done[close] = 1.0
        step[moved] = np.minimum(1.0, 2.0 * step[moved])
        stuck = active[~good]
        step[stuck] /= 3.0
        failed[stuck] |= step[stuck] < 1e-5
    return u, done >= 1.0


def switch_on(model, p, z, points):
    """Return (u, good) at fixed z: the randomness is switched on from 0 to 1."""
    z = np.broadcast_to(np.asarray(z, dtype=complex), points)
    return follow(model, start(model, p, z, points), p, z, z, 0.0, 1.0)


class Anchor:
    """A solved point high in the upper half plane, and the mean and width of the spectrum."""

    def __init__(self, model, p):
        height = 1.0
        for _ in range(80):
            u, good = switch_on(model, p, np.array([1j * height]), 1)
            if not good[0]:
                height *= 4.0
                continue
            w = -1j * height * model.readout(u, p, np.array([1j * height]))[0]
            if abs(w - 1.0) > 0.05:
                height *= 4.0
            elif abs(w - 1.0) < 1e-5 and height > 1e-12:
                height /= 4.0
            else:
                break
        else:
            raise SolveError("no point of the upper half plane could be solved; is the matrix bounded?")
        self.mean = -w.imag * height
        variance = (1.0 - w.real) * height**2 - self.mean**2
        self.width = np.sqrt(variance) if variance > 1e-10 * height**2 else max(abs(self.mean), 1e-3 * height)
        self.z = self.mean + 2j * self.width
        self.u, good = follow(model, u, p, np.array([1j * height]), np.array([self.z]), 1.0, 1.0)
        if not good[0]:
            raise SolveError("the solution could not be continued to the anchor point")


def _vertical(model, p, anchor, z):
    """Solve at points of the closed upper half plane by coming down from above."""
    points = len(z)
    top = z.real + 1j * np.maximum(z.imag, 0.7 * anchor.width)
    u = np.broadcast_to(anchor.u, (model.count, points)).copy()
    u, good = follow(model, u, p, np.full(points, anchor.z), top, 1.0, 1.0)
    u[:, good], landed = follow(
        model, u[:, good], p, top[good], z[good], 1.0, 1.0, floor=AXIS * anchor.width
    )
    good[good] = landed
    return u, good


def herglotz(model, m, z):
    """Return where m is a Stieltjes transform's value: Im m >= 0, and Im(z m) >= 0 for laws on [0, infinity)."""
    slack = 1e-8 * np.abs(m) + 1e-300
    good = np.isfinite(m) & (m.imag >= -slack)
    if model.positive:
        good &= (z * m).imag >= -slack * np.abs(z)
    return good


def solve_points(model, p, anchor, z):
    """Return the unknowns at points of the closed upper half plane; raise SolveError where that fails."""
    u, good = _vertical(model, p, anchor, z)
    m = model.readout(u, p, z)
    good &= herglotz(model, m, z)
    if not good.all():
        bad = z[~good][0]
        raise SolveError(f"no solution on the physical branch was found at z = {bad:.6g}")
    return u


def solve_grid(model, p, anchor, z, coarse=65):
    """Return the unknowns at many points of a horizontal line; like solve_points, but faster.

    A coarse subset is solved by continuation from above. The others start from interpolated neighbours, and are
    accepted when Newton contracts fast, the branch conditions hold, and (outside the support) the solution increases
    between its neighbours; else they are solved from above as well.
    """
    order = np.argsort(z.real, kind="stable")
    z = z[order]
    points = len(z)
    known = np.unique(np.linspace(0, points - 1, min(points, coarse)).round().astype(int))
    u = np.zeros((model.count, points), dtype=complex)
    u[:, known] = solve_points(model, p, anchor, z[known])
    m = np.zeros(points, dtype=complex)
    m[known] = model.readout(u[:, known], p, z[known])
    while len(known) < points:
        gaps = np.diff(known) > 1
        left, right = known[:-1][gaps], known[1:][gaps]
        middle = (left + right) // 2
        span = (z[right] - z[left]).real
        weight = np.where(span > 0, (z[middle] - z[left]).real / np.where(span > 0, span, 1.0), 0.5)
        guess = u[:, left] * (1 - weight) + u[:, right] * weight
        trial, good = newton(model, guess, p, z[middle], np.ones(len(middle)), contraction=0.1, reach=0.3)
        value = model.readout(trial, p, z[middle])
        good &= herglotz(model, value, z[middle])
        flat = 1e-9 * np.abs(value)
        outside = [np.abs(x.imag) < flat for x in (m[left], value, m[right])]
        good &= (outside[0] == outside[1]) & (outside[1] == outside[2])
        good &= ~outside[1] | ((m[left].real <= value.real) & (value.real <= m[right].real))
        again = middle[~good]
        if len(again):
            trial[:, ~good] = solve_points(model, p, anchor, z[again])
            value[~good] = model.readout(trial[:, ~good], p, z[again])
        u[:, middle] = trial
        m[middle] = value
        known = np.sort(np.concatenate([known, middle]))
    result = np.empty_like(u)
    result[:, order] = u
    return result


def stieltjes(model, p, anchor, z):
    """Return m(z); real z means the boundary value from above, and the lower half plane follows by symmetry."""
    z = np.asarray(z, dtype=complex)
    flat = z.ravel()
    lower = flat.imag < 0
    upper = np.where(lower, flat.conj(), flat)
    level = len(upper) > 160 and np.ptp(upper.imag) == 0
    u = (solve_grid if level else solve_points)(model, p, anchor, upper)
    m = model.readout(u, p, upper)
    return np.where(lower, m.conj(), m).reshape(z.shape)


def density(model, p, anchor, x):
    """Return the density of the continuous part, Im m(x + i0) / pi."""
    x = np.asarray(x, dtype=float)
    m = stieltjes(model, p, anchor, x.astype(complex))
    value = np.maximum(m.imag, 0.0) / np.pi
    return np.where(value < 1e-10 * np.abs(m), 0.0, value)


def value(model, p, points):
    """Return the read-out of a number at one or many parameter points."""
    z = np.zeros(points, dtype=complex)
    u, good = switch_on(model, p, z, points)
    answer = np.broadcast_to(model.readout(u, p, z), points)
    if not good.all():
        raise SolveError(f"no solution was found at parameter point number {int(np.flatnonzero(~good)[0])}")
    real = answer.real
    if not (np.abs(answer.imag) <= 1e-8 * (1.0 + np.abs(real))).all():
        raise SolveError("the solution left the real axis: the matrix is singular on the way")
    return real, u
