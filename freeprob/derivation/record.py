"""The derivation record: what each step did, on which theorem it rests, and what it assumed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Citation", "Derivation", "Formula", "Hypothesis", "Refusal", "Step", "weakest"]

Status = Literal["exact", "asymptotic", "conjecture"]
Evidence = Literal["proved on the graph", "asserted by the user", "assumed"]

_STRENGTH = {"exact": 0, "asymptotic": 1, "conjecture": 2}


@dataclass(frozen=True)
class Citation:
    """An entry of ``references.bib`` and the place in it.

    Attributes
    ----------
    key : str
        BibTeX key.
    place : str
        Theorem, equation or section; may be empty.
    """

    key: str
    place: str = ""


@dataclass(frozen=True)
class Hypothesis:
    """A condition of a theorem and how it is known to hold."""

    statement: str
    evidence: Evidence


@dataclass(frozen=True)
class Formula:
    """One displayed line ``left = right`` with an optional remark.

    Attributes
    ----------
    left, right : SymPy expression, graph ``Expression`` or None
        A missing side is not printed.
    remark : str
        Plain words shown beside the line.
    """

    left: Any
    right: Any
    remark: str = ""


@dataclass(frozen=True)
class Step:
    """One application of a rule.

    Attributes
    ----------
    rule : str
        Name of the rule.
    statement : str
        The rule in one line, ``lhs -> rhs``.
    status : {"exact", "asymptotic", "conjecture"}
    before, after : tuple of Formula
    hypotheses : tuple of Hypothesis
    references : tuple of Citation
    """

    rule: str
    statement: str
    status: Status
    before: tuple[Formula, ...] = ()
    after: tuple[Formula, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    references: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """A rule that does not apply, and the hypothesis that is missing."""

    rule: str
    hypothesis: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.rule}: {self.hypothesis}" + (f" Remedy: {self.remedy}" if self.remedy else "")


@dataclass
class Derivation:
    """The growing list of steps of one derivation."""

    steps: list[Step] = field(default_factory=list)

    def add(self, step: Step) -> None:
        """Append a step."""
        self.steps.append(step)

    @property
    def status(self) -> Status:
        """Status of the weakest step."""
        return weakest(step.status for step in self.steps)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Statements that were assumed, in order of appearance, without repetition."""
        seen = dict.fromkeys(
            h.statement for step in self.steps for h in step.hypotheses if h.evidence != "proved on the graph"
        )
        return tuple(seen)


def weakest(statuses: Iterable[Status]) -> Status:
    """Return the weakest of several statuses; ``"exact"`` when there are none."""
    return max(statuses, key=_STRENGTH.__getitem__, default="exact")
