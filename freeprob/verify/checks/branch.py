"""Branch: the solution is the Stieltjes transform of a probability law, by whatever path it is reached."""

from __future__ import annotations

import numpy as np

from ...targets import numpy_runtime as runtime
from ..check_report import CheckLine
from ..registry import register
from ..subject import Subject

__all__ = ["branch"]


@register("branch", order=20, kinds=("spectrum",))
def branch(subject: Subject) -> CheckLine:
    """Check half planes, the limit -1/z at infinity, and that two paths lead to one solution."""
    bound = subject.bound
    z = subject.points
    m = bound.model.readout(subject.unknowns, bound.inputs, z)
    slack = 1e-8 * np.abs(m)
    signs = int(np.count_nonzero(m.imag < -slack))
    positive = bound.model.positive
    turned = int(np.count_nonzero((z * m).imag < -slack * np.abs(z))) if positive else 0
    far = _at_infinity(subject)
    gap = _second_path(subject)
    problems = []
    if signs:
        problems.append(f"Im m < 0 at {signs} of {len(z)} points")
    if turned:
        problems.append(f"Im(z m) < 0 at {turned} points, though the matrix is positive")
    if not far <= 1e-3:
        problems.append(f"-z m(z) - 1 is {far:.1e} far away, not of the order of 1/z")
    if not gap <= 1e-8:
        problems.append(f"switching the randomness on at z gives another m (relative difference {gap:.1e})")
    data = {"points": len(z), "infinity": far, "paths": gap}
    if problems:
        return CheckLine("branch", "failed", "; ".join(problems), data)
    also = " and Im(z m) >= 0" if positive else ""
    detail = (
        f"Im m >= 0{also} at {len(z)} points on and off the axis; |-z m - 1| = {far:.1e} far away; "
        f"two paths of continuation agree to {gap:.1e}"
    )
    return CheckLine("branch", "passed", detail, data)


def _at_infinity(subject: Subject) -> float:
    """Return how far -z m(z) is from 1 at a distance of 10^4 widths, beyond the mean's share."""
    anchor = subject.bound.anchor
    z = 1e4j * (abs(anchor.mean) + anchor.width)
    return float(abs(-z * subject.bound.stieltjes(z) - 1))


def _second_path(subject: Subject) -> float:
    """Return the largest relative difference of m from the solution with the randomness switched on at z itself."""
    bound, count = subject.bound, 6 if subject.options.quick else 12
    anchor = bound.anchor
    z = anchor.mean + anchor.width * (np.linspace(-2.3, 2.6, count) + 0.4j)
    u, good = runtime.switch_on(bound.model, bound.inputs, z, count)
    if not good.any():
        return float("nan")
    other = bound.model.readout(u, bound.inputs, z)[good]
    m = bound.stieltjes(z)[good]
    return float(np.max(np.abs(other - m) / np.abs(m)))
