"""Integrals over contours around spectra, in NumPy alone.

This module is used twice, like :mod:`freeprob.targets.numpy_runtime`, after which its text is copied into the solvers
of numbers with functions of matrices. It must import nothing but NumPy and that module.

A rule on a contour is ``f(x) = sum_j w_j f(z_j) / (x - z_j)`` for x in the spectrum. On the ellipse with foci at the
ends of an interval and ratio rho, the trapezoidal rule converges like rho^-N from the side of the spectrum and like
(rho / rho_f)^N from the side of the singularities of f (Trefethen and Weideman 2014). An entire function limits the
ratio by its growth: values that are much larger on the ellipse than on the spectrum cancel and cost digits. Functions
that vary fast at one end of the spectrum, or have a branch cut there, ask for a contour that hugs this end (Hale,
Higham and Trefethen 2008): the nodes needed grow like the logarithm of the time, not its root.

Since a number is an integral of f against a measure on the spectrum, the error of a rule on the interval bounds its
error in the number, and the rule is chosen without solving any equation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .numpy_runtime import (
    BENDS,
    Model,
    SolveError,
    branch_values,
    newton,
    solve_points,
    switch_on,
)

# --- text that solvers hold ---

RATIOS = (6.0, 4.5, 3.5, 2.8, 2.3, 1.9, 1.6, 1.4, 1.28, 1.2, 1.14, 1.1, 1.07, 1.05)  # of ellipses
GAPS = tuple(0.3 * 3.0**-k for k in range(20))  # between the spectrum and what a contour is to avoid
COUNTS = tuple(2 * round(8 * 1.2**k) for k in range(22))  # of nodes
GROWTH = 100.0  # largest ratio of a function on a contour to the same on the spectrum: it costs as many digits
RULE_ERRORS = (3e-13, 1e-11, 1e-10)  # wanted on the interval, relative to the function; the best that is met
WIDENED = 1e-7  # part of its width by which a spectrum is widened; its edges are computed
TESTS = 21  # points on an interval, and next to each of its ends, at which a rule must be right
PAIRS = 8192  # pairs of nodes that are solved at once
FINER = 1.27  # a number is integrated on two rules, the second with so many times more nodes ...
AGREE = 1e-9  # ... and the two must agree so well, relative to the number ...
CANCELLED = 1e-12  # ... or to the sum of the absolute values of all terms
INSIDE = 1e-7  # a boundary value is inside the support when Im m is larger, relative to m; rounding is smaller
SECTIONS, ROUNDS = 8, 14  # the interval that holds an end of a spectrum is cut into so many parts, so often at most ...
CLOSE = 6e-8  # ... until it is this long, relative to the width
TIGHT = 1.1, 300  # the ratio and the nodes of an ellipse around a spectrum that must hold all of its mass
SIDE_NODES, SEARCHES = 80, 6  # of a contour around what is hidden on one side; how often that is sought
SLIVER = (
    (TIGHT[0] + 1 / TIGHT[0]) / 2 - 1
) / 2  # how far that ellipse reaches beyond each end, relative to the spectrum
MISSING = 1e-7  # mass that may be missing inside a contour: a part of the spectrum outside of it has more
FAR_OUT = (1e4, 1e8)  # where, in units of the spectrum, a function is looked at that meets eigenvalues which diverge


class ContourRule(NamedTuple):
    """Nodes in the upper half plane and their weights; those in the lower half plane are their conjugates."""

    nodes: np.ndarray
    weights: np.ndarray

    @property
    def all_nodes(self):
        """The nodes of both half planes."""
        return np.concatenate([self.nodes, self.nodes.conj()])

    @property
    def all_weights(self):
        """The weights of both half planes."""
        return np.concatenate([self.weights, self.weights.conj()])


class Ellipse(NamedTuple):
    """An ellipse with foci at the ends of an interval."""

    low: float
    high: float
    ratio: float

    def rule(self, count):
        """Return the trapezoidal rule with ``count`` nodes."""
        turn = self.ratio * np.exp(1j * np.pi * (2 * np.arange(count // 2) + 1) / count)
        half = (self.high - self.low) / 2
        return ContourRule(
            (self.low + self.high) / 2 + half / 2 * (turn + 1 / turn), -half / 2 * (turn - 1 / turn) / count
        )


class HalfLine(NamedTuple):
    """A contour between an interval and a half line at a distance ``gap`` to the left of it (to the right if mirrored).

    Jacobi's function sn maps an annulus to the plane without the two (Hale, Higham and Trefethen 2008, method 1).
    """

    low: float
    high: float
    gap: float
    mirrored: bool

    def rule(self, count):
        """Return the trapezoidal rule with ``count`` nodes."""
        upper = count // 2
        root = np.sqrt((self.high - self.low + self.gap) / self.gap)
        modulus, rest = (root - 1) / (root + 1), 4 * root / (root + 1) ** 2
        quarter = _quarter_period(rest)
        x = quarter * (2 * np.arange(upper) + 1 - upper) / upper
        s, c, d = _jacobi(x, rest)
        s1, c1, d1 = (1 + modulus) ** -0.5, (modulus / (1 + modulus)) ** 0.5, modulus**0.5  # half way up the annulus
        below = c1**2 + (1 - rest) * s**2 * s1**2
        sn = (s * d1 + 1j * c * d * s1 * c1) / below
        slope = (c * c1 - 1j * s * d * s1 * d1) * (d * c1 * d1 - 1j * (1 - rest) * s * c * s1) / below**2
        scale = self.gap * root
        nodes = scale * (1 + modulus * sn) / (1 - modulus * sn)
        weights = -1j * scale * 2 * modulus * slope / (1 - modulus * sn) ** 2 * quarter / (np.pi * upper)
        return _placed(self, nodes, weights)


class HalfPlane(NamedTuple):
    """A contour between an interval and a line at a distance ``gap`` to the left of it (to the right if mirrored).

    The half plane beyond the line becomes the plane without a half line when its points are squared.
    """

    low: float
    high: float
    gap: float
    mirrored: bool

    def rule(self, count):
        """Return the trapezoidal rule with ``count`` nodes."""
        first, last = self.gap**2, (self.high - self.low + self.gap) ** 2
        squared = HalfLine(first, last, first, False).rule(count)
        nodes = np.sqrt(squared.nodes)
        return _placed(self, nodes, squared.weights / (2 * nodes))


def _placed(shape, nodes, weights):
    """Return a rule for an interval that begins at ``gap`` on the half axis, moved or mirrored to the interval."""
    if not shape.mirrored:
        return ContourRule(shape.low - shape.gap + nodes, weights)
    return ContourRule((shape.high + shape.gap - nodes).conj(), -weights.conj())


def _quarter_period(rest):
    """Return the complete elliptic integral K of the parameter 1 - rest, by Gauss's arithmetic-geometric mean."""
    a, b = 1.0, np.sqrt(rest)
    while abs(a - b) > 1e-15 * a:
        a, b = (a + b) / 2, np.sqrt(a * b)
    return np.pi / (a + b)


def _jacobi(x, rest):
    """Return sn, cn and dn of the parameter 1 - rest at real x, as sums of hyperbolic functions.

    They are the Fourier series of the functions with imaginary argument, each term summed over its images: they
    converge fast where the parameter is close to 1, which is where cn and dn are small.
    """
    quarter, other = _quarter_period(rest), _quarter_period(1 - rest)
    count = int(40 * other / (np.pi * quarter)) + 2  # the images that are left out are below exp(-40)
    images = np.arange(-count, count + 1)[:, None]
    place = np.pi / (2 * other) * (np.asarray(x) - 2 * quarter * images)
    sign, scale = (-1.0) ** images, np.pi / (2 * other)
    with np.errstate(all="ignore"):
        bells = 1 / np.cosh(place)
    root = np.sqrt(1 - rest)
    return (
        scale / root * (sign * np.tanh(place)).sum(axis=0),
        scale / root * (sign * bells).sum(axis=0),
        scale * bells.sum(axis=0),
    )


def contour_shapes(low, high):
    """Yield the contours that are tried around an interval."""
    yield from (Ellipse(low, high, ratio) for ratio in RATIOS)
    for mirrored in (False, True):
        yield from (HalfLine(low, high, gap * (high - low), mirrored) for gap in GAPS)
        yield from (HalfPlane(low, high, gap * (high - low), mirrored) for gap in GAPS)


def widened(low, high):
    """Return an interval a little wider, and of some width."""
    width = max(high - low, 0.02 * max(abs(low), abs(high)), 1e-300)
    middle = (low + high) / 2
    return middle - (0.5 + WIDENED) * width, middle + (0.5 + WIDENED) * width


def probe_points(low, high):
    """Return points of an interval, dense at both ends, at which a rule must be right."""
    near = (high - low) * np.geomspace(1e-9, 0.1, TESTS)
    inside = (low + high) / 2 + (high - low) / 2 * np.cos(np.linspace(0, np.pi, TESTS))
    return np.concatenate([inside, low + near, high - near])


def rule_errors(rule, functions, x, known):
    """Return the largest error of a rule at some points, for each function."""
    if not len(functions):
        return np.zeros(0)
    with np.errstate(all="ignore"):
        values = np.array([function(rule.nodes) for function in functions]) * rule.weights
        found = 2 * (values @ (1 / (x[None, :] - rule.nodes[:, None]))).real
        errors = np.abs(found - known).max(axis=1)
    return np.where(np.isfinite(errors), errors, np.inf)


def chosen_shape(functions, low, high, x, known):
    """Return the contour with the fewest nodes that is good for some functions, and their number; None if none is.

    ``known`` are the values of the functions at the points x of the interval, one row each.
    """
    scale = np.abs(known).max(axis=1) + 1e-300
    chosen = sorted({0, len(functions) // 2, len(functions) - 1})
    while True:
        best = _best([functions[k] for k in chosen], low, high, x, known[chosen], scale[chosen])
        if best is None:
            return None
        missed = [k for k in range(len(functions)) if k not in chosen]
        shape, count, error = best
        wrong = rule_errors(shape.rule(count), [functions[k] for k in missed], x, known[missed]) / scale[missed]
        if not (wrong > error).any():
            return shape, count
        chosen.append(missed[int(np.argmax(wrong))])


def _best(functions, low, high, x, known, scale):
    """Return the shape that needs the fewest nodes, their number and the error that is met, or None."""
    shapes = []
    for shape in contour_shapes(low, high):
        probe = shape.rule(64).nodes
        with np.errstate(all="ignore"):
            grown = np.array([np.abs(function(probe)).max() for function in functions])
        if (grown <= GROWTH * scale).all():
            shapes.append(shape)
    for error in RULE_ERRORS:
        best = None
        for shape in shapes:
            for count in COUNTS:
                if best is not None and count >= best[1]:
                    break
                if (rule_errors(shape.rule(count), functions, x, known) <= error * scale).all():
                    best = shape, count, error
                    break
        if best is not None:
            return best
    return None


class Contours:
    """The equations of a number that is integrated over contours; its last inputs are the points of the contours.

    A component depends on some of the points: on none or one of them (the cores and their responses), or on two, and is
    then linear once the others are known. So the cores are solved by continuation along each contour alone, and the
    linear components in one Newton step on the grid of pairs. ``depends`` holds a set of points for each component.
    """

    def __init__(self, model, depends, points):
        self.model, self.depends, self.points = model, depends, points

    def inputs(self, plain, at, count):
        """Return the inputs of the program at some points; contour points that do not matter are i."""
        rows = [np.broadcast_to(at.get(point, np.array([1j])), count) for point in self.points]
        return np.concatenate([np.broadcast_to(plain, (len(plain), count)).astype(complex), np.array(rows)])

    def part(self, wanted):
        """Return the model of some components."""
        model = self.model
        parts = [component for component, want in zip(model.components, wanted) if want]
        return Model(model.count, parts, model.readout, model.spectral, model.positive)

    def along(self, plain, at):
        """Return the unknowns that depend on at most the given point, at its values."""
        part = self.part([depends <= at.keys() for depends in self.depends])
        count = max([1, *(len(values) for values in at.values())])
        return self._switched_on(part, self.inputs(plain, at, count), count)

    def _switched_on(self, part, inputs, count):
        z = np.zeros(count, dtype=complex)
        u, good = switch_on(part, inputs, z, count)
        for bend in BENDS:
            bad = np.flatnonzero(~good)
            if not len(bad):
                break
            u[:, bad], good[bad] = switch_on(part, inputs[:, bad], z[bad], len(bad), bend)
        if not good.all():
            raise SolveError("no solution on the physical branch was found at a node of a contour around a spectrum")
        return u

    def evaluated(self, plain, integrals, rules, read, chunk=PAIRS):
        """Return what is read for the part without integrals, and for each integral at its nodes.

        ``integrals`` holds the points of each integral; ``read(u, inputs, points)`` returns one row for each of them
        and one more for the part without integrals, of shape (read-outs, ..., nodes); what depends on more points than
        the given ones is of no meaning there.
        """
        solved = {point: self.along(plain, {point: rules[point].nodes}) for point in self.points}
        still = self.along(plain, {})
        constant = read(still, self.inputs(plain, {}, 1), frozenset())[-1][..., 0]
        found, known = [], {}
        for index, points in enumerate(integrals):
            if points not in known:
                known[points] = self._on_grid(plain, points, solved, rules, read, chunk)
            found.append(known[points][index])
        return constant, tuple(found)

    def _on_grid(self, plain, points, solved, rules, read, chunk):
        """Return what is read at the nodes of some points, of shape (read-outs, ..., nodes, ...)."""
        first, alone = rules[points[0]].nodes, frozenset(points)
        if len(points) == 1:
            return read(solved[points[0]], self.inputs(plain, {points[0]: first}, len(first)), alone)
        second = rules[points[1]].all_nodes
        right = np.concatenate([solved[points[1]], solved[points[1]].conj()], axis=1)
        inner = [depends <= {points[1]} for depends in self.depends]
        rows = [k for c, own in zip(self.model.components, inner) if own for k in c.unknowns]
        joint = self.part([depends == alone for depends in self.depends])
        i, j = (index.ravel() for index in np.indices((len(first), len(second))))
        result = []
        for start in range(0, len(i), chunk):
            a, b = i[start : start + chunk], j[start : start + chunk]
            inputs = self.inputs(plain, {points[0]: first[a], points[1]: second[b]}, len(a))
            u = solved[points[0]][:, a]
            u[rows] = right[np.ix_(rows, b)]
            if all(component.linear for component in joint.components):
                u, good, _ = newton(joint, u, inputs, np.zeros(len(a)), np.ones(len(a)))
                if not good.all():
                    raise SolveError("the linear response is singular at a pair of nodes of the contours")
            else:
                whole = self.part([depends <= alone for depends in self.depends])
                u = self._switched_on(whole, inputs, len(a))
            result.append(read(u, inputs, alone))
        joined = np.concatenate(result, axis=-1)
        return joined.reshape(*joined.shape[:-1], len(first), len(second))


def weighted(pairs, rules):
    """Return the functions of an integral at its nodes, times weights: what its coefficient is summed with."""
    (point, function), *more = pairs
    rule = rules[point]
    terms = 2 * rule.weights * function(rule.nodes)
    for other, second in more:
        inner = rules[other]
        terms = terms[:, None] * (inner.all_weights * second(inner.all_nodes))[None, :]
    return terms


def integrated(constant, tables, integrals, rules):
    """Return a number and the sum of the absolute values of its terms."""
    total, size = constant, abs(constant)
    for table, pairs in zip(tables, integrals):
        values = weighted(pairs, rules) * table
        total += float(values.sum().real)
        size += float(np.abs(values).sum())
    return total, size


def two_rules_agree(numbers, others, sizes):
    """Return where the numbers on two rules agree."""
    return np.abs(numbers - others) <= AGREE * np.abs(others) + CANCELLED * sizes


# --- where a spectrum begins and ends ---


class Hull:
    """The smallest interval that holds a spectrum, its point masses included; gaps inside do not matter.

    Seen from outside, m increases along the axis up to the first point of the spectrum. There it becomes complex, or it
    falls from one solved point to the next: what lies between them is cut again, until it is a point.
    """

    def __init__(self, model, p, anchor):
        self.model, self.p, self.anchor = model, p, anchor
        self.x, self.m = np.zeros(0), np.zeros(0, dtype=complex)
        far = np.geomspace(5.0, 2000.0, 80)
        x = anchor.mean + anchor.width * np.concatenate([-far, np.linspace(-5.0, 5.0, 201), far])
        if model.positive:
            x = np.append(x[x > 1e-4 * anchor.width], -1e-2 * anchor.width)
        self.add(x)

    def add(self, x):
        """Solve at points of the axis; where that fails, as next to an edge, they count as spectrum."""
        tiny = 1e-12 * self.anchor.width
        x = np.setdiff1d(np.where(np.abs(x) < tiny, -tiny, x), self.x)
        _, m, good = branch_values(self.model, self.p, self.anchor, x.astype(complex))
        self.x, self.m = np.concatenate([self.x, x]), np.concatenate([self.m, np.where(good, m, np.nan)])
        order = np.argsort(self.x)
        self.x, self.m = self.x[order], self.m[order]

    def first_outside(self, side):
        """Return the place of the last point before the spectrum, from the left (side 1) or from the right (-1)."""
        x, m = self.x[::side], side * self.m[::side]
        with np.errstate(invalid="ignore"):
            outside = np.abs(m.imag) <= INSIDE * np.minimum(np.abs(m), 1e4 / self.anchor.width)
            rising = np.append(m.real[1:] >= m.real[:-1] - INSIDE * np.abs(m[1:]), True)
        stop = np.flatnonzero(~outside)
        stop = stop[0] - 1 if len(stop) else len(x) - 1
        falls = np.flatnonzero(~rising[: max(stop, 0)])
        if stop < 0 or (stop == len(x) - 1 and not len(falls)):
            raise SolveError("the ends of a spectrum were not found: it does not seem to be bounded")
        return int(falls[0]) if len(falls) else stop, x

    def end(self, side):
        """Return an end of the spectrum: the last point outside, closer to it than contours are."""
        width = self.anchor.width
        for _ in range(ROUNDS):
            k, x = self.first_outside(side)
            left, right = x[k], x[k + 1]
            if side > 0 and self.model.positive and left < 0 < right:
                tiny = CLOSE**2 * width
                if right <= tiny:
                    return 0.0
                self.add(np.geomspace(tiny, right, 16)[:-1])
                continue
            if abs(right - left) <= CLOSE * width:
                break
            new = np.linspace(left, right, SECTIONS + 1)[1:-1]
            place = self.edge_from_inside(side, k)
            if min(left, right) < place < max(left, right):
                near = np.array(
                    [-0.4 * CLOSE * width, 0.4 * CLOSE * width, 0.02 * (left - right), 0.02 * (right - left)]
                )
                near = place + near
                new = np.concatenate([new, near[(near > min(left, right)) & (near < max(left, right))]])
            self.add(new)
        k, x = self.first_outside(side)
        return float(x[k])

    def edge_from_inside(self, side, k):
        """Return the edge from points inside: (Im m)^2 is analytic at a square-root edge, and vanishes there."""
        x, m = self.x[::side][k + 1 : k + 4], self.m[::side][k + 1 : k + 4]
        height = m.imag**2
        if len(x) < 3 or not np.isfinite(height).all() or not (np.diff(height) > 0).all():
            return np.nan
        weights = [np.prod([b / (b - a) for j, b in enumerate(height) if j != i]) for i, a in enumerate(height)]
        return float(np.dot(weights, x))

    def __call__(self):
        """Return both ends, between which is all of the mass."""
        for _ in range(SEARCHES):
            low, high = self.end(1), self.end(-1)
            low = max(low, 0.0) if self.model.positive else low
            ellipse = Ellipse(*widened(low, high), TIGHT[0])
            missing = 1 - enclosed_mass(self.model, self.p, self.anchor, ellipse.rule(TIGHT[1]))
            if abs(missing) <= MISSING:
                return low, high
            self.look_outside(1)
            self.look_outside(-1)
        raise SolveError(f"a part of mass {missing:.3g} of a spectrum was not found outside of [{low:.6g}, {high:.6g}]")

    def look_outside(self, side):
        """Add points around the outermost part of the spectrum that is hidden between points outside.

        The mass beyond a point is that inside a contour between what is beyond it and the half line on its other side.
        """
        k, x = self.first_outside(side)
        x = x[: k + 1]  # from outside to the end of the spectrum that is known

        def beyond(j):
            low, high = sorted((x[0], x[j]))
            rule = HalfLine(low, high, abs(x[j + 1] - x[j]), side > 0).rule(SIDE_NODES)
            _, m, good = branch_values(self.model, self.p, self.anchor, rule.nodes)
            values = rule.weights * np.where(good, m, 0.0)
            return [float(2 * (values * (rule.nodes - x[j]) ** power).sum().real) for power in range(3)]

        first, last = 0, k - 1  # nothing is beyond the first point
        if last < 1 or beyond(last)[0] <= 0.1 * MISSING:
            return
        while last - first > 1:
            middle = (first + last) // 2
            first, last = (first, middle) if beyond(middle)[0] > 0.1 * MISSING else (middle, last)
        mass, mean, second = beyond(last)
        deviation = np.sqrt(max(second / mass - (mean / mass) ** 2, (1e-9 * (x[last] - x[last - 1])) ** 2))
        near = x[last] + mean / mass + deviation * np.linspace(-3, 3, 33)
        low, high = sorted((x[last - 1], x[last + 1]))
        new = np.append(near, np.linspace(low, high, 18))
        self.add(new[(new > low) & (new < high)])


def with_outliers(low, high, determinant, diverging):
    """Return an interval that holds a spectrum and all outliers on both sides of it, a little wider than needed.

    Outliers are zeros of ``determinant(z)``, which is analytic outside the spectrum and decays like ``z^-diverging``.
    So their number outside a contour is that of its turns around 0 along the contour, beside those at infinity.
    """

    def is_enough(left, right):
        nodes = Ellipse(*widened(left, right), TIGHT[0]).rule(TIGHT[1]).nodes
        values = determinant(nodes)
        values = np.concatenate([values, values[::-1].conj()])
        turned = np.angle(np.roll(values, -1) / values)
        clear = np.abs(turned).max() < 2.5  # else an outlier is next to the contour
        return clear and round(turned.sum() / (2 * np.pi)) == -diverging

    if not is_enough(low, high):
        width, ends = high - low, []
        reach = next((width * r for r in 4.0 ** np.arange(1, 9) if is_enough(low - width * r, high + width * r)), None)
        if reach is None:
            raise SolveError("outliers are beyond reach of the search: the leading term of det D may vanish here")
        for side in (-1, 1):  # the smallest shift of one end at which that is enough, the other end far away
            first, last = 0.0, reach
            while last - first > 0.02 * first and last > 1e-3 * width:
                middle = (first + last) / 2 if first == 0 else np.sqrt(first * last)
                left, right = (low - middle, high + reach) if side < 0 else (low - reach, high + middle)
                first, last = (first, middle) if is_enough(left, right) else (middle, last)
            ends.append(last + SLIVER * (width + last + reach) if last > 1e-3 * width else 0.0)
        low, high = low - ends[0], high + ends[1]
    sliver = SLIVER * (high - low)  # between the interval and the contour on which outliers were counted
    shifts = sliver * np.geomspace(1e-4, 1.0, 24)
    below, above = (np.sign(determinant(x.astype(complex)).real) for x in (low - shifts, high + shifts))
    return (low if np.ptp(below) == 0 else low - sliver), (high if np.ptp(above) == 0 else high + sliver)


def enclosed_mass(model, p, anchor, rule):
    """Return the mass of a law inside a contour."""
    z = rule.nodes
    return float(2 * (rule.weights * model.readout(solve_points(model, p, anchor, z), p, z)).sum().real)


# --- numbers ---


def known_values(function, x):
    """Return the values of an analytic function at real points, nan where they are not known.

    Next to a removable singularity, as that of (1 - exp(-x)) / x at 0, the formula loses its digits: there the mean
    over a circle, on which it is evaluated, is the value. Two circles must agree, and the formula roughly.
    """
    turn = np.exp(2j * np.pi * (np.arange(32) + 0.5) / 32)
    width = np.ptp(x)
    with np.errstate(all="ignore"):
        plain = function(x.astype(complex))
        result = np.full(len(x), np.nan)
        for radius in width * 8.0 ** -np.arange(1.0, 8.0):
            circles = [function(x[:, None] + r * turn) for r in (radius, 0.6 * radius)]
            one, two = (values.mean(axis=1) for values in circles)
            size = np.abs(circles[0]).max(axis=1)
            fine = np.isnan(result) & (np.abs(one - two) <= 1e-13 * size) & (size <= 1e3 * np.abs(two))
            fine &= np.abs(plain - two) <= 1e-3 * np.abs(two)
            result[fine] = two[fine].real
        real = np.abs(plain.imag) <= 1e-12 * np.abs(plain)
        far = np.isnan(result) & real & np.isfinite(plain)
        result[far] = plain[far].real
    return np.where(real | ~np.isfinite(plain), result, np.nan)


def shape_around(functions, low, high, words):
    """Return the contour with the fewest nodes that is good for some functions, and their number.

    Points at which the functions are not known, those of a removable singularity itself, are left out.
    """
    low, high = widened(low, high)
    x = probe_points(low, high)
    known = np.array([known_values(function, x) for function in functions])
    good = np.isfinite(known).all(axis=0)
    found = chosen_shape(functions, low, high, x[good], known[:, good]) if good.sum() > 0.8 * len(x) else None
    if found is None:
        raise SolveError(
            f"a function is singular on [{low:.6g}, {high:.6g}], the smallest interval that holds the spectrum of "
            f"{words}, or so close to it that no contour was found on which it can be integrated"
        )
    return found


def vanishes_far_out(function, top):
    """Return whether a function vanishes like 1/x at eigenvalues that grow with the sizes."""
    with np.errstate(all="ignore"):
        near, far = (abs(v * function(np.array([v]))[0]) for v in (max(abs(top), 1e-300) * f for f in FAR_OUT))
    return bool(np.isfinite(far) and far <= 10 * near + 1e-12)


def alike_shapes(points, hulls, rows, choose):
    """Return a contour and its number of nodes for each point; those around one spectrum are alike.

    ``choose(functions, point)`` finds one for the functions of all points with the spectrum of this one.
    """
    shapes = {}
    for point in points:
        alike = [other for other in shapes if hulls[other] == hulls[point]]
        if alike:
            shapes[point] = shapes[alike[0]]
            continue
        used = [f for row in rows for pairs in row for other, f in pairs if hulls[other] == hulls[point]]
        shapes[point] = choose(list(dict.fromkeys(used)), point)
    return shapes


def contour_values(contours, read, plain, rows, hulls, words, diverging):
    """Return numbers and estimates of their errors.

    ``rows`` holds for each number its integrals, and an integral is a list of (point, function); ``hulls`` and
    ``words`` have the spectrum and the name of the matrix of each point.
    """

    def choose(functions, point):
        if diverging and not all(vanishes_far_out(function, hulls[point][1]) for function in functions):
            raise SolveError(
                f"an eigenvalue of {words[point]} grows with the sizes, and a function does not vanish there like 1/x"
            )
        return shape_around(functions, *hulls[point], words[point])

    shapes = alike_shapes(contours.points, hulls, rows, choose)
    integrals = [tuple(point for point, _ in pairs) for pairs in rows[0]]
    numbers, sizes = [], None
    for factor in (1.0, FINER):
        rules = {point: shape.rule(2 * round(factor * count / 2)) for point, (shape, count) in shapes.items()}
        constant, tables = contours.evaluated(plain, integrals, rules, read)
        sums = np.array([integrated(float(constant.real), tables, row, rules) for row in rows])
        numbers.append(sums[:, 0])
        sizes = sums[:, 1] if sizes is None else sizes
    bad = ~two_rules_agree(*numbers, sizes)
    if bad.any():
        k = int(np.flatnonzero(bad)[0])
        raise SolveError(
            f"two rules on the contours give {numbers[0][k]:.12g} and {numbers[1][k]:.12g}; the functions vary too "
            "fast on the spectrum, or their values cancel"
        )
    return numbers[1], np.abs(numbers[0] - numbers[1])
