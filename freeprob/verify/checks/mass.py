"""Mass: the continuous part and the atoms add up to one."""

from __future__ import annotations

from ..check_report import CheckLine, Verdict
from ..registry import register
from ..subject import Subject

__all__ = ["mass"]


@register("mass", order=40, kinds=("spectrum",))
def mass(subject: Subject) -> CheckLine:
    """Integrate the density over its support and add the masses of the atoms."""
    bound = subject.bound
    atoms = bound.atoms()
    defect = abs(bound.mass() - 1.0)
    parts = f"{len(bound.support())} interval{'s' if len(bound.support()) != 1 else ''}"
    listed = ", ".join(f"{weight:.6g} at {place:.6g}" for place, weight in atoms.items())
    parts += f" and atoms ({listed})" if atoms else ""
    verdict: Verdict = "passed" if defect <= 1e-7 else "remark" if defect <= 1e-5 else "failed"
    return CheckLine("mass", verdict, f"the mass of {parts} differs from 1 by {defect:.1e}", {"defect": defect})
