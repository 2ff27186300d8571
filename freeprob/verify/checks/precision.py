"""Precision: how many digits of float64 hold at 50 digits, and how good the quadrature is."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from ..check_report import CheckLine, Verdict
from ..registry import register, without_contours
from ..subject import Subject

__all__ = ["precision"]

_DIGITS = 50
_ENOUGH, _TOO_FEW = 9.0, 5.0


@register("precision", order=30, applies=without_contours)
def precision(subject: Subject) -> CheckLine:
    """Polish to 50 digits with Newton's method and the same quadrature rules, and double their nodes."""
    if subject.long_sums:
        return CheckLine("precision", "skipped", f"sums of {subject.long_sums} terms are taken in float64 alone")
    parts, data = [], {}
    if not subject.along_paths:
        pairs = _pairs(subject)
        data = {"digits": min(_agreement(a, b) for a, b in pairs), "points": len(pairs)}
        where = f" at {len(pairs)} points" if subject.is_spectrum else ""
        parts.append(f"float64 and {_DIGITS} digits agree to {data['digits']:.1f} digits{where}")
    worst = data.get("digits", 16.0)
    if subject.has_quadrature:
        data["quadrature_digits"] = rule = _quadrature(subject)
        what = "m" if subject.is_spectrum else "it"
        parts.append(f"twice as many quadrature nodes change {what} after {rule:.1f} digits")
        worst = min(worst, rule)
    detail = "; ".join(parts)
    verdict: Verdict = "passed" if worst >= _ENOUGH else "remark" if worst >= _TOO_FEW else "failed"
    return CheckLine("precision", verdict, detail, data)


def _pairs(subject: Subject) -> list[tuple[Any, Any]]:
    if not subject.is_spectrum:
        return [(float(subject.bound), subject.bound.precise(_DIGITS, subject.bound.resolved))]
    precise = subject.bound.precise(_DIGITS, subject.bound.nodes)
    return [(subject.bound.stieltjes(z), precise.stieltjes(z)) for z in _places(subject)]


def _places(subject: Subject) -> list[complex]:
    anchor = subject.bound.anchor
    inside = [0.5 * (a + b) for a, b in subject.bound.visible_support()][:2]
    places = [anchor.mean + 0.1j * anchor.width, *map(complex, inside), anchor.mean - 6 * anchor.width]
    return places[:2] if subject.options.quick else places


def _agreement(value: Any, exact: Any) -> float:
    with mpmath.workdps(_DIGITS):
        scale = max(abs(exact), mpmath.mpf("1e-30"))
        gap = abs(mpmath.mpmathify(value) - exact) / scale
        return 16.0 if gap < 1e-16 else float(-mpmath.log10(gap))


def _quadrature(subject: Subject) -> float:
    finer = subject.derivation.at(quadrature_nodes=2 * subject.bound.nodes, **subject.values)
    if not subject.is_spectrum:
        return _agreement(float(subject.bound), mpmath.mpf(float(finer)))
    z = np.array(_places(subject))
    return min(_agreement(a, mpmath.mpmathify(b)) for a, b in zip(subject.bound.stieltjes(z), finer.stieltjes(z)))
