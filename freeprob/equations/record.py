"""The record of the equations: realisation, Dyson equation, the rules of free letters, reduction."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from ..derivation.record import Citation, Formula, Hypothesis, Step
from ..language.expression import Expression
from ..language.printing import text
from ..pencil.rows import pencil_rows
from .assembly import Assembly
from .free_letter import FreeLetter

__all__ = ["system_steps"]


def system_steps(assembly: Assembly, labels: dict[Expression, str]) -> list[Step]:
    """Return the steps from a rational expression to a self-consistent system."""
    pencil, system = assembly.pencil, assembly.system
    realisation = Step(
        rule="realisation",
        statement="a rational expression -> entries of the inverse of a linear pencil L",
        status="exact",
        after=tuple(Formula(left, right) for left, right in pencil_rows(pencil, labels)),
        hypotheses=(),
        references=(Citation("HeltonMaiSpeicher2018", "Section 4"),),
    )
    dyson = Step(
        rule="dyson_equation",
        statement="L = A + S -> G = (A - eta(G))^-1, eta(G) = E[S G S], averaged over the spectral laws",
        status="asymptotic",
        after=(Formula(None, sympy.Integer(assembly.entries), "entries of G do not vanish"),),
        hypotheses=(
            Hypothesis("the random letters are asymptotically free of each other and of the rest", "assumed"),
            Hypothesis("all sizes grow in proportion", "asserted by the user"),
        ),
        references=(
            Citation("HeltonRashidiFarSpeicher2007", "Theorem 2.1"),
            Citation("HeltonMaiSpeicher2018"),
            *((Citation("BelinschiMaiSpeicher2017"),) if system.laws else ()),
        ),
    )
    reduction = Step(
        rule="reduction",
        statement="structural zeros, equal entries and short substitutions are removed",
        status="exact",
        after=tuple(
            Formula(None, sympy.Integer(count), what)
            for count, what in (
                (len(system.unknowns), "unknowns in all"),
                (len(system.core), "nonlinear components (the core)"),
                (len(system.linear_response), "components that are linear once the core is known"),
            )
            if count
        ),
    )
    return [realisation, dyson, *_letter_steps(assembly.letters, labels), reduction]


def _letter_steps(letters: tuple[FreeLetter, ...], labels: Mapping[Expression, str]) -> list[Step]:
    """Return one step for each rule by which letters enter through their R-transforms."""
    groups: dict[str, list[FreeLetter]] = {}
    for letter in letters:
        groups.setdefault(letter.rule, []).append(letter)
    return [
        Step(
            rule=rule,
            statement=members[0].statement,
            status="asymptotic",
            hypotheses=tuple(
                Hypothesis(
                    f"{text(letter.leaf, labels)} is in generic position to all else on its spaces, hence free of it",
                    "asserted by the user",
                )
                for letter in members
            ),
            references=members[0].references,
        )
        for rule, members in groups.items()
    ]
