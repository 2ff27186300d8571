"""What a rule makes of an expression: a law, the letters that keep it free from others, and the steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import sympy

from ...derivation.record import Citation, Hypothesis, Refusal, Step
from ...language.expression import Expression, walk
from ...language.nodes import Leaf
from .node import Node

__all__ = ["Part", "Reading", "conflict", "freeness"]


@dataclass(frozen=True)
class Part:
    """A self-adjoint expression that was read as a law.

    Attributes
    ----------
    expression : Expression
    node : Node
        Its law.
    shield : frozenset of Leaf
        The expression is asymptotically free from everything that holds none of these letters. For a matrix
        ``Z K Z^T`` this is Z alone: its singular vectors are uniform whatever K is.
    steps : tuple of Step
        The rules that were applied, outermost first.
    """

    expression: Expression
    node: Node
    shield: frozenset[Leaf]
    steps: tuple[Step, ...] = ()

    @cached_property
    def leaves(self) -> frozenset[Leaf]:
        """All letters."""
        return frozenset(node for node in walk(self.expression) if isinstance(node, Leaf))


class Reading(Protocol):
    """What rules need of the reader."""

    def read(self, expression: Expression) -> Part | Refusal:
        """Return a self-adjoint expression as a law, or say why no rule applies."""

    def text(self, expression: Expression) -> str:
        """Return an expression in the names of the user."""

    def law_of(self, leaf: Leaf) -> Any:
        """Return the key that names the law of a leaf."""

    def unnamed(self, formula: sympy.Expr) -> sympy.Expr:
        """Return a formula with one name for all functions of one definition."""


def _obstacle(part: Part, other: Part, reader: Reading) -> str:
    """Return why a part is not known to be free from another; empty when it is."""
    texts = f"the terms {reader.text(part.expression)} and {reader.text(other.expression)}"
    shared = sorted((part.shield & other.leaves), key=lambda leaf: leaf.index)
    if shared:
        return f"{texts} share the letter {reader.text(shared[0])}: they are not free"
    for leaf in sorted(part.shield, key=lambda leaf: leaf.index):
        for second in sorted(other.leaves, key=lambda leaf: leaf.index):
            if _is_diagonal(leaf) and _is_diagonal(second) and leaf.rows == second.rows:
                return (
                    f"{reader.text(leaf)} in {reader.text(part.expression)} and {reader.text(second)} in "
                    f"{reader.text(other.expression)} are diagonal on one space: they commute and are not free"
                )
    return ""


def _is_diagonal(leaf: Leaf) -> bool:
    return leaf.ensemble.is_family and leaf.ensemble.is_diagonal


def conflict(parts: Sequence[Part], reader: Reading) -> str:
    """Return why parts are not known to be free of each other; empty when they are.

    Freeness is associative: parts are free when they can be ordered such that each is free from all that follow.

    References
    ----------
    A. Nica and R. Speicher, *Lectures on the Combinatorics of Free Probability*, 2006, Proposition 5.15 (free families
    of algebras are associative); D. Voiculescu, Invent. Math. 104 (1991), Theorem 3.11 (unitarily invariant matrices).
    """
    waiting = list(parts)
    while len(waiting) > 1:
        found = {
            part: next((text for other in waiting if other is not part if (text := _obstacle(part, other, reader))), "")
            for part in waiting
        }
        free = next((part for part, text in found.items() if not text), None)
        if free is None:
            return next(iter(found.values()))
        waiting.remove(free)
    return ""


def freeness(parts: Sequence[Part], reader: Reading) -> tuple[tuple[Hypothesis, ...], Citation]:
    """Return the hypothesis that parts are free, for the record, and its source."""
    names = ", ".join(reader.text(part.expression) for part in parts)
    hypotheses = (
        Hypothesis(f"{names}: none depends on the letters that make the other generic", "proved on the graph"),
        Hypothesis("independent matrices in generic position are asymptotically free", "assumed"),
    )
    return hypotheses, Citation("Voiculescu1991", "Theorem 3.11")
