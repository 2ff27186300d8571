"""Contours: two rules of different numbers of nodes give one number."""

from __future__ import annotations

from typing import Any

from ..check_report import CheckLine, Verdict
from ..registry import register
from ..subject import Subject

__all__ = ["contours"]

_ENOUGH = 1e-9


def _has_contours(derivation: Any) -> bool:
    return bool(derivation.system.contours)


@register("contours", order=15, kinds=("limit",), applies=_has_contours)
def contours(subject: Subject) -> CheckLine:
    """Compare the number on the contours with that on contours with more nodes, where all equations are solved anew."""
    value, error = float(subject.bound), subject.bound.error
    verdict: Verdict = "passed" if error <= _ENOUGH * (abs(value) + 1e-3) else "remark"
    count = len(subject.derivation.system.contours)
    detail = f"two rules on {count} contour{'s' * (count != 1)} around spectra agree to {error:.1e}"
    return CheckLine("contours", verdict, detail, {"error": error})
