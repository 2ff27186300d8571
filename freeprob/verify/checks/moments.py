"""Moments: the series of the equations at infinity agrees with the density."""

from __future__ import annotations

import numpy as np

from ..check_report import CheckLine, Verdict
from ..registry import register
from ..subject import Subject

__all__ = ["moments"]


@register("moments", order=50, kinds=("spectrum",))
def moments(subject: Subject) -> CheckLine:
    """Compare moments from the expansion at z = infinity with integrals of the density and the atoms."""
    density = subject.quadrature_moments
    count = len(density)
    series = [float(m) for m in subject.bound.moments(count)]
    edges = [*np.ravel(subject.bound.visible_support()), *subject.bound.atoms()]
    scale = max(abs(e) for e in edges)
    gaps = []
    for k, (exact, integral) in enumerate(zip(series, density, strict=True), start=1):
        natural = max(abs(exact), 1e-3 * scale**k)
        gaps.append(abs(integral - exact) / natural)
    worst = max(gaps)
    verdict: Verdict = "passed" if worst <= 1e-7 else "remark" if worst <= 1e-4 else "failed"
    listed = ", ".join(f"{m:.6g}" for m in series[:4])
    detail = f"moments 1 to {count} of the series ({listed}, ...) and of the density agree to {worst:.1e}"
    return CheckLine("moments", verdict, detail, {"series": series, "gap": worst})
