"""The record of the equation of outliers: its step in a derivation."""

from __future__ import annotations

import sympy

from ..derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from .outliers import OutlierEquation
from .system import SelfConsistentSystem

__all__ = ["outlier_steps"]


def outlier_steps(equation: OutlierEquation | Refusal | None, bulk: SelfConsistentSystem) -> list[Step]:
    """Return the step that leads to the equation of outliers, if there is one."""
    if not isinstance(equation, OutlierEquation):
        return []
    known = {c.symbol for c in bulk.coefficients}
    after = [Formula(r"\det D(z)", sympy.S.Zero, "the outliers are the real zeros outside the support of the bulk")]
    for number, (name, entry) in enumerate(equation.entries):
        after.append(Formula(name, entry, "" if number else "entries that vanish are left out"))
    after += [Formula(e.lhs, e.rhs) for e in equation.further]
    after += [Formula(c.symbol, c.definition) for c in equation.system.coefficients if c.symbol not in known]
    for number, (name, readout) in enumerate(equation.overlaps.items(), start=1):
        overlap = rf"\lim \frac{{\left| w^{{\top}} u_{{{number}}} \right|^2}}{{\left| u_{{{number}}} \right|^2}}"
        remark = (
            f"overlap of the unit eigenvector $w$ with the vector $u_{{{number}}}$: {name}, by a residue at the outlier"
        )
        after.append(Formula(overlap, rf"-\operatorname{{Res}} R_{{{number}}} D(z)^{{-1}} C_{{{number}}}", remark))
        after.append(Formula(f"R_{{{number}}}", readout.row))
        after.append(Formula(f"C_{{{number}}}", readout.column))
    for order in sorted(set(equation.diverging), reverse=True):
        count = sympy.Integer(equation.diverging.count(order))
        after.append(Formula(None, count, f"eigenvalues of growing finite-rank parts diverge like $N^{{{order}}}$"))
    return [
        Step(
            rule="outliers",
            statement="an eigenvalue outside the bulk -> a zero of det D(z), D = A - V B^-1 U",
            status="asymptotic",
            after=tuple(after),
            hypotheses=(
                Hypothesis("vectors are independent of each other and of the matrices", "proved on the graph"),
                Hypothesis("quadratic forms concentrate on their means", "assumed"),
                Hypothesis("no eigenvalue of the bulk stays outside its limiting support", "assumed"),
            ),
            references=(
                Citation("BenaychGeorgesNadakuditi2011", "Theorems 2.1 and 2.2"),
                Citation("BenaychGeorgesNadakuditi2012", "Theorems 2.8 and 2.9"),
                Citation("BaikBenArousPeche2005", "Theorem 1.1"),
            ),
        )
    ]
