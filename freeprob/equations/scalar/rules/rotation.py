"""O K O^T -> the law of K, free from all that does not hold O (Voiculescu 1991, Theorem 3.11)."""

from __future__ import annotations

from ....derivation.record import Citation, Formula, Hypothesis, Refusal, Step
from ....language.expression import Expression
from ..part import Part, Reading
from ..sandwich import letter_of, sandwich

__all__ = ["rotation"]


def rotation(expression: Expression, reader: Reading) -> Part | Refusal:
    """Read O K O^T with a Haar orthogonal matrix O."""
    found = sandwich(expression)
    letter = letter_of(found.outer) if found is not None else None
    if found is None or letter is None or not letter[0].ensemble.is_isometry or not letter[0].is_square:
        return Refusal("rotation", f"{reader.text(expression)} is not O K O^T with a Haar orthogonal matrix O")
    leaf = letter[0]
    inner = reader.read(found.inner)
    if isinstance(inner, Refusal):
        return inner
    shield = frozenset({leaf}) if leaf not in inner.leaves else inner.leaves  # the law does not need independence
    step = Step(
        rule="rotation",
        statement="O K O^T, O Haar -> R(g) = R_K(g), free from all that does not hold O",
        status="asymptotic",
        before=(Formula(None, expression),),
        after=(Formula(None, found.inner),),
        hypotheses=(Hypothesis(f"{reader.text(leaf)} is orthogonal", "proved on the graph"),),
        references=(Citation("Voiculescu1991", "Theorem 3.11"), Citation("CollinsSniady2006", "Theorem 5.2")),
    )
    return Part(expression, inner.node, shield, (step, *inner.steps))
