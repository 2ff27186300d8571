"""Certificate: a solution is proved to exist where the float64 solver says it is."""

from __future__ import annotations

import numpy as np

from ...solve.certificate import certify
from ..check_report import CheckLine, Verdict
from ..registry import register, without_contours
from ..subject import Subject

__all__ = ["certificate"]


@register("certificate", order=70, applies=without_contours)
def certificate(subject: Subject) -> CheckLine:
    """Enclose the solution by Krawczyk's test in ball arithmetic."""
    bound = subject.bound
    if subject.long_sums:
        return CheckLine("certificate", "skipped", f"sums of {subject.long_sums} terms are taken in float64 alone")
    if subject.along_paths:
        return CheckLine("certificate", "skipped", subject.along_paths)
    if not subject.is_spectrum:
        found = bound.certify()
        verdict: Verdict = "passed" if found.certified and found.branch else "remark"
        return CheckLine("certificate", verdict, found.message, {"certified": int(found.certified)})
    count = (2 if subject.options.quick else 4) if subject.has_quadrature else 12 if subject.options.quick else 40
    chosen = np.unique(np.linspace(0, len(subject.points) - 1, count).astype(int))
    results = []
    for k in chosen:
        z, u = subject.points[k], subject.unknowns[:, k]
        results.append(certify(bound.program, bound.binding, u, z, nodes=bound.nodes))
    good = [r for r in results if r.certified]
    if not good:
        return CheckLine("certificate", "failed", results[0].message, {"certified": 0})
    radius = max(r.radius for r in good)
    signs = sum(r.branch for r in good)
    detail = (
        f"a unique solution is enclosed at {len(good)} of {len(results)} points z, within {radius:.1e}; "
        f"Im m > 0 is proved at {signs} of them"
    )
    if subject.has_quadrature:
        detail += "; the quadrature rule is taken for granted"
    data = {"certified": len(good), "points": len(results), "radius": radius}
    return CheckLine("certificate", "passed" if len(good) == len(results) else "remark", detail, data)
